import { expect, test } from 'vitest'
import { createStore, memoryStorage, openStore } from '../index.ts'
import { caught, titles } from './fixtures/scenes.ts'
import { Todos } from './fixtures/todos.ts'

test('order is kept across reloads, and goes on where it was', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Todos] })
  const todos = store.get(Todos)
  for (const id of ['c', '2', 'a', '10', 'b', '1']) todos.add({ title: id }, id)
  todos.delete('2')
  todos.delete('1')
  todos.add({ title: '2' }, '2')
  todos.get('c')!.title = 'C'
  const order = [...todos.ids]
  expect(order).toEqual(['c', 'a', '10', 'b', '2'])
  await store.close()
  const again = await openStore({ storage, state: [Todos] })
  expect([...again.get(Todos).ids]).toEqual(order)
  expect(titles(again.get(Todos))).toEqual(['C', 'a', '10', 'b', '2'])
  again.get(Todos).add({ title: 'new' }, '0')
  again.get(Todos).delete('a')
  await again.close()
  const third = await openStore({ storage, state: [Todos] })
  expect([...third.get(Todos).ids]).toEqual(['c', '10', 'b', '2', '0'])
  expect(titles(third.get(Todos).where('byOwner', 'me'))).toEqual(['C', '10', 'b', '2', 'new'])
})

test('10,000 rows are stored and come back', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Todos] })
  const todos = store.get(Todos)
  store.transaction(() => {
    for (let i = 0; i < 10_000; i++) todos.add({ title: `t${i}`, owner: `o${i % 100}` }, `${i}`)
  })
  await store.close()
  const again = await openStore({ storage, state: [Todos] })
  const back = again.get(Todos)
  expect([back.size, back.ids[4321], back.get('9999')?.title]).toEqual([10_000, '4321', 't9999'])
  expect(back.where('byOwner', 'o7')).toHaveLength(100)
  for (const id of back.ids) back.delete(id)
  expect(back.size).toBe(0)
})

test('every loaded row is validated at once, touched or not', async () => {
  const entries: Record<string, { v: number; d: object; o: number }> = {}
  for (let i = 0; i < 10_000; i++) {
    entries[`model/todo/${i}`] = { v: 1, d: { title: i === 7777 ? i : `t${i}`, owner: 'me', done: false }, o: i }
  }
  const error = await caught(() => createStore({ state: [Todos], snapshot: entries as never }))
  expect(error).toMatchObject({
    name: 'HydrationError',
    entries: [{ key: 'model/todo/7777', issues: [{ path: ['title'] }] }],
  })
})
