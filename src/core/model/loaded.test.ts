import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  collection,
  createStore,
  defineModel,
  HydrationError,
  memoryStorage,
  openStore,
  type Snapshot,
} from '../index.ts'

// Rows from storage are kept as they were parsed until somebody touches them. Nobody may be able to tell.

// Every field is one that has a shortcut: only then does a row need no second look.
const fields = {
  title: v.string(),
  count: v.pipe(v.number(), v.minValue(0)),
  tags: v.array(v.string()),
  maybe: v.optional(v.string()),
  none: v.nullish(v.number()),
  word: v.string(),
  local: v.string(),
}
const initial = {
  title: 'initial',
  count: 1,
  tags: ['initial'],
  maybe: 'initial maybe',
  none: 7,
  word: 'initial word',
  local: 'initial local',
}
const settings = { initial, redact: ['word'], transient: ['local'] } as const
const Note = defineModel('note', fields, settings)
const options = { index: { byCount: (row: { count: number }) => row.count } }
const Notes = collection(Note, options)
// The same, but with a check, so that every row is looked at when it is loaded.
const Eager = collection(defineModel('note', fields, { ...settings, check: () => true }), options)

const row = fc.record(
  {
    title: fc.constantFrom('a', ' padded ', ''),
    count: fc.nat(3),
    tags: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
    maybe: fc.constantFrom('m', undefined),
    none: fc.constantFrom(null, undefined, 3),
    word: fc.constantFrom<unknown>('stored word', { $redacted: true }),
    local: fc.constant('stored local'),
    gone: fc.constant('of an older version'),
    ['__proto__']: fc.constant({ title: 'polluted', maybe: 'polluted' }),
  },
  { requiredKeys: [], noNullPrototype: true },
)
// Mostly whole rows, as a program stores them.
const data = fc.oneof(
  row,
  fc.tuple(fc.constant({ ...initial, title: 'whole' }), row).map(([a, b]) => ({ ...a, ...b })),
  fc.record({
    ...{ title: fc.string(), count: fc.nat(3), tags: fc.constant(['x']), maybe: fc.constant('m') },
    ...{ none: fc.constant(1), word: fc.constant('stored word') },
  }),
)
const entries = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), data, fc.option(fc.nat(6), { nil: undefined })), {
    selector: ([id]) => id,
  })
  .map((rows) =>
    Object.fromEntries(rows.map(([id, d, o]) => [`model/note/${id}`, o === undefined ? { v: 1, d } : { v: 1, d, o }])),
  ) as fc.Arbitrary<Snapshot>

/** All that can be read of a row, the redacted and the transient included. */
const whole = (notes: ReturnType<typeof open>) =>
  Array.from(notes, (note) => [note.$id, ...Object.keys(fields).map((field) => note[field as keyof typeof fields])])
const open = (snapshot: Snapshot, Definition = Notes) => createStore({ state: [Definition], snapshot }).get(Definition)

/** The same from storage, with what was written since. */
async function opened(snapshot: Snapshot, Definition = Notes) {
  const written: string[] = []
  const storage = {
    name: 'prepared',
    open: async () => new Map<string, unknown>(Object.entries(structuredClone(snapshot))),
    write: async (commits: readonly ReadonlyMap<string, unknown>[]) => {
      for (const commit of commits) written.push(...commit.keys())
    },
    close: async () => {},
  }
  const store = await openStore({ storage, state: [Definition] })
  return { store, notes: store.get(Definition), written }
}

test('law: rows that are loaded are as if they had been read at once', async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (snapshot) => {
      const { notes: lazy, store, written } = await opened(snapshot)
      const { notes: eager } = await opened(snapshot, Eager as unknown as typeof Notes)
      const { notes: touched } = await opened(snapshot)
      const given = open(snapshot)
      expect([...lazy.ids]).toEqual([...eager.ids])
      expect(lazy.size).toBe(Object.keys(snapshot).length)
      for (const id of [...touched.ids].reverse()) expect(touched.get(id)?.peek('count')).toBeTypeOf('number')
      for (const other of [eager, touched, given]) {
        expect(whole(lazy)).toEqual(whole(other))
        expect(lazy.toJSON()).toEqual(other.toJSON())
        for (const n of [0, 1, 2, 3]) {
          expect(lazy.where('byCount', n).map(({ $id }) => $id)).toEqual(
            other.where('byCount', n).map(({ $id }) => $id),
          )
        }
      }
      for (const { $id, word, local, maybe, tags } of lazy) {
        expect(word).toBeTypeOf('string')
        expect(local).toBe('initial local')
        expect(Object.isFrozen(tags)).toBe(true)
        const { d } = snapshot[`model/note/${$id}`] as { d: { maybe?: string } }
        expect(maybe).toBe(Object.hasOwn(d, 'maybe') ? d.maybe : 'initial maybe')
      }
      expect(({} as { title?: string }).title).toBe(undefined)
      // What was only read is not written.
      await store.close()
      expect(written).toEqual([])
    }),
    { numRuns: 400 },
  )
})

const many = (): Snapshot =>
  Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((id, o) => [`model/note/${id}`, { v: 1, o, d: { ...initial, title: id, count: o } }]),
  )

test('a place in storage that is no place is mended', async () => {
  // A row is never there and not there.
  for (const o of [-1, -5, 0.5, Number.NaN, Infinity, 1e300, '1', null, {}, true]) {
    const d = { ...initial, title: 'odd' }
    const snapshot = { ...many(), 'model/note/odd': { v: 1, d, o } } as unknown as Snapshot
    const { notes } = await opened(snapshot)
    const told = `o: ${String(o)}`
    expect(notes.size, told).toBe(5)
    expect(notes.has('odd'), told).toBe(true)
    expect([...notes].map(({ $id }) => $id).toSorted(), told).toEqual(['a', 'b', 'c', 'd', 'odd'])
    expect([...notes.ids], told).toEqual([...notes].map(({ $id }) => $id))
    notes.add({ title: 'last' }, 'last')
    expect(notes.ids.at(-1), told).toBe('last')
    notes.delete('odd')
    expect([notes.size, notes.has('odd')], told).toEqual([5, false])
  }
})

test('rows that share a place are all there, in a stable order', async () => {
  const same = Object.fromEntries(
    ['c', 'a', 'b'].map((id) => [`model/note/${id}`, { v: 1, o: 0, d: { title: id } }]),
  ) as unknown as Snapshot
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Notes], snapshot: same })
  const order = [...store.get(Notes).ids]
  expect(order.toSorted()).toEqual(['a', 'b', 'c'])
  for (const note of store.get(Notes)) note.count = 7
  await store.close()
  const again = await openStore({ storage, state: [Notes] })
  expect([...again.get(Notes).ids]).toEqual(order)
})

test('entries that are no entries are told by name, all at once', () => {
  const bad = {
    'model/note/null': null,
    'model/note/text': 'x',
    'model/note/list': { v: 1, d: [] },
    'model/note/nodata': { v: 1 },
    'model/note/newer': { v: 2, d: {} },
    'model/note/zero': { v: 0, d: {} },
    'model/note/count': { v: 1, d: { count: -1 } },
    'model/note/good': { v: 1, d: {} },
  } as unknown as Snapshot
  let error: unknown
  try {
    open(bad)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(HydrationError)
  const keys = (error as HydrationError).entries.map(({ key }) => key.slice('model/note/'.length))
  expect(keys.filter((key) => key !== 'list').toSorted()).toEqual(['count', 'newer', 'nodata', 'null', 'text', 'zero'])
  for (const key of keys) expect((error as Error).message).toContain(key)
})
