import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineMachine, defineModel, snapshotText } from '../index.ts'

const Item = defineModel(
  'item',
  { name: v.string(), n: v.number(), tags: v.array(v.string()), any: v.any() },
  { initial: { name: '', n: 0, tags: [], any: null } },
)
const Items = collection(Item)
const User = defineModel('user', { pin: v.string() }, { initial: { pin: '1234' }, redact: ['pin'] })
const Door = defineMachine('door', { Open: {} })

test('is the text of the snapshot, machines and markers included', () => {
  const store = createStore({ state: [Items, User, Door] })
  store.get(Items).add({ name: 'a', tags: ['x'] }, 'a/"b"')
  store.get(Door).add('Open')
  const text = snapshotText(store)
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(store.snapshot())))
  expect(text).not.toContain('1234')
  const again = createStore({ state: [Items, User, Door], snapshot: JSON.parse(text) })
  expect(again.get(Items).get('a/"b"')?.tags).toEqual(['x'])
  expect([again.get(Door).is('Open'), again.get(User).pin]).toEqual([true, '1234'])
})

test('says which entry holds what JSON cannot carry', () => {
  for (const any of [new Date(), new Map(), new Set(), /x/, 5n, Number.NaN, Number.POSITIVE_INFINITY, [{ a: [1n] }]]) {
    const store = createStore({ state: [Items] })
    store.get(Items).add({ any }, 'odd')
    expect(() => snapshotText(store)).toThrow(/model\/item\/odd/)
  }
})

test('a text made inside a transaction that is rolled back is not kept', () => {
  const store = createStore({ state: [Items] })
  const row = store.get(Items).add({ name: 'a' }, 'a')
  snapshotText(store)
  expect(() =>
    store.transaction(() => {
      row.name = 'lost'
      expect(snapshotText(store)).toContain('lost')
      throw new Error('no')
    }),
  ).toThrow('no')
  // The revision is now the one that the lost name had.
  row.name = 'b'
  expect(snapshotText(store)).toContain('"name":"b"')
})

test('law: after any changes it is what a fresh snapshot would be', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd')
  const step = fc.record({ do: fc.constantFrom('put', 'delete', 'set', 'fail', 'open'), id, n: fc.nat(9) })
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 5 }), { maxLength: 8 }), (rounds) => {
      const store = createStore({ state: [Items, Door] })
      const items = store.get(Items)
      for (const steps of rounds) {
        for (const { do: what, id, n } of steps) {
          if (what === 'put') items.put(id, { name: id, n, tags: [], any: n })
          else if (what === 'delete') items.delete(id)
          else if (what === 'open') store.get(Door).toggle('Open')
          else if (what === 'set') items.get(id)?.set({ n })
          else {
            // A rollback takes revisions back: the text must not be that of the undone values.
            try {
              store.transaction(() => {
                items.put(id, { name: 'lost', n, tags: [], any: 0 })
                snapshotText(store)
                throw new Error('no')
              })
            } catch {
              // As meant.
            }
            items.get(id)?.set({ name: `${id}${n}` })
          }
        }
        expect(JSON.parse(snapshotText(store))).toEqual(JSON.parse(JSON.stringify(store.snapshot())))
      }
    }),
    { numRuns: 300 },
  )
})
