import * as v from 'valibot'
import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { disk, entriesOf } from './fixtures/disk.ts'
import { ending } from './fixtures/reports.ts'

/** A whole store as plain data, there and back, for whoever asks. */
export const snapshot: Suite = (library) => {
  const { Lamp, Tank, Todos, User } = define(library)
  const { createStore, defineModel, effect, HydrationError, isRedacted, REDACTED } = library
  const Session = defineModel('session', { n: v.number() }, { initial: { n: 0 }, persist: false })
  const Old = defineModel(
    'lamp',
    { power: v.number() },
    { initial: { power: 0 }, version: 2, migrate: { 1: ({ watts }) => ({ power: watts }) } },
  )
  const state = [Lamp, Tank, Todos, User, Session]

  /** As it looks after a journey through text. */
  const travelled = <T>(snapshot: T): T => JSON.parse(JSON.stringify(snapshot))
  const nine = { 'model/lamp': { v: 1, d: { watts: 9 } } }

  const there = ({ get, store, disk }: There) => ({
    token: () => get(User).token,
    'write the token': (token: string) => {
      get(User).token = token
    },
    entries: () => entriesOf(disk),
    'forget the writes': async () => {
      await store.flush()
      disk.writes.length = 0
    },
    commits: () => disk.writes.flat().length,
    'hydrate, then throw': () =>
      ending(() =>
        store.transaction(() => {
          void store.hydrate(nine)
          if (get(Lamp).watts === 9) throw new RangeError('no')
        }),
      ),
    'reset, then throw': () =>
      ending(() =>
        store.transaction(() => {
          void store.reset()
          if (get(Lamp).watts === 5) throw new RangeError('no')
        }),
      ),
    'reset, then write': () =>
      store.transaction(() => {
        void store.reset()
        get(Tank).level = 7
        get(Lamp).on = true
      }),
    'write after a reset': () => {
      get(Lamp).listen(() => {
        if (get(Lamp).watts === 5) get(Lamp).colour = 'red'
      })
      effect(() => {
        if (get(Tank).level === 0) get(Tank).size = 50
      })
    },
  })

  return {
    'is plain data of everything, by storage key': {
      state,
      async here({ get, store, expect }) {
        const [lamp, todos] = [get(Lamp), get(Todos)]
        await lamp.set({ watts: 6 })
        await todos.add({ title: 'x' }, 'x')
        const snapshot = await store.snapshot()
        expect(travelled(snapshot)).toEqual(
          travelled({
            'model/lamp': { v: 1, d: { on: false, colour: 'white', watts: 6 } },
            'model/tank': { v: 1, d: { level: 0, size: 100 } },
            'model/todo/x': { v: 1, d: { title: 'x', done: false }, o: 0 },
            'model/user': { v: 1, d: { name: 'nobody', token: REDACTED } },
            'model/session': { v: 1, d: { n: 0 } },
          }),
        )
        await lamp.set({ watts: 7 })
        expect(snapshot['model/lamp']?.d).toMatchObject({ watts: 6 })
      },
    },
    'subscribes nobody': {
      state,
      async here({ get, store, expect }) {
        let ran = 0
        effect(() => {
          ran++
          void store.snapshot()
        })
        await get(Lamp).set({ watts: 6 })
        expect(ran).toBe(1)
      },
    },
    'carries markers for redacted values': {
      state,
      there,
      async here({ store, expect, act }) {
        await act('write the token', 'hush-hush')
        const snapshot = await store.snapshot()
        expect(JSON.stringify(snapshot)).not.toContain('hush')
        expect(isRedacted((snapshot['model/user']!.d as { token: unknown }).token)).toBe(true)
      },
    },
    'there and back again is the same, in this store and in another': {
      state,
      async here({ get, store, expect }) {
        const [lamp, todos] = [get(Lamp), get(Todos)]
        await lamp.set({ watts: 6, colour: 'red' })
        for (const id of ['c', 'a', 'b']) await todos.add({ title: id }, id)
        await todos.delete('a')
        await todos.add({ title: 'again' }, 'a')
        const snapshot = travelled(await store.snapshot())
        for (const other of [createStore({ state }), createStore({ state, snapshot })]) {
          void other.hydrate(snapshot)
          expect(travelled(other.snapshot())).toEqual(snapshot)
          expect(other.get(Todos).ids).toEqual(['c', 'b', 'a'])
        }
        await store.reset()
        expect([lamp.watts, todos.size]).toEqual([5, 0])
        await store.hydrate(snapshot)
        expect(travelled(await store.snapshot())).toEqual(snapshot)
        expect([lamp.colour, todos.ids, todos.get('a')?.title]).toEqual(['red', ['c', 'b', 'a'], 'again'])
      },
    },
    'hydrate is one commit: models take the values, rows absent are deleted, revisions go up': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        const [lamp, tank, todos] = [get(Lamp), get(Tank), get(Todos)]
        const [x, y] = [await todos.add({ title: 'x' }, 'x'), await todos.add({ title: 'y' }, 'y')]
        const revisions = [lamp.revision, x.revision]
        const seen: unknown[] = []
        effect(() => void seen.push([lamp.watts, tank.level, todos.ids, x.title]))
        let heard = 0
        store.listen(() => heard++)
        await act('forget the writes')
        await store.hydrate({
          'model/lamp': { v: 1, d: { on: true, colour: 'white', watts: 9 } },
          'model/todo/x': { v: 1, d: { title: 'new x', done: false }, o: 0 },
          'model/todo/z': { v: 1, d: { title: 'z', done: true }, o: 2 },
        })
        expect(seen.slice(1)).toEqual([[9, 0, ['x', 'z'], 'new x']])
        expect(heard).toBe(1)
        expect(todos.get('x')).toBe(x)
        await expect((async () => y.set({ title: 'gone' }))()).rejects.toThrow(/y/)
        expect(lamp.revision).toBeGreaterThan(revisions[0] ?? 0)
        expect(x.revision).toBeGreaterThan(revisions[1] ?? 0)
        await store.flush()
        expect(await act('commits')).toBe(1)
        expect(await act('entries')).toEqual({
          'model/lamp': { v: 1, d: { on: true, colour: 'white', watts: 9 } },
          'model/todo/x': { v: 1, d: { title: 'new x', done: false }, o: 0 },
          'model/todo/z': { v: 1, d: { title: 'z', done: true }, o: 2 },
        })
      },
    },
    'hydrate throws one HydrationError for all that does not fit, and changes nothing': {
      state,
      async here({ get, store, expect }) {
        await get(Todos).add({ title: 'x' }, 'x')
        const before = JSON.stringify(await store.snapshot())
        let heard = 0
        store.listen(() => heard++)
        const bad = {
          'model/lamp': { v: 1, d: { watts: 'many' } },
          'model/tank': { v: 1, d: { level: 500, size: 100 } },
          'model/todo/x': { v: 1, d: { title: 'fine' } },
          'model/todo/y': { v: 1, d: { title: 3 } },
          'model/todo/z': { v: 2, d: {} },
        }
        const error = (await (async () => store.hydrate(bad))().catch((error: unknown) => error)) as InstanceType<
          typeof HydrationError
        >
        expect(error).toBeInstanceOf(HydrationError)
        expect(error.entries.map(({ key }) => key).sort()).toEqual([
          'model/lamp',
          'model/tank',
          'model/todo/y',
          'model/todo/z',
        ])
        expect(error.entries.find(({ key }) => key === 'model/lamp')?.issues[0]?.path).toEqual(['watts'])
        expect(JSON.stringify(await store.snapshot())).toBe(before)
        expect([heard, get(Lamp).watts, get(Todos).ids]).toEqual([0, 5, ['x']])
      },
    },
    'hydrate refuses a row id that storage could not hold': {
      state,
      async here({ get, store, expect }) {
        const bad = { 'model/todo/../x': { v: 1, d: {} } }
        await expect((async () => store.hydrate(bad))()).rejects.toBeInstanceOf(HydrationError)
        expect(get(Todos).size).toBe(0)
      },
    },
    'hydrate migrates': {
      state: [Old],
      async here({ get, store, expect }) {
        await store.hydrate(nine)
        expect(get(Old).power).toBe(9)
      },
    },
    'hydrate leaves a redacted value alone where the marker stands': {
      state,
      there,
      async here({ get, store, expect, act }) {
        const user = get(User)
        await act('write the token', 'hush-hush')
        const snapshot = travelled(await store.snapshot())
        await user.set({ name: 'changed' })
        await store.hydrate(snapshot)
        expect([user.name, await act('token')]).toEqual(['nobody', 'hush-hush'])
      },
    },
    'hydrate puts rows in the order of the snapshot': {
      state,
      async here({ get, store, expect }) {
        const todos = get(Todos)
        for (const id of ['a', 'b', 'c']) await todos.add({}, id)
        const snapshot = travelled(await store.snapshot())
        await todos.delete('a')
        await todos.add({}, 'a')
        const seen: unknown[] = []
        effect(() => void seen.push(todos.ids))
        expect(todos.ids).toEqual(['b', 'c', 'a'])
        await store.hydrate(snapshot)
        expect(todos.ids).toEqual(['a', 'b', 'c'])
        expect([...todos].map(({ $id }) => $id)).toEqual(['a', 'b', 'c'])
        await todos.add({}, 'd')
        expect(seen).toEqual([
          ['b', 'c', 'a'],
          ['a', 'b', 'c'],
          ['a', 'b', 'c', 'd'],
        ])
      },
    },
    'hydrate in a transaction is part of it': {
      state,
      there,
      async here({ get, store, expect, act }) {
        let heard = 0
        store.listen(() => heard++)
        expect(await act('hydrate, then throw')).toBe('RangeError')
        expect([get(Lamp).watts, heard]).toEqual([5, 0])
      },
    },
    'hydrate ignores what this store has not registered': {
      state,
      async here({ get, store, expect }) {
        let heard = 0
        store.listen(() => heard++)
        await get(Lamp).set({ watts: 5 })
        await store.hydrate({ 'model/unknown': { v: 1, d: {} }, 'machine/unknown': { v: 1, d: {} } })
        expect(heard).toBe(0)
      },
    },
    'reset is one commit back to the initial state, and forgets all of it in storage': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        const [lamp, todos] = [get(Lamp), get(Todos)]
        await lamp.set({ watts: 6 })
        const row = await todos.add({}, 'x')
        await act('write the token', 'hush-hush')
        await store.flush()
        const { revision } = lamp
        let heard = 0
        store.listen(() => heard++)
        await store.reset()
        expect([lamp.watts, todos.size, await act('token'), heard]).toEqual([5, 0, 'none', 1])
        expect(lamp.revision).toBeGreaterThan(revision)
        await expect((async () => row.set({ title: 'y' }))()).rejects.toThrow(/x/)
        await store.flush()
        expect(await act('entries')).toEqual({})
      },
    },
    'reset of one definition leaves the others': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        await get(Lamp).set({ watts: 6 })
        await get(Tank).set({ level: 1 })
        await store.reset(Lamp)
        expect([get(Lamp).watts, get(Tank).level]).toEqual([5, 1])
        await store.flush()
        expect(Object.keys((await act('entries')) as object)).toEqual(['model/tank'])
      },
    },
    'what a listener or effect writes after a reset is stored, not forgotten': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        await lamp.set({ watts: 6 })
        await tank.set({ level: 1 })
        await act('write after a reset')
        await store.reset()
        await store.flush()
        expect([lamp.colour, lamp.watts, tank.level, tank.size]).toEqual(['red', 5, 0, 50])
        expect(await act('entries')).toEqual({
          'model/lamp': { v: 1, d: { on: false, colour: 'red', watts: 5 } },
          'model/tank': { v: 1, d: { level: 0, size: 50 } },
        })
      },
    },
    'reset in a transaction that is rolled back forgets nothing, in storage neither': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        await get(Lamp).set({ watts: 6 })
        await store.flush()
        expect(await act('reset, then throw')).toBe('RangeError')
        expect(get(Lamp).watts).toBe(6)
        await store.flush()
        expect(await act('entries')).toMatchObject({ 'model/lamp': { d: { watts: 6 } } })
      },
    },
    'reset in a transaction that commits is part of it': {
      state,
      there,
      async here({ get, store, expect, act }) {
        await get(Lamp).set({ watts: 6 })
        let heard = 0
        store.listen(() => heard++)
        await act('reset, then write')
        expect([get(Lamp).on, get(Lamp).watts, get(Tank).level, heard]).toEqual([true, 5, 7, 1])
      },
    },
    'reset of what the store does not hold is refused': {
      state: [Lamp],
      async here({ store, expect }) {
        await expect((async () => store.reset(Tank))()).rejects.toMatchObject({ name: 'NotRegisteredError' })
      },
    },
    'a store opened with a snapshot takes of it only what storage lacks': {
      state,
      disk: () =>
        disk({
          'model/lamp': { v: 1, d: { on: false, colour: 'blue', watts: 2 } },
          'model/todo/x': { v: 1, d: { title: 'x of storage', done: true }, o: 0 },
        }),
      opened: {
        snapshot: {
          'model/lamp': { v: 1, d: { on: true, colour: 'red', watts: 1 } },
          'model/tank': { v: 1, d: { level: 7, size: 70 } },
          'model/todo/x': { v: 1, d: { title: 'x of snapshot', done: false }, o: 0 },
          'model/todo/y': { v: 1, d: { title: 'y of snapshot', done: false }, o: 1 },
          'model/user': { v: 1, d: { name: 'somebody', token: { $redacted: true } } },
          'model/session': { v: 1, d: { n: 3 } },
        },
      },
      there,
      async here({ get, expect, act }) {
        expect(get(Lamp).colour).toBe('blue')
        expect(get(Tank).level).toBe(7)
        expect(get(Todos).toJSON()).toEqual({
          x: { title: 'x of storage', done: true },
          y: { title: 'y of snapshot', done: false },
        })
        expect([get(Todos).size, get(Todos).ids]).toEqual([2, ['x', 'y']])
        expect([get(User).name, await act('token'), get(Session).n]).toEqual(['somebody', 'none', 3])
      },
    },
  }
}
