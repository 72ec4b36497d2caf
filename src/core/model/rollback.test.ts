import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, DeletedError, defineModel, memoryStorage, openStore } from '../index.ts'
import { caught, failing, setup, Todos, titles, watch } from './fixtures/todos.ts'

test('a rolled back add was never there, and its row is as deleted', () => {
  const { todos, store } = setup()
  const size = watch(() => todos.size)
  const has = watch(() => todos.has('a'))
  let row = todos.get('a')
  failing(store, () => {
    row = todos.add({ title: 'a' }, 'a')
    expect([todos.size, todos.get('a')]).toEqual([1, row])
  })
  expect([todos.size, todos.has('a'), [...todos], has]).toEqual([0, false, [], [false]])
  // A rollback may run an effect again, with the old value.
  expect(new Set(size)).toEqual(new Set([0]))
  expect(caught(() => row!.set({ title: 'x' }))).toBeInstanceOf(DeletedError)
  expect(todos.add({}, 'a')).not.toBe(row)
})

test('a row whose adding was rolled back can bring nothing into storage', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Todos] })
  const todos = store.get(Todos)
  let ghost = todos.get('a')
  failing(store, () => {
    ghost = todos.add({ title: 'ghost' }, 'a')
  })
  try {
    ghost!.title = 'boo'
  } catch {}
  expect([todos.size, todos.has('a')]).toEqual([0, false])
  await store.close()
  expect([...(await storage.open()).keys()]).toEqual([])
})

test('a rolled back delete revives the same row at its place', () => {
  const { todos, store } = setup()
  const rows = ['a', 'b', 'c'].map((id) => todos.add({ title: id }, id))
  const b = rows[1]!
  const ids = watch(() => todos.ids.join())
  const got = watch(() => todos.get('b')?.title)
  const { revision } = b
  failing(store, () => {
    todos.delete('b')
    expect([...todos.ids]).toEqual(['a', 'c'])
    expect(caught(() => b.set({ title: 'x' }))).toBeInstanceOf(DeletedError)
  })
  expect([...todos]).toEqual(rows)
  expect(todos.get('b')).toBe(b)
  expect(b.revision).toBe(revision)
  expect(new Set(ids)).toEqual(new Set(['a,b,c']))
  expect(new Set(got)).toEqual(new Set(['b']))
  b.title = 'B'
  expect(got.at(-1)).toBe('B')
})

test('deleted, added again, and rolled back: the same row, at its place, as it was', () => {
  const { todos, store } = setup()
  const rows = ['a', 'b', 'c'].map((id) => todos.add({ title: id }, id))
  let second: unknown
  failing(store, () => {
    rows[1]!.title = 'written before'
    todos.delete('b')
    second = todos.add({ title: 'second' }, 'b')
    todos.delete('b')
    todos.add({ title: 'third' }, 'b')
    todos.delete('a')
    todos.put('a', { title: 'other', owner: 'x', done: true })
    expect([...todos.ids]).toEqual(['c', 'b', 'a'])
  })
  expect([...todos]).toEqual(rows)
  rows.forEach((row, i) => {
    expect([...todos][i]).toBe(row)
  })
  expect(titles(todos)).toEqual(['a', 'b', 'c'])
  expect(second).not.toBe(rows[1])
  todos.add({ title: 'd' }, 'd')
  expect(titles(todos)).toEqual(['a', 'b', 'c', 'd'])
})

test('a row that is deleted in the end is not checked', () => {
  const Even = collection(defineModel('even', { n: v.number() }, { initial: { n: 0 }, check: ({ n }) => n % 2 === 0 }))
  const store = createStore({ state: [Even] })
  const rows = store.get(Even)
  const row = rows.add({ n: 2 }, 'a')
  store.transaction(() => {
    row.n = 3
    rows.delete('a')
    rows.add({ n: 5 }, 'b')
    rows.delete('b')
  })
  expect(rows.size).toBe(0)
})

test('a savepoint that fails inside a transaction undoes only its own', () => {
  const { todos, store } = setup()
  const a = todos.add({ title: 'a' }, 'a')
  store.transaction(() => {
    todos.add({ title: 'b' }, 'b')
    failing(store, () => {
      todos.delete('a')
      todos.delete('b')
      todos.add({ title: 'c' }, 'c')
    })
    a.title = 'A'
  })
  expect(titles(todos)).toEqual(['A', 'b'])
})
