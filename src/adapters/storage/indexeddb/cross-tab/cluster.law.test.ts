import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BEAT, Cluster, type SimTab } from './fixtures/cluster.ts'

type Op = readonly [name: string, tab: number, n: number]

const weights: Record<string, number> = {
  step: 30,
  steps: 12,
  pair: 8,
  row: 5,
  deleteRow: 2,
  tick: 10,
  tickTogether: 5,
  gate: 2,
  lift: 3,
  lock: 1,
  unlock: 2,
  advance: 5,
  lose: 3,
  repeat: 2,
  failBefore: 1,
  failAfter: 1,
  freeze: 2,
  sleep: 1,
  wake: 3,
  depose: 1,
  kill: 1,
  close: 1,
  open: 2,
}

const op: fc.Arbitrary<Op> = fc.tuple(
  fc.oneof(...Object.entries(weights).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) }))),
  fc.nat(9),
  fc.nat(99),
)

const MOST = 3

async function perform(cluster: Cluster, [name, at, n]: Op): Promise<void> {
  const { world } = cluster
  if (name === 'open') {
    if (cluster.tabs.length < MOST) cluster.open()
    return
  }
  if (name === 'step') return void (await world.step(n))
  if (name === 'steps') {
    for (let i = 0; i < 10; i++) await world.step(0)
    return
  }
  if (name === 'advance') return world.advance([10, 100, 500, BEAT, BEAT][n % 5] as number)
  if (name === 'lose' || name === 'repeat') return world.disturb(n, name)
  if (name === 'depose') return cluster.depose()
  if (cluster.tabs.length === 0) return
  const tab = cluster.tabs[at % cluster.tabs.length] as SimTab
  const id = String(n % 3)
  const acts: Record<string, () => void> = {
    pair: () => cluster.pair(tab),
    row: () => cluster.row(tab, id),
    deleteRow: () => cluster.deleteRow(tab, id),
    tick: () => cluster.tick(tab, false),
    tickTogether: () => cluster.tick(tab, true),
    gate: () => cluster.gate(tab, id),
    lift: () => cluster.lift(tab, id),
    lock: () => cluster.lock(tab),
    unlock: () => tab.able && tab.release?.(),
    failBefore: () => void tab.failures.push('before'),
    failAfter: () => void tab.failures.push('after'),
    freeze: () => cluster.freeze(tab),
    sleep: () => cluster.sleep(tab),
    wake: () => cluster.wake(tab),
    kill: () => cluster.kill(tab),
    close: () => cluster.close(tab),
  }
  acts[name]?.()
  await world.calm()
}

async function play(ops: readonly Op[], reach: number): Promise<Cluster> {
  const cluster = new Cluster(reach)
  for (let i = 0; i < 2; i++) {
    cluster.open()
    await cluster.world.run()
  }
  for (const op of ops) await perform(cluster, op)
  await cluster.rest()
  return cluster
}

/** Everything holds after these; answers what was reported on the way, by code, and how many ticks there were. */
async function expectLaws(ops: readonly Op[], reach: number): Promise<Map<string, number>> {
  const cluster = await play(ops, reach)
  expect(await cluster.faults()).toEqual([])
  expect(await cluster.end()).toEqual([])
  return cluster.reports.set('ticks', cluster.acknowledged)
}

test('tabs agree with storage and each other, commits are whole, and every tick counts once', async () => {
  const seen = new Map<string, number>()
  const { RUNS = '60', SEED, SEED_PATH } = process.env
  await fc.assert(
    // How far the log reaches: so far that it always does, or so little that everything must be read again.
    fc.asyncProperty(fc.array(op, { maxLength: 150, size: 'max' }), fc.constantFrom(3, 256), async (ops, reach) => {
      for (const [what, n] of await expectLaws(ops, reach)) seen.set(what, (seen.get(what) ?? 0) + n)
    }),
    { numRuns: Number(RUNS), ...(SEED && { seed: Number(SEED), path: SEED_PATH ?? '' }) },
  )
  console.log(seen)
}, 600_000)
