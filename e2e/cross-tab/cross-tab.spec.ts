import type { Page } from '@playwright/test'
import { expect, hasRole, ready, test } from './lab.ts'

const state = (page: Page) => page.evaluate(() => tab.state)
const role = (page: Page) => page.evaluate(() => tab.tabs.role)
const agree = async (...pages: Page[]) => {
  const [first, ...others] = pages
  await expect
    .poll(async () => {
      const one = JSON.stringify(await state(first!))
      return Promise.all(others.map(async (page) => JSON.stringify(await state(page)) === one))
    })
    .toEqual(others.map(() => true))
  return state(first!)
}

test('two tabs agree on models, rows and machines', async ({ another }) => {
  const [a, b] = [await another(), await another()]
  expect([await role(a), await role(b)]).toEqual(['owner', 'mirror'])
  await a.evaluate(() => tab.pair(1))
  await b.waitForFunction(() => tab.left.n === 1)
  await b.evaluate(() => {
    tab.pair(2)
    tab.notes.add({ text: 'hi' }, 'x')
    return tab.tick()
  })
  const same = await agree(a, b)
  expect(same).toMatchObject({ left: 2, right: 2, notes: ['x'], clock: { Tick: 1 } })
  expect(await b.evaluate(() => tab.answers)).toEqual(['executed'])
  await b.reload()
  await ready(b)
  expect(await state(b)).toEqual(same)
  for (const page of [a, b]) expect(await page.evaluate(() => tab.reported)).toEqual([])
})

test('the only tab is the owner again after a reload', async ({ another }) => {
  const a = await another()
  for (let i = 0; i < 5; i++) {
    await a.evaluate(() => tab.tick())
    await a.reload()
    await ready(a)
    expect(await role(a)).toBe('owner')
  }
  expect(await a.evaluate(() => tab.ticks)).toBe(5)
})

test('when the owner closes, another tab takes over, and what was on its way is done once', async ({ another }) => {
  const [a, b, c] = [await another(), await another(), await another()]
  const done = b.evaluate(async () => {
    const all = []
    for (let i = 0; i < 200; i++) {
      all.push(tab.tick())
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Promise.all(all)
  })
  await b.waitForFunction(() => tab.answers.length > 20)
  await a.close()
  await done
  expect(await b.evaluate(() => new Set(tab.answers).size)).toBe(1)
  await hasRole(b, 'owner')
  await agree(b, c)
  expect(await b.evaluate(() => tab.ticks)).toBe(200)
})
