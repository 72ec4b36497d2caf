import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { flags } from '../chromium.ts'
import { expect, test, visit } from './lab.ts'

const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31))
let state = seed
/** Random, below `limit`, and the same again for the same seed. */
function random(limit: number): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return (state >>> 8) % limit
}

test.beforeAll(() => console.log(`crash seed ${seed} (CRASH_SEED=${seed} repeats it)`))

/**
 * Commits numbered transactions over two models and a machine without end, and tells each number once it is durable.
 * Resolves with the first acknowledgement from `acknowledgements` on; the page goes on.
 */
async function commitUntil(page: Page, durability: 'strict' | 'relaxed', acknowledgements: number) {
  const heard: number[] = []
  let enough = () => {}
  const reached = new Promise<void>((resolve) => {
    enough = resolve
  })
  await page.exposeFunction('acknowledged', (n: number) => {
    heard.push(n)
    if (heard.length >= acknowledgements) enough()
  })
  const from = await page.evaluate(async (durability) => {
    const one = await lab.open('app', { durability })
    lab.opened.one = one
    const tell = (globalThis as unknown as { acknowledged(n: number): void }).acknowledged
    let n = one.state.left
    const commits = async () => {
      for (;;) {
        // Several to a write, and values that take a while to be written.
        for (let i = 0; i < 3; i++) one.step(++n, 1000 * (n % 97))
        const last = n
        await one.store.flush()
        tell(last)
      }
    }
    void commits()
    return n
  }, durability)
  await reached
  return { from, last: () => heard.at(-1) ?? from }
}

const stored = (page: Page) => page.evaluate(() => lab.stored('app'))

/** All three of one transaction, not before the one that was acknowledged. */
function expectWhole(found: Awaited<ReturnType<typeof stored>>, acknowledged: number, about: string) {
  expect(found.left, about).toBeGreaterThanOrEqual(acknowledged)
  expect(found, about).toEqual({
    left: found.left,
    right: found.left,
    beats: found.left,
    padding: 1000 * (found.left % 97),
  })
}

test('the renderer is killed in the middle of writes, again and again: nothing acknowledged is lost, nothing is half there', async ({
  context,
  site,
}) => {
  test.setTimeout(180_000)
  for (let round = 0; round < 5; round++) {
    const durability = round % 2 ? 'relaxed' : 'strict'
    const page = await visit(await context.newPage(), site)
    const devtools = await context.newCDPSession(page)
    const run = await commitUntil(page, durability, 1 + random(25))
    const crashed = page.waitForEvent('crash')
    devtools.send('Page.crash').catch(() => {})
    await crashed
    // All that was acknowledged has been heard by now.
    const acknowledged = run.last()
    await page.close()
    const reader = await visit(await context.newPage(), site)
    expectWhole(await stored(reader), acknowledged, `seed ${seed}, round ${round}, ${durability}`)
    await reader.close()
  }
})

test('the browser is killed (SIGKILL), again and again: nothing acknowledged is lost, nothing is half there', async ({
  site,
}) => {
  test.setTimeout(180_000)
  const profile = await mkdtemp(join(tmpdir(), 'escapement-profile-'))
  const launch = (): Promise<BrowserContext> =>
    chromium.launchPersistentContext(profile, {
      executablePath: process.env.CHROMIUM_PATH as string,
      args: [...flags],
      headless: true,
    })
  try {
    for (let round = 0; round < 3; round++) {
      const durability = round % 2 ? 'relaxed' : 'strict'
      const context = await launch()
      const page = await visit(await context.newPage(), site)
      const run = await commitUntil(page, durability, 1 + random(30))
      const gone = new Promise((resolve) => context.on('close', resolve))
      const session = await context.browser()!.newBrowserCDPSession()
      const { processInfo } = await session.send('SystemInfo.getProcessInfo')
      // The browser process alone, which has the databases: what it started ends when it sees that.
      process.kill(processInfo.find(({ type }) => type === 'browser')!.id, 'SIGKILL')
      await gone
      const acknowledged = run.last()
      const next = await launch()
      const found = await stored(await visit(await next.newPage(), site))
      await next.close()
      expectWhole(found, acknowledged, `seed ${seed}, round ${round}, ${durability}`)
      expect(found.left).toBeGreaterThan(run.from)
    }
  } finally {
    await rm(profile, { recursive: true, force: true })
  }
})

test('a page that is left in the middle of a write: what was acknowledged is there, the rest whole or not at all', async ({
  tab,
  site,
}) => {
  let last = 0
  for (let round = 0; round < 4; round++) {
    const away = tab.waitForURL('about:blank')
    last = await tab.evaluate(async () => {
      const one = await lab.open('app')
      const n = one.state.left + 1
      one.step(n, 1000 * (n % 97))
      await one.store.flush()
      setTimeout(() => {
        one.step(n + 1, 1000 * ((n + 1) % 97))
        location.href = 'about:blank'
      })
      return n
    })
    await away
    await visit(tab, site)
    const found = await stored(tab)
    expectWhole(found, last, `round ${round}`)
    expect(found.left).toBeLessThanOrEqual(last + 1)
  }
})
