// Pictures of the panel: `node --import tsx e2e/devtools-panel/screenshots.ts <folder>`. With a part of a name, only those
// that have it; with a third word, the one picture is called so: `… docs few-log-1440-light panel`.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { findChromium, flags, thisMachine } from '../chromium.ts'
import type { Lab, ManyLab } from './app/types.ts'
import { serveLab } from './lab.ts'

const folder = process.argv[2] ?? 'test-results/panel'
const only = process.argv[3]
const called = process.argv[4]
await mkdir(folder, { recursive: true })
const path = findChromium(thisMachine())?.path
if (!path) throw new Error('No Chromium. `npm run e2e` finds or installs one.')
const site = await serveLab()
const browser = await chromium.launch({ executablePath: path, args: [...flags] })

const SIZES = [
  [1440, 900],
  [1024, 720],
  [360, 740],
] as const

async function keep(page: Page, name: string) {
  if (!only || name.includes(only)) await page.screenshot({ path: join(folder, `${called ?? name}.png`) })
}

async function shoot(page: Page, name: string, hash: string, width: number, height: number) {
  if (only && !name.includes(only)) return
  await page.setViewportSize({ width, height })
  await page.evaluate((to) => {
    history.replaceState(null, '', to)
    dispatchEvent(new PopStateEvent('popstate'))
  }, hash)
  await page.waitForTimeout(300)
  await keep(page, name)
}

for (const scheme of ['light', 'dark'] as const) {
  const context = await browser.newContext({ colorScheme: scheme })
  const app = await context.newPage()
  await app.goto(site.url)
  await app.evaluate(() => {
    const { lab } = globalThis as unknown as { lab: Lab }
    for (let n = 0; n < 6; n++) lab.round(n)
    lab.worker.postMessage('go')
  })
  const panel = await context.newPage()
  const problems: string[] = []
  panel.on('console', (message) => {
    if (message.type() !== 'log') problems.push(message.text())
  })
  panel.on('pageerror', (error) => problems.push(String(error)))
  await panel.goto(`${site.url}__escapement/`)
  await panel.getByRole('grid', { name: 'Transitions' }).getByText('LoggedIn').first().waitFor()
  const target = new URL(panel.url()).hash.split('/')[1]
  for (const [width, height] of SIZES) {
    const of = (name: string) => `few-${name}-${width}-${scheme}`
    await shoot(panel, of('log'), `#/${target}/session/tx/12?view=log&scope=target`, width, height)
    await shoot(panel, of('tree'), `#/${target}/door/tx/7?view=tree&state=Locked`, width, height)
    await shoot(panel, of('clocks'), `#/${target}/door/tx/30?view=clocks&mark=door/7&state=Open`, width, height)
    await shoot(panel, of('models'), `#/${target}/session?view=models`, width, height)
    await shoot(panel, of('why'), `#/${target}/door?view=why&state=Alarm`, width, height)
    await shoot(panel, of('targets'), `#/${target}/door?view=targets`, width, height)
  }
  await shoot(panel, `few-sheet-360-${scheme}`, `#/${target}/session/tx/5?view=log`, 360, 740)
  await panel.locator('.vrow').nth(6).click()
  await keep(panel, `few-sheet-360-${scheme}`)
  await panel.keyboard.press('Escape')
  await panel.setViewportSize({ width: 1440, height: 900 })
  await panel.getByRole('button', { name: 'Pause' }).click()
  await app.evaluate(() => (globalThis as unknown as { lab: Lab }).lab.round(9))
  await panel.getByRole('button', { name: 'Record' }).click()
  await app.evaluate(() => (globalThis as unknown as { lab: Lab }).lab.round(10))
  await shoot(panel, `few-gap-1440-${scheme}`, `#/${target}/door/tx/86?view=log&scope=target`, 1440, 900)
  await panel.keyboard.press('?')
  await keep(panel, `few-help-1440-${scheme}`)
  await panel.close()
  await app.close()
  const many = await context.newPage()
  await many.goto(`${site.url}many.html`)
  await many.evaluate(() => (globalThis as unknown as { lab: ManyLab }).lab.run(20_000))
  const second = await context.newPage()
  second.on('pageerror', (error) => problems.push(String(error)))
  await second.goto(`${site.url}__escapement/`)
  await second
    .getByRole('option', { name: /BA 1001/ })
    .first()
    .waitFor()
  await second.waitForTimeout(1500)
  for (const [width, height] of SIZES) {
    const of = (name: string) => `many-${name}-${width}-${scheme}`
    await shoot(second, of('log'), new URL(second.url()).hash, width, height)
    await shoot(second, of('targets'), `${new URL(second.url()).hash.split('?')[0]}?view=targets`, width, height)
    const nodes = await second.evaluate(() => document.querySelectorAll('*').length)
    console.log(scheme, width, 'nodes', nodes)
  }
  await context.close()
  for (const problem of new Set(problems)) console.log(scheme, problem)
}
await browser.close()
await site.close()
