import { serveProgram } from '../serve.ts'
import { expect, test } from './lab.ts'

// A page of a sandbox has no origin, and so no storage: what a browser also does where site data is blocked.
const sandbox = {
  headers: { 'content-security-policy': 'sandbox allow-scripts', 'access-control-allow-origin': '*' },
}

test('where the browser gives no IndexedDB: told why, or memory', async ({ page }) => {
  const site = await serveProgram(new URL('./fixtures/storage-page.ts', import.meta.url), sandbox)
  await page.goto(site.url)
  await page.waitForFunction(() => document.title === 'ready')
  const refused = await page.evaluate(() =>
    lab.open('app').then(
      () => undefined,
      ({ name, code, message, cause }) => ({ name, code, message, cause: cause.name }),
    ),
  )
  expect(refused).toMatchObject({
    name: 'StorageError',
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining('the browser forbids it here'),
    cause: 'SecurityError',
  })
  const fallen = await page.evaluate(async () => {
    const one = await lab.open('app', { fallback: 'memory' })
    one.step(1)
    await one.store.flush()
    return { status: one.store.status, state: one.state, reported: one.reported.map(({ code }) => code) }
  })
  expect(fallen).toEqual({
    status: 'memory',
    state: { left: 1, right: 1, beats: 1 },
    reported: ['STORAGE_UNAVAILABLE'],
  })
  await site.close()
})
