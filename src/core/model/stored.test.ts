import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, defineModel, memoryStorage, openStore } from '../index.ts'

// What a definition says of its stored form.

test('transient fields are never stored', async () => {
  const Mixed = defineModel(
    'mixed',
    { kept: v.number(), gone: v.number() },
    { initial: { kept: 0, gone: 0 }, transient: ['gone'] },
  )
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Mixed] })
  store.get(Mixed).set({ kept: 1, gone: 2 })
  await store.close()
  const again = await openStore({ storage, state: [Mixed] })
  expect(again.get(Mixed).toJSON()).toEqual({ kept: 1, gone: 0 })
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
