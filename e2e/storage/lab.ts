import { test as base, type Page } from '@playwright/test'
import { type Site, serveProgram } from '../serve.ts'

const program = new URL('./fixtures/storage-page.ts', import.meta.url)

/** A tab, with what `fixtures/storage-page.ts` puts there as `lab`. */
export const test = base.extend<{ tab: Page }, { site: Site }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are needed from the pattern
    async ({}, use) => {
      const site = await serveProgram(program)
      await use(site)
      await site.close()
    },
    { scope: 'worker' },
  ],
  tab: async ({ page, site }, use) => {
    await visit(page, site)
    await use(page)
  },
})

export { expect } from '@playwright/test'

/** Goes to the lab, and waits until it is there. */
export async function visit(page: Page, site: Site): Promise<Page> {
  await page.goto(site.url)
  await page.waitForFunction(() => document.title === 'ready')
  return page
}
