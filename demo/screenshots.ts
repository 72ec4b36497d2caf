import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from '@playwright/test'
import { build } from 'vite'
import { ensureChromium, flags, thisMachine } from '../e2e/chromium.ts'
import { serveFolder } from '../e2e/serve.ts'

/** A picture for the README, always of the same moment of the same day. */
interface Shot {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly colorScheme: 'dark' | 'light'
  readonly hash: string
  act?(page: Page): Promise<void>
}

const shots: readonly Shot[] = [
  { name: 'board-dark', width: 1280, height: 740, colorScheme: 'dark', hash: '#/' },
  {
    name: 'flight-light',
    width: 1280,
    height: 780,
    colorScheme: 'light',
    hash: '#/flight/E0801',
    async act(page) {
      await page.getByLabel('Gate').fill('13th')
      const question = page.locator('.machine').getByRole('button', { name: 'Depart', exact: true })
      await question.click()
      await question.evaluate((button) => button.blur())
      await page.mouse.move(0, 0)
      await page.locator('.flight-body').evaluate((body) => body.scrollTo(0, 190))
    },
  },
  { name: 'board-narrow', width: 390, height: 760, colorScheme: 'dark', hash: '#/' },
]

// `npm run screenshots`: what README shows, from the demo as it is built.
const folder = new URL('./screenshots/', import.meta.url)
const outDir = fileURLToPath(new URL('./dist/', import.meta.url))
await mkdir(folder, { recursive: true })
await build({ configFile: fileURLToPath(new URL('./vite.config.ts', import.meta.url)), logLevel: 'error' })
const site = await serveFolder(outDir)
const { path } = ensureChromium(thisMachine(), console.log)
const browser = await chromium.launch({ executablePath: path, args: [...flags] })
try {
  for (const { name, width, height, colorScheme, hash, act } of shots) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
    await page.goto(`${site.url}?at=12:40&paused${hash}`)
    await page.locator('.instruments[data-played="12:40"]').waitFor()
    await page.locator('[data-saving=saved]').waitFor()
    await act?.(page)
    await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, folder)), animations: 'disabled' })
    console.log(`demo/screenshots/${name}.png`)
    await page.close()
  }
} finally {
  await browser.close()
  await site.close()
}
