import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import {
  type CommitRecord,
  collection,
  createStore,
  defineModel,
  effect,
  isRedacted,
  openStore,
  REDACTED,
  type Store,
  ValidationError,
} from '../index.ts'
import { counter } from './fixtures/counter.ts'
import { Lamp, Tank, Todos, User } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { reports, thrown } from './fixtures/reports.ts'

const setup = () => {
  const timers = manualTimers(1_000)
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp, Tank, Todos, User], timers, onError })
  const records: CommitRecord[] = []
  const stop = store.trace({ commit: (record) => records.push(record) })
  const changes = () => records.flatMap((record) => record.changes)
  return { store, timers, list, records, changes, stop, lamp: store.get(Lamp), todos: store.get(Todos) }
}

describe('a commit record', () => {
  test('has seq from 1, time, origin, changes and transitions, and is frozen', () => {
    const { timers, records, lamp } = setup()
    timers.advance(234)
    lamp.watts = 6
    timers.advance(1)
    lamp.set({ watts: 7, on: true })
    expect(records).toEqual([
      {
        seq: 1,
        time: 1_234,
        origin: 'local',
        changes: [{ key: 'model/lamp', field: 'watts', before: 5, after: 6 }],
        transitions: [],
      },
      {
        seq: 2,
        time: 1_235,
        origin: 'local',
        changes: [
          { key: 'model/lamp', field: 'on', before: false, after: true },
          { key: 'model/lamp', field: 'watts', before: 6, after: 7 },
        ],
        transitions: [],
      },
    ])
    expect(Object.isFrozen(records[0])).toBe(true)
    expect(Object.isFrozen(records[0]?.changes)).toBe(true)
  })

  test('seq counts every commit, those without a record too', () => {
    const { records, lamp, stop, store } = setup()
    lamp.watts = 6
    stop()
    lamp.watts = 7
    store.transaction(() => {
      lamp.watts = 8
    })
    store.trace({ commit: (record) => records.push(record) })
    lamp.watts = 9
    expect(records.map(({ seq }) => seq)).toEqual([1, 4])
  })

  test('names each field once: from before the commit to after it', () => {
    const { store, changes, lamp } = setup()
    store.transaction(() => {
      lamp.watts = 6
      lamp.colour = 'red'
      lamp.watts = 7
      lamp.on = true
      lamp.on = false
    })
    expect(changes()).toEqual([
      { key: 'model/lamp', field: 'watts', before: 5, after: 7 },
      { key: 'model/lamp', field: 'colour', before: 'white', after: 'red' },
    ])
  })

  test('says nothing of what was undone', () => {
    const { store, changes, lamp, todos } = setup()
    store.transaction(() => {
      lamp.watts = 6
      expect(() =>
        store.transaction(() => {
          lamp.watts = 7
          lamp.on = true
          todos.add({}, 'x')
          throw new Error('no')
        }),
      ).toThrow('no')
    })
    expect(changes()).toEqual([{ key: 'model/lamp', field: 'watts', before: 5, after: 6 }])
  })

  test('has a row whole when it came or went, and its fields when it stayed', () => {
    const { store, records, todos } = setup()
    const x = todos.add({ title: 'x' }, 'x')
    x.title = 'y'
    store.transaction(() => {
      x.title = 'z'
      todos.delete('x')
    })
    expect(records.map((record) => record.changes)).toEqual([
      [{ key: 'model/todo/x', before: undefined, after: { title: 'x', done: false } }],
      [{ key: 'model/todo/x', field: 'title', before: 'x', after: 'y' }],
      [{ key: 'model/todo/x', before: { title: 'y', done: false }, after: undefined }],
    ])
  })

  test('has a new row with the values it ends with, and none of one that came and went', () => {
    const { store, records, todos } = setup()
    store.transaction(() => {
      const x = todos.add({ title: 'x' }, 'x')
      x.done = true
      todos.add({}, 'y')
      todos.delete('y')
    })
    expect(records.map((record) => record.changes)).toEqual([
      [{ key: 'model/todo/x', before: undefined, after: { title: 'x', done: true } }],
    ])
  })

  test('keeps its values, which are frozen', () => {
    const List = defineModel('list', { items: v.array(v.number()) }, { initial: { items: [1] } })
    const store = createStore({ state: [List] })
    const records: CommitRecord[] = []
    store.trace({ commit: (record) => records.push(record) })
    store.get(List).items = [1, 2]
    store.get(List).items = []
    const [change] = records[0]?.changes ?? []
    expect([change?.before, change?.after]).toEqual([[1], [1, 2]])
    expect(Object.isFrozen(change?.after)).toBe(true)
  })

  test('carries the transitions of machines, in order', () => {
    const Door = counter('door')
    const Gate = counter('gate')
    const store = createStore({ state: [Door, Gate] })
    const records: CommitRecord[] = []
    store.trace({ commit: (record) => records.push(record) })
    store.get(Door).drain(() => void store.get(Gate).submit())
    store.get(Gate).submit()
    expect(records.map(({ transitions }) => transitions)).toEqual([
      [
        { machine: 'door', tick: 1 },
        { machine: 'gate', tick: 1 },
      ],
      [{ machine: 'gate', tick: 2 }],
    ])
  })

  test('is made only when a tracer, or a subscriber of a touched model, exists', async () => {
    const timers = manualTimers()
    let asked = 0
    const counting = { ...timers, now: () => ++asked }
    const store = createStore({ state: [Lamp, Tank], timers: counting })
    store.get(Lamp).watts = 6
    store.transaction(() => {
      store.get(Lamp).watts = 7
    })
    const unsubscribe = store.subscribe(Tank, () => {})
    store.get(Lamp).watts = 8
    expect(asked).toBe(0)
    store.get(Tank).level = 1
    expect(asked).toBe(1)
    unsubscribe()
    store.get(Tank).level = 2
    expect(asked).toBe(1)
    const stop = store.trace({})
    store.get(Lamp).watts = 9
    expect(asked).toBe(2)
    stop()
    store.get(Lamp).watts = 10
    expect(asked).toBe(2)
  })

  test('says where a commit came from', async () => {
    const { store, records, lamp } = setup()
    lamp.watts = 6
    store.hydrate({ 'model/lamp': { v: 1, d: { watts: 7 } } })
    store.reset()
    await store.lock([Lamp], (draft) => {
      draft.watts = 8
    })
    expect(records.map(({ origin }) => origin)).toEqual(['local', 'hydrate', 'local', 'local'])
  })
})

describe('a tracer', () => {
  test('given at birth or later is told of commits, status and errors', async () => {
    const log: string[] = []
    const tracer = (name: string) => ({
      commit: ({ seq }: CommitRecord, store: object) => log.push(`${name} commit ${seq} of ${(store as Store).name}`),
      status: (status: string) => log.push(`${name} ${status}`),
      error: (error: unknown, { phase }: { phase: string }) => log.push(`${name} ${phase} ${(error as Error).message}`),
    })
    const { onError, list } = reports()
    const store = await openStore({
      storage: disk(),
      state: [Lamp],
      name: 'app',
      tracers: [tracer('one')],
      timers: manualTimers(),
      onError,
    })
    const stop = store.trace(tracer('two'))
    store.listen(() => {
      throw new Error('listener')
    })
    store.get(Lamp).on = true
    await store.flush()
    await settled()
    stop()
    store.get(Lamp).on = false
    expect(log).toEqual([
      'one saving',
      'two saving',
      'one listener listener',
      'two listener listener',
      'one commit 1 of app',
      'two commit 1 of app',
      'one saved',
      'two saved',
      'one saving',
      'one listener listener',
      'one commit 2 of app',
    ])
    expect(list).toEqual(['listener: listener', 'listener: listener'])
  })

  test('that throws in any of its methods goes to onError, and stops nothing', async () => {
    const { onError, list } = reports()
    const fail = (what: string) => () => {
      throw new Error(what)
    }
    const store = await openStore({
      storage: disk(),
      state: [Lamp],
      tracers: [{ commit: fail('commit'), status: fail('status'), error: fail('error') }],
      timers: manualTimers(),
      onError,
    })
    const lamp = store.get(Lamp)
    const seen: number[] = []
    effect(() => void seen.push(lamp.watts))
    store.listen(fail('listener'))
    lamp.watts = 6
    await store.flush()
    await settled()
    expect(seen).toEqual([5, 6])
    expect(list.sort()).toEqual([
      'listener: listener',
      'tracer: commit',
      'tracer: error',
      'tracer: status',
      'tracer: status',
    ])
  })

  test('that stops another one, or itself, while it is told, disturbs no one', () => {
    const { store, lamp } = setup()
    const log: string[] = []
    const stop = store.trace({
      commit: () => {
        log.push('one')
        stop()
      },
    })
    store.trace({ commit: () => log.push('two') })
    lamp.watts = 6
    lamp.watts = 7
    expect(log).toEqual(['one', 'two', 'two'])
  })

  test('that writes makes a new commit, told after this one', () => {
    const { store, lamp } = setup()
    const log: string[] = []
    store.trace({
      commit: ({ seq }) => {
        log.push(`one ${seq}`)
        if (seq === 1) lamp.watts = 7
      },
    })
    store.trace({ commit: ({ seq }) => log.push(`two ${seq}`) })
    lamp.watts = 6
    expect(log).toEqual(['one 1', 'two 1', 'one 2', 'two 2'])
  })
})

describe('redacted values', () => {
  const Users = collection(
    defineModel(
      'member',
      { name: v.string(), pin: v.pipe(v.string(), v.regex(/^\d+$/, 'no digits in secret-pin')) },
      {
        initial: { name: '', pin: '0' },
        redact: ['pin'],
      },
    ),
  )

  test('stand as a marker in records, of fields and of whole rows', () => {
    const store = createStore({ state: [User, Users] })
    const records: CommitRecord[] = []
    store.trace({ commit: (record) => records.push(record) })
    store.get(User).token = 'hush-hush'
    const row = store.get(Users).add({ name: 'n', pin: '4711' }, 'm')
    store.transaction(() => {
      row.pin = '4712'
      store.get(Users).delete('m')
    })
    expect(records).toHaveLength(3)
    expect(JSON.stringify(records)).not.toMatch(/hush|471|none/)
    const [change] = records[0]?.changes ?? []
    expect([change?.field, isRedacted(change?.before), isRedacted(change?.after)]).toEqual(['token', true, true])
    expect(records[1]?.changes[0]?.after).toEqual({ name: 'n', pin: REDACTED })
    expect(records[2]?.changes[0]?.before).toEqual({ name: 'n', pin: REDACTED })
  })

  test('are not in errors, neither as value nor in what the schema said', () => {
    const store = createStore({ state: [User, Users] })
    const ways = [
      () => {
        store.get(User).token = 'hu'
      },
      () => store.get(User).set({ name: 'x', token: 'hu' }),
      () => store.get(Users).add({ pin: 'secret-pin' }),
      () => store.get(Users).put('x', { name: 'x', pin: 'secret-pin' }),
    ]
    for (const way of ways) {
      const error = thrown(way) as ValidationError
      expect(error).toBeInstanceOf(ValidationError)
      expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(/"hu"|secret-pin/)
      expect(isRedacted(error.value)).toBe(true)
      expect(['token', 'pin']).toContain(error.issues[0]?.path[0])
    }
  })

  test('live in memory, in an effect, in a listener', () => {
    const store = createStore({ state: [User] })
    const user = store.get(User)
    const seen: string[] = []
    effect(() => void seen.push(user.token))
    user.token = 'hush-hush'
    expect(seen).toEqual(['none', 'hush-hush'])
  })
})
