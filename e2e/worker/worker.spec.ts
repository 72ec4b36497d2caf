import { test as base, expect } from '@playwright/test'
import { suites } from '../../src/core/fixtures/suites.ts'
import * as library from '../../src/core/index.ts'
import { casesOf, FILES } from '../../src/core/machine/fixtures/case-files.ts'
import { type Site, serveProgram } from '../serve.ts'
import type {} from './fixtures/worker-page.ts'

const program = new URL('./fixtures/worker-page.ts', import.meta.url)

const test = base.extend<object, { site: Site }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are needed from the pattern
    async ({}, use) => {
      const site = await serveProgram(program)
      await use(site)
      await site.close()
    },
    { scope: 'worker' },
  ],
})

test.beforeEach(async ({ page, site }) => {
  await page.goto(site.url)
  await page.waitForFunction(() => document.title === 'ready')
})

test('a Web Worker holds the store, the page a mirror of it', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { connectStore, dedicated, effect, state, Telemetry, Connection, Todos } = window.workerLab
    const store = await connectStore(dedicated(), { state })
    const read: number[] = []
    effect(() => {
      read.push(store.get(Telemetry).fahrenheit)
    })
    await store.get(Telemetry).set({ temperature: 25 }, { durable: true })
    const refused = await store
      .get(Telemetry)
      .set({ temperature: 900 })
      .catch((error) => [error.name, error.field])
    const connection = store.get(Connection)
    const connected = connection.when('Connected')
    await connection.add('Start')
    await connection.add('Connecting')
    await connected
    await store.get(Todos).add({ title: 'wind' }, 'a')
    return { read, refused, active: connection.active(), ids: store.get(Todos).ids, status: store.status }
  })
  expect(seen).toEqual({
    read: [68, 77],
    refused: ['ValidationError', 'temperature'],
    active: ['Start', 'Connected'],
    ids: ['a'],
    status: expect.stringMatching(/saved|saving/),
  })
})

test('terminate() is noticed at once', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { connectStore, dedicated, state, Telemetry, Connection } = window.workerLab
    const worker = dedicated()
    const store = await connectStore(worker, { state })
    const signal = store.get(Connection).signal('Start')
    const outcome = store
      .get(Telemetry)
      .set({ temperature: 1 })
      .catch((error) => [error.name, error.outcome])
    await Promise.resolve()
    worker.terminate()
    const first = [await outcome, store.status, signal.aborted]
    await store.reconnect(dedicated())
    await store.get(Telemetry).set({ temperature: 2 })
    return [...first, store.get(Telemetry).temperature]
  })
  expect(seen).toEqual([['DisconnectedError', 'unknown'], 'disconnected', true, 2])
})

test('two tabs share one store in a SharedWorker', async ({ page, context, site }) => {
  const other = await context.newPage()
  await other.goto(site.url)
  await other.waitForFunction(() => document.title === 'ready')
  for (const tab of [page, other]) {
    await tab.evaluate(async () => {
      const { connectStore, shared, state } = window.workerLab
      Object.assign(window, { store: await connectStore(shared(), { state }) })
    })
  }
  await page.evaluate(() => {
    const { store } = window as unknown as { store: Awaited<ReturnType<typeof window.workerLab.connectStore>> }
    return store.get(window.workerLab.Telemetry).set({ temperature: 30 })
  })
  await other.waitForFunction(() => {
    const { store } = window as unknown as { store: Awaited<ReturnType<typeof window.workerLab.connectStore>> }
    return store.get(window.workerLab.Telemetry).temperature === 30
  })
  await other.close()
})

test('what nobody catches in a worker is told, and is not its end', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { connectStore, dedicated, state, Telemetry } = window.workerLab
    let told: (error: unknown) => void = () => {}
    const trouble = new Promise((resolve) => {
      told = resolve
    })
    const store = await connectStore(dedicated(), { state, onError: (error) => told(error) })
    await store.get(Telemetry).set({ temperature: 98 })
    const error = String(await trouble)
    await store.get(Telemetry).set({ temperature: 5 })
    return [error, store.status !== 'disconnected', store.get(Telemetry).temperature]
  })
  expect(seen).toEqual([expect.stringContaining('nobody caught this'), true, 5])
})

test('a worker that ends itself falls silent, and is found out by its pulse', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { connectStore, dedicated, state, Telemetry, Connection } = window.workerLab
    const store = await connectStore(dedicated(), { state, heartbeat: 50 })
    const waited = store
      .get(Connection)
      .when('Connected')
      .catch((error) => [error.name, error.outcome])
    void store
      .get(Telemetry)
      .set({ temperature: 99 })
      .catch(() => {})
    return [await waited, store.status]
  })
  expect(seen).toEqual([['DisconnectedError', 'unknown'], 'disconnected'])
})

test('a script that is not there is told', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { connectStore, state } = window.workerLab
    return connectStore(new Worker('./missing.js', { type: 'module' }), { state }).catch((error) => [
      error.name,
      error.outcome,
    ])
  })
  expect(seen).toEqual(['DisconnectedError', 'not-sent'])
})

test('pure functions run in a pool of Web Workers', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const pool = window.workerLab.pool(2)
    const totals = await Promise.all([
      pool.call('total', [[1, 2]]),
      pool.call('total', [[3]]),
      pool.call('total', [[4]]),
    ])
    const refused = await pool
      .call('refuse', [])
      .catch((error) => [error.name, error.field, /worker/.test(error.stack)])
    const controller = new AbortController()
    const cut = pool.call('forever', [], { signal: controller.signal }).catch((error) => error.message)
    controller.abort(new Error('enough'))
    const lost = await pool.call('uncaught', []).catch((error) => [error.name, String(error.cause)])
    return [totals, refused, await cut, lost, await pool.call('total', [[5]])]
  })
  expect(seen).toEqual([
    [3, 3, 4],
    ['ValidationError', 'x', true],
    'enough',
    ['DisconnectedError', expect.stringContaining('nobody caught this')],
    5,
  ])
})

for (const [suite, make] of Object.entries(suites)) {
  test(`the library's own suite, through a Web Worker: ${suite}`, async ({ page }) => {
    const { scenes, failed } = await page.evaluate((suite) => window.workerLab.runSuite(suite), suite)
    expect(failed).toEqual({})
    expect(scenes).toBe(Object.keys(make(library)).length)
  })
}

for (const file of FILES) {
  test(`the machine's reference cases, through a Web Worker: ${file}`, async ({ page }) => {
    test.setTimeout(180_000)
    const cases = casesOf(file)
    const steps = await page.evaluate(async (cases) => {
      const outcomes = []
      for (const one of cases) outcomes.push(await window.workerLab.runCase(one))
      return outcomes
    }, cases)
    expect(steps).toEqual(cases.map((one) => one.steps))
  })
}
