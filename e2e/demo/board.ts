import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { test as base, type Page } from '@playwright/test'
import { build } from 'vite'
import type { Session } from '../../demo/src/session.ts'
import { serveFolder } from '../serve.ts'

export { expect } from '@playwright/test'

declare global {
  /** The demo's, for the console. */
  var flightBoard: Session
}

/** The address of the built demo, once for all tests of a worker. */
export const test = base.extend<object, { address: string }>({
  address: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the first parameter
    async ({}, use, { workerIndex }) => {
      const outDir = fileURLToPath(new URL(`../../demo/dist/test-${workerIndex}`, import.meta.url))
      const configFile = fileURLToPath(new URL('../../demo/vite.config.ts', import.meta.url))
      await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } })
      const site = await serveFolder(outDir)
      await use(site.url)
      await site.close()
      await rm(outDir, { recursive: true, force: true })
    },
    { scope: 'worker', timeout: 60_000 },
  ],
})

/** Opens the board at 12:40, standing still, and waits until everything up to then has happened and is stored. */
export async function open(page: Page, address: string, { place = 'page', hash = '' } = {}): Promise<void> {
  await page.goto(`${address}?at=12:40&paused&place=${place}${hash}`)
  await played(page, '12:40')
  await saved(page)
}

/** Waits until the day has been played up to a time. */
export const played = (page: Page, time: string) => page.locator(`.instruments[data-played="${time}"]`).waitFor()

/** Waits until storage has everything. */
export const saved = (page: Page) => page.locator('[data-saving=saved]').waitFor()

/** Waits until this tab is what it should be among the others. */
export const becomes = (page: Page, role: 'owner' | 'mirror') => page.locator(`[data-role=${role}]`).waitFor()

/** What the page knows of a flight. */
export function flightOf(page: Page, id: string) {
  return page.evaluate((id) => {
    const { opened } = globalThis.flightBoard
    if (!opened.value || opened.value instanceof Error) throw new Error('The board is not open')
    const { reads } = opened.value.board
    const [flight, status] = [reads.flights.get(id), reads.statuses.get(id)]
    if (!flight || !status) throw new Error(`There is no flight ${id}`)
    const { gate, delay, note } = flight
    const states = ['Scheduled', 'CheckIn', 'Gate', 'Boarding', 'LastCall', 'Departed', 'Cancelled'] as const
    return { gate, delay, note, active: states.filter((state) => status.is(state)) }
  }, id)
}

/**
 * What must agree, because it was written in the same commits: what the machines say, and what was counted at the
 * airports. Read in one go, so that nothing happens in between.
 */
export function tally(page: Page) {
  return page.evaluate(() => {
    const { opened } = globalThis.flightBoard
    if (!opened.value || opened.value instanceof Error) throw new Error('The board is not open')
    const { reads } = opened.value.board
    const machines = { departures: 0, arrivals: 0, cancelled: 0 }
    const airports = { departures: 0, arrivals: 0, cancelled: 0 }
    const codes = new Set<string>()
    for (let n = 1; n <= 2000; n++) {
      const id = `E${String(n).padStart(4, '0')}`
      const [flight, status] = [reads.flights.get(id), reads.statuses.get(id)]
      if (!flight || !status) throw new Error(`There is no flight ${id}`)
      if (status.is('Departed')) machines.departures++
      if (status.is('Arrived')) machines.arrivals++
      if (status.is('Cancelled')) machines.cancelled++
      codes.add(flight.origin).add(flight.destination)
    }
    for (const code of codes) {
      const airport = reads.airports.get(code)
      airports.departures += airport?.departures ?? 0
      airports.arrivals += airport?.arrivals ?? 0
      airports.cancelled += airport?.cancelled ?? 0
    }
    return { machines, airports }
  })
}
