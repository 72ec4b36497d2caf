import { expect, test } from 'vitest'
import { createStore, memoryStorage, openStore } from '../index.ts'
import { caught, failing, setup, Todos, titles, watch } from './fixtures/todos.ts'

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

test('hydrate brings the rows of a snapshot back in its order, and deletes the others', async () => {
  const { todos, store } = setup()
  for (const id of ['a', 'b', 'c']) todos.add({ title: id }, id)
  const snapshot = store.snapshot()
  todos.delete('a')
  todos.add({ title: 'again' }, 'a')
  todos.add({ title: 'more' }, 'd')
  todos.delete('b')
  const seen = watch(() => todos.ids.join())
  await store.hydrate(snapshot)
  expect(titles(todos)).toEqual(['a', 'b', 'c'])
  expect([...todos.ids]).toEqual(['a', 'b', 'c'])
  expect(seen.at(-1)).toBe('a,b,c')
  await store.reset(Todos)
  expect([todos.size, [...todos]]).toEqual([0, []])
})

test('an order that hydrate changed is the order of indexes too, and a rollback takes it back', async () => {
  const { todos, store } = setup()
  for (const id of ['a', 'b', 'c']) todos.add({ title: id }, id)
  const snapshot = store.snapshot()
  store.transaction(() => {
    todos.delete('a')
    todos.add({ title: 'a' }, 'a')
  })
  const where = () => titles(todos.where('byOwner', 'me')).join()
  const [ids, mine] = [watch(() => todos.ids.join()), watch(where)]
  expect([where(), todos.ids.join()]).toEqual(['b,c,a', 'b,c,a'])
  failing(store, () => {
    store.hydrate(snapshot)
    expect([titles(todos).join(), where(), todos.ids.join()]).toEqual(['a,b,c', 'a,b,c', 'a,b,c'])
  })
  expect([titles(todos).join(), where(), todos.ids.join()]).toEqual(['b,c,a', 'b,c,a', 'b,c,a'])
  await store.hydrate(snapshot)
  expect([titles(todos).join(), where(), todos.ids.join()]).toEqual(['a,b,c', 'a,b,c', 'a,b,c'])
  expect([ids.at(-1), mine.at(-1)]).toEqual(['a,b,c', 'a,b,c'])
})

test('10,000 rows are ordinary', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Todos] })
  const todos = store.get(Todos)
  const size = watch(() => todos.size)
  const mine = watch(() => todos.where('byOwner', 'o7').length)
  for (let i = 0; i < 5000; i++) todos.add({ title: `t${i}`, owner: `o${i % 100}` }, `${i}`)
  store.transaction(() => {
    for (let i = 5000; i < 10_000; i++) todos.add({ title: `t${i}`, owner: `o${i % 100}` }, `${i}`)
  })
  expect([todos.size, size.length, mine.at(-1)]).toEqual([10_000, 5002, 100])
  for (const row of todos) row.done = true
  expect(todos.where('byDone', true)).toHaveLength(10_000)
  failing(store, () => {
    for (let i = 0; i < 10_000; i += 2) todos.delete(`${i}`)
  })
  expect(todos.ids[9998]).toBe('9998')
  await store.close()
  const again = await openStore({ storage, state: [Todos] })
  const back = again.get(Todos)
  expect([back.size, back.ids[4321], back.get('9999')?.title]).toEqual([10_000, '4321', 't9999'])
  expect(back.where('byOwner', 'o7')).toHaveLength(100)
  for (const id of back.ids) back.delete(id)
  expect(back.size).toBe(0)
})

test('rolling back 2,500 deleted and re-added of 10,000 rows is ordinary too', () => {
  const { todos, store } = setup()
  for (let i = 0; i < 10_000; i++) todos.add({ title: `t${i}` }, `${i}`)
  const rows = [...todos]
  failing(store, () => {
    for (let i = 0; i < 10_000; i += 4) todos.delete(`${i}`)
    for (let i = 0; i < 10_000; i += 4) todos.add({}, `${i}`)
  })
  const back = [...todos]
  expect(back.length).toBe(10_000)
  expect(back.every((row, i) => row === rows[i])).toBe(true)
})

test('every loaded row is validated at once, touched or not', async () => {
  const entries: Record<string, { v: number; d: object; o: number }> = {}
  for (let i = 0; i < 10_000; i++) {
    entries[`model/todo/${i}`] = { v: 1, d: { title: i === 7777 ? i : `t${i}`, owner: 'me', done: false }, o: i }
  }
  const error = caught(() => createStore({ state: [Todos], snapshot: entries as never }))
  expect(error).toMatchObject({
    name: 'HydrationError',
    entries: [{ key: 'model/todo/7777', issues: [{ path: ['title'] }] }],
  })
})
