import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel, openStore } from '../index.ts'
import type { StorageAdapter } from '../ports/storage.ts'
import { parts } from './fixtures/scenes.ts'

// By value: what is stored is a deeply frozen copy of what was given; what is read is that frozen value.

const Box = defineModel('box', { f: v.any(), g: v.any() }, { initial: { f: null, g: null } })

function box() {
  return createStore({ state: [Box] }).get(Box)
}

test('a value that was read is not copied when it is written again, whole or in part, anywhere', () => {
  const store = createStore({ state: [Box] })
  const model = store.get(Box)
  model.f = { list: [{ a: 1 }, { b: 2 }], map: new Map([['k', { c: 3 }]]) }
  const first = model.f as { list: object[]; map: Map<string, object> }
  model.g = model.f
  expect(model.g).toBe(first)
  model.f = { ...first, list: [...first.list, { d: 4 }] }
  const second = model.f as typeof first
  expect(second).not.toBe(first)
  expect(second.list[0]).toBe(first.list[0])
  expect(second.map).toBe(first.map)
  const other = box()
  other.f = { moved: first.map }
  expect((other.f as { moved: unknown }).moved).toBe(first.map)
})

test('what leaves in snapshots, records and drafts is the same frozen value', () => {
  const records: { changes: readonly { after: unknown }[] }[] = []
  const store = createStore({ state: [Box], tracers: [{ commit: (record) => records.push(record) }] })
  const model = store.get(Box)
  model.f = [{ a: 1 }]
  expect((store.snapshot()['model/box']!.d as { f: unknown }).f).toBe(model.f)
  expect(records[0]?.changes[0]?.after).toBe(model.f)
  expect(store.checkout(Box).f).toBe(model.f)
})

/** Storage that hands out entries it goes on owning, unfrozen. */
function lending(entries: Map<string, unknown>): StorageAdapter {
  return {
    name: 'lending',
    open: async () => entries,
    write: async () => {},
    close: async () => {},
  }
}

const Loose = defineModel(
  'loose',
  { tags: v.array(v.string()), any: v.any(), maybe: v.nullable(v.array(v.number())) },
  { initial: { tags: [], any: null, maybe: null } },
)

test('what was loaded is frozen as well', async () => {
  const d = () => ({ tags: ['a'], any: { m: new Map([['k', [1]]]) }, maybe: [1] })
  for (const state of [Loose, collection(Loose)]) {
    const key = state.many ? 'model/loose/x' : 'model/loose'
    const store = await openStore({ storage: lending(new Map([[key, { v: 1, d: d(), o: 0 }]])), state: [state] })
    const live = store.get(state as typeof Loose) as unknown as { get?(id: string): unknown }
    const model = (state.many ? live.get?.('x') : live) as { tags: string[]; any: unknown; maybe: number[] }
    expect([model.tags, model.any, model.maybe]).toEqual([['a'], { m: new Map([['k', [1]]]) }, [1]])
    for (const part of [...parts(model.tags), ...parts(model.any), ...parts(model.maybe)]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(() => (model.any as { m: Map<string, unknown> }).m.clear()).toThrow(TypeError)
  }
})

test('a snapshot that a store began with is not the store', () => {
  const fresh = () => ({ v: 1, d: { tags: ['a'], any: { n: [1] }, maybe: [1] }, o: 0 })
  for (const state of [Loose, collection(Loose)]) {
    const given = fresh()
    const key = state.many ? 'model/loose/x' : 'model/loose'
    const store = createStore({ state: [state], snapshot: { [key]: given } })
    given.d.tags.push('b')
    given.d.any.n.push(2)
    given.d.maybe.push(2)
    expect(store.snapshot()[key]?.d).toEqual(fresh().d)
  }
})
