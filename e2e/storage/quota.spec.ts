import type { Page } from '@playwright/test'
import type { Site } from '../serve.ts'
import { expect, test, visit } from './lab.ts'

/** Gives the site so many bytes, or as many as it would have. */
async function quota(page: Page, site: Site, bytes?: number) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(site.url).origin,
    ...(bytes === undefined ? {} : { quotaSize: bytes }),
  })
}

const started = (page: Page) =>
  page.evaluate(async () => {
    lab.opened.one = await lab.open('app')
    lab.opened.one.step(1)
    await lab.opened.one.store.flush()
  })

/** Commits more than the quota allows, and says how that went. */
const overfill = (page: Page) =>
  page.evaluate(async () => {
    const { store, left, reported } = lab.opened.one!
    lab.opened.one!.step(2, 2_000_000)
    const error = await store.flush().catch(({ name, code, message, cause }) => ({
      name,
      code,
      message,
      cause: cause.name,
    }))
    return { error, status: store.status, memory: left.n, reported: reported.length }
  })

const stateAfterReload = async (page: Page, site: Site) =>
  (await visit(page, site)).evaluate(async () => (await lab.open('app')).state)

test('a full quota: worded, memory is kept, nothing is half there; given space, the write is made good', async ({
  tab,
  site,
}) => {
  // From the start: for some time the browser goes by what it knew.
  await quota(tab, site, 500_000)
  await started(tab)
  expect(await overfill(tab)).toMatchObject({
    error: {
      name: 'StorageError',
      code: 'STORAGE_FAILED',
      message: expect.stringContaining('the quota is used up'),
      cause: 'QuotaExceededError',
    },
    status: 'failed',
    memory: 2,
  })
  const reader = await visit(await tab.context().newPage(), site)
  expect(await reader.evaluate(() => lab.stored('app'))).toEqual({ left: 1, right: 1, beats: 1, padding: 0 })
  await quota(tab, site)
  // By itself: nobody asks for it.
  await tab.evaluate(() => lab.becomes(lab.opened.one!.store, 'saved'))
  expect(await stateAfterReload(tab, site)).toEqual({ left: 2, right: 2, beats: 2 })
})

test('a page that is left while a write waits for its next attempt: it is made at once', async ({ tab, site }) => {
  // From the start: for some time the browser goes by what it knew.
  await quota(tab, site, 500_000)
  await started(tab)
  await overfill(tab)
  // Until the next attempt is many seconds away.
  await tab.evaluate(async () => {
    const { store, reported } = lab.opened.one!
    while (reported.length < 6) await new Promise<void>((heard) => store.trace({ error: () => heard() }))
  })
  await quota(tab, site)
  // A phone's last word: the page is hidden. It may be killed any time after.
  const before = Date.now()
  await tab.evaluate(async () => {
    const saved = lab.becomes(lab.opened.one!.store, 'saved')
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' })
    document.dispatchEvent(new Event('visibilitychange'))
    await saved
  })
  console.log(`saved ${Date.now() - before} ms after the page was hidden`)
  const devtools = await tab.context().newCDPSession(tab)
  const next = await tab.context().newPage()
  devtools.send('Page.crash').catch(() => {})
  expect(await stateAfterReload(next, site)).toEqual({ left: 2, right: 2, beats: 2 })
})
