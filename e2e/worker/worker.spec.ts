import { test as base, expect } from '@playwright/test'
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
