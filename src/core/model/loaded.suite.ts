import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import type { Snapshot } from '../index.ts'
import { failing, same, titles, watcher } from './fixtures/scenes.ts'

const fields = {
  title: v.string(),
  count: v.pipe(v.number(), v.minValue(0)),
  tags: v.array(v.string()),
  maybe: v.optional(v.string()),
  none: v.nullish(v.number()),
}
const initial = { title: 'initial', count: 1, tags: ['initial'], maybe: 'initial maybe', none: 7 }

const rows = (entries: Record<string, { d: object; o?: unknown }>): Snapshot =>
  Object.fromEntries(Object.entries(entries).map(([id, entry]) => [`model/note/${id}`, { v: 1, ...entry }])) as never
const four = rows(
  Object.fromEntries(['a', 'b', 'c', 'd'].map((id, o) => [id, { o, d: { ...initial, title: id, count: o } }])),
)

/** Rows that a store began with: kept as they came until somebody touches them, and nobody may be able to tell. */
export const loaded: Suite = (library) => {
  const Note = library.defineModel('note', fields, { initial })
  const Notes = library.collection(Note, { index: { byCount: (row) => row.count } })
  const watch = watcher(library)
  const oddly = [-1, -5, 0.5, Number.NaN, Infinity, 1e300, '1', null, {}, true]

  return {
    'rows that are loaded lack nothing, and have nothing else': {
      state: [Notes],
      opened: {
        snapshot: rows({
          whole: { d: { ...initial, title: 'whole' }, o: 0 },
          part: { d: { title: 'part', tags: ['x'], maybe: undefined, none: null }, o: 1 },
          more: { d: { ...initial, title: 'more', gone: 'of an older version' }, o: 2 },
          nothing: { d: {}, o: 3 },
        }),
      },
      async here({ get, store, expect }) {
        const notes = get(Notes)
        const all = {
          whole: { ...initial, title: 'whole' },
          part: { ...initial, title: 'part', tags: ['x'], maybe: undefined, none: null },
          more: { ...initial, title: 'more' },
          nothing: initial,
        }
        expect(notes.toJSON()).toEqual(all)
        expect([...notes.ids]).toEqual(Object.keys(all))
        expect([...notes].every(({ tags }) => Object.isFrozen(tags))).toBe(true)
        expect(titles(notes.where('byCount', 1))).toEqual(['whole', 'part', 'more', 'initial'])
        expect((await store.snapshot())['model/note/part']).toEqual({ v: 1, d: all.part, o: 1 })
      },
    },
    'rows nobody touched can be deleted, put, rolled back and queried like any': {
      state: [Notes],
      opened: { snapshot: four },
      there({ get, store }) {
        const notes = get(Notes)
        failing({ store }, () => {
          notes.delete('b')
          notes.add({ title: 'B' }, 'b')
          notes.delete('c')
        })
      },
      async here({ get, expect }) {
        const notes = get(Notes)
        expect(titles(notes)).toEqual(['a', 'b', 'c', 'd'])
        await notes.delete('a')
        await notes.put('c', { ...initial, title: 'C' })
        expect(titles(notes)).toEqual(['b', 'C', 'd'])
        expect(notes.has('a')).toBe(false)
        expect(titles(notes.where('byCount', 3))).toEqual(['d'])
      },
    },
    'a reader of a row that was loaded is woken by its writes': {
      state: [Notes],
      opened: { snapshot: four },
      async here({ get, expect }) {
        const notes = get(Notes)
        const seen = watch(() => notes.get('b')?.title)
        await notes.get('c')!.set({ title: 'C' })
        await notes.get('b')!.set({ title: 'B' })
        await notes.delete('b')
        expect(seen).toEqual(['b', 'B', undefined])
      },
    },
    'a place that is no place is mended': {
      state: [Notes],
      opened: {
        snapshot: {
          ...four,
          ...rows(Object.fromEntries(oddly.map((o, at) => [`odd${at}`, { o, d: { ...initial, title: `odd${at}` } }]))),
        },
      },
      there: ({ get }) => ({ ids: () => [...get(Notes).ids] }),
      async here({ get, expect, act }) {
        const notes = get(Notes)
        const odd = oddly.map((_, at) => `odd${at}`)
        expect(notes.size).toBe(4 + odd.length)
        expect([...notes.ids].toSorted()).toEqual(['a', 'b', 'c', 'd', ...odd])
        expect(titles(notes)).toEqual([...notes.ids])
        expect([...notes.ids]).toEqual(await act('ids'))
        await notes.add({ title: 'last' }, 'last')
        expect(notes.ids.at(-1)).toBe('last')
        for (const id of odd)
          expect([notes.has(id), await notes.delete(id), notes.has(id)]).toEqual([true, true, false])
        expect([...notes.ids]).toEqual(['a', 'b', 'c', 'd', 'last'])
        expect([...notes.ids]).toEqual(await act('ids'))
      },
    },
    'rows that share a place are all there, in a stable order': {
      state: [Notes],
      opened: {
        snapshot: rows(Object.fromEntries(['c', 'a', 'b'].map((id) => [id, { o: 0, d: { title: id } }]))),
      },
      there: ({ get }) => ({ ids: () => [...get(Notes).ids] }),
      async here({ get, store, expect, act }) {
        const notes = get(Notes)
        const before = [...notes]
        const order = [...notes.ids]
        expect(order.toSorted()).toEqual(['a', 'b', 'c'])
        expect(await act('ids')).toEqual(order)
        for (const note of before) await note.set({ count: 7 })
        expect(same(notes, before)).toBe(true)
        expect(same(notes.where('byCount', 7), before)).toBe(true)
        await store.hydrate(await store.snapshot())
        expect(same(notes, before)).toBe(true)
        expect(await act('ids')).toEqual(order)
      },
    },
  }
}
