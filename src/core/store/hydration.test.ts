import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import {
  collection,
  createStore,
  DefinitionError,
  defineModel,
  HydrationError,
  type Invalid,
  memoryStorage,
  type OnInvalid,
  openStore,
  type StoreOptions,
} from '../index.ts'
import { Lamp, Tank, Todos, User } from './fixtures/definitions.ts'
import { type Disk, disk, entriesOf, settled } from './fixtures/disk.ts'
import { rejected, reports, thrown } from './fixtures/reports.ts'

const open = async (storage: Disk, options: StoreOptions) => {
  const { onError, list, errors } = reports()
  const store = await openStore({ storage, timers: manualTimers(), onError, ...options })
  return { store, list, errors }
}

const lamp = (watts: unknown) => ({ v: 1, d: { on: false, colour: 'white', watts } })

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

describe('what is stored', () => {
  test('with a step of migration missing is a DefinitionError, the storage closed and untouched', async () => {
    const Gap = defineModel('clock', { n: v.number() }, { initial: { n: 0 }, version: 3, migrate: { 2: (old) => old } })
    const storage = disk({ 'model/clock': { v: 1, d: { n: 1 } } })
    const before = entriesOf(storage)
    for (const onInvalid of ['throw', 'quarantine'] as const) {
      const error = await rejected(open(storage, { state: [Gap], onInvalid }))
      expect(error).toBeInstanceOf(DefinitionError)
      expect((error as Error).message).toMatch(/clock.*1.*2/)
    }
    expect(storage.closed).toBe(storage.opened)
    expect(entriesOf(storage)).toEqual(before)
  })

  test('whose migration throws is invalid, not lost', async () => {
    const Odd = defineModel(
      'clock',
      { n: v.number() },
      {
        initial: { n: 0 },
        version: 2,
        migrate: {
          1: () => {
            throw new Error('cannot')
          },
        },
      },
    )
    const raw = { v: 1, d: { n: 1 } }
    const error = (await rejected(open(disk({ 'model/clock': raw }), { state: [Odd] }))) as HydrationError
    expect(error).toBeInstanceOf(HydrationError)
    expect(error.message).toContain('cannot')
    const storage = disk({ 'model/clock': raw })
    await (await open(storage, { state: [Odd], onInvalid: 'quarantine' })).store.flush()
    expect(entriesOf(storage)).toEqual({ 'quarantine/model/clock': raw })
  })

  test('that is no entry at all is invalid', async () => {
    for (const raw of [
      null,
      7,
      'text',
      [],
      {},
      { v: 0, d: {} },
      { v: 1.5, d: {} },
      { v: 1 },
      { v: 1, d: null },
      { v: 1, d: 3 },
    ]) {
      const error = await rejected(open(disk({ 'model/lamp': raw }), { state: [Lamp] }))
      expect([JSON.stringify(raw), error]).toEqual([JSON.stringify(raw), expect.any(HydrationError)])
    }
  })

  test('that breaks the cross-field check is invalid', async () => {
    const storage = disk({ 'model/tank': { v: 1, d: { level: 500, size: 100 } } })
    const error = (await rejected(open(storage, { state: [Tank] }))) as HydrationError
    expect(error.entries).toEqual([{ key: 'model/tank', issues: [{ path: [], message: 'spills over' }] }])
  })

  test('keeps redacted values, for this is their own storage', async () => {
    const storage = disk()
    const { store } = await open(storage, { state: [User] })
    store.get(User).token = 'hush-hush'
    await store.close()
    const again = await open(storage, { state: [User] })
    expect(again.store.get(User).token).toBe('hush-hush')
  })

  test('of a definition with persist: false is nothing', async () => {
    const Session = defineModel('session', { n: v.number() }, { initial: { n: 0 }, persist: false })
    const storage = disk()
    const { store } = await open(storage, { state: [Session, Lamp] })
    store.get(Session).n = 1
    store.transaction(() => {
      store.get(Session).n = 2
      store.get(Lamp).on = true
    })
    await store.flush()
    expect(storage.writes.flat().flatMap((commit) => [...commit.keys()])).toEqual(['model/lamp'])
    expect(store.get(Session).n).toBe(2)
  })

  test('calls nobody: loading is no commit', async () => {
    const storage = disk({ 'model/lamp': lamp(9) })
    const seen: unknown[] = []
    const { store } = await open(storage, { state: [Lamp], tracers: [{ commit: (record) => seen.push(record) }] })
    await settled()
    expect(seen).toEqual([])
    expect(store.get(Lamp).revision).toBe(0)
    store.get(Lamp).watts = 1
    expect(seen).toMatchObject([{ seq: 1 }])
  })
})

describe('onInvalid', () => {
  const bad = () =>
    disk({
      'model/lamp': lamp('many'),
      'model/tank': { v: 1, d: { level: 3, size: 50 } },
      'model/todo/a': { v: 1, d: { title: 7, done: 'no' }, o: 0 },
      'model/todo/b': { v: 1, d: { title: 'b' }, o: 1 },
    })
  const state = [Lamp, Tank, Todos]

  test('throw is the default: one HydrationError names all bad keys and issues, the adapter closed first', async () => {
    const storage = bad()
    const before = entriesOf(storage)
    const error = (await rejected(open(storage, { state }))) as HydrationError
    expect(error).toBeInstanceOf(HydrationError)
    expect(error.entries.map(({ key, issues }) => [key, issues.map(({ path }) => path.join('.'))])).toEqual([
      ['model/lamp', ['watts']],
      ['model/todo/a', ['title', 'done']],
    ])
    for (const part of ['model/lamp', 'model/todo/a', 'watts', 'title', 'done']) expect(error.message).toContain(part)
    expect([storage.opened, storage.closed, storage.writes.length]).toEqual([1, 1, 0])
    expect(entriesOf(storage)).toEqual(before)
  })

  test('an adapter that cannot be closed then does not hide why', async () => {
    const storage = bad()
    storage.closing = new Error('busy')
    expect(await rejected(open(storage, { state }))).toBeInstanceOf(HydrationError)
  })

  test('what is in quarantine is no trouble of the next start', async () => {
    const storage = bad()
    const { store, list, errors } = await open(storage, { state, onInvalid: 'quarantine' })
    expect(list).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(HydrationError)
    expect((errors[0] as HydrationError).entries.map(({ key }) => key)).toEqual(['model/lamp', 'model/todo/a'])
    await store.flush()
    expect(storage.writes.flat()).toHaveLength(1)
    store.get(Lamp).watts = 6
    store.get(Todos).add({}, 'a')
    await store.close()
    const again = await open(storage, { state })
    expect(again.list).toEqual([])
    expect([again.store.get(Lamp).watts, again.store.get(Todos).ids]).toEqual([6, ['b', 'a']])
  })

  test('quarantine never overwrites what is in quarantine already', async () => {
    const storage = disk({ 'model/lamp': lamp('many'), 'quarantine/model/lamp': lamp('few') })
    const { store } = await open(storage, { state: [Lamp], onInvalid: 'quarantine' })
    await store.flush()
    const kept = JSON.stringify([...storage.entries].filter(([key]) => key.startsWith('quarantine/')))
    expect(kept).toContain('many')
    expect(kept).toContain('few')
  })

  test('a function decides for each: throw, quarantine, or better data', async () => {
    const storage = bad()
    const asked: Invalid[] = []
    const onInvalid: OnInvalid = (invalid) => {
      asked.push(invalid)
      return invalid.key === 'model/lamp' ? { use: { watts: 60 } } : 'quarantine'
    }
    const { store } = await open(storage, { state, onInvalid })
    expect(asked.map(({ key }) => key)).toEqual(['model/lamp', 'model/todo/a'])
    expect(asked[0]?.value).toEqual(lamp('many'))
    expect(asked[0]?.issues[0]?.path).toEqual(['watts'])
    expect(store.get(Lamp).watts).toBe(60)
    expect(store.get(Todos).ids).toEqual(['b'])
    const other = bad()
    const error = await rejected(
      open(other, { state, onInvalid: ({ key }) => (key === 'model/lamp' ? 'throw' : 'quarantine') }),
    )
    expect((error as HydrationError).entries.map(({ key }) => key)).toEqual(['model/lamp'])
    expect(other.writes).toEqual([])
  })

  test('better data is validated as well', async () => {
    const storage = bad()
    const error = await rejected(open(storage, { state, onInvalid: () => ({ use: { watts: 'still', title: 'x' } }) }))
    expect((error as HydrationError).entries.map(({ key }) => key)).toEqual(['model/lamp'])
  })

  test('better data outlives the next start', async () => {
    const storage = disk({ 'model/lamp': lamp('many') })
    const { store } = await open(storage, { state: [Lamp], onInvalid: () => ({ use: { watts: 60 } }) })
    await store.close()
    // What did not validate is not dropped: either it is still there, raw, or what replaced it is.
    const left = storage.entries.get('model/lamp')
    expect([lamp('many'), lamp(60)]).toContainEqual(left)
  })

  test('a function that throws closes the adapter and comes out', async () => {
    const storage = bad()
    const mine = new Error('mine')
    const error = await rejected(
      open(storage, {
        state,
        onInvalid: () => {
          throw mine
        },
      }),
    )
    expect(error).toBe(mine)
    expect(storage.closed).toBe(1)
  })

  test('data newer than the code is a HydrationError whatever the policy, and never overwritten', async () => {
    const newer = { v: 4, d: { hours: 1, zone: 'UTC', tags: [], more: true } }
    const storage = disk({ 'model/clock': newer })
    const policies: OnInvalid[] = ['throw', 'quarantine', () => 'quarantine', () => ({ use: { hours: 2 } })]
    for (const onInvalid of policies) {
      const error = await rejected(open(storage, { state: [Clock], onInvalid }))
      expect(error).toBeInstanceOf(HydrationError)
      expect((error as Error).message).toMatch(/newer/)
    }
    const { store } = await open(storage, { state: [] })
    for (const onInvalid of policies)
      expect(thrown(() => store.load(Clock, { onInvalid }))).toBeInstanceOf(HydrationError)
    await store.close()
    expect(entriesOf(storage)).toEqual({ 'model/clock': newer })
  })

  test('words about a redacted field do not quote it', async () => {
    const storage = disk({ 'model/user': { v: 1, d: { name: 'n', token: 4_711 } } })
    const error = (await rejected(open(storage, { state: [User] }))) as HydrationError
    expect(error.entries[0]?.issues[0]?.path).toEqual(['token'])
    expect(JSON.stringify([error.message, error.entries])).not.toContain('4711')
  })
})

describe('unregistered names', () => {
  test('are kept untouched', async () => {
    const entries = {
      'model/other': { v: 9, d: 'anything' },
      'model/todo': { v: 1, d: {} },
      'model/lamp/x': { v: 1, d: {} },
      'machine/door': { v: 1, d: {} },
      'meta/seq': 7,
      'quarantine/model/x': 'odd',
    }
    const storage = disk({ ...entries, 'model/lamp': lamp(9) })
    const { store } = await open(storage, { state: [Lamp, Todos] })
    store.get(Lamp).watts = 1
    store.get(Todos).add({}, 'x')
    await store.flush()
    store.reset()
    await store.close()
    expect(entriesOf(storage)).toMatchObject(entries)
  })

  test('can be loaded later, with what was stored', async () => {
    const storage = disk({ 'model/lamp': lamp(9), 'model/todo/a': { v: 1, d: { title: 'a' }, o: 0 } })
    const { store } = await open(storage, { state: [Tank] })
    expect(thrown(() => store.get(Lamp))).toMatchObject({ name: 'NotRegisteredError' })
    const live = store.load(Lamp)
    expect(live.watts).toBe(9)
    expect(store.get(Lamp)).toBe(live)
    expect(store.load(Lamp)).toBe(live)
    expect(store.load(Todos).ids).toEqual(['a'])
    live.watts = 10
    await store.flush()
    expect(storage.entries.get('model/lamp')).toEqual(lamp(10))
  })

  test('that do not validate when loaded can be loaded by another policy', async () => {
    const storage = disk({ 'model/lamp': lamp('many') })
    const { store } = await open(storage, { state: [] })
    expect(thrown(() => store.load(Lamp))).toBeInstanceOf(HydrationError)
    expect(thrown(() => store.get(Lamp))).toMatchObject({ name: 'NotRegisteredError' })
    expect(entriesOf(storage)).toEqual({ 'model/lamp': lamp('many') })
    expect(store.load(Lamp, { onInvalid: 'quarantine' }).watts).toBe(5)
    await store.flush()
    expect(entriesOf(storage)).toEqual({ 'quarantine/model/lamp': lamp('many') })
  })

  test('one name is one definition', async () => {
    const Twin = defineModel('lamp', { n: v.number() }, { initial: { n: 0 } })
    expect(thrown(() => createStore({ state: [Lamp, Twin] }))).toBeInstanceOf(DefinitionError)
    expect(thrown(() => createStore({ state: [Lamp, collection(Lamp)] }))).toBeInstanceOf(DefinitionError)
    const store = createStore({ state: [Lamp, Lamp] })
    expect(thrown(() => store.load(Twin))).toBeInstanceOf(DefinitionError)
    expect(store.get(Lamp).watts).toBe(5)
  })
})

test('an adapter that cannot open says so, and openStore rejects with that', async () => {
  const storage = memoryStorage()
  const mine = new Error('no disk')
  const broken = { ...storage, open: () => Promise.reject(mine) }
  expect(await rejected(openStore({ storage: broken, state: [Lamp] }))).toBe(mine)
})
