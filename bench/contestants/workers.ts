import { serialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { wrap } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { connectStore, type Endpoint } from 'escapement/worker'
import type { Trial } from '../scenario.ts'
import { stateAt } from '../scenarios/cycle.ts'
import { Cycle, FLIGHTS, Flights, type Reply, Simulation } from './worker-side.ts'

const start = (kind: string) =>
  new Worker(new URL('./contestants/worker-side.js', import.meta.url), { workerData: { kind } })

/** Asks for one state after another, `width` at a time, by `add`; counts what was executed. */
function asking(width: number, worker: Worker, add: (state: string) => Promise<string>): Trial {
  let executed = 0
  const count = (status: string) => {
    if (status === 'executed') executed++
  }
  return {
    async run(from, to) {
      for (let step = from; step < to; step++) {
        if (width === 1) count(await add(stateAt(step)))
        else {
          const asked = Array.from({ length: width }, (_, i) => add(stateAt(step * width + i)))
          for (const status of await Promise.all(asked)) count(status)
        }
      }
    },
    outcome: () => ({ executed }),
    close: async () => void (await worker.terminate()),
  }
}

export const escapement = (width: number) => async (): Promise<Trial> => {
  const worker = start('escapement')
  const store = await connectStore(worker, { state: [Cycle] })
  const machine = store.get(Cycle)
  return asking(width, worker, async (state) => (await machine.add(state as 'S0')).status)
}

/** A message there and one back for each. */
export const raw = (width: number) => async (): Promise<Trial> => {
  const worker = start('raw')
  const open = new Map<number, (status: string) => void>()
  worker.on('message', ({ id, status }: Reply) => {
    open.get(id)?.(status)
    open.delete(id)
  })
  let next = 0
  return asking(width, worker, (state) => {
    const id = next++
    worker.postMessage({ id, state })
    return new Promise((resolve) => open.set(id, resolve))
  })
}

/** What one tick asks for goes in one message: the best that can be done by hand. */
export const batch = (width: number) => async (): Promise<Trial> => {
  const worker = start('batch')
  const open = new Map<number, (status: string) => void>()
  worker.on('message', (replies: Reply[]) => {
    for (const { id, status } of replies) {
      open.get(id)?.(status)
      open.delete(id)
    }
  })
  let next = 0
  let queue: { id: number; state: string }[] = []
  return asking(width, worker, (state) => {
    const id = next++
    if (queue.push({ id, state }) === 1) {
      queueMicrotask(() => {
        worker.postMessage(queue)
        queue = []
      })
    }
    return new Promise((resolve) => open.set(id, resolve))
  })
}

export const comlink = (width: number) => async (): Promise<Trial> => {
  const worker = start('comlink')
  const remote = wrap<{ add(state: string): string }>(nodeEndpoint(worker))
  return asking(width, worker, (state) => remote.add(state))
}

/** A worker whose messages to the page are looked at. */
function heard(worker: Worker, look: (message: unknown) => void): Endpoint {
  return {
    post: (message) => worker.postMessage(message),
    open({ message, lost }) {
      const listen = (data: unknown) => {
        look(data)
        message(data)
      }
      worker.on('message', listen).on('exit', lost)
      return () => void worker.off('message', listen).off('exit', lost)
    },
    close: () => void worker.terminate(),
  }
}

/**
 * 2,000 machines, each of which moves on `rounds` times a step: two ticks a move.
 *
 * @param busy count only the time in which the page's thread did something
 */
export const mirror =
  (rounds: number, busy = false) =>
  async (): Promise<Trial> => {
    const worker = start('flights')
    const store = await connectStore(worker, { state: [Flights, Simulation], timeout: 60_000 })
    const simulation = store.get(Simulation)
    await simulation.set({ rounds })
    const flights = [...store.get(Flights)]
    return {
      async run(_from, to) {
        const before = performance.eventLoopUtilization()
        const done = new Promise<void>((resolve) => {
          const stop = simulation.listen(() => {
            if (simulation.step < to) return
            stop()
            resolve()
          })
        })
        await simulation.set({ goal: to })
        await done
        return busy ? performance.eventLoopUtilization(before).active : undefined
      },
      outcome: () => ({ flights: flights.length, state: flights.at(-1)?.active()[0] }),
      close: async () => void (await worker.terminate()),
    }
  }

/** One state of one machine of 2,000 changes a step, and is in a frame of its own. */
export const frames = async (): Promise<Trial> => {
  const worker = start('single')
  let sent = 0
  let came = () => {}
  const endpoint = heard(worker, (message) => {
    // As structured clone writes it, which is what crosses.
    sent += serialize(message).length
    came()
  })
  const store = await connectStore(endpoint, { state: [Flights], timeout: 60_000 })
  const flights = [...store.get(Flights)]
  sent = 0
  let steps = 0
  return {
    async run(from, to) {
      for (let step = from; step < to; step++) {
        const next = new Promise<void>((resolve) => {
          came = resolve
        })
        worker.postMessage({ toggle: FLIGHTS - 1 - (step % 1000) })
        await next
        steps++
      }
    },
    outcome: () => ({ changed: flights.filter((flight) => flight.any(['S0', 'S9'])).length }),
    sent: () => sent / steps,
    close: async () => void (await worker.terminate()),
  }
}
