import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, DefinitionError, defineMachine, HydrationError, openStore } from '../index.ts'
import { Lamp } from './fixtures/definitions.ts'
import { disk, entriesOf } from './fixtures/disk.ts'
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

  test('of an older version without a migration is a DefinitionError', async () => {
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
})

test('what a snapshot brought is stored, machines with models', async () => {
  const storage = disk()
  const { store, door } = await open(storage)
  door.add('Open')
  store.get(Lamp).on = true
  const snapshot = JSON.parse(JSON.stringify(store.snapshot()))
  door.add('Closed')
  store.get(Lamp).on = false
  store.hydrate(snapshot)
  await store.close()
  const again = await open(storage)
  expect([again.door.is('Open'), again.store.get(Lamp).on]).toEqual([true, true])
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
