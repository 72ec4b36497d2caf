import { serialize } from 'node:v8'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { createStore, defineMachine } from '../../core/index.ts'
import { manualTimers } from '../../testing/manual-timers.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { Connection, Flights, state, Telemetry, Todos } from './fixtures/definitions.ts'
import { faultyChannel, quiet } from './fixtures/faulty-channel.ts'
import { connectStore, serveStore } from './index.ts'
import { Outbox } from './outbox.ts'
import { WINDOW } from './protocol.ts'

async function connected(flights = 1, all: Parameters<typeof connectStore>[1]['state'] = state) {
  const timers = manualTimers()
  const channel = faultyChannel()
  const store = createStore({ state: all, timers })
  for (let i = 0; i < flights; i++) store.get(Flights).add(`LH${i}`)
  const serving = serveStore(store, { endpoint: channel.port1, timers })
  const connecting = connectStore(channel.port2, { state: all, timers })
  const move = async () => {
    do await quiet()
    while (channel.deliver())
  }
  await move()
  const mirror = await connecting
  const frames = (from = 0) => channel.posted.slice(from).filter((message) => message instanceof Uint8Array)
  return { store, mirror, channel, move, frames, close: () => Promise.all([mirror.close(), serving.close()]) }
}

describe('numbers as bytes', () => {
  test('come back as they were', () => {
    const count = fc.oneof(fc.nat(300), fc.nat(), fc.maxSafeNat())
    fc.assert(
      fc.property(fc.array(count), (numbers) => {
        const writer = new ByteWriter()
        for (const number of numbers) writer.put(number)
        const reader = new ByteReader(writer.take())
        expect(numbers.map(() => reader.next())).toEqual(numbers)
        expect(reader.done).toBe(true)
        expect(() => reader.next()).toThrow('ends too early')
      }),
    )
  })
  test('that have no end are refused', () => {
    expect(() => new ByteReader(new Uint8Array(12).fill(0xff)).next()).toThrow('no end')
    expect(() => new ByteReader(new Uint8Array([0xff])).next()).toThrow('no end')
  })
})

describe('a frame', () => {
  test('of one state that changed takes at most 32 bytes, the envelope of structured clone included', async () => {
    const { store, frames, move, channel, close } = await connected(2000)
    const from = channel.posted.length
    store.get(Flights).get('LH1999')?.add('Late')
    await move()
    const [frame] = frames(from)
    expect(serialize(frame).length).toBeLessThanOrEqual(32)
    await close()
  })

  test('also after a long time', () => {
    const store = createStore({ state })
    const flight = store.get(Flights).add('LH1')
    flight.import({ ...flight.export(), time: [0, 0, 0, 3_000_001, 0], queueTick: 9_000_001 })
    const outbox = new Outbox([store.member(Flights)])
    outbox.snapshot()
    const stop = store.watch({ commit: (touched, log) => outbox.note(touched, log), aside: () => {} })
    flight.remove('Late')
    stop()
    const { bytes, items } = outbox.frame(12, 9_000_000, [])
    expect(items).toEqual([])
    expect(serialize(bytes).length).toBeLessThanOrEqual(32)
  })

  test('holds all that one task commits', async () => {
    const { store, mirror, frames, move, channel, close } = await connected(50)
    const from = channel.posted.length
    const commits: (number | undefined)[] = []
    mirror.subscribe(Flights, (_, commit) => commits.push(commit.commits))
    for (const flight of store.get(Flights)) flight.add('Gate')
    // What changes nothing is no commit, though it counts.
    for (const flight of store.get(Flights)) flight.add('Gate')
    await move()
    expect(frames(from).length).toBe(1)
    expect(commits).toEqual([50])
    const last = mirror.get(Flights).get('LH49')
    expect([last?.is('Gate'), last?.queueTick()]).toEqual([true, 3])
    await close()
  })

  test('is not sent when nothing has changed', async () => {
    const { store, channel, move, close } = await connected()
    const from = channel.posted.length
    store.get(Telemetry).temperature = 20
    await move()
    expect(channel.posted.length).toBe(from)
    await close()
  })
})

describe('a page that is slow', () => {
  test('is sent a few frames, then the latest of everything: nothing queues up', async () => {
    const { store, mirror, channel, move, close } = await connected()
    const from = channel.posted.length
    const seen: number[] = []
    let told = 0
    mirror.subscribe(Telemetry, ({ temperature }, commit) => {
      seen.push(temperature)
      told += commit.commits ?? 1
    })
    for (let i = 1; i <= 500; i++) {
      store.get(Telemetry).temperature = i % 100
      store.get(Todos).put('a', { title: String(i), owner: '', done: false })
      store.get(Connection).toggle('Start')
      await quiet()
    }
    expect(channel.posted.length - from).toBe(WINDOW)
    await move()
    expect(mirror.get(Telemetry).temperature).toBe(0)
    expect(mirror.get(Todos).get('a')?.title).toBe('500')
    expect(mirror.get(Connection).time()).toEqual(store.get(Connection).time())
    // What was held back came in one frame, and said so.
    expect(seen.length).toBe(WINDOW + 1)
    // Each round is three commits, of which the subscriber's own was one: it is told of all that its frame stands for.
    expect(told).toBe(1500)
    await close()
  })

  test('hears of a row that came and went meanwhile: nothing', async () => {
    const { store, mirror, move, channel, close } = await connected()
    for (let i = 0; i < 2 * WINDOW; i++) {
      store.get(Telemetry).temperature = i
      await quiet()
    }
    const row = store.get(Todos).add({}, 'x')
    row.done = true
    store.get(Todos).delete('x')
    store.get(Todos).add({ title: 'later' }, 'y')
    store.get(Todos).delete('y')
    store.get(Todos).add({ title: 'again' }, 'y')
    await move()
    expect(mirror.get(Todos).toJSON()).toEqual(store.get(Todos).toJSON())
    expect(JSON.stringify(channel.posted)).not.toContain('later')
    await close()
  })

  test('costs no memory for what has come and gone', () => {
    const store = createStore({ state })
    const outbox = new Outbox([...store.members()])
    outbox.snapshot()
    store.watch({
      commit: (touched, log) => void outbox.note(touched, log),
      aside: (holder, machine) => void outbox.aside(holder, machine),
    })
    const [todos, flights] = [store.get(Todos), store.get(Flights)]
    todos.add({ title: 'short' }, 'a')
    flights.add('a').add('Air')
    expect(outbox.empty).toBe(false)
    todos.delete('a')
    flights.delete('a')
    store.transaction(() => {
      todos.add({ title: 'shorter' }, 'b')
      flights.add('b').add('Air')
      todos.delete('b')
      flights.delete('b')
    })
    expect(outbox.empty).toBe(true)
  })

  test('hears that an answer cannot be copied, also when it comes with a snapshot', async () => {
    const Job = defineMachine('job', { On: {}, Run: { multi: true, args: v.object({ n: v.number(), fn: v.any() }) } })
    const { store, mirror, move, channel, close } = await connected(0, [Job])
    const waited = mirror
      .get(Job)
      .whenArgs('Run', { n: 1 })
      .catch((error: Error) => error.name)
    await move()
    for (let i = 0; i < WINDOW; i++) {
      store.get(Job).toggle('On')
      await quiet()
    }
    store.get(Job).add('Run', { n: 1, fn: () => {} })
    channel.port1.post(['e:gone', 1])
    await move()
    expect(await waited).toBe('DataCloneError')
    expect(mirror.get(Job).time()).toEqual(store.get(Job).time())
    await close()
  })
})
