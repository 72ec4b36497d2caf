import * as v from 'valibot'
import { expect, test, vi } from 'vitest'

// How many signals are made: a signal cell exists only for a field whose accessor was read (where it matters: tracked).

const made = vi.hoisted(() => ({ count: 0 }))
vi.mock('@preact/signals-core', async (original) => {
  const real = await original<typeof import('@preact/signals-core')>()
  return {
    ...real,
    signal: (value: unknown) => {
      made.count++
      return real.signal(value)
    },
    computed: (fn: () => unknown) => {
      made.count++
      return real.computed(fn)
    },
  }
})

const { collection, createStore, defineModel, effect, memoryStorage, openStore } = await import('../index.ts')

/** How many signals `fn` makes. */
function cost(fn: () => void): number {
  const before = made.count
  fn()
  return made.count - before
}

const Item = defineModel(
  'item',
  { a: v.number(), b: v.string(), c: v.array(v.number()) },
  {
    initial: { a: 0, b: '', c: [] },
    computed: { sum: (item: { a: number; c: readonly number[] }) => item.a + item.c.length },
    check: (item) => item.sum >= 0,
  },
)
const Items = collection(Item, { index: { byB: (row: { b: string; a: number }) => `${row.b}${row.a}` } })
const MANY = 1000
// Whatever the collection itself has, however many rows there are.
const FEW = 10

function filled() {
  const store = createStore({ state: [Items] })
  const items = store.get(Items)
  for (let i = 0; i < MANY; i++) items.add({ a: i, b: 'same' }, `${i}`)
  return { store, items }
}

test('a store, a model, and writes to it make no signal per field or row', () => {
  const Wide = defineModel('wide', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, v.number()])), {
    initial: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, i])),
  })
  expect(
    cost(() => {
      const model = createStore({ state: [Wide] }).get(Wide)
      for (let i = 0; i < 100; i++) model[`f${i}`] = i + 1
      model.reset()
    }),
  ).toBeLessThan(FEW)
  expect(cost(() => void filled())).toBeLessThan(FEW)
})

test('peek, toJSON, snapshot, listen, checks and drafts make none', () => {
  const { store, items } = filled()
  const rows = [...items]
  const work = (): void => {
    for (const row of rows) {
      row.peek('a')
      row.peek('sum' as 'a')
      row.toJSON()
      row.listen(() => {})
      row.set({ a: row.peek('a') + 1 })
      void row.revision
    }
    items.toJSON()
    store.snapshot()
    for (const row of rows.slice(0, 100)) {
      const draft = store.checkout(row)
      draft.set({ a: 7 })
      draft.changes()
      draft.commit()
    }
  }
  expect(cost(work)).toBeLessThan(FEW)
  // The same where reads are tracked.
  const tracked = () => {
    store.snapshot()
    items.toJSON()
    rows[0]?.peek('a')
  }
  expect(cost(() => void effect(tracked))).toBeLessThan(FEW)
})

test('queries make none per row', () => {
  const Grouped = collection(Item, { index: { byB: (row: { b: string }) => row.b } })
  const store = createStore({ state: [Grouped] })
  const items = store.get(Grouped)
  for (let i = 0; i < MANY; i++) items.add({ a: i, b: `${i % 3}` }, `${i}`)
  const query = () => {
    for (const b of ['0', '1', '2', 'none']) items.where('byB', b)
    for (const row of items) row.peek('a')
    void items.size
    void items.ids
  }
  expect(cost(query)).toBeLessThan(2 * FEW)
  expect(cost(() => void effect(query))).toBeLessThan(2 * FEW)
  for (const row of items) row.b = '1'
  expect(cost(query)).toBeLessThan(FEW)
})

test('an effect makes one cell for each field it reads, once', () => {
  const { items } = filled()
  const row = items.get('7')!
  const read = () => void effect(() => void row.a)
  expect(cost(read)).toBeLessThanOrEqual(2)
  expect(cost(read)).toBe(0)
  expect(
    cost(() => {
      for (let i = 0; i < 50; i++) row.a = i
    }),
  ).toBe(0)
})

test('loading 10,000 rows makes none, until somebody watches one', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Items] })
  store.transaction(() => {
    for (let i = 0; i < 10_000; i++) store.get(Items).add({ a: i }, `${i}`)
  })
  await store.close()
  const before = made.count
  const again = await openStore({ storage, state: [Items] })
  expect(made.count - before).toBeLessThan(FEW)
  expect(cost(() => void effect(() => void again.get(Items).get('9999')?.a))).toBeLessThan(FEW)
})
