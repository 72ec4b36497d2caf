import { type BrowserContext, test as base, type Page } from '@playwright/test'
import type { Site } from '../serve.ts'
import type { Lab, ManyLab } from './app/types.ts'
import { serveLab } from './lab.ts'

/** The app's page: what a test does in it is done with core's own API. */
export interface AppPage {
  readonly page: Page
  run<T, A>(act: (lab: Lab, given: A) => T | Promise<T>, given?: A): Promise<T>
}

declare global {
  /** Everything the page's agent sent. */
  var sent: string[]
}

/** The panel, as somebody sees and works it. */
export class PanelPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Goes to an address, and waits until it is shown. */
  async go(hash: string): Promise<void> {
    await this.page.evaluate((to) => {
      history.replaceState(null, '', to)
      dispatchEvent(new PopStateEvent('popstate'))
      return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
    }, hash)
  }
  /** The id of the app's page, which the panel goes to by itself. */
  async target(): Promise<string> {
    await this.page.waitForFunction(() => /^#\/[^/]+\/(door|session|lamp)\b/.test(location.hash))
    return decodeURIComponent(new URL(this.page.url()).hash.split(/[/?]/)[1]!)
  }
  /** What Clocks shows, by state. */
  clock(): Promise<Record<string, string>> {
    return this.page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll<HTMLElement>('[data-tick]')].map((cell) => [
          cell.dataset.tick,
          cell.textContent.replaceAll('\u202f', ''),
        ]),
      ),
    )
  }
  counters(): Promise<Record<string, number>> {
    return this.page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll<HTMLElement>('[data-counter]')].map((cell) => [
          cell.dataset.counter,
          Number(cell.textContent.replaceAll('\u202f', '')),
        ]),
      ),
    )
  }
  /** The log's number of rows. */
  async rows(): Promise<number> {
    const text = await this.page.locator('.log .toolbar .num').textContent()
    return Number(text!.replace(/\D/g, ''))
  }
  tab(name: string) {
    return this.page.getByRole('tab', { name })
  }
  get log() {
    return this.page.getByRole('grid', { name: 'Transitions' })
  }
  get detail() {
    return this.page.getByRole('region', { name: 'Transition' })
  }
}

interface Fixtures {
  readonly openApp: () => Promise<AppPage>
  readonly openMany: () => Promise<{ page: Page; run<T>(act: (lab: ManyLab) => T): Promise<T> }>
  readonly openPanel: () => Promise<PanelPage>
  /** Addresses that were asked for and are not of the site. */
  readonly strangers: string[]
  /** What pages said on their consoles, and what they threw. */
  readonly complaints: string[]
}

async function watched(context: BrowserContext, complaints: string[]): Promise<Page> {
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return page
}

/** A lab with an app and a panel; every test has a browser profile of its own. */
export const test = base.extend<Fixtures, { site: Site }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are needed from the pattern
    async ({}, use) => {
      const site = await serveLab()
      await use(site)
      await site.close()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  strangers: async ({ context, site }, use) => {
    const strangers: string[] = []
    context.on('request', (request) => {
      if (!request.url().startsWith(site.url) && !request.url().startsWith('data:')) strangers.push(request.url())
    })
    await use(strangers)
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are needed from the pattern
  complaints: async ({}, use) => {
    await use([])
  },
  openApp: async ({ context, site, complaints, strangers: _ }, use) => {
    await context.addInitScript(() => {
      globalThis.sent = []
      const { postMessage } = BroadcastChannel.prototype
      BroadcastChannel.prototype.postMessage = function (message) {
        globalThis.sent.push(String(message))
        postMessage.call(this, message)
      }
    })
    await use(async () => {
      const page = await watched(context, complaints)
      await page.goto(site.url)
      await page.waitForFunction(() => 'lab' in globalThis)
      return {
        page,
        run: (act, given) =>
          page.evaluate(
            ([text, value]) => {
              const { lab } = globalThis as unknown as { lab: Lab }
              return (new Function(`return (${text})`)() as (lab: Lab, given: unknown) => unknown)(lab, value)
            },
            [String(act), given] as const,
          ) as never,
      }
    })
  },
  openMany: async ({ context, site, complaints }, use) => {
    await use(async () => {
      const page = await watched(context, complaints)
      await page.goto(`${site.url}many.html`)
      await page.waitForFunction(() => 'lab' in globalThis)
      return {
        page,
        run: (act) =>
          page.evaluate((text) => {
            const { lab } = globalThis as unknown as { lab: ManyLab }
            return (new Function(`return (${text})`)() as (lab: ManyLab) => unknown)(lab)
          }, String(act)) as never,
      }
    })
  },
  openPanel: async ({ context, site, complaints, strangers: _ }, use) => {
    await use(async () => {
      const page = await watched(context, complaints)
      await page.goto(`${site.url}__escapement/`)
      return new PanelPage(page)
    })
  },
})

export { expect } from '@playwright/test'
