import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import {
  type CommitRecord,
  collection,
  createStore,
  type Definition,
  defineModel,
  memoryStorage,
  type OnInvalid,
  openStore,
  type Phase,
  type Snapshot,
  type Status,
  type StorageAdapter,
  type StorageError,
  type Store,
  type StoreTracer,
} from '../index.ts'

const Telemetry = defineModel(
  'telemetry',
  { temperature: v.number(), unit: v.picklist(['C', 'F']), since: v.pipe(v.string(), v.transform(Number)) },
  { initial: { temperature: 20, unit: 'C', since: '0' }, computed: { warm: (t) => t.temperature > 20 } },
)
const Todo = defineModel(
  'todo',
  { title: v.string(), done: v.optional(v.boolean(), false) },
  { initial: { title: '' } },
)
const Todos = collection(Todo, { index: { byDone: (row) => row.done } })

declare const store: Store

describe('openStore and createStore', () => {
  test('answer a store, one at once and one later', () => {
    expectTypeOf(
      openStore({ storage: memoryStorage(), state: [Telemetry, Todos], name: 'app', tracers: [] }),
    ).toEqualTypeOf<Promise<Store>>()
    expectTypeOf(createStore({ state: [Telemetry] })).toEqualTypeOf<Store>()
    expectTypeOf(createStore()).toEqualTypeOf<Store>()
    expectTypeOf(openStore()).toEqualTypeOf<Promise<Store>>()
    expectTypeOf(memoryStorage()).toEqualTypeOf<StorageAdapter>()
  })

  test('take what they know, and nothing else', () => {
    // @ts-expect-error: createStore is on memory
    createStore({ storage: memoryStorage() })
    // @ts-expect-error: no such option
    void openStore({ states: [] })
    // @ts-expect-error: a policy is a word or a function
    createStore({ onInvalid: 'ignore' })
    // @ts-expect-error: fields are no definition
    createStore({ state: [{ temperature: v.number() }] })
    expectTypeOf<OnInvalid>().extract<string>().toEqualTypeOf<'throw' | 'quarantine'>()
  })

  test('onError gets the phase', () => {
    createStore({
      onError: (error, about) => {
        expectTypeOf(error).toBeUnknown()
        expectTypeOf(about).toEqualTypeOf<{ phase: Phase }>()
      },
    })
    expectTypeOf<Phase>().toEqualTypeOf<
      'storage' | 'recovery' | 'subscriber' | 'listener' | 'effect' | 'handler' | 'tracer'
    >()
  })
})

describe('get and load', () => {
  test('are typed by the definition', () => {
    const telemetry = store.get(Telemetry)
    expectTypeOf(telemetry.temperature).toEqualTypeOf<number>()
    expectTypeOf(telemetry.unit).toEqualTypeOf<'C' | 'F'>()
    expectTypeOf(telemetry.since).toEqualTypeOf<number>()
    expectTypeOf(telemetry.warm).toEqualTypeOf<boolean>()
    expectTypeOf(telemetry.revision).toEqualTypeOf<number>()
    expectTypeOf(store.load(Telemetry)).toEqualTypeOf(telemetry)
    expectTypeOf(store.get(Todos).get('7')?.title).toEqualTypeOf<string | undefined>()
    expectTypeOf(store.get(Todos).add({ title: 'x' }).$id).toEqualTypeOf<string>()
    store.get(Todos).where('byDone', true)
  })

  test('refuse what is not there', () => {
    const telemetry = store.get(Telemetry)
    // @ts-expect-error: not a field
    telemetry.pressure = 1
    // @ts-expect-error: not a unit
    telemetry.unit = 'K'
    // @ts-expect-error: computed values are read only
    telemetry.warm = true
    // @ts-expect-error: not an index
    store.get(Todos).where('byOwner', 1)
    // @ts-expect-error: a name is no definition
    store.get('telemetry')
  })
})

describe('transaction', () => {
  test('answers what its function answers', () => {
    expectTypeOf(store.transaction(() => 7)).toEqualTypeOf<number>()
    expectTypeOf(store.transaction(() => {})).toEqualTypeOf<void>()
    expectTypeOf(store.transaction(() => ({ a: 1 }))).toEqualTypeOf<{ a: number }>()
  })

  test('refuses a function that answers with a promise', () => {
    // @ts-expect-error: a transaction is synchronous: use store.lock()
    store.transaction(async () => {})
    // @ts-expect-error: the same without the word async
    store.transaction(() => Promise.resolve(1))
    // @ts-expect-error: and so for one that only sometimes does
    store.transaction(() => (Math.random() > 0.5 ? Promise.resolve(1) : 1))
  })
})

describe('checkout', () => {
  test('is the model and what a draft can do', () => {
    const draft = store.checkout(Telemetry)
    expectTypeOf(draft.unit).toEqualTypeOf<'C' | 'F'>()
    expectTypeOf(draft.commit()).toEqualTypeOf<void>()
    draft.commit({ force: true })
    // @ts-expect-error: no such option
    draft.commit({ forced: true })
    expectTypeOf(draft.rebase).returns.toEqualTypeOf<void>()
    expectTypeOf(draft.changes().temperature).toEqualTypeOf<{ before: number; after: number } | undefined>()
    const row = store.get(Todos).add()
    expectTypeOf(store.checkout(row).title).toEqualTypeOf<string>()
    expectTypeOf(store.checkout(row).$id).toEqualTypeOf<string>()
    expectTypeOf(store.checkout(store.get(Telemetry)).temperature).toEqualTypeOf<number>()
    // @ts-expect-error: not a unit
    draft.unit = 'K'
    // @ts-expect-error: a live model has nothing to commit
    store.get(Telemetry).commit()
  })
})

describe('lock', () => {
  test('hands out a draft for each, in order, and answers what the callback answers', () => {
    const row = store.get(Todos).add()
    const done = store.lock(
      [Telemetry, row],
      async (telemetry, todo) => {
        expectTypeOf(telemetry.temperature).toEqualTypeOf<number>()
        expectTypeOf(telemetry.commit).toBeFunction()
        expectTypeOf(todo.title).toEqualTypeOf<string>()
        expectTypeOf(todo.$id).toEqualTypeOf<string>()
        // @ts-expect-error: a todo has no unit
        void todo.unit
        return 'done' as const
      },
      { timeout: 5, signal: new AbortController().signal },
    )
    expectTypeOf(done).toEqualTypeOf<Promise<'done'>>()
    expectTypeOf(store.lock([Telemetry], () => 7)).toEqualTypeOf<Promise<number>>()
    // @ts-expect-error: two models, three drafts
    void store.lock([Telemetry, row], (_a, _b, _c) => {})
    // @ts-expect-error: a list, even of one
    void store.lock(Telemetry, () => {})
  })

  test('takes no collection: its rows can be locked', () => {
    // @ts-expect-error: no draft can be made of a collection
    void store.lock([Todos], () => {})
  })
})

describe('subscribe', () => {
  test('gets the snapshot of a model', () => {
    const stop = store.subscribe(Telemetry, (snapshot, commit) => {
      expectTypeOf(snapshot.temperature).toEqualTypeOf<number>()
      expectTypeOf(snapshot.unit).toEqualTypeOf<'C' | 'F'>()
      expectTypeOf(commit).toEqualTypeOf<CommitRecord>()
      // @ts-expect-error: a snapshot is data
      snapshot.set({})
    })
    expectTypeOf(stop).toEqualTypeOf<() => void>()
    store.subscribe(Telemetry, async () => {}, { signal: new AbortController().signal })
  })

  test('gets a map of rows from a collection, undefined for deleted ones', () => {
    const check = (rows: ReadonlyMap<string, { title: string; done: boolean } | undefined>) => rows
    store.subscribe(Todos, (rows) => {
      expectTypeOf(rows.get('7')?.title).toEqualTypeOf<string | undefined>()
      check(rows)
      // @ts-expect-error: it is read only
      rows.clear()
    })
    store.subscribe(store.get(Todos), (rows) => void rows.size)
  })

  test('gets undefined when its row is deleted', () => {
    store.subscribe(store.get(Todos).add(), (snapshot) => {
      expectTypeOf(snapshot).toEqualTypeOf<{ title: string; done: boolean } | undefined>()
    })
  })

  test('of a live model is as of its definition: it cannot be deleted', () => {
    store.subscribe(store.get(Telemetry), (snapshot) => {
      expectTypeOf(snapshot.temperature).toEqualTypeOf<number>()
    })
  })
})

describe('the rest', () => {
  test('status, errors, snapshots, waiting', () => {
    expectTypeOf(store.status).toEqualTypeOf<Status>()
    expectTypeOf<Status>().toEqualTypeOf<'saved' | 'saving' | 'failed' | 'memory' | 'disconnected'>()
    expectTypeOf(store.storageError).toEqualTypeOf<StorageError | undefined>()
    expectTypeOf(store.snapshot()).toEqualTypeOf<Snapshot>()
    expectTypeOf(store.snapshot({ redacted: true })).toEqualTypeOf<Snapshot>()
    expectTypeOf(store.hydrate({}, { persist: false })).toEqualTypeOf<void | Promise<void>>()
    expectTypeOf(store.flush({ timeout: 1 })).toEqualTypeOf<Promise<void>>()
    expectTypeOf(store.close()).toEqualTypeOf<Promise<void>>()
    expectTypeOf(store.listen(() => {})).toEqualTypeOf<() => void>()
    // @ts-expect-error: read only
    store.status = 'saved'
    // @ts-expect-error: read only
    store.name = 'other'
    store.reset(Telemetry)
    store.reset()
    // @ts-expect-error: a live model is no definition
    store.reset(store.get(Telemetry))
  })

  test('a tracer may have any of its methods', () => {
    const tracer: StoreTracer = { commit: ({ seq }) => void seq }
    expectTypeOf(store.trace(tracer)).toEqualTypeOf<() => void>()
    expectTypeOf<CommitRecord['origin']>().toEqualTypeOf<'local' | 'hydrate' | 'storage' | 'remote' | 'devtools'>()
    // @ts-expect-error: a record is read only
    store.trace({ commit: (record) => record.changes.push() })
  })

  test('a definition is one of something', () => {
    expectTypeOf(Telemetry).toExtend<Definition<{ readonly warm: boolean }>>()
    expectTypeOf(Todos).toExtend<Definition<Iterable<{ title: string }>>>()
  })
})
