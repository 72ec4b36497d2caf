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

/** What is looked at, and how one gets there. Every part of the page is in one of them. */
const looks: Record<string, (page: Page) => Promise<void>> = {
  'the board': async () => {},
  'a flight with everything wrong': async (page) => {
    await page.locator('[data-flight=E0801]').click()
    await page.getByLabel('Gate').fill('13th')
    await page.locator('.machine').getByRole('button', { name: 'Land', exact: true }).click()
    await expect(page.locator('.machine').getByRole('alert')).not.toBeEmpty()
  },
  'the menus': async (page) => {
    await page.getByRole('button', { name: 'Break it' }).click()
    await page.getByRole('button', { name: /^Full disk/ }).click()
    await page.getByRole('button', { name: '+10 min' }).click()
    await page.locator('[data-saving=failed]').waitFor()
  },
  'the keys': async (page) => {
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog')).toBeVisible()
  },
}

for (const [what, show] of Object.entries(looks)) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test(`axe finds nothing serious: ${what}, ${colorScheme}`, async ({ browser, address }) => {
      const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } })
      await open(page, address)
      await show(page)
      expect(await serious(page)).toEqual([])
      await page.close()
    })
  }
}

const phone = { viewport: { width: 360, height: 740 } }

test('360 pixels wide: everything can be reached, and nothing sticks out', async ({ browser, address }) => {
  const page = await browser.newPage(phone)
  await open(page, address)
  const sticksOut = () =>
    page.evaluate(
      () =>
        [...document.querySelectorAll('.header, .main, .panel, .grid, .flight-body, .instruments')].filter(
          (element) => element.scrollWidth > innerWidth,
        ).length,
    )
  expect(await sticksOut()).toBe(0)
  for (const name of ['Map', 'Airports']) {
    await page.getByRole('link', { name }).click()
    await expect(page.getByRole('region', { name })).toBeVisible()
    expect(await sticksOut()).toBe(0)
  }
  await page.getByRole('link', { name: 'Board' }).click()
  await page.locator('[data-flight=E0801]').click()
  await expect(page.getByRole('heading', { name: 'E0801' })).toBeVisible()
  await page.getByLabel('Delay').fill('soon')
  expect(await sticksOut()).toBe(0)
  for (const control of await page.locator('.machine button, .fields input').all()) {
    await control.scrollIntoViewIfNeeded()
    await expect(control).toBeInViewport({ ratio: 1 })
  }
  await page.getByLabel('Back to the board').click()
  await expect(page.locator('[data-flight=E0801]')).toBeFocused()
  for (const name of ['Theme', 'Keys', 'Break it'])
    await expect(page.getByRole('button', { name })).toBeInViewport({ ratio: 1 })
  await expect(page.locator('.switch')).toBeInViewport({ ratio: 1 })
  await page.getByRole('button', { name: 'Break it' }).click()
  // Asked of the browser, not of boxes: a mask or a clip around the menu would hide it as well.
  for (const way of await page.locator('.way').all()) {
    await expect(way).toBeInViewport({ ratio: 1 })
    expect(await way.evaluate(hit)).toBe(true)
  }
  await page.close()
})

/** Is an element what lies at its middle? */
function hit(element: Element): boolean {
  const { x, y, width, height } = element.getBoundingClientRect()
  return element.contains(document.elementFromPoint(x + width / 2, y + height / 2))
}

test('at 1024 pixels, and at 1440 enlarged twice, nothing sticks out either', async ({ browser, address }) => {
  for (const viewport of [
    { width: 1024, height: 768 },
    { width: 720, height: 450 },
  ]) {
    const page = await browser.newPage({ viewport })
    await open(page, address)
    const out = await page.evaluate(() =>
      [...document.querySelectorAll('.header, .main, .panel, .scroll, .instruments')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => element.className),
    )
    expect(out).toEqual([])
    const again = page.getByRole('button', { name: 'Begin the day again' })
    await expect(again).toBeInViewport({ ratio: 1 })
    const breaking = page.getByRole('button', { name: 'Break it' })
    await breaking.scrollIntoViewIfNeeded()
    await breaking.click()
    for (const way of await page.locator('.way').all()) {
      await way.scrollIntoViewIfNeeded()
      expect(await way.evaluate(hit)).toBe(true)
    }
    await page.close()
  }
})

test('360 pixels wide: axe finds nothing serious', async ({ browser, address }) => {
  const page = await browser.newPage(phone)
  await open(page, address)
  expect(await serious(page)).toEqual([])
  await page.locator('[data-flight=E0801]').click()
  expect(await serious(page)).toEqual([])
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
