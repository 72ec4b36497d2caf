import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { disk, entriesOf } from './fixtures/disk.ts'

/** Machines come back from storage and from snapshots. */
export const machineHydration: Suite = (library) => {
  const { Lamp } = define(library)
  const { defineMachine, HydrationError } = library
  const Door = defineMachine('door', {
    Open: { remove: ['Closed'] },
    Closed: { auto: true, remove: ['Open'] },
    Locked: { require: ['Closed'] },
  })
  const Newer = defineMachine(
    'door',
    { Wide: { remove: ['Closed'] }, Closed: { auto: true, remove: ['Wide'] } },
    { version: 2, migrate: { 1: ({ Open, ...rest }) => ({ ...rest, Wide: Open }) as Record<string, number> } },
  )
  const clock = (ticks: Record<string, number>, machineTick = 0) => ({ v: 1, d: { ticks, queueTick: 1, machineTick } })
  const stored = (ticks: Record<string, number>) => () => disk({ 'machine/door': clock(ticks, 3) })
  const there = ({ disk }: There) => ({ entries: () => entriesOf(disk) })

  return {
    'a stored clock comes back as it was, with a machineTick more': {
      state: [Door],
      disk: stored({ Open: 2, Closed: 3, Locked: 1 }),
      async here({ get, expect }) {
        const door = get(Door)
        expect(door.clock()).toMatchObject({ Open: 2, Closed: 3, Locked: 1 })
        expect([door.active(), door.machineTick()]).toEqual([['Closed', 'Locked'], 4])
        await door.remove('Locked')
        expect(door.tick('Locked')).toBe(2)
      },
    },
    'a stored clock is resolved: what relations refuse is deactivated (+1)': {
      state: [Door],
      disk: stored({ Open: 3, Locked: 1 }),
      async here({ get, expect }) {
        const door = get(Door)
        expect([door.tick('Locked'), door.active()]).toEqual([2, ['Open']])
      },
    },
    'a stored clock is resolved: then one auto mutation runs': {
      state: [Door],
      disk: stored({ Open: 2, Locked: 1 }),
      async here({ get, expect }) {
        const door = get(Door)
        expect([door.tick('Open'), door.tick('Locked'), door.is('Closed')]).toEqual([2, 2, true])
      },
    },
    'a stored clock of which the definition lost states: they are dropped, and reported': {
      state: [Door],
      disk: stored({ Open: 1, Ajar: 5 }),
      there,
      async here({ get, store, expect, act, errors }) {
        const door = get(Door)
        expect(door.is('Open')).toBe(true)
        const told = await errors()
        expect(told).toHaveLength(1)
        expect(told[0]?.join()).toMatch(/^recovery,.*Ajar/)
        await door.add('Closed')
        await store.flush()
        expect(JSON.stringify(await act('entries'))).not.toContain('Ajar')
      },
    },
    'a stored clock of an older version is migrated by name': {
      state: [Newer],
      disk: stored({ Open: 3, Closed: 2 }),
      async here({ get, expect, errors }) {
        const door = get(Newer)
        expect([door.tick('Wide'), door.tick('Closed'), door.is('Wide')]).toEqual([3, 2, true])
        expect(await errors()).toEqual([])
      },
    },
    'a stored clock that is none can be put in quarantine': {
      state: [Door],
      disk: () => disk({ 'machine/door': { v: 1, d: { ticks: { Open: 'often' } } } }),
      opened: { onInvalid: 'quarantine' },
      there,
      async here({ get, store, expect, act }) {
        expect(get(Door).tick('Open')).toBe(0)
        await store.flush()
        expect(await act('entries')).toMatchObject({
          'quarantine/machine/door': { v: 1, d: { ticks: { Open: 'often' } } },
        })
      },
    },
    'a snapshot imports machines with machineTick + 1, in one commit with the models': {
      state: [Door, Lamp],
      disk,
      async here({ get, store, expect }) {
        const [door, lamp] = [get(Door), get(Lamp)]
        await door.add('Open')
        await lamp.set({ on: true })
        const snapshot = JSON.parse(JSON.stringify(await store.snapshot()))
        await door.add('Closed')
        await lamp.set({ on: false })
        const before = door.machineTick()
        let heard = 0
        store.listen(() => heard++)
        await store.hydrate(snapshot)
        expect([door.is('Open'), lamp.on, heard]).toEqual([true, true, 1])
        expect(door.machineTick()).toBeGreaterThan(before)
      },
    },
    'reset puts the clock on, never back': {
      state: [Door, Lamp],
      disk,
      async here({ get, store, expect }) {
        const door = get(Door)
        await door.add('Open')
        const [tick, machineTick] = [door.tick('Open'), door.machineTick()]
        await store.reset()
        expect(door.is('Open')).toBe(false)
        expect(door.tick('Open')).toBeGreaterThan(tick)
        expect(door.machineTick()).toBeGreaterThan(machineTick)
      },
    },
    'a hydrate that fails leaves the clocks as well': {
      state: [Door, Lamp],
      disk,
      async here({ get, store, expect }) {
        const door = get(Door)
        await door.add('Open')
        const snapshot = JSON.parse(JSON.stringify(await store.snapshot()))
        await door.add('Closed')
        const before = [door.toString(), door.machineTick()]
        const bad = { ...snapshot, 'model/lamp': { v: 1, d: { on: 'yes' } } }
        await expect((async () => store.hydrate(bad))()).rejects.toBeInstanceOf(HydrationError)
        expect([door.toString(), door.machineTick()]).toEqual(before)
      },
    },
  }
}
