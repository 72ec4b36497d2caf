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

/** The process that renders a page: the one that is busy when the page is. */
async function rendererOf(page: Page): Promise<number> {
  const devtools = await page.context().browser()!.newBrowserCDPSession()
  const times = async () => {
    const { processInfo } = await devtools.send('SystemInfo.getProcessInfo')
    return new Map(processInfo.filter(({ type }) => type === 'renderer').map(({ id, cpuTime }) => [id, cpuTime]))
  }
  const before = await times()
  await page.evaluate(() => tab.hang(1000))
  const after = await times()
  const spent = (id: number) => after.get(id)! - (before.get(id) ?? 0)
  return [...after.keys()].sort((a, b) => spent(b) - spent(a))[0]!
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

test('an owner that hangs is replaced, its commits since are refused, and it follows', async ({ another }) => {
  const [a, b] = [await another(300), await another(300)]
  await a.evaluate(() => tab.tick())
  await b.waitForFunction(() => tab.ticks === 1)
  // It ticks in the very moment in which it goes on, before it hears of anything.
  const refused = a.evaluate(async () => {
    tab.hang(6000)
    await new Promise((resolve) => setTimeout(resolve))
    const { status } = tab.beat.add('Tick')
    const code = await tab.store.flush().then(
      () => 'stored',
      (error) => error.code,
    )
    return [status, code]
  })
  await hasRole(b, 'owner')
  await b.evaluate(() => tab.tick())
  const [status, code] = await refused
  // Either the browser had told it of the loss already, or storage did.
  expect([status, code].join()).toMatch(/^(executed,TABS_OVERTAKEN|queued,stored)$/)
  await hasRole(a, 'mirror')
  await a.evaluate(() => tab.tick())
  const { clock } = await agree(a, b)
  expect(Math.ceil(clock.Tick / 2)).toBe(status === 'queued' ? 4 : 3)
})

// A browser without a screen freezes no page, so the page is told what a browser would tell it.
test('an owner that is to be frozen gives up, and joins again when it is resumed', async ({ another }) => {
  const [a, b] = [await another(), await another()]
  await a.evaluate(() => document.dispatchEvent(new Event('freeze')))
  await hasRole(b, 'owner')
  await b.evaluate(() => {
    tab.pair(5)
    return tab.tick()
  })
  expect(await a.evaluate(() => [tab.tabs.role, tab.left.n])).toEqual(['mirror', 0])
  await a.evaluate(() => document.dispatchEvent(new Event('resume')))
  expect(await agree(a, b)).toMatchObject({ left: 5, right: 5, clock: { Tick: 1 } })
  await a.evaluate(() => tab.tick())
  expect((await agree(a, b)).clock.Tick).toBe(3)
  expect(await a.evaluate(() => tab.reported)).toEqual([])
})

test('kill -9 of the owner in the middle of its commits: all it acknowledged is there, whole, and others go on', async ({
  another,
}) => {
  const a = await another()
  const [b, c] = [await another(), await another()]
  const renderer = await rendererOf(a)
  let acknowledged = 0
  await a.exposeFunction('acknowledge', (n: number) => {
    acknowledged = n
  })
  await a.evaluate(() => {
    const write = async (n: number) => {
      tab.pair(n)
      tab.beat.add('Tick')
      await tab.store.flush()
      ;(globalThis as unknown as { acknowledge(n: number): void }).acknowledge(n)
      void write(n + 1)
    }
    void write(1)
  })
  const ticked = b.evaluate(async () => {
    for (let i = 0; i < 50; i++) await tab.tick()
  })
  await b.waitForFunction(() => tab.answers.length > 10)
  process.kill(renderer, 'SIGKILL')
  await ticked
  await hasRole(b, 'owner')
  const { left, right, clock } = await agree(b, c)
  expect(left).toBe(right)
  expect(left).toBeGreaterThanOrEqual(acknowledged)
  const ticks = Math.ceil(clock.Tick / 2)
  // Its own, and those of b: none lost, none twice. The last of its own may have been stored and not acknowledged.
  expect(await b.evaluate(() => tab.answers.filter((status) => status === 'executed').length)).toBe(50)
  expect(ticks).toBeGreaterThanOrEqual(acknowledged + 50)
  expect(ticks).toBeLessThanOrEqual(acknowledged + 51)
})

test('tabs that write at random agree in the end, and pairs stay pairs', async ({ another }) => {
  const pages = [await another(300), await another(300), await another(300)]
  await Promise.all(
    pages.map((page, at) =>
      page.evaluate(async (at) => {
        tab.store.listen(() => {
          if (tab.left.n !== tab.right.n) document.title = 'torn'
        })
        for (let i = 0; i < 100; i++) {
          tab.pair(1000 * at + i)
          if (i % 5 === 0) tab.notes.add({ text: `${at}` }, `${at}-${i}`)
          if (i % 7 === 0) void tab.tick()
          if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, (i * (at + 3)) % 11))
        }
        await tab.store.flush()
      }, at),
    ),
  )
  const same = await agree(...pages)
  expect(same.notes.length).toBe(60)
  await expect.poll(() => pages[1]!.evaluate(() => tab.ticks)).toBe(45)
  for (const page of pages) expect(await page.title()).toBe('ready')
  const late = await another()
  expect(await state(late)).toEqual(await state(pages[0]!))
})
