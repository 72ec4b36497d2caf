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
  openStore,
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
  test('is frozen', async () => {
    expect(Object.isFrozen((await open()).store.snapshot())).toBe(true)
  })

  test('carries redacted values when asked', async () => {
    const { store } = await open()
    store.get(User).token = 'hush-hush'
    expect(store.snapshot({ redacted: true })['model/user']?.d).toEqual({ name: 'nobody', token: 'hush-hush' })
  })
})

describe('hydrate', () => {
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

  test('at birth refuses a row id that storage could not hold', () => {
    const snapshot = { 'model/todo/../x': { v: 1, d: {} } }
    expect(thrown(() => createStore({ state, snapshot }))).toBeInstanceOf(HydrationError)
  })

  test('without a migration is a DefinitionError', () => {
    const Gap = defineModel('lamp', { power: v.number() }, { initial: { power: 0 }, version: 2 })
    const store = createStore({ state: [Gap] })
    expect(thrown(() => store.hydrate({ 'model/lamp': { v: 1, d: {} } }))).toBeInstanceOf(DefinitionError)
  })

  test('takes a redacted value that is given', async () => {
    const { store } = await open()
    const user = store.get(User)
    user.token = 'hush-hush'
    const full = travelled(store.snapshot({ redacted: true }))
    user.token = 'something else'
    store.hydrate(full)
    expect(user.token).toBe('hush-hush')
  })

  test('puts rows in the order of the snapshot, those that were there and those that were not', () => {
    const store = createStore({ state })
    for (const id of ['a', 'b', 'c']) store.get(Todos).add({}, id)
    const elsewhere = createStore({ state })
    elsewhere.get(Todos).add({}, 'c')
    elsewhere.get(Todos).add({}, 'b')
    elsewhere.hydrate(travelled(store.snapshot()))
    expect(elsewhere.get(Todos).ids).toEqual(['a', 'b', 'c'])
    elsewhere.get(Todos).add({}, 'd')
    expect(elsewhere.get(Todos).ids).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('reset', () => {
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

  test('stores what it took of it', async () => {
    const storage = disk({ 'model/todo/x': { v: 1, d: { title: 'x of storage', done: true }, o: 0 } })
    const store = await openStore({ storage, state, snapshot, timers: manualTimers() })
    await store.close()
    const again = await openStore({ storage, state, timers: manualTimers() })
    expect(again.get(Tank).level).toBe(7)
    expect(again.get(Todos).toJSON()).toEqual({
      x: { title: 'x of storage', done: true },
      y: { title: 'y of snapshot', done: false },
    })
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
