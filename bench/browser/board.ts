import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from '@playwright/test'
import type { Session } from '../../demo/src/session.ts'
import { type Site, serveApp } from '../../e2e/serve.ts'
import { fresh } from './browser.ts'
import { type Look, rateOf, wrongIn } from './meter.ts'

declare global {
  /** The demo's, for the console. */
  var flightBoard: Session
}

/** Where the board's simulation runs. */
export type Place = 'worker' | 'page'

/** Some seconds of the board while it plays. */
export interface Playing {
  readonly perSecond: number
  /** What its own meter showed at last. */
  readonly meter: number
  /** Of an idle page in the same round. */
  readonly ofIdle: number
  /** Milliseconds; 0 when no task took 50, which is where browsers begin to tell. */
  readonly longest: number
  /** Of the main thread's time. */
  readonly busy: number
  readonly transitions: number
}

/** From the address to the first number of its meter. */
export interface Opening {
  /** Milliseconds until the board is seen. */
  readonly seen: number
  /** As of `Playing`. */
  readonly longest: number
}

const PLACES: readonly Place[] = ['worker', 'page']
const FLIGHTS = 2000

/** The board at a speed, or its first visit and the one after. */
export type BoardScenario =
  | { readonly name: string; readonly place: Place; readonly speed: number }
  | { readonly name: string; readonly place: Place; readonly visit: 'first' | 'next' }

export const boardScenarios: readonly BoardScenario[] = [
  ...[100, 1000].flatMap((speed) => PLACES.map((place) => ({ name: `board-${place}-${speed}`, place, speed }))),
  ...PLACES.flatMap((place) =>
    (['first', 'next'] as const).map((visit) => ({ name: `board-${visit}-${place}`, place, visit })),
  ),
]

/** All rounds of a scenario, or why it failed. */
export type Rounds = readonly (Playing | Opening)[] | string

/** The demo, built as it is for a server. */
export function serveBoard(): Promise<Site> {
  const folder = new URL('../../demo/', import.meta.url)
  const configFile = fileURLToPath(new URL('vite.config.ts', folder))
  return serveApp(folder, { configFile, publicDir: 'public', build: { minify: true } })
}

/** Measures the wanted scenarios, rounds interleaved, each beginning with another. */
export async function boards(
  site: Site,
  wanted: readonly BoardScenario[],
  rounds: number,
  seconds: number,
): Promise<ReadonlyMap<string, Rounds>> {
  const found = new Map<string, Rounds>()
  const add = async (name: string, measure: () => Promise<Playing | Opening>) => {
    const before = found.get(name) ?? []
    if (typeof before === 'string') return
    try {
      found.set(name, [...before, await measure()])
    } catch (error) {
      found.set(name, (error as Error).message.split('\n')[0] as string)
    }
  }
  for (let round = 0; round < rounds; round++) {
    const idle = await fresh(async (browser) => rateOf(await looks(await browser.newPage(), seconds)))
    for (let i = 0; i < wanted.length; i++) {
      const scenario = wanted[(i + round) % wanted.length]!
      await add(scenario.name, () =>
        fresh<Playing | Opening>((browser) =>
          'speed' in scenario ? play(site, browser, scenario, seconds, idle) : open(site, browser, scenario),
        ),
      )
    }
  }
  return found
}

/** Looks once per frame for some seconds, whatever the page is. */
const looks = (page: Page, seconds: number): Promise<Look[]> =>
  page.evaluate(
    (ms) =>
      new Promise<Look[]>((done) => {
        const found: Look[] = []
        const meter = document.querySelector('[data-meter=fps]')
        // A method: the loader of this file wraps functions to keep their names, with what no page has.
        const each = {
          frame() {
            found.push({ at: performance.now(), shown: Number(meter?.textContent) })
            if (found.at(-1)!.at - found[0]!.at < ms) requestAnimationFrame(() => each.frame())
            else done(found)
          },
        }
        requestAnimationFrame(() => each.frame())
      }),
    seconds * 1000,
  )

/** The longest task since a time of the page's clock. */
const longestSince = (page: Page, since: number): Promise<number> =>
  page.evaluate(
    (since) =>
      new Promise<number>((done) => {
        const observer = new PerformanceObserver((list) => {
          done(Math.max(0, ...list.getEntries().map(({ startTime, duration }) => (startTime >= since ? duration : 0))))
        })
        observer.observe({ type: 'longtask', buffered: true })
        // There may be none to be told of.
        setTimeout(() => done(0), 100)
      }),
    since,
  )

async function begin(site: Site, browser: BrowserContext, place: Place, speed = 100): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(`${site.url}?place=${place}&speed=${speed}`)
  return page
}

/** Waits until the meter has counted a second. */
const counted = (page: Page) =>
  page.waitForFunction(() => Number(document.querySelector('[data-meter=fps]')?.textContent) > 0)

async function open(site: Site, browser: BrowserContext, { place, visit }: { place: Place; visit: string }) {
  if (visit !== 'first') {
    const first = await begin(site, browser, place)
    await counted(first)
    // All that it put on the board: the next visit is to find it.
    await first.evaluate(() => {
      const { opened } = flightBoard
      return opened.value && !(opened.value instanceof Error) ? opened.value.board.flush() : undefined
    })
    await first.close()
  }
  const page = await begin(site, browser, place)
  await page.locator('.instruments').waitFor()
  const seen = await page.evaluate(() => performance.now())
  await counted(page)
  return { seen, longest: await longestSince(page, 0) }
}

async function play(
  site: Site,
  browser: BrowserContext,
  { place, speed }: { place: Place; speed: number },
  seconds: number,
  idle: number,
): Promise<Playing> {
  const page = await begin(site, browser, place, speed)
  await counted(page)
  const cdp = await browser.newCDPSession(page)
  await cdp.send('Performance.enable')
  const state = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics')
    const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)!.value
    const { flights, transitions, now } = await page.evaluate(() => {
      const { opened } = flightBoard
      if (!opened.value || opened.value instanceof Error) throw new Error('the board is not open')
      const { statuses, progress } = opened.value.board.reads
      return { flights: statuses.size, transitions: progress.transitions, now: performance.now() }
    })
    return { at: metric('Timestamp'), busy: metric('TaskDuration'), flights, transitions, now }
  }
  const before = await state()
  const found = await looks(page, seconds)
  const after = await state()
  const passed = after.at - before.at
  const transitions = (after.transitions - before.transitions) / passed
  const workers = page.workers().length
  if (after.flights !== FLIGHTS) throw new Error(`other work: ${after.flights} flights`)
  if (transitions <= 0) throw new Error('other work: no flight moved')
  if (workers !== (place === 'worker' ? 1 : 0)) throw new Error(`other work: ${workers} workers`)
  const wrong = wrongIn(found)
  if (wrong !== undefined) throw new Error(wrong)
  const perSecond = rateOf(found)
  const longest = await longestSince(page, before.now)
  const busy = (after.busy - before.busy) / passed
  return { perSecond, meter: found.at(-1)!.shown, ofIdle: perSecond / idle, longest, busy, transitions }
}
