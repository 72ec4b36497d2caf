import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createStore, effect } from '../../core/index.ts'
import { manualTimers } from '../../testing/manual-timers.ts'
import { state, Telemetry, Todos } from './fixtures/definitions.ts'
import { type Fate, faultyChannel, quiet } from './fixtures/faulty-channel.ts'
import { connectStore, serveStore } from './index.ts'

/** Fits its field, and not the rule across fields while the unit is F: only the worker can say so. */
const REFUSED = -35
const temperature = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 9 }) }, fc.constant(REFUSED))
const step = fc.oneof(
  fc.record({ do: fc.constant('hope' as const), to: temperature }),
  fc.record({ do: fc.constant('worker' as const), to: fc.integer({ min: 10, max: 19 }) }),
  fc.record({ do: fc.constantFrom('deliver' as const, 'beat' as const), to: fc.constant(0) }),
)
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Fate>('deliver') },
  fc.constantFrom<Fate>('drop', 'twice', 'late'),
)

async function connected(fates: Iterable<Fate>) {
  const timers = manualTimers()
  const channel = faultyChannel(fates)
  const store = createStore({ state, timers })
  store.get(Telemetry).unit = 'F'
  const serving = serveStore(store, { endpoint: channel.port1, timers })
  const connecting = connectStore(channel.port2, { state, timers, optimistic: true, timeout: 1e9, onError: () => {} })
  let open = true
  void connecting.finally(() => {
    open = false
  })
  const beat = async () => {
    while (channel.deliver()) await quiet()
    timers.advance(5000)
    await quiet()
  }
  while (open) await beat()
  const mirror = await connecting
  return { store, mirror, channel, beat, timers, close: () => [mirror.close(), serving.close()] }
}

describe('an optimistic write', () => {
  test('is seen at once, and then as it turned out: never as anything else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20, size: 'max' }),
        fc.array(fate, { maxLength: 60, size: 'max' }),
        async (steps, fates) => {
          const { store, mirror, channel, beat, timers, close } = await connected(fates)
          const history = [store.get(Telemetry).temperature]
          store.get(Telemetry).listen(() => history.push(store.get(Telemetry).temperature))
          const open = new Set<{ to: number }>()
          let at = 0
          const stop = effect(() => {
            const value = mirror.get(Telemetry).temperature
            if ([...open].some(({ to }) => to === value)) return
            // The worker's own, and none that was gone before.
            const next = history.indexOf(value, at)
            expect(next, `${value} was seen; hoped ${[...open].map(({ to }) => to)}; was ${history}`).not.toBe(-1)
            at = next
          })
          for (const one of steps) {
            if (one.do === 'hope') {
              open.add(one)
              const seen = mirror.get(Telemetry).set({ temperature: one.to })
              if (mirror.status !== 'disconnected') expect(mirror.get(Telemetry).temperature).toBe(one.to)
              seen.then(
                () => open.delete(one),
                () => open.delete(one),
              )
            } else if (one.do === 'worker') store.get(Telemetry).temperature = one.to
            else if (one.do === 'deliver') channel.deliver()
            else timers.advance(5000)
            await quiet()
          }
          channel.heal()
          for (let rest = 0; rest < 8; rest++) await beat()
          expect(open.size).toBe(0)
          if (mirror.status !== 'disconnected') expect(mirror.get(Telemetry).temperature).toBe(history.at(-1))
          stop()
          await Promise.all(close())
        },
      ),
      { numRuns: 150 },
    )
  }, 120_000)

  const seenOf = async (...hopes: number[]) => {
    const { store, mirror, beat, close } = await connected([])
    const seen: number[] = []
    const stop = effect(() => {
      seen.push(mirror.get(Telemetry).temperature)
    })
    const ends = Promise.allSettled(hopes.map((temperature) => mirror.get(Telemetry).set({ temperature })))
    for (let rest = 0; rest < 3; rest++) await beat()
    stop()
    const outcomes = (await ends).map(({ status }) => status)
    await Promise.all(close())
    return { seen, outcomes, final: store.get(Telemetry).temperature }
  }

  test('flickers in no case', async () => {
    expect(await seenOf(5)).toEqual({ seen: [20, 5], outcomes: ['fulfilled'], final: 5 })
    expect(await seenOf(REFUSED)).toEqual({ seen: [20, REFUSED, 20], outcomes: ['rejected'], final: 20 })
    expect(await seenOf(5, 6)).toEqual({ seen: [20, 5, 6], outcomes: ['fulfilled', 'fulfilled'], final: 6 })
    expect(await seenOf(5, REFUSED)).toEqual({
      seen: [20, 5, REFUSED, 5],
      outcomes: ['fulfilled', 'rejected'],
      final: 5,
    })
    expect(await seenOf(900)).toEqual({ seen: [20], outcomes: ['rejected'], final: 20 })
  })

  test('rows come, go and come back', async () => {
    const { store, mirror, beat, close } = await connected([])
    const todos = mirror.get(Todos)
    const counts: number[] = []
    const stop = effect(() => {
      counts.push(todos.size)
    })
    const added = todos.add({ title: 'here' }, 'a')
    expect(todos.get('a')?.title).toBe('here')
    store.get(Todos).add({ title: 'of the worker' }, 'b')
    const twice = todos.add({ title: 'mine' }, 'b')
    expect(todos.get('b')?.title).toBe('mine')
    await Promise.all([beat(), added, expect(twice).rejects.toThrow('has a row "b"')])
    expect([todos.ids, todos.get('b')?.title]).toEqual([['b', 'a'], 'of the worker'])
    const gone = todos.delete('a')
    expect(todos.has('a')).toBe(false)
    await Promise.all([beat(), gone])
    expect([...store.get(Todos).ids]).toEqual(['b'])
    // An effect may run again for a change of order alone.
    expect(counts.filter((count, at) => count !== counts[at - 1])).toEqual([0, 1, 2, 1])
    stop()
    await Promise.all(close())
  })
})
