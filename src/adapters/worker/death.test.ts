import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import * as v from 'valibot'
import { afterEach, describe, expect, test } from 'vitest'
import { createStore, defineMachine, defineModel, effect, HydrationError } from '../../core/index.ts'
import { manualTimers } from '../../testing/manual-timers.ts'
import { Connection, Flights, state, Telemetry, Todos } from './fixtures/definitions.ts'
import { faultyChannel, quiet } from './fixtures/faulty-channel.ts'
import { pair } from './fixtures/pair.ts'
import { connectStore, DisconnectedError, MismatchError, serveStore } from './index.ts'

let ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.reverse()) await end()
  ends = []
})
const later = <T>(thing: T, end: (thing: T) => unknown): T => {
  ends.push(() => end(thing))
  return thing
}

/** The same numbers each time, and no pattern. */
function* chances(seed: number): Generator<number, never> {
  let at = seed
  for (;;) {
    at = (at * 1103515245 + 12345) % 2 ** 31
    yield at / 2 ** 31
  }
}

describe('a worker that is killed', () => {
  test('loses nothing that was answered as durable, and does nothing that was not sent', async () => {
    const folder = later(mkdtempSync(join(tmpdir(), 'escapement-worker-')), (path) => rmSync(path, { recursive: true }))
    const start = () =>
      later(
        new Worker(new URL('./fixtures/typescript.mjs', import.meta.url), {
          workerData: { module: './durable-worker.ts', file: join(folder, 'lines') },
        }),
        (worker) => worker.terminate(),
      )
    let worker = start()
    const mirror = later(await connectStore(worker, { state, timeout: 60_000, onError: () => {} }), (it) => it.close())
    const chance = chances(7)
    const kept = new Set<string>()
    const unknown = new Set<string>()
    const absent = new Set<string>()
    let row = 0
    const write = (id: string) =>
      mirror
        .get(Todos)
        .add({ title: id }, id, { durable: true })
        .then(
          () => kept.add(id),
          (error: DisconnectedError) => {
            expect(error).toBeInstanceOf(DisconnectedError)
            ;(error.outcome === 'unknown' ? unknown : absent).add(id)
          },
        )
    for (let round = 0; round < 5; round++) {
      const writes: Promise<unknown>[] = []
      const signal = mirror.get(Connection).signal('Start')
      const waited = mirror
        .get(Connection)
        .when('Start')
        .catch((error: Error) => error.name)
      for (let step = Math.floor(chance.next().value * 8); step >= 0; step--) {
        for (let width = Math.floor(chance.next().value * 12); width > 0; width--) writes.push(write(`r${row++}`))
        // Sometimes all is answered before the next, sometimes nothing.
        if (chance.next().value < 0.5) await Promise.all(writes)
        else await quiet()
      }
      for (let width = Math.floor(chance.next().value * 4); width > 0; width--) writes.push(write(`r${row++}`))
      const dying = worker.terminate()
      if (chance.next().value < 0.5) writes.push(write(`r${row++}`))
      await dying
      await Promise.all(writes)
      expect([mirror.status, signal.aborted, await waited]).toEqual(['disconnected', true, 'DisconnectedError'])
      await write(`after${round}`)
      expect(absent.has(`after${round}`)).toBe(true)
      worker = start()
      await mirror.reconnect(worker, { timeout: 60_000 })
      const ids = new Set(mirror.get(Todos).ids)
      for (const id of kept) expect(ids.has(id), `${id} was durable`).toBe(true)
      for (const id of absent) expect(ids.has(id), `${id} was never sent`).toBe(false)
      for (const id of ids) expect(kept.has(id) || unknown.has(id), `${id} came from nowhere`).toBe(true)
    }
    expect(kept.size).toBeGreaterThan(20)
  }, 120_000)

  test.each([
    ['exits', 99, 'code 3'],
    ['throws what nobody catches', 98, 'boom'],
  ])(
    'is noticed at once when it %s',
    async (_, temperature, why) => {
      const worker = later(
        new Worker(new URL('./fixtures/typescript.mjs', import.meta.url), {
          workerData: './fragile-worker.ts',
          stderr: true,
        }),
        (it) => it.terminate(),
      )
      const mirror = later(await connectStore(worker, { state, timeout: 60_000 }), (it) => it.close())
      const waited = mirror.get(Connection).when('Connected')
      const signal = mirror.get(Connection).signal('Start')
      // Whether it is answered is the worker's affair.
      void mirror
        .get(Telemetry)
        .set({ temperature })
        .catch(() => {})
      const error = await waited.catch((error: unknown) => error)
      expect(error).toMatchObject({ name: 'DisconnectedError', outcome: 'unknown', id: undefined })
      expect(String((error as Error).cause)).toContain(why)
      expect([mirror.status, signal.aborted]).toEqual(['disconnected', true])
    },
    60_000,
  )

  test('so is a port that is closed, and a serving that ends', async () => {
    for (const end of ['port', 'serving'] as const) {
      const { port1, port2 } = new MessageChannel()
      const serving = serveStore(createStore({ state }), { endpoint: port1 })
      const mirror = await connectStore(port2, { state })
      const waited = mirror.get(Connection).when('Connected')
      if (end === 'port') port1.close()
      else serving.close()
      await expect(waited).rejects.toBeInstanceOf(DisconnectedError)
      expect(mirror.status).toBe('disconnected')
      await mirror.close()
      port1.close()
    }
  })

  test('whatever an effect on the status throws then: what is in flight is rejected, signals fire', async () => {
    const told: string[] = []
    const one = later(await pair({ onError: (error, { phase }) => told.push(`${phase}: ${error}`) }), (it) =>
      it.close(),
    )
    const waited = one.mirror.get(Connection).when('Connected')
    const signal = one.mirror.get(Connection).signal('Start')
    effect(() => {
      if (one.mirror.status === 'disconnected') throw new Error('of mine')
    })
    one.serving.close()
    await expect(waited).rejects.toBeInstanceOf(DisconnectedError)
    expect([one.mirror.status, signal.aborted, told]).toEqual(['disconnected', true, ['effect: Error: of mine']])
  })
})

describe('by the clock', () => {
  async function clocked() {
    const [timers, far] = [manualTimers(), manualTimers()]
    const channel = faultyChannel()
    const store = createStore({ state, timers: far })
    const serving = serveStore(store, { endpoint: channel.port1, timers: far })
    const connecting = connectStore(channel.port2, { state, timers, heartbeat: 1000, onError: () => {} })
    const move = async () => {
      for (let i = 0; i < 6; i++) {
        channel.deliver()
        await quiet()
      }
    }
    await move()
    return { timers, far, channel, store, serving, mirror: await connecting, move }
  }

  test('a worker that falls silent is lost after three missed beats', async () => {
    const { timers, far, channel, mirror, serving } = await clocked()
    channel.cut()
    const write = mirror.get(Telemetry).set({ temperature: 1 })
    await quiet()
    const waits = [write, mirror.get(Connection).when('Start'), mirror.flush()]
    timers.advance(3000)
    await quiet()
    expect(mirror.status).toBe('memory')
    timers.advance(1000)
    for (const wait of waits) await expect(wait).rejects.toBeInstanceOf(DisconnectedError)
    expect(mirror.status).toBe('disconnected')
    await mirror.close()
    serving.close()
    expect([timers.pending, far.pending]).toEqual([0, 0])
  })

  test('nobody there: the connection times out', async () => {
    const timers = manualTimers()
    const connecting = connectStore(faultyChannel().port2, { state, timers, timeout: 700 })
    timers.advance(700)
    await expect(connecting).rejects.toThrow('has not answered within 700 ms')
    expect(timers.pending).toBe(0)
  })

  test('a page that has said nothing for long is forgotten, and welcomed again', async () => {
    const { far, store, mirror, serving, move } = await clocked()
    expect(serving.pages).toBe(1)
    // A frozen page's time stands still; the worker's does not.
    far.advance(11 * 60_000)
    expect(serving.pages).toBe(0)
    store.get(Telemetry).temperature = 33
    const write = mirror.get(Todos).add({ title: 'back' }, 'x')
    await move()
    await write
    expect([mirror.get(Telemetry).temperature, serving.pages]).toEqual([33, 1])
    await mirror.close()
    serving.close()
  })
})

describe('a write that is sent again', () => {
  test('to the same worker is applied once', async () => {
    const one = later(await pair({ onError: () => {} }), (it) => it.close())
    const { store, mirror } = one
    store.get(Connection).set(['Start', 'Connected'], { peer: 'x' })
    const ring = mirror.get(Connection).add('Message', { text: 'a' })
    await Promise.resolve()
    await Promise.resolve()
    const failing = ring.catch((error: DisconnectedError) => error)
    await mirror.reconnect(one.port())
    const error = (await failing) as DisconnectedError
    expect(error).toMatchObject({ outcome: 'unknown', id: expect.any(String) })
    for (let i = 0; i < 3; i++) {
      const result = await mirror.get(Connection).add('Message', { text: 'a' }, { id: error.id })
      expect(result.status).toBe('executed')
    }
    expect(store.get(Connection).tick('Message')).toBe(1)
    await mirror.get(Connection).add('Message', { text: 'a' })
    expect(store.get(Connection).tick('Message')).toBe(3)
  })

  test('and one that was never sent is applied once, too', async () => {
    const one = later(await pair({ onError: () => {} }), (it) => it.close())
    const { store, mirror } = one
    const failing = mirror
      .get(Flights)
      .add('LH1')
      .catch((error: DisconnectedError) => error)
    const leaving = mirror.reconnect(one.port())
    const error = (await failing) as unknown as DisconnectedError
    expect(error.outcome).toBe('not-sent')
    await leaving
    await mirror.get(Flights).add('LH1', { id: error.id })
    await mirror.get(Flights).add('LH1', { id: error.id })
    expect(store.get(Flights).ids).toEqual(['LH1'])
  })
})

test('a worker that holds other definitions is refused, and both say how they differ', async () => {
  const other = [
    defineModel(
      'telemetry',
      { temperature: v.number(), pressure: v.number() },
      { initial: { temperature: 0, pressure: 0 }, version: 2 },
    ),
    defineMachine('connection', { Start: {}, Stop: {} }),
  ]
  const { port1, port2 } = new MessageChannel()
  const serving = serveStore(createStore({ state: other }), { endpoint: port1 })
  const error = (await connectStore(port2, { state: [Telemetry, Connection, Todos] }).catch(
    (e: unknown) => e,
  )) as MismatchError
  expect(error).toBeInstanceOf(MismatchError)
  expect(error.differences).toEqual([
    'model/telemetry: version 1 in the page, 2 in the worker',
    'model/telemetry: field "unit" only in the page',
    'model/telemetry: field "tags" only in the page',
    'model/telemetry: field "seen" only in the page',
    'model/telemetry: field "pressure" only in the worker',
    'machine/connection: state "Connecting" only in the page',
    'machine/connection: state "Connected" only in the page',
    'machine/connection: state "Disconnected" only in the page',
    'machine/connection: state "Message" only in the page',
    'machine/connection: state "Stop" only in the worker',
    'model/todo: the worker does not hold it',
  ])
  serving.close()
  port1.close()
})

test('a store that cannot be opened is told to whoever connects', async () => {
  const { port1, port2 } = new MessageChannel()
  const opening = Promise.resolve().then(() =>
    createStore({ state, snapshot: { 'model/telemetry': { v: 1, d: { temperature: 900 } } } }),
  )
  const serving = serveStore(opening, { endpoint: port1 })
  await expect(connectStore(port2, { state })).rejects.toBeInstanceOf(HydrationError)
  serving.close()
  port1.close()
})

test('there is one mirror at a port; when that has ended, another may come', async () => {
  const { port1, port2 } = new MessageChannel()
  const serving = serveStore(createStore({ state }), { endpoint: port1 })
  const first = await connectStore(port2, { state })
  await expect(connectStore(port2, { state })).rejects.toMatchObject({ code: 'ENDPOINT_TAKEN' })
  await first.get(Telemetry).set({ temperature: 5 })
  await first.close()
  await expect(first.get(Telemetry).set({ temperature: 6 })).rejects.toMatchObject({ outcome: 'not-sent' })
  const second = await connectStore(port2, { state })
  expect(second.get(Telemetry).temperature).toBe(5)
  await second.close()
  serving.close()
  port1.close()
})

test('another reconnect() takes the place of one that nobody has answered', async () => {
  const timers = manualTimers()
  const { mirror, port, close } = await pair({ timers })
  const { port1, port2 } = new MessageChannel()
  const first = mirror.reconnect(port2).catch((error: unknown) => error)
  await mirror.reconnect(port())
  expect(await first).toMatchObject({ name: 'DisconnectedError', outcome: 'not-sent' })
  timers.advance(10_000)
  expect(mirror.status).toBe('memory')
  await mirror.get(Telemetry).set({ temperature: 5 })
  await close()
  port1.close()
})

test('who hears that the worker is back can have signals of its states', async () => {
  const { mirror, port, close } = await pair()
  await mirror.get(Connection).add('Start')
  const seen: [string, boolean][] = []
  const stop = effect(() => {
    seen.push([mirror.status, mirror.get(Connection).signal('Start').aborted])
  })
  await mirror.reconnect(port())
  expect(seen).toEqual([
    ['memory', false],
    ['disconnected', true],
    ['memory', false],
  ])
  stop()
  await close()
})

test('a farewell that comes late does not end what has begun anew', async () => {
  const timers = manualTimers()
  const [old, fresh] = [faultyChannel(), faultyChannel()]
  const store = createStore({ state, timers })
  const serving = serveStore(store, { endpoint: old.port1, timers })
  serving.accept(fresh.port1)
  const move = async (channel: typeof old) => {
    do await quiet()
    while (channel.deliver())
  }
  const connecting = connectStore(old.port2, { state, timers })
  await move(old)
  const mirror = await connecting
  const waited = mirror
    .get(Connection)
    .when('Start')
    .catch((error: Error) => error.name)
  await move(old)
  const again = mirror.reconnect(fresh.port2)
  await move(fresh)
  await again
  await move(old)
  const write = mirror.get(Telemetry).set({ temperature: 7 })
  await move(fresh)
  await write
  expect([store.get(Telemetry).temperature, await waited, serving.pages]).toEqual([7, 'DisconnectedError', 1])
  expect(store.get(Connection).pending().waits).toEqual([])
  await mirror.close()
  serving.close()
})
