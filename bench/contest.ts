// One contestant of one scenario: verified, then measured. The last line printed is the result.
import { isDeepStrictEqual } from 'node:util'
import { type Scenario, Skip, type Trial } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

const [name, label, mode = 'time'] = process.argv.slice(2)
const SAMPLES = 9
const SAMPLE_MS = 25
const WARM_MS = 250

export type Result =
  | { readonly kind: 'measured'; readonly value: number; readonly lacks: readonly string[] }
  | { readonly kind: 'verified'; readonly lacks: readonly string[] }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

async function main(): Promise<Result> {
  const scenario = scenarios.find((one) => one.name === name)
  const load = scenario?.contestants[label ?? '']
  if (!scenario || !load) return { kind: 'failed', why: `no "${label}" in "${name}"` }
  const make = await load()
  const lacks = await verify(scenario, await make())
  if (mode === 'verify') return { kind: 'verified', lacks }
  const trial = await make()
  const value = await measure(trial, scenario)
  await trial.close?.()
  return { kind: 'measured', value: value / (scenario.per ?? 1), lacks }
}

/** A contestant that does other work than the rest is no contestant. */
async function verify(scenario: Scenario, trial: Trial): Promise<readonly string[]> {
  const steps = scenario.steps ?? 25
  await trial.run(0, steps)
  const lacks = trial.lacks ?? []
  const without = (value: unknown) =>
    lacks.length === 0
      ? value
      : Object.fromEntries(Object.entries(value as object).filter(([key]) => !lacks.includes(key)))
  const [got, wanted] = [without(await trial.outcome()), without(scenario.expected(steps))]
  await trial.close?.()
  if (isDeepStrictEqual(got, wanted)) return lacks
  const show = (value: unknown) => JSON.stringify(value)?.slice(0, 300)
  throw new Error(`other work: came to ${show(got)}, not ${show(wanted)}`)
}

/**
 * Nanoseconds per step, after a warm-up, of samples long enough for the clock and for some garbage collections: the
 * fastest sample, because whatever else runs on the machine only ever adds; the median where a disk takes part.
 */
async function time(trial: Trial, { disk, fresh }: Scenario): Promise<number> {
  let at = 0
  const sample = async (steps: number) => {
    const cpu = process.cpuUsage()
    const start = performance.now()
    const running = trial.run(at, at + steps)
    const reported = running instanceof Promise ? await running : running
    const wall = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    at += steps
    // Wall time has in it what other processes took; CPU time what helper threads did beside. The smaller is nearer.
    return reported ?? (disk ? wall : Math.min(wall, (user + system) / 1e3))
  }
  let steps = 1
  let spent = 0
  let last = 0
  while (spent < WARM_MS && !fresh) {
    last = await sample(steps)
    spent += last
    if (last < SAMPLE_MS) steps *= 2
  }
  // A step that takes its time (reopening a large file, checking types) gets fewer samples.
  const samples = last > 400 || fresh ? 3 : SAMPLES
  const times: number[] = []
  for (let i = 0; i < samples; i++) times.push((await sample(steps)) / steps)
  times.sort((a, b) => a - b)
  return times[disk ? samples >> 1 : 0]! * 1e6
}

function measure(trial: Trial, scenario: Scenario): Promise<number> {
  if (scenario.measures === 'time') return time(trial, scenario)
  return scenario.measures === 'bytes' ? bytes(trial, scenario.steps ?? 25) : sent(trial, scenario.steps ?? 25)
}

/** Bytes per step that went to another thread. */
async function sent(trial: Trial, steps: number): Promise<number> {
  await trial.run(0, steps)
  return trial.sent?.() ?? Number.NaN
}

/** Bytes per step that stay when everything unreachable is gone. */
async function bytes(trial: Trial, steps: number): Promise<number> {
  const before = await heap()
  await trial.run(0, steps)
  return ((await heap()) - before) / steps
}

async function heap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

const result = await main().catch(
  (error: unknown): Result =>
    error instanceof Skip
      ? { kind: 'skipped', why: error.message }
      : { kind: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) },
)
process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0))
