import { type BrowserContext, test as base, type Page } from '@playwright/test'
import { type Site, serveProgram } from '../serve.ts'

const program = new URL('./fixtures/tabs-page.ts', import.meta.url)

/** Opens one more tab of the same program, in one browser profile. */
export const test = base.extend<{ another: (beat?: number) => Promise<Page> }, { site: Site }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are needed from the pattern
    async ({}, use) => {
      const site = await serveProgram(program)
      await use(site)
      await site.close()
    },
    { scope: 'worker' },
  ],
  another: async ({ context, site }, use) => {
    await use((beat) => openTab(context, site, beat))
  },
})

export { expect } from '@playwright/test'

async function openTab(context: BrowserContext, site: Site, beat?: number): Promise<Page> {
  const page = await context.newPage()
  await page.goto(beat ? `${site.url}?beat=${beat}` : site.url)
  await ready(page)
  return page
}

/** Waits until the store of a page stands. */
export const ready = (page: Page) => page.waitForFunction(() => document.title === 'ready')

/** Waits until the tab has this role. */
export const hasRole = (page: Page, role: string) => page.waitForFunction((role) => tab.tabs.role === role, role)
