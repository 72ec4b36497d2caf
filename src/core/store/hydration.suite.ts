import * as v from 'valibot'
import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { disk, entriesOf } from './fixtures/disk.ts'

/** What is stored is there, for whoever reads, once the store is open. */
export const hydration: Suite = (library) => {
  const { Lamp, Tank, Todos } = define(library)
  const { collection, defineModel } = library
  /** Version 3 of a model that had other shapes before. */
  const Clock = defineModel(
    'clock',
    { hours: v.number(), zone: v.string(), tags: v.array(v.string()) },
    {
      initial: { hours: 0, zone: 'UTC', tags: [] },
      version: 3,
      migrate: {
        1: ({ h, ...rest }) => ({ ...rest, hours: h }),
        2: (old) => ({ ...old, tags: [`from ${old.hours}`] }),
      },
    },
  )
  const Clocks = collection(Clock)
  const Cursor = defineModel(
    'cursor',
    { at: v.number(), over: v.string() },
    { initial: { at: 0, over: '' }, transient: ['over'] },
  )
  const lamp = (watts: unknown) => ({ v: 1, d: { on: false, colour: 'white', watts } })
  const bad = () =>
    disk({
      'model/lamp': lamp('many'),
      'model/tank': { v: 1, d: { level: 3, size: 50 } },
      'model/todo/a': { v: 1, d: { title: 7, done: 'no' }, o: 0 },
      'model/todo/b': { v: 1, d: { title: 'b' }, o: 1 },
    })
  const there = ({ disk }: There) => ({ entries: () => entriesOf(disk), writes: () => disk.writes.length })

  return {
    'what is stored is validated and applied; the rest keeps initial': {
      state: [Lamp, Tank, Todos],
      disk: () => disk({ 'model/lamp': { v: 1, d: { watts: 9 } }, 'model/todo/a': { v: 1, d: { title: 'a' }, o: 0 } }),
      there,
      async here({ get, store, expect, act }) {
        expect(get(Lamp).toJSON()).toEqual({ on: false, colour: 'white', watts: 9 })
        expect(get(Tank).toJSON()).toEqual({ level: 0, size: 100 })
        expect(get(Todos).toJSON()).toEqual({ a: { title: 'a', done: false } })
        await store.flush()
        expect([await act('writes'), store.status]).toEqual([0, 'saved'])
      },
    },
    'what is stored is migrated step by step': {
      state: [Clock],
      disk: () => disk({ 'model/clock': { v: 1, d: { h: 7, zone: 'CET' } } }),
      there,
      async here({ get, store, expect, act }) {
        expect(get(Clock).toJSON()).toEqual({ hours: 7, zone: 'CET', tags: ['from 7'] })
        await get(Clock).set({ hours: 9 })
        await store.flush()
        expect(await act('entries')).toEqual({
          'model/clock': { v: 3, d: { hours: 9, zone: 'CET', tags: ['from 7'] } },
        })
      },
    },
    'what is stored is migrated for rows too, whose order stays': {
      state: [Clocks],
      disk: () =>
        disk({
          'model/clock/b': { v: 1, d: { h: 2 }, o: 5 },
          'model/clock/a': { v: 3, d: { hours: 1, zone: 'UTC', tags: [] }, o: 7 },
          'model/clock/c': { v: 2, d: { hours: 3 }, o: 1 },
        }),
      async here({ get, expect }) {
        const clocks = get(Clocks)
        expect(clocks.ids).toEqual(['c', 'b', 'a'])
        expect([...clocks].map(({ hours }) => hours)).toEqual([3, 2, 1])
        await clocks.add({}, 'd')
        expect(clocks.ids).toEqual(['c', 'b', 'a', 'd'])
      },
    },
    'what is stored for transient fields is ignored, and never written': {
      state: [Cursor],
      disk: () => disk({ 'model/cursor': { v: 1, d: { at: 3, over: 'stale' } } }),
      there,
      async here({ get, store, expect, act }) {
        const cursor = get(Cursor)
        expect(cursor.toJSON()).toEqual({ at: 3, over: '' })
        await cursor.set({ at: 4, over: 'here' })
        expect(cursor.over).toBe('here')
        await store.flush()
        expect(await act('entries')).toEqual({ 'model/cursor': { v: 1, d: { at: 4 } } })
      },
    },
    'loading is no commit': {
      state: [Lamp],
      disk: () => disk({ 'model/lamp': lamp(9) }),
      async here({ get, store, expect, turn }) {
        let heard = 0
        store.listen(() => heard++)
        await turn()
        expect([get(Lamp).watts, heard]).toEqual([9, 0])
        await get(Lamp).set({ watts: 1 })
        expect(heard).toBe(1)
      },
    },
    'quarantine keeps the raw value and starts from initial; a row is absent': {
      state: [Lamp, Tank, Todos],
      disk: bad,
      opened: { onInvalid: 'quarantine' },
      there,
      async here({ get, store, expect, act, errors }) {
        expect(get(Lamp).toJSON()).toEqual({ on: false, colour: 'white', watts: 5 })
        expect(get(Tank).level).toBe(3)
        expect(get(Todos).ids).toEqual(['b'])
        const told = await errors()
        expect(told).toHaveLength(1)
        expect(told[0]?.join()).toMatch(/^recovery,.*model\/lamp.*model\/todo\/a/)
        await store.flush()
        expect(await act('entries')).toEqual({
          'quarantine/model/lamp': lamp('many'),
          'quarantine/model/todo/a': { v: 1, d: { title: 7, done: 'no' }, o: 0 },
          'model/tank': { v: 1, d: { level: 3, size: 50 } },
          'model/todo/b': { v: 1, d: { title: 'b' }, o: 1 },
        })
        await get(Lamp).set({ watts: 6 })
        await get(Todos).add({}, 'a')
        expect([get(Lamp).watts, get(Todos).ids]).toEqual([6, ['b', 'a']])
      },
    },
    'better data takes the place of what does not validate': {
      state: [Lamp, Tank, Todos],
      disk: bad,
      opened: { onInvalid: ({ key }) => (key === 'model/lamp' ? { use: { watts: 60 } } : 'quarantine') },
      async here({ get, expect }) {
        expect(get(Lamp).toJSON()).toEqual({ on: false, colour: 'white', watts: 60 })
        expect(get(Todos).ids).toEqual(['b'])
      },
    },
  }
}
