import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import {
  type CommitRecord,
  collection,
  createStore,
  DefinitionError,
  defineModel,
  effect,
  HydrationError,
  isRedacted,
  openStore,
  REDACTED,
  type Snapshot,
} from '../index.ts'
import { Lamp, Tank, Todos, User } from './fixtures/definitions.ts'
import { disk, entriesOf } from './fixtures/disk.ts'
import { thrown } from './fixtures/reports.ts'

const Session = defineModel('session', { n: v.number() }, { initial: { n: 0 }, persist: false })
const state = [Lamp, Tank, Todos, User, Session]

const open = async (entries: Record<string, unknown> = {}) => {
  const storage = disk(entries)
  const store = await openStore({ storage, state, timers: manualTimers() })
  const records: CommitRecord[] = []
  store.trace({ commit: (record) => records.push(record) })
  return { store, storage, records, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos) }
}

/** As it looks after a journey through text. */
const travelled = (snapshot: Snapshot): Snapshot => JSON.parse(JSON.stringify(snapshot))

describe('snapshot', () => {
  test('is plain frozen data of everything, by storage key', async () => {
    const { store, lamp, todos } = await open()
    lamp.watts = 6
    todos.add({ title: 'x' }, 'x')
    const snapshot = store.snapshot()
    expect(snapshot).toEqual({
      'model/lamp': { v: 1, d: { on: false, colour: 'white', watts: 6 } },
      'model/tank': { v: 1, d: { level: 0, size: 100 } },
      'model/todo/x': { v: 1, d: { title: 'x', done: false }, o: 0 },
      'model/user': { v: 1, d: { name: 'nobody', token: REDACTED } },
      'model/session': { v: 1, d: { n: 0 } },
    })
    lamp.watts = 7
    expect(snapshot['model/lamp']?.d).toMatchObject({ watts: 6 })
    expect(Object.isFrozen(snapshot)).toBe(true)
  })

  test('subscribes nobody', async () => {
    const { store, lamp } = await open()
    let ran = 0
    effect(() => {
      ran++
      store.snapshot()
    })
    lamp.watts = 6
    expect(ran).toBe(1)
  })

  test('carries markers for redacted values, and the values when asked', async () => {
    const { store } = await open()
    store.get(User).token = 'hush-hush'
    expect(JSON.stringify(store.snapshot())).not.toContain('hush')
    const { token } = travelled(store.snapshot())['model/user']!.d as { token: unknown }
    expect(isRedacted(token)).toBe(true)
    expect(store.snapshot({ redacted: true })['model/user']?.d).toEqual({ name: 'nobody', token: 'hush-hush' })
  })

  test('there and back again is the same, in this store and in another', async () => {
    const { store, lamp, todos } = await open()
    lamp.set({ watts: 6, colour: 'red' })
    for (const id of ['c', 'a', 'b']) todos.add({ title: id }, id)
    todos.delete('a')
    todos.add({ title: 'again' }, 'a')
    const snapshot = travelled(store.snapshot())
    for (const other of [createStore({ state }), createStore({ state, snapshot })]) {
      other.hydrate(snapshot)
      expect(other.snapshot()).toEqual(store.snapshot())
      expect(other.get(Todos).ids).toEqual(['c', 'b', 'a'])
    }
  })
})

describe('hydrate', () => {
  test('is one commit: models take the values, rows absent are deleted, revisions go up', async () => {
    const { store, storage, records, lamp, tank, todos } = await open()
    const [x, y] = [todos.add({ title: 'x' }, 'x'), todos.add({ title: 'y' }, 'y')]
    const revisions = [lamp.revision, x.revision]
    const seen: unknown[] = []
    effect(() => void seen.push([lamp.watts, tank.level, todos.ids, x.title]))
    let heard = 0
    store.listen(() => heard++)
    await store.flush()
    storage.writes.length = 0
    records.length = 0
    store.hydrate({
      'model/lamp': { v: 1, d: { on: true, colour: 'white', watts: 9 } },
      'model/todo/x': { v: 1, d: { title: 'new x', done: false }, o: 0 },
      'model/todo/z': { v: 1, d: { title: 'z', done: true }, o: 2 },
    })
    expect(seen.slice(1)).toEqual([[9, 0, ['x', 'z'], 'new x']])
    expect(heard).toBe(1)
    expect(records).toHaveLength(1)
    expect(records[0]?.origin).toBe('hydrate')
    expect(todos.get('x')).toBe(x)
    expect(() => {
      y.title = 'gone'
    }).toThrow()
    expect(lamp.revision).toBeGreaterThan(revisions[0] ?? 0)
    expect(x.revision).toBeGreaterThan(revisions[1] ?? 0)
    await store.flush()
    expect(storage.writes.flat()).toHaveLength(1)
    expect(entriesOf(storage)).toEqual({
      'model/lamp': { v: 1, d: { on: true, colour: 'white', watts: 9 } },
      'model/todo/x': { v: 1, d: { title: 'new x', done: false }, o: 0 },
      'model/todo/z': { v: 1, d: { title: 'z', done: true }, o: 2 },
    })
  })

  test('with persist: false stays out of storage', async () => {
    const { store, storage, lamp, todos } = await open({ 'model/todo/x': { v: 1, d: { title: 'x' }, o: 0 } })
    store.hydrate({ 'model/lamp': { v: 1, d: { watts: 9 } } }, { persist: false })
    expect([lamp.watts, todos.size]).toEqual([9, 0])
    await store.flush()
    expect(storage.writes).toEqual([])
    lamp.on = true
    await store.flush()
    expect(storage.entries.get('model/lamp')).toEqual({ v: 1, d: { on: true, colour: 'white', watts: 9 } })
  })

  for (const traced of [true, false]) {
    test(`what a listener or effect writes then is a commit of its own: stored, and local (${traced})`, async () => {
      const storage = disk()
      const store = await openStore({ storage, state, timers: manualTimers() })
      const [lamp, tank] = [store.get(Lamp), store.get(Tank)]
      const origins: string[] = []
      if (traced) store.trace({ commit: ({ origin }) => origins.push(origin) })
      lamp.listen(() => {
        tank.level = 3
      })
      effect(() => {
        if (lamp.watts === 9) store.get(Todos).add({}, 'by effect')
      })
      store.hydrate({ 'model/lamp': { v: 1, d: { watts: 9 } } }, { persist: false })
      await store.flush()
      expect([...storage.entries.keys()].sort()).toEqual(['model/tank', 'model/todo/by effect'])
      expect(origins).toEqual(traced ? ['hydrate', 'local', 'local'] : [])
    })
  }

  test('throws one HydrationError for all that does not fit, and changes nothing', async () => {
    const { store, storage, records, lamp, todos } = await open()
    todos.add({ title: 'x' }, 'x')
    const before = JSON.stringify(store.snapshot())
    records.length = 0
    let heard = 0
    store.listen(() => heard++)
    const error = thrown(() =>
      store.hydrate({
        'model/lamp': { v: 1, d: { watts: 'many' } },
        'model/tank': { v: 1, d: { level: 500, size: 100 } },
        'model/todo/x': { v: 1, d: { title: 'fine' } },
        'model/todo/y': { v: 1, d: { title: 3 } },
        'model/todo/z': { v: 2, d: {} },
      }),
    ) as HydrationError
    expect(error).toBeInstanceOf(HydrationError)
    expect(error.entries.map(({ key }) => key).sort()).toEqual([
      'model/lamp',
      'model/tank',
      'model/todo/y',
      'model/todo/z',
    ])
    expect(JSON.stringify(store.snapshot())).toBe(before)
    expect([heard, records, lamp.watts]).toEqual([0, [], 5])
    await store.flush()
    expect([...storage.entries.keys()]).toEqual(['model/todo/x'])
  })

  test('refuses a row id that storage could not hold', async () => {
    const { store } = await open()
    const snapshot = { 'model/todo/../x': { v: 1, d: {} } }
    expect(thrown(() => store.hydrate(snapshot))).toBeInstanceOf(HydrationError)
    expect(thrown(() => createStore({ state, snapshot }))).toBeInstanceOf(HydrationError)
  })

  test('migrates', () => {
    const Old = defineModel(
      'lamp',
      { power: v.number() },
      { initial: { power: 0 }, version: 2, migrate: { 1: ({ watts }) => ({ power: watts }) } },
    )
    const store = createStore({ state: [Old] })
    store.hydrate({ 'model/lamp': { v: 1, d: { watts: 9 } } })
    expect(store.get(Old).power).toBe(9)
    const Gap = defineModel('lamp', { power: v.number() }, { initial: { power: 0 }, version: 2 })
    const other = createStore({ state: [Gap] })
    expect(thrown(() => other.hydrate({ 'model/lamp': { v: 1, d: {} } }))).toBeInstanceOf(DefinitionError)
  })

  test('leaves a redacted value alone where the marker stands', async () => {
    const { store } = await open()
    const user = store.get(User)
    user.token = 'hush-hush'
    const snapshot = travelled(store.snapshot())
    user.name = 'changed'
    store.hydrate(snapshot)
    expect([user.name, user.token]).toEqual(['nobody', 'hush-hush'])
    const full = travelled(store.snapshot({ redacted: true }))
    user.token = 'something else'
    store.hydrate(full)
    expect(user.token).toBe('hush-hush')
  })

  test('puts rows in the order of the snapshot', async () => {
    const { store, todos } = await open()
    for (const id of ['a', 'b', 'c']) todos.add({}, id)
    const snapshot = travelled(store.snapshot())
    todos.delete('a')
    todos.add({}, 'a')
    expect(todos.ids).toEqual(['b', 'c', 'a'])
    store.hydrate(snapshot)
    expect(todos.ids).toEqual(['a', 'b', 'c'])
    await store.close()
    const elsewhere = createStore({ state })
    elsewhere.get(Todos).add({}, 'c')
    elsewhere.get(Todos).add({}, 'b')
    elsewhere.hydrate(snapshot)
    expect(elsewhere.get(Todos).ids).toEqual(['a', 'b', 'c'])
    elsewhere.get(Todos).add({}, 'd')
    expect(elsewhere.get(Todos).ids).toEqual(['a', 'b', 'c', 'd'])
  })

  test('in a transaction is part of it', async () => {
    const { store, records, lamp } = await open()
    expect(() =>
      store.transaction(() => {
        store.hydrate({ 'model/lamp': { v: 1, d: { watts: 9 } } })
        expect(lamp.watts).toBe(9)
        throw new Error('no')
      }),
    ).toThrow('no')
    expect([lamp.watts, records]).toEqual([5, []])
  })

  test('ignores what this store has not registered', async () => {
    const { store, records } = await open()
    store.hydrate({ 'model/unknown': { v: 1, d: {} }, 'machine/unknown': { v: 1, d: {} } })
    expect(records).toEqual([])
  })
})

describe('reset', () => {
  test('is one commit back to the initial state, and forgets all of it in storage', async () => {
    const { store, storage, records, lamp, todos } = await open()
    lamp.watts = 6
    const row = todos.add({}, 'x')
    store.get(User).token = 'hush-hush'
    await store.flush()
    const { revision } = lamp
    records.length = 0
    let heard = 0
    store.listen(() => heard++)
    store.reset()
    expect([lamp.watts, todos.size, store.get(User).token, heard]).toEqual([5, 0, 'none', 1])
    expect(lamp.revision).toBeGreaterThan(revision)
    expect(() => {
      row.title = 'y'
    }).toThrow()
    expect(records).toHaveLength(1)
    await store.flush()
    expect(entriesOf(storage)).toEqual({})
  })

  test('of one definition leaves the others', async () => {
    const { store, storage, lamp, tank } = await open()
    lamp.watts = 6
    tank.level = 1
    store.reset(Lamp)
    expect([lamp.watts, tank.level]).toEqual([5, 1])
    await store.flush()
    expect([...storage.entries.keys()]).toEqual(['model/tank'])
  })

  test('forgets in storage also what happens to equal the initial state', async () => {
    const { store, storage, lamp } = await open()
    lamp.watts = 6
    lamp.watts = 5
    await store.flush()
    expect([...storage.entries.keys()]).toEqual(['model/lamp'])
    store.reset()
    await store.flush()
    expect(entriesOf(storage)).toEqual({})
  })

  test('deletes keys of registered definitions only', async () => {
    const kept = { 'model/other': 1, 'machine/other': 2, 'quarantine/model/lamp': 3, 'meta/seq': 4, 'model/lamp/x': 5 }
    const { store, storage, lamp } = await open(kept)
    lamp.watts = 6
    await store.flush()
    store.reset()
    await store.flush()
    expect(entriesOf(storage)).toEqual(kept)
  })

  test('what a listener or effect writes then is stored, not forgotten', async () => {
    const { store, storage, lamp, tank } = await open()
    lamp.watts = 6
    tank.level = 1
    lamp.listen(() => {
      if (lamp.watts === 5) lamp.colour = 'red'
    })
    effect(() => {
      if (tank.level === 0) tank.size = 50
    })
    store.reset()
    await store.flush()
    expect(entriesOf(storage)).toEqual({
      'model/lamp': { v: 1, d: { on: false, colour: 'red', watts: 5 } },
      'model/tank': { v: 1, d: { level: 0, size: 50 } },
    })
  })

  test('in a transaction that is rolled back forgets nothing, in storage neither', async () => {
    const { store, storage, lamp } = await open()
    lamp.watts = 6
    await store.flush()
    expect(() =>
      store.transaction(() => {
        store.reset()
        expect(lamp.watts).toBe(5)
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(lamp.watts).toBe(6)
    await store.flush()
    expect(storage.entries.get('model/lamp')).toMatchObject({ d: { watts: 6 } })
  })

  test('in a transaction that commits is part of it', async () => {
    const { store, storage, lamp, tank, records } = await open()
    lamp.watts = 6
    await store.flush()
    records.length = 0
    store.transaction(() => {
      store.reset()
      tank.level = 7
      lamp.on = true
    })
    expect(records).toHaveLength(1)
    await store.close()
    const again = await openStore({ storage, state, timers: manualTimers() })
    expect([again.get(Lamp).on, again.get(Lamp).watts, again.get(Tank).level]).toEqual([true, 5, 7])
  })

  test('of what the store does not hold is refused', () => {
    expect(thrown(() => createStore({ state: [Lamp] }).reset(Tank))).toMatchObject({ name: 'NotRegisteredError' })
  })
})

describe('openStore with a snapshot', () => {
  const snapshot: Snapshot = {
    'model/lamp': { v: 1, d: { on: true, colour: 'red', watts: 1 } },
    'model/tank': { v: 1, d: { level: 7, size: 70 } },
    'model/todo/x': { v: 1, d: { title: 'x of snapshot', done: false }, o: 0 },
    'model/todo/y': { v: 1, d: { title: 'y of snapshot', done: false }, o: 1 },
    'model/user': { v: 1, d: { name: 'somebody', token: { $redacted: true } } },
    'model/session': { v: 1, d: { n: 3 } },
  }

  test('fills only what storage lacks, and stores it', async () => {
    const storage = disk({
      'model/lamp': { v: 1, d: { on: false, colour: 'blue', watts: 2 } },
      'model/todo/x': { v: 1, d: { title: 'x of storage', done: true }, o: 0 },
    })
    const store = await openStore({ storage, state, snapshot, timers: manualTimers() })
    expect(store.get(Lamp).colour).toBe('blue')
    expect(store.get(Tank).level).toBe(7)
    expect(store.get(Todos).toJSON()).toEqual({
      x: { title: 'x of storage', done: true },
      y: { title: 'y of snapshot', done: false },
    })
    expect([store.get(Todos).size, store.get(Todos).ids]).toEqual([2, ['x', 'y']])
    expect(store.get(User).toJSON().name).toBe('somebody')
    expect(store.get(User).token).toBe('none')
    expect(store.get(Session).n).toBe(3)
    await store.close()
    const again = await openStore({ storage, state, timers: manualTimers() })
    expect(again.get(Tank).level).toBe(7)
    expect(again.get(Todos).size).toBe(2)
    expect(again.get(User).name).toBe('somebody')
  })

  test('keeps out of storage what is not to be stored: persist: false, transient fields, markers', async () => {
    const Cursor = defineModel(
      'cursor',
      { at: v.number(), over: v.string() },
      { initial: { at: 0, over: '' }, transient: ['over'] },
    )
    const storage = disk()
    const given = { ...snapshot, 'model/cursor': { v: 1, d: { at: 3, over: 'there' } } }
    const store = await openStore({ storage, state: [...state, Cursor], snapshot: given, timers: manualTimers() })
    await store.flush()
    expect(storage.entries.has('model/session')).toBe(false)
    expect(JSON.stringify(storage.entries.get('model/user'))).not.toContain('$redacted')
    expect(JSON.stringify(storage.entries.get('model/cursor'))).not.toContain('over')
  })

  test('does not even look at what storage has', async () => {
    const mine = { v: 1, d: { on: false, colour: 'blue', watts: 2 } }
    const bad = { 'model/lamp': { v: 9, d: 'anything' } }
    const store = await openStore({ storage: disk({ 'model/lamp': mine }), state, snapshot: bad })
    expect(store.get(Lamp).colour).toBe('blue')
    // What is put aside starts from initial, not from the snapshot.
    const broken = disk({ 'model/lamp': { v: 1, d: { watts: 'many' } } })
    const other = await openStore({ storage: broken, state, snapshot, onInvalid: 'quarantine', onError: () => {} })
    expect(other.get(Lamp).toJSON()).toEqual({ on: false, colour: 'white', watts: 5 })
  })

  test('refuses a snapshot that does not fit, the adapter closed', async () => {
    const storage = disk()
    const bad = { 'model/lamp': { v: 1, d: { watts: 'many' } } }
    const opening = openStore({ storage, state, snapshot: bad, timers: manualTimers() })
    await expect(opening).rejects.toBeInstanceOf(HydrationError)
    expect([storage.closed, storage.writes.length]).toEqual([1, 0])
    expect(thrown(() => createStore({ state, snapshot: bad }))).toBeInstanceOf(HydrationError)
  })

  test('a row of a snapshot and one of storage keep an order, and the next one goes to the end', async () => {
    const Only = collection(defineModel('only', { n: v.number() }, { initial: { n: 0 } }))
    const storage = disk({ 'model/only/s': { v: 1, d: { n: 1 }, o: 5 } })
    const given = { 'model/only/t': { v: 1, d: { n: 2 }, o: 9 }, 'model/only/r': { v: 1, d: { n: 3 }, o: 1 } }
    const store = await openStore({ storage, state: [Only], snapshot: given, timers: manualTimers() })
    store.get(Only).add({}, 'u')
    expect(store.get(Only).ids).toEqual(['r', 's', 't', 'u'])
    await store.close()
    const again = await openStore({ storage, state: [Only], timers: manualTimers() })
    expect(again.get(Only).ids).toEqual(['r', 's', 't', 'u'])
  })
})
