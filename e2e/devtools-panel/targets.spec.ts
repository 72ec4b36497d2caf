import { expect, test } from './panel-page.ts'

test('says what to do when no app is there', async ({ openPanel }) => {
  const { page } = await openPanel()
  await expect(page.getByText('No app found.').first()).toBeVisible()
})

test('lists the page, its module worker and a second tab, and who of them is gone', async ({ openApp, openPanel }) => {
  const first = await openApp()
  await openApp()
  const panel = await openPanel()
  await panel.tab('Targets').click()
  const table = panel.page.getByRole('table', { name: 'Targets' })
  await expect(table.getByRole('rowheader', { name: 'Front door' })).toHaveCount(2)
  await expect(table.getByRole('row', { name: /clerk worker live/ })).toHaveCount(2)
  await expect(table.getByRole('row', { name: /page live/ })).toHaveCount(2)
  await expect(panel.page.locator('.side-target', { hasText: 'worker' })).toHaveCount(2)
  await first.page.close()
  await expect(table.getByRole('row', { name: /page gone/ })).toHaveCount(1)
  await expect(table.getByRole('row', { name: /page live/ })).toHaveCount(1)
})

test('a page that stands still is frozen, and live again when it moves', async ({ openApp, openPanel }) => {
  const app = await openApp()
  const panel = await openPanel()
  const health = panel.page.locator('.side-target', { hasText: 'Front door' }).locator('.badge')
  await expect(health).toHaveText(/live/)
  // A breakpoint: scripts stop, the page stays.
  const session = await app.page.context().newCDPSession(app.page)
  await session.send('Debugger.enable')
  await session.send('Debugger.pause')
  void app.page.evaluate(() => {}).catch(() => {})
  await expect(health).toHaveText(/frozen/, { timeout: 15_000 })
  await session.send('Debugger.disable')
  await expect(health).toHaveText(/live/)
})

test('a reload of the page or of the panel keeps the history, and no row is there twice', async ({
  openApp,
  openPanel,
}) => {
  const app = await openApp()
  await app.run((lab) => {
    lab.round(1)
    lab.round(2)
  })
  const made = await app.run((lab) => lab.truth.length)
  const panel = await openPanel()
  await panel.target()
  await expect.poll(() => panel.rows()).toBeGreaterThanOrEqual(made)
  const before = await panel.rows()
  const texts = await panel.log.getByRole('row').allInnerTexts()

  // Kept before the panel goes: it writes some hundred milliseconds after it received.
  await expect.poll(() => keptText(panel.page)).toContain('LoggedIn')
  await panel.page.reload()
  await panel.target()
  await expect.poll(() => panel.rows()).toBe(before)
  expect(await panel.log.getByRole('row').allInnerTexts()).toEqual(texts)

  await app.page.reload()
  await app.page.waitForFunction(() => 'lab' in globalThis)
  await app.run((lab) => lab.round(3))
  const again = await app.run((lab) => lab.truth.length)
  await expect.poll(() => panel.rows()).toBeGreaterThanOrEqual(before + again)
  const both = await panel.rows()
  await panel.tab('Targets').click()
  await expect(panel.page.getByRole('rowheader', { name: 'earlier run' })).not.toHaveCount(0)

  await expect.poll(() => keptText(panel.page)).toContain('Ann 3')
  await panel.page.reload()
  await panel.target()
  await panel.tab('Log').click()
  await expect.poll(() => panel.rows()).toBe(both)
  // The agent sends all again to a panel that comes again, and what is new behind it.
  await app.run((lab) => lab.round(4))
  const more = (await app.run((lab) => lab.truth.length)) - again
  await expect.poll(() => keptText(panel.page)).toContain('Ann 4')
  const dropped = await panel.log.locator('.l-dropped').count()
  expect(await panel.rows()).toBeGreaterThanOrEqual(both + more)
  expect(await panel.rows()).toBeLessThanOrEqual(both + more + dropped)
})

test('a secret is in no frame, in no storage and nowhere in the document', async ({ openApp, openPanel }) => {
  const app = await openApp()
  const panel = await openPanel()
  await panel.target()
  await app.run((lab) => {
    for (let n = 0; n < 3; n++) lab.round(n)
  })
  const target = await panel.target()
  await expect.poll(() => panel.rows()).toBeGreaterThan(50)
  const secret = await app.run((lab) => lab.secret)
  const documents: string[] = []
  for (const view of ['log', 'tree', 'clocks', 'models', 'why', 'targets']) {
    for (const seq of [1, 5, 6, 7]) {
      await panel.go(`#/${target}/session/tx/${seq}?view=${view}`)
      documents.push(await panel.page.evaluate(() => document.documentElement.outerHTML))
    }
  }
  await expect.poll(() => keptText(panel.page)).toContain('LoggedIn')
  const kept = await keptText(panel.page)
  const sent = await app.page.evaluate(() => globalThis.sent.join('\n'))
  // Something was looked at: what is not secret is there.
  for (const text of [sent, kept, documents.join('\n')]) {
    expect(text).toContain('Ann 1')
    expect(text).not.toContain(secret)
  }
})

/** All text that the panel keeps in this browser. */
function keptText(page: import('@playwright/test').Page): Promise<string> {
  return page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const all: unknown[] = [{ ...localStorage }, { ...sessionStorage }]
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name!))
      for (const store of database.objectStoreNames) {
        all.push(await answer(database.transaction(store).objectStore(store).getAll()))
      }
      database.close()
    }
    return JSON.stringify(all)
  })
}
