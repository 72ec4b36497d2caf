import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel, effect, memoryStorage, openStore, type Store } from '../index.ts'

// A collection behaves like a plain Map of plain objects under any series of operations, in transactions in
// transactions, some of which throw. The Map is copied where a transaction starts, and put back when it throws.

const Item = defineModel(
  'item',
  { n: v.pipe(v.number(), v.maxValue(9)), group: v.string() },
  { initial: { n: 0, group: 'x' }, check: (item) => item.n !== 7 || 'seven is not allowed' },
)
const Items = collection(Item, { index: { byGroup: (row) => row.group } })
const IDS = ['a', 'b', 'c', 'd']
const GROUPS = ['x', 'y', 'z']

interface Plain {
  n: number
  group: string
}
type Live = ReturnType<ReturnType<typeof live>['add']>
const live = (store: Store) => store.get(Items)

type Op =
  | { do: 'add' | 'put' | 'write' | 'draft'; id: string; value: Plain }
  | { do: 'delete' | 'reset' | 'touch'; id: string }
  | { do: 'where'; group: string }
  | { do: 'transaction'; ops: readonly Op[]; throws: boolean; caught: boolean }

const id = fc.constantFrom(...IDS)
// 7 breaks the check, at the end of the commit; 10 breaks the schema, at once.
const value = fc.record({ n: fc.constantFrom(0, 1, 2, 3, 7, 10), group: fc.constantFrom(...GROUPS) })
const simple = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'put' as const, 'write' as const), id, value }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('draft' as const), id, value }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), id }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('reset' as const, 'touch' as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('where' as const), group: fc.constantFrom(...GROUPS) }) },
)
const { op } = fc.letrec<{ op: Op }>((tie) => ({
  op: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: simple },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('transaction' as const),
        ops: fc.array(tie('op'), { maxLength: 6 }),
        throws: fc.boolean(),
        caught: fc.boolean(),
      }),
    },
  ),
}))

class Thrown extends Error {}

/** The model: what the collection must hold, and which instance each row is. */
class Oracle {
  rows = new Map<string, { value: Plain; row: Live }>()

  copy() {
    return new Map(Array.from(this.rows, ([key, { value: plain, row }]) => [key, { value: { ...plain }, row }]))
  }

  /** Does the end of an outermost call break a check? */
  get broken(): boolean {
    return [...this.rows.values()].some(({ value: { n } }) => n === 7)
  }
}

/** Applies an operation to both; true when it threw, from both alike. */
function apply(store: Store, oracle: Oracle, op: Op, depth: number): void {
  const items = live(store)
  const before = oracle.copy()
  const attempt = (expected: boolean, run: () => void) => {
    // Alone, a write is a commit of its own, and its check runs at its end.
    const refused = expected || (depth === 0 && oracle.broken)
    let threw = false
    try {
      run()
    } catch (error) {
      if (error instanceof Thrown && depth > 0) throw error
      threw = true
    }
    expect(threw).toBe(refused)
    if (refused) oracle.rows = before
  }
  switch (op.do) {
    case 'add':
    case 'put': {
      const known = oracle.rows.get(op.id)
      const bad = op.value.n > 9 || (op.do === 'add' && known !== undefined)
      let row: Live | undefined = known?.row
      if (!bad) oracle.rows.set(op.id, { value: { ...op.value }, row: row as Live })
      attempt(bad, () => {
        row = op.do === 'add' ? items.add(op.value, op.id) : items.put(op.id, op.value)
      })
      const entry = oracle.rows.get(op.id)
      if (entry !== undefined && known === undefined) entry.row = row as Live
      return
    }
    case 'write':
    case 'draft': {
      const entry = oracle.rows.get(op.id)
      if (entry === undefined) return
      const bad = op.value.n > 9
      if (!bad) entry.value = { ...op.value }
      attempt(bad, () => {
        if (op.do === 'write') items.get(op.id)?.set(op.value)
        else {
          const draft = store.checkout(entry.row)
          draft.set(op.value)
          draft.commit()
        }
      })
      return
    }
    case 'reset': {
      const entry = oracle.rows.get(op.id)
      if (entry === undefined) return
      entry.value = { n: 0, group: 'x' }
      attempt(false, () => entry.row.reset())
      return
    }
    case 'delete': {
      const there = oracle.rows.delete(op.id)
      attempt(false, () => expect(items.delete(op.id)).toBe(there))
      return
    }
    case 'touch':
      void items.get(op.id)?.n
      return
    case 'where':
      void items.where('byGroup', op.group)
      return
    case 'transaction':
      transaction(store, oracle, op, depth)
  }
}

function transaction(store: Store, oracle: Oracle, op: Op & { do: 'transaction' }, depth: number): void {
  const before = oracle.copy()
  let threw: unknown
  try {
    store.transaction(() => {
      for (const inner of op.ops) {
        apply(store, oracle, inner, depth + 1)
        agree(store, oracle)
      }
      if (op.throws) throw new Thrown()
    })
  } catch (error) {
    threw = error
  }
  if (threw !== undefined) {
    const expected = threw instanceof Thrown || (depth === 0 && oracle.broken)
    if (!expected) throw threw
    oracle.rows = before
    // Inside another one, half of the failures go on up.
    if (depth > 0 && !op.caught) throw new Thrown()
  } else expect([op.throws, depth === 0 && oracle.broken]).toEqual([false, false])
}

/** The collection says what the Map says, in the same order, with the same instances. */
function agree(store: Store, oracle: Oracle): void {
  const items = live(store)
  const order = [...oracle.rows.keys()]
  expect([...items.ids]).toEqual(order)
  expect(items.size).toBe(order.length)
  expect(Object.entries(items.toJSON())).toEqual(Array.from(oracle.rows, ([key, entry]) => [key, entry.value]))
  let at = 0
  for (const row of items) expect(row === oracle.rows.get(order[at++] as string)?.row).toBe(true)
  for (const key of IDS)
    expect([items.has(key), items.get(key)?.n]).toEqual([oracle.rows.has(key), oracle.rows.get(key)?.value.n])
}

/** The same of indexes, which come into being by being asked. */
function agreeOnGroups(store: Store, oracle: Oracle): void {
  for (const group of GROUPS) {
    const expected = [...oracle.rows].filter(([, entry]) => entry.value.group === group).map(([key]) => key)
    expect(
      live(store)
        .where('byGroup', group)
        .map((row) => row.$id),
    ).toEqual(expected)
  }
}

/** Everything an effect can see, as text. */
const picture = (store: Store) => JSON.stringify(Array.from(live(store), (row) => [row.$id, row.n, row.group]))

test('law: a collection is a Map that can be rolled back, and every reader knows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { maxLength: 12 }), fc.boolean(), async (ops, watched) => {
      const storage = memoryStorage()
      const store = await openStore({ storage, state: [Items] })
      const oracle = new Oracle()
      const seen = { all: '', groups: {} as Record<string, string>, rows: {} as Record<string, unknown> }
      if (watched) {
        effect(() => {
          seen.all = picture(store)
        })
        for (const group of GROUPS) {
          effect(() => {
            seen.groups[group] = live(store)
              .where('byGroup', group)
              .map((row) => row.$id)
              .join()
          })
        }
        for (const key of IDS) {
          effect(() => {
            seen.rows[key] = live(store).get(key)?.n
          })
        }
      }
      for (const op of ops) {
        apply(store, oracle, op, 0)
        agree(store, oracle)
        if (!watched) continue
        agreeOnGroups(store, oracle)
        expect(seen.all).toBe(picture(store))
        for (const group of GROUPS) {
          expect(seen.groups[group]).toBe(
            live(store)
              .where('byGroup', group)
              .map((row) => row.$id)
              .join(),
          )
        }
        for (const key of IDS) expect(seen.rows[key]).toBe(oracle.rows.get(key)?.value.n)
      }
      agreeOnGroups(store, oracle)
      await store.close()
      const again = await openStore({ storage, state: [Items] })
      expect(Object.entries(live(again).toJSON())).toEqual(Object.entries(live(store).toJSON()))
      expect([...live(again).ids]).toEqual([...oracle.rows.keys()])
    }),
    { numRuns: 1000 },
  )
}, 60_000)

test('law: what effects and listeners are shown was committed', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 12 }), (ops) => {
      const store = createStore({ state: [Items] })
      const oracle = new Oracle()
      let open = false
      const shown: string[] = []
      const look = () => {
        expect(open).toBe(false)
        shown.push(picture(store))
      }
      effect(() => look())
      store.listen(look)
      const committed = new Set<string>([picture(store)])
      for (const op of ops) {
        apply(
          {
            ...bare(store),
            transaction: (fn: () => unknown) =>
              store.transaction(() => {
                const outer = open
                open = true
                try {
                  return fn()
                } finally {
                  open = outer
                }
              }),
          } as unknown as Store,
          oracle,
          op,
          0,
        )
        committed.add(picture(store))
      }
      for (const picture of shown) expect(committed.has(picture)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

/** The calls of a store that operations make. */
function bare(store: Store) {
  return { get: store.get.bind(store), checkout: store.checkout.bind(store) }
}
