import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'

/** What a definition says of its stored form, as those who read see it. */
export const stored: Suite = (library) => {
  const { collection, defineModel } = library
  const versioned = (name: string) =>
    defineModel(
      name,
      { temperature: v.number(), tags: v.array(v.string()) },
      {
        initial: { temperature: 20, tags: ['initial'] },
        version: 3,
        migrate: { 1: (old) => ({ ...old, tags: ['from 1'] }), 2: ({ t, ...old }) => ({ ...old, temperature: t }) },
      },
    )
  const [One, Two, Three, More] = ['one', 'two', 'three', 'more'].map(versioned) as [
    ReturnType<typeof versioned>,
    ReturnType<typeof versioned>,
    ReturnType<typeof versioned>,
    ReturnType<typeof versioned>,
  ]
  const Rows = collection(versioned('row'))
  const Mixed = defineModel(
    'mixed',
    { kept: v.number(), gone: v.number() },
    { initial: { kept: 0, gone: 0 }, transient: ['gone'] },
  )

  return {
    'migrate goes step by step from the stored version to the present one': {
      state: [One, Two, Three, More, Rows],
      opened: {
        snapshot: {
          'model/one': { v: 1, d: { t: 7 } },
          'model/two': { v: 2, d: { t: 8, tags: ['a'] } },
          'model/three': { v: 3, d: { temperature: 9 } },
          'model/more': { v: 3, d: { temperature: 9, gone: 1 } },
          'model/row/x': { v: 1, d: { t: 7 }, o: 0 },
        },
      },
      async here({ get, store, expect }) {
        expect(get(One).toJSON()).toEqual({ temperature: 7, tags: ['from 1'] })
        expect(get(Two).toJSON()).toEqual({ temperature: 8, tags: ['a'] })
        expect(get(Three).toJSON()).toEqual({ temperature: 9, tags: ['initial'] })
        expect(get(More).toJSON()).toEqual({ temperature: 9, tags: ['initial'] })
        expect(get(Rows).toJSON()).toEqual({ x: { temperature: 7, tags: ['from 1'] } })
        await store.hydrate({
          'model/one': { v: 2, d: { t: 1, tags: [] } },
          'model/row/y': { v: 1, d: { t: 2 }, o: 0 },
        })
        expect(get(One).toJSON()).toEqual({ temperature: 1, tags: [] })
        expect(get(Rows).toJSON()).toEqual({ y: { temperature: 2, tags: ['from 1'] } })
        expect((await store.snapshot())['model/row/y']).toMatchObject({ v: 3, d: { temperature: 2, tags: ['from 1'] } })
      },
    },
    'transient fields are in no snapshot, nor taken from one': {
      state: [Mixed],
      opened: { snapshot: { 'model/mixed': { v: 1, d: { kept: 3, gone: 9 } } } },
      async here({ get, store, expect }) {
        const mixed = get(Mixed)
        expect(mixed.toJSON()).toEqual({ kept: 3, gone: 0 })
        await mixed.set({ kept: 1, gone: 2 })
        expect(mixed.toJSON()).toEqual({ kept: 1, gone: 2 })
        expect(await store.snapshot()).toEqual({ 'model/mixed': { v: 1, d: { kept: 1 } } })
        await store.hydrate({ 'model/mixed': { v: 1, d: { kept: 4, gone: 9 } } })
        expect(mixed.toJSON()).toEqual({ kept: 4, gone: 2 })
      },
    },
  }
}
