// `npm run bench`: one process per contestant, rounds interleaved, medians, ratios. See README.md.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build, type Plugin } from 'esbuild'
import { dataModule } from '../demo/plugins/dataset.ts'
import type { Result } from './contest.ts'
import { type Report, reportOf } from './report.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

const HELP = `npm run bench -- [options]

  --only <text>    only scenarios whose name contains the text; may be repeated
  --rounds <n>     how often each contestant runs (default 5)
  --json <file>    writes the results there as well
  --verify         only checks that all contestants do the same work
  --no-build       measures the dist that is there
  --list           names the scenarios
  --help           this
`

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const compiled = here('./node_modules/.cache/contest/')

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    verify: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** The flight board's data, as its own build makes it. */
const boardData: Plugin = {
  name: 'board data',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^virtual:/ }, ({ path }) => ({ path, namespace: 'board' }))
    onLoad({ filter: /./, namespace: 'board' }, ({ path }) => ({ contents: dataModule(path) ?? '' }))
  },
}

/** Builds the library, makes it known here by its public name, and strips the types of the contestants. */
async function prepare(): Promise<void> {
  if (!flags['no-build'] && spawnSync('npm', ['run', 'build'], { cwd: here('..'), stdio: 'inherit' }).status !== 0) {
    throw new Error('The build failed: nothing to measure.')
  }
  // What a run that was stopped left.
  rmSync(here('./.data'), { recursive: true, force: true })
  // A plain link, not a `file:` dependency: npm would install and build the parent package in turn.
  const link = here('./node_modules/escapement')
  rmSync(link, { force: true })
  symlinkSync(process.env.BENCH_PACKAGE ?? '../..', link)
  // Stripped ahead, since loaders that do it on the fly wrap every function to keep its name, in timed loops too.
  const { metafile } = await build({
    entryPoints: [here('./contest.ts'), here('./contestants/worker-side.ts')],
    outdir: compiled,
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    target: 'node20',
    metafile: true,
    logLevel: 'error',
    plugins: [boardData],
  })
  if (!existsSync(`${compiled}contest.js`)) throw new Error(`Not compiled: ${Object.keys(metafile.outputs)}`)
}

/** One contestant in a process of its own. */
function contest(scenario: string, label: string): Promise<Result> {
  const mode = flags.verify ? 'verify' : 'time'
  const child = spawn(process.execPath, ['--expose-gc', `${compiled}contest.js`, scenario, label, mode], {
    cwd: here('.'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let noise = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    noise += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      try {
        resolve(JSON.parse(out.trim().split('\n').at(-1) ?? ''))
      } catch {
        resolve({ kind: 'failed', why: `ended with ${code}: ${noise.slice(-500) || out.slice(-500)}` })
      }
    })
  })
}

/** All rounds of one scenario, contestants in turn, each round starting with another one. */
async function measure(scenario: Scenario, rounds: number): Promise<Report> {
  const labels = Object.keys(scenario.contestants)
  const results = new Map<string, Result[]>(labels.map((label) => [label, []]))
  const out = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < labels.length; i++) {
      const label = labels[(i + round) % labels.length]!
      if (out.has(label)) continue
      progress(`${scenario.name}: round ${round + 1} of ${rounds}, ${label}`)
      const result = await contest(scenario.name, label)
      results.get(label)?.push(result)
      if (result.kind === 'skipped' || result.kind === 'failed') out.add(label)
    }
  }
  progress('')
  return reportOf(scenario, results)
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`)
  else if (text) process.stderr.write(`${text}\n`)
}

async function main(): Promise<number> {
  if (flags.help) {
    process.stdout.write(HELP)
    return 0
  }
  const chosen = scenarios.filter(({ name }) => !flags.only || flags.only.some((text) => name.includes(text)))
  const rounds = flags.verify ? 1 : Number(flags.rounds)
  if (chosen.length === 0 || !Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(
      chosen.length === 0 ? 'No scenario has such a name; see --list.\n' : '--rounds takes a whole number from 1.\n',
    )
    return 2
  }
  if (flags.list) {
    for (const { name, what } of chosen) process.stdout.write(`${name.padEnd(22)} ${what}\n`)
    return 0
  }
  await prepare()
  const [cpu] = cpus()
  process.stdout.write(`Node ${process.version}, ${cpus().length} x ${cpu?.model ?? 'unknown'}, ${rounds} rounds\n`)
  const reports: Report[] = []
  for (const scenario of chosen) {
    const report = await measure(scenario, rounds)
    reports.push(report)
    process.stdout.write(report.text)
  }
  if (flags.json) {
    const rows = reports.map(({ text, ...rest }) => rest)
    writeFileSync(
      flags.json,
      `${JSON.stringify({ node: process.version, cpu: cpu?.model, rounds, scenarios: rows }, null, 2)}\n`,
    )
  }
  // Slow is no failure; other work, or none, is.
  return reports.some(({ rows }) => rows.some(({ failed }) => failed)) ? 1 : 0
}

process.exitCode = await main()
