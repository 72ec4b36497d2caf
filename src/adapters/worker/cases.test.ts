import { MessageChannel, Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as core from '../../core/index.ts'
import { cases } from './fixtures/cases.ts'
import { define } from './fixtures/define.ts'
import { connectStore, type MirrorStore } from './index.ts'

let worker: Worker
beforeAll(() => {
  worker = new Worker(new URL('./fixtures/typescript.mjs', import.meta.url), { workerData: './cases-worker.ts' })
})
afterAll(() => worker.terminate())

const defs = define(core)
const { effect } = core

async function locally(name: string) {
  const store = core.createStore({ state: defs.state, name: 'lab' })
  const outcome = await cases[name]!({ store: store as unknown as MirrorStore, defs, effect })
  await store.close()
  return outcome
}

async function mirrored(name: string, optimistic: boolean) {
  const { port1, port2 } = new MessageChannel()
  worker.postMessage(port1, [port1])
  const store = await connectStore(port2, { state: defs.state, name: 'lab', timeout: 30_000, optimistic })
  const outcome = await cases[name]!({ store, defs, effect })
  await store.close()
  port2.close()
  return outcome
}

// The store itself says what is right: nothing here is written down twice.
describe('a mirror of a store in a worker thread does as a store does', () => {
  test.each(Object.keys(cases))(
    '%s',
    async (name) => {
      const local = await locally(name)
      expect(local).toBeDefined()
      expect(await mirrored(name, false)).toEqual(local)
    },
    30_000,
  )
})
