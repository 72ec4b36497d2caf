import type { Page } from '@playwright/test'
import { storageContract } from '../../src/testing/storage-contract.ts'
import { test, visit } from './lab.ts'

const names = storageContract({ make: () => Promise.reject(new Error('only its names are read')) }).map(
  ({ name }) => name,
)

for (const durability of ['strict', 'relaxed'] as const) {
  test.describe(`indexedDbStorage, ${durability}, keeps the contract in Chromium`, () => {
    let page: Page
    test.beforeAll(async ({ browser, site }) => {
      page = await visit(await browser.newPage(), site)
    })
    test.afterAll(() => page.close())
    for (const name of names) {
      test(name, () =>
        page.evaluate(
          ([name, durability]) => {
            const make = (namespace: string) => lab.indexedDbStorage(namespace, { durability })
            return lab
              .storageContract({ make })
              .find((one) => one.name === name)!
              .run()
          },
          [name, durability] as const,
        ),
      )
    }
  })
}
