import { MessageChannel, Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineMachine } from '../../core/index.ts'
import { casesOf, FILES } from '../../core/machine/fixtures/case-files.ts'
import { type Case, definitionOf } from '../../core/machine/fixtures/cases.ts'
import { connectStore } from './index.ts'

let worker: Worker
beforeAll(() => {
  worker = new Worker(new URL('./fixtures/typescript.mjs', import.meta.url), { workerData: './vectors-worker.ts' })
})
afterAll(() => worker.terminate())

/** As the machine's own test runs it, through a worker thread. */
async function run(one: Case) {
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ one, port: port1 }, [port1])
  const definition = definitionOf(defineMachine, one)
  const mirror = await connectStore(port2, { state: [definition], timeout: 30_000 })
  const machine = mirror.get(definition)
  const steps = []
  for (const { op, states } of one.steps) {
    const { status } = await machine[op](states)
    steps.push({ op, states, result: status, active: machine.active(), ticks: machine.time() })
  }
  await mirror.close()
  port2.close()
  return steps
}

// The machine's reference cases, each mutation asked for from afar and its outcome read from the mirror.
describe.each(FILES)('reference cases in a worker thread: %s', (file) => {
  const cases = casesOf(file)
  test(`all ${cases.length}`, async () => {
    for (const one of cases) expect(await run(one), one.name).toEqual(one.steps)
  }, 120_000)
})
