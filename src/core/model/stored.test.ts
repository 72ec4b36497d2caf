import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel, memoryStorage, openStore } from '../index.ts'

// What a definition says of its stored form.

test('migrate goes step by step from the stored version to the present one', async () => {
  const Now = defineModel(
    'now',
    { temperature: v.number(), tags: v.array(v.string()) },
    {
      initial: { temperature: 20, tags: ['initial'] },
      version: 3,
      migrate: { 1: (old) => ({ ...old, tags: ['from 1'] }), 2: ({ t, ...old }) => ({ ...old, temperature: t }) },
    },
  )
  const from = (stored: object) => createStore({ state: [Now], snapshot: { 'model/now': stored as never } }).get(Now)
  expect(from({ v: 1, d: { t: 7 } }).toJSON()).toEqual({ temperature: 7, tags: ['from 1'] })
  expect(from({ v: 2, d: { t: 8, tags: ['a'] } }).toJSON()).toEqual({ temperature: 8, tags: ['a'] })
  expect(from({ v: 3, d: { temperature: 9 } }).toJSON()).toEqual({ temperature: 9, tags: ['initial'] })
  expect(from({ v: 3, d: { temperature: 9, gone: 1 } }).toJSON()).toEqual({ temperature: 9, tags: ['initial'] })
})

test('transient fields are never stored, nor taken from what is stored', async () => {
  const Mixed = defineModel(
    'mixed',
    { kept: v.number(), gone: v.number() },
    { initial: { kept: 0, gone: 0 }, transient: ['gone'] },
  )
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Mixed] })
  store.get(Mixed).set({ kept: 1, gone: 2 })
  expect(store.get(Mixed).toJSON()).toEqual({ kept: 1, gone: 2 })
  expect(store.snapshot()).toEqual({ 'model/mixed': { v: 1, d: { kept: 1 } } })
  await store.close()
  const again = await openStore({ storage, state: [Mixed] })
  expect(again.get(Mixed).toJSON()).toEqual({ kept: 1, gone: 0 })
  const forged = createStore({ state: [Mixed], snapshot: { 'model/mixed': { v: 1, d: { kept: 3, gone: 9 } } } })
  expect(forged.get(Mixed).toJSON()).toEqual({ kept: 3, gone: 0 })
})

test('persist: false keeps a model and a collection out of storage', async () => {
  const make = (name: string) => defineModel(name, { a: v.number() }, { initial: { a: 0 }, persist: false })
  const [One, Many] = [make('one'), collection(make('many'))]
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [One, Many] })
  store.get(One).a = 1
  store.get(Many).add({ a: 1 }, 'x')
  await store.close()
  expect([...(await storage.open()).keys()]).toEqual([])
})
