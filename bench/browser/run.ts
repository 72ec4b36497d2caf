// `npm run bench:browser`: commits to IndexedDB beside the bare library, machines ticking per frame, and the flight
// board. See README.md.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { type Site, serveProgram } from '../../e2e/serve.ts'
import type { Result } from '../contest.ts'
import { reportOf } from '../report.ts'
import { boardScenarios, boards, serveBoard } from './board.ts'
import { told as toldOfBoard } from './board-report.ts'
import { fresh } from './browser.ts'
import type { Durability } from './contestants.ts'
import type { Frames, Kept } from './frames.ts'
import type {} from './page.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
    verify: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
})

const WIDTHS = [1, 64]
const DURABILITIES: readonly Durability[] = ['strict', 'relaxed']
const MACHINES = 2000

/** Runs on the page of the bench, in a browser of its own. */
const onPage = <T>(site: Site, run: (page: Page) => Promise<T>): Promise<T> =>
  fresh(async (browser) => {
    const page = await browser.newPage()
    await page.goto(site.url)
    await page.waitForFunction(() => document.title === 'ready')
    return run(page)
  })

async function contest(site: Site, label: string, durability: Durability, width: number): Promise<Result> {
  return onPage(site, async (page): Promise<Result> => {
    try {
      const value = await page.evaluate(
        async ([label, durability, width, verifyOnly]) => {
          await bench.verify(label as never, durability, width)
          return verifyOnly ? undefined : bench.time(label as never, durability, width)
        },
        [label, durability, width, flags.verify] as const,
      )
      return value === undefined ? { kind: 'verified', lacks: [] } : { kind: 'measured', value, lacks: [] }
    } catch (error) {
      return { kind: 'failed', why: (error as Error).message.split('\n')[0] as string }
    }
  })
}

async function commits(site: Site, labels: readonly string[], durability: Durability, width: number) {
  const results = new Map<string, Result[]>(labels.map((label) => [label, []]))
  for (let round = 0; round < (flags.verify ? 1 : Number(flags.rounds)); round++) {
    for (let i = 0; i < labels.length; i++) {
      const label = labels[(i + round) % labels.length] as string
      results.get(label)?.push(await contest(site, label, durability, width))
    }
  }
  const report = reportOf(
    {
      name: `indexeddb-${durability}-${width}`,
      what: `a commit of one row to IndexedDB, durability ${durability}, ${width === 1 ? 'the next after the last is acknowledged' : `${width} waiting at a time`}; per commit`,
      measures: 'time',
      disk: true,
      expected: () => undefined,
      contestants: {},
      aims: [],
    },
    results,
  )
  const rates = report.rows.flatMap(({ label, value }) =>
    value ? [`${label} ${Math.round(1e9 / value).toLocaleString('en')} commits/s`] : [],
  )
  return { ...report, text: `${report.text}${rates.length > 0 ? `  ${rates.join(', ')}\n` : ''}` }
}

const KEPT: Record<Kept, string> = {
  nothing: ', in memory',
  clock: '; the clock they follow goes to IndexedDB, strict',
  all: '; all of them go to IndexedDB, strict',
}

function told(name: string, kept: Kept, { perSecond, median, p95, late, ticks, asked }: Frames): string {
  if (ticks !== asked) throw new Error(`${name}: ${ticks} of ${asked} ticks were made`)
  return (
    `\n${name}: ${MACHINES.toLocaleString('en')} machines tick once per frame, in one commit${KEPT[kept]}\n` +
    `  ${perSecond.toFixed(1)} frames per second, ${late} late; main thread ${median.toFixed(2)} ms per frame (95 of 100 below ${p95.toFixed(2)} ms)\n` +
    `  aim 60 frames per second: ${perSecond.toFixed(1)}, ${perSecond >= 59 ? 'met' : 'MISSED'}\n`
  )
}

const wanted = (name: string) => flags.only === undefined || flags.only.some((part) => name.includes(part))

async function allCommits(site: Site) {
  const labels = await onPage(site, (page) => page.evaluate(() => bench.labels))
  const reports = []
  for (const durability of DURABILITIES) {
    for (const width of WIDTHS) {
      if (!wanted(`indexeddb-${durability}-${width}`)) continue
      const report = await commits(site, labels, durability, width)
      process.stdout.write(report.text)
      if (report.rows.some(({ failed }) => failed !== undefined)) process.exitCode = 1
      reports.push(report)
    }
  }
  return reports
}

async function allFrames(site: Site) {
  const animations: Record<string, Frames> = {}
  for (const kept of ['nothing', 'clock', 'all'] as const) {
    const name = `frames-${kept}`
    if (!wanted(name)) continue
    const seconds = flags.verify ? 0.5 : Number(flags.seconds)
    const found = await onPage(site, (page) =>
      page.evaluate(([count, seconds, kept]) => bench.frames(count, seconds, kept), [MACHINES, seconds, kept] as const),
    )
    animations[name] = found
    process.stdout.write(told(name, kept, found))
  }
  return animations
}

async function allBoards() {
  const scenarios = boardScenarios.filter(({ name }) => wanted(name))
  if (scenarios.length === 0) return {}
  const board = await serveBoard()
  try {
    // Less than three seconds hold no second that could be checked.
    const seconds = flags.verify ? 3 : Math.max(3, Number(flags.seconds))
    const found = await boards(board, scenarios, flags.verify ? 1 : Number(flags.rounds), seconds)
    for (const scenario of scenarios) {
      const rounds = found.get(scenario.name)!
      process.stdout.write(toldOfBoard(scenario, rounds))
      if (typeof rounds === 'string') process.exitCode = 1
    }
    return Object.fromEntries(found)
  } finally {
    await board.close()
  }
}

const site = await serveProgram(new URL('./page.ts', import.meta.url))
try {
  const found = { commits: await allCommits(site), frames: await allFrames(site), boards: await allBoards() }
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(found, null, 2)}\n`)
} finally {
  await site.close()
}
