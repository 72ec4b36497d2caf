import { MessageChannel, Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { suites } from '../../core/fixtures/suites.ts'
import * as library from '../../core/index.ts'
import { runThere } from './fixtures/suites-here.ts'
import type { Booking } from './fixtures/suites-there.ts'
import { connectStore } from './index.ts'

let worker: Worker
beforeAll(() => {
  worker = new Worker(new URL('./fixtures/typescript.mjs', import.meta.url), { workerData: './suites-worker.ts' })
})
afterAll(() => worker.terminate())

const book = (booking: Booking) => worker.postMessage(booking, [booking.port, booking.stage] as never)
const channel = () => new MessageChannel() as unknown as globalThis.MessageChannel

// The store's and machine's own suites, on a mirror of a store in a worker thread.
describe.each([false, true])('in a worker thread, optimistic: %s', (optimistic) => {
  describe.each(Object.entries(suites))('%s', (suite, make) => {
    test.each(Object.keys(make(library)))('%s', (scene) =>
      runThere(suite, scene, { library, expect, connect: connectStore, channel, book, options: { optimistic } }),
    )
  })
})
