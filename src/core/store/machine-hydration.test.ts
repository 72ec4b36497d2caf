import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, DefinitionError, defineMachine, HydrationError, openStore } from '../index.ts'
import { Lamp } from './fixtures/definitions.ts'
import { disk, entriesOf, settled } from './fixtures/disk.ts'
import { rejected, reports } from './fixtures/reports.ts'

const Door = defineMachine('door', {
  Open: { remove: ['Closed'] },
  Closed: { auto: true, remove: ['Open'] },
  Locked: { require: ['Closed'] },
})

const clock = (ticks: Record<string, number>, v = 1) => ({ v, d: { ticks, queueTick: 1, machineTick: 0 } })

const open = async (storage: ReturnType<typeof disk>, definition = Door) => {
  const { onError, list } = reports()
  const store = await openStore({ storage, state: [definition, Lamp], timers: manualTimers(), onError })
  return { store, list, door: store.get(definition) }
}

describe('a stored clock', () => {
  test('comes back as it was, with a machineTick more', async () => {
    const storage = disk()
    const first = await open(storage)
    first.door.add('Open')
    first.door.add('Closed')
    first.door.add('Locked')
    const text = first.door.toString()
    await first.store.close()
    const { door } = await open(storage)
    expect(door.toString()).toBe(text)
    expect(door.machineTick()).toBe(first.door.machineTick() + 1)
  })

  test('is resolved: what relations refuse is deactivated (+1), then one auto mutation runs', async () => {
    const storage = disk({ 'machine/door': clock({ Open: 3, Locked: 1 }) })
    const { door } = await open(storage)
    expect(door.tick('Locked')).toBe(2)
    expect(door.is('Open')).toBe(true)
    const empty = await open(disk({ 'machine/door': clock({ Open: 2, Locked: 1 }) }))
    expect([empty.door.tick('Open'), empty.door.tick('Locked'), empty.door.is('Closed')]).toEqual([2, 2, true])
  })

  test('of which the definition lost states: they are dropped, and reported', async () => {
    const storage = disk({ 'machine/door': clock({ Open: 1, Ajar: 5 }) })
    const { store, door, list } = await open(storage)
    expect(door.is('Open')).toBe(true)
    expect(list).toHaveLength(1)
    expect(list[0]).toMatch(/^recovery: .*Ajar/)
    door.add('Closed')
    await store.flush()
    expect(JSON.stringify(entriesOf(storage))).not.toContain('Ajar')
  })

  test('of an older version is migrated over the clock by name', async () => {
    const Newer = defineMachine(
      'door',
      { Wide: { remove: ['Closed'] }, Closed: { auto: true, remove: ['Wide'] } },
      { version: 2, migrate: { 1: ({ Open, ...rest }) => ({ ...rest, Wide: Open }) as Record<string, number> } },
    )
    const { onError, list } = reports()
    const storage = disk({ 'machine/door': clock({ Open: 3, Closed: 2 }) })
    const store = await openStore({ storage, state: [Newer], timers: manualTimers(), onError })
    const door = store.get(Newer)
    expect([door.tick('Wide'), door.tick('Closed'), door.is('Wide'), list]).toEqual([3, 2, true, []])
    const Gap = defineMachine('door', { Open: {} }, { version: 2 })
    const opening = openStore({ storage: disk({ 'machine/door': clock({}) }), state: [Gap], timers: manualTimers() })
    expect(await rejected(opening)).toBeInstanceOf(DefinitionError)
  })

  test('that is newer, or none, is a HydrationError, and stays', async () => {
    for (const raw of [clock({}, 2), { v: 1, d: { ticks: { Open: -1 } } }, { v: 1, d: 7 }, 'odd', null]) {
      const storage = disk({ 'machine/door': raw })
      expect(await rejected(open(storage))).toBeInstanceOf(HydrationError)
      expect(entriesOf(storage)).toEqual({ 'machine/door': raw })
      expect(storage.closed).toBe(1)
    }
  })

  test('that is none can be put in quarantine', async () => {
    const raw = { v: 1, d: { ticks: { Open: 'often' } } }
    const storage = disk({ 'machine/door': raw })
    const { onError } = reports()
    const store = await openStore({ storage, state: [Door], timers: manualTimers(), onError, onInvalid: 'quarantine' })
    expect(store.get(Door).tick('Open')).toBe(0)
    await store.flush()
    expect(storage.entries.get('quarantine/machine/door')).toEqual(raw)
  })
})

describe('machines in a snapshot', () => {
  test('import with machineTick + 1, in one commit with the models', async () => {
    const storage = disk()
    const { store, door } = await open(storage)
    door.add('Open')
    store.get(Lamp).on = true
    const snapshot = JSON.parse(JSON.stringify(store.snapshot()))
    door.add('Closed')
    store.get(Lamp).on = false
    const before = door.machineTick()
    let heard = 0
    store.listen(() => heard++)
    store.hydrate(snapshot)
    expect([door.is('Open'), store.get(Lamp).on, heard]).toEqual([true, true, 1])
    expect(door.machineTick()).toBeGreaterThan(before)
    await store.flush()
    await store.close()
    const again = await open(storage)
    expect([again.door.is('Open'), again.store.get(Lamp).on]).toEqual([true, true])
  })

  test('reset puts the clock on, never back', async () => {
    const { store, door } = await open(disk())
    door.add('Open')
    const [tick, machineTick] = [door.tick('Open'), door.machineTick()]
    store.reset()
    expect(door.is('Open')).toBe(false)
    expect(door.tick('Open')).toBeGreaterThan(tick)
    expect(door.machineTick()).toBeGreaterThan(machineTick)
  })

  test('a hydrate that fails leaves the clocks as well', async () => {
    const { store, door } = await open(disk())
    door.add('Open')
    const snapshot = JSON.parse(JSON.stringify(store.snapshot()))
    door.add('Closed')
    const before = door.toString()
    const tick = door.machineTick()
    expect(() => store.hydrate({ ...snapshot, 'model/lamp': { v: 1, d: { on: 'yes' } } })).toThrow(HydrationError)
    await settled()
    expect([door.toString(), door.machineTick()]).toEqual([before, tick])
  })
})

test('a tracer of the store gets the transitions of all its machines, those that come later too', () => {
  const Gate = defineMachine('gate', { Up: {} })
  const store = createStore({ state: [Door] })
  const seen: string[] = []
  const stop = store.trace({
    transitionEnd: (transition: { machine: { id: string }; called: readonly string[] }) =>
      seen.push(`${transition.called}`),
  } as Parameters<typeof store.trace>[0])
  store.get(Door).add('Open')
  store.load(Gate).add('Up')
  stop()
  store.get(Door).add('Closed')
  store.get(Gate).remove('Up')
  expect(seen.filter((called) => called !== 'Closed')).toEqual(['Open', 'Up'])
})
