import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, flightOf, open, played, saved, test } from './board.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds that is serious, or worse. */
async function serious(page: Page): Promise<string[]> {
  // Colours in the middle of an animation are nobody's.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.evaluate(axe)
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  )
  const bad = results.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious: ${colorScheme}`, async ({ browser, address }) => {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } })
    await open(page, address)
    expect(await serious(page)).toEqual([])
    await page.getByRole('radio', { name: /^All/ }).check()
    await page.locator('.rows').evaluate((rows) => rows.scrollTo(0, 780 * 40))
    await page.goto(`${address}?place=page#/flight/E0801`)
    await played(page, '12:40')
    await page.getByLabel('Gate').fill('13th')
    await page.locator('.machine').getByRole('button', { name: 'Land', exact: true }).click()
    await page.getByRole('button', { name: 'Break it' }).click()
    expect(await serious(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Keys' }).click()
    expect(await serious(page)).toEqual([])
    await page.close()
  })
}

test('360 pixels wide: everything can be reached, nothing sticks out, and axe finds nothing serious', async ({
  browser,
  address,
}) => {
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } })
  await open(page, address)
  const sticksOut = () =>
    page.evaluate(
      () => [...document.querySelectorAll('.header, .main, .panel, .grid')].filter((e) => e.scrollWidth > 361).length,
    )
  expect(await sticksOut()).toBe(0)
  expect(await serious(page)).toEqual([])
  for (const name of ['Map', 'Airports']) {
    await page.getByRole('link', { name }).click()
    await expect(page.getByRole('region', { name })).toBeVisible()
    expect(await sticksOut()).toBe(0)
    expect(await serious(page)).toEqual([])
  }
  await page.getByRole('link', { name: 'Board' }).click()
  await page.locator('[data-flight=E0801]').click()
  await expect(page.getByRole('heading', { name: 'E0801' })).toBeVisible()
  expect(await sticksOut()).toBe(0)
  expect(await serious(page)).toEqual([])
  await page.getByLabel('Back to the board').click()
  await expect(page.locator('[data-flight=E0801]')).toBeFocused()
  await page.close()
})

test('by keyboard alone: find a flight, edit it, ask its machine, and go back', async ({ page, address }) => {
  await open(page, address)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-flight'))
  const first = await focused()
  expect(first).toBeTruthy()
  for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('PageDown')
  await page.keyboard.press('End')
  await expect(page.locator(`[data-flight=${await focused()}]`)).toBeInViewport()
  await page.keyboard.press('Home')
  expect(await focused()).toBe(first)

  await page.keyboard.press('/')
  await page.keyboard.type('boston st louis')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('E0801')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'E0801' })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(page.getByLabel('Gate')).toBeFocused()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('D4')
  await page.keyboard.press('Enter')
  await expect(page.locator('.rows [data-flight=E0801]')).toContainText('D4')
  await page.getByRole('button', { name: 'Start boarding' }).focus()
  await page.keyboard.press('Space')
  await expect(page.locator('.rows [data-flight=E0801]')).toContainText('Boarding')
  expect((await flightOf(page, 'E0801')).active).toContain('Boarding')
  await page.keyboard.press('Escape')
  await expect(page.locator('.rows [data-flight=E0801]')).toBeFocused()

  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.keyboard.press('j')
  await played(page, '12:50')
  await page.keyboard.press('t')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.keyboard.press('p')
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible()
})

test('nothing moves while it is read: no layout shift from the first paint to hours later', async ({
  page,
  address,
}) => {
  await page.addInitScript(() => {
    const shifts: number[] = []
    Object.assign(globalThis, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value)
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await open(page, address)
  for (const time of ['12:50', '13:00', '13:10']) {
    await page.getByRole('button', { name: '+10 min' }).click()
    await played(page, time)
  }
  await page.evaluate(() => {
    location.hash = '#/flight/E0801'
  })
  await page.getByLabel('Gate').fill('13th')
  await page.locator('.machine').getByRole('button', { name: 'Land', exact: true }).click()
  await page.getByLabel('Gate').fill('D1')
  await page.getByRole('button', { name: 'Save' }).click()
  await saved(page)
  const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts)
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.005)
})
