import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, computed, createStore, DefinitionError, defineModel } from '../index.ts'
import { caught, failing, setup, Todo, titles, watch } from './fixtures/todos.ts'

test('where answers the rows of a key in order of insertion, frozen', () => {
  const { todos } = setup()
  for (const [id, owner] of [
    ['1', 'me'],
    ['2', 'you'],
    ['3', 'me'],
  ] as const)
    todos.add({ title: id, owner }, id)
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['1', '3'])
  expect(titles(todos.where('byOwner', 'nobody'))).toEqual([])
  expect(Object.isFrozen(todos.where('byOwner', 'me'))).toBe(true)
  expect(todos.where('byOwner', 'me')).toBe(todos.where('byOwner', 'me'))
  for (const name of ['byNothing', 'toString', '__proto__']) {
    expect(caught(() => todos.where(name as 'byOwner', 'me'))).toBeInstanceOf(DefinitionError)
  }
})

test('an index is kept up by every write, add, put and delete', () => {
  const { todos } = setup()
  const row = todos.add({ title: 'a', owner: 'me' }, 'a')
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['a'])
  row.owner = 'you'
  expect([titles(todos.where('byOwner', 'me')), titles(todos.where('byOwner', 'you'))]).toEqual([[], ['a']])
  row.set({ owner: 'me', title: 'A' })
  todos.put('b', { title: 'b', owner: 'me', done: false })
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['A', 'b'])
  todos.put('a', { title: 'a', owner: 'you', done: false })
  row.reset()
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['', 'b'])
  todos.delete('a')
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['b'])
})

test('where is reactive by key: others do not wake', () => {
  const { todos } = setup()
  const a = todos.add({ title: 'a', owner: 'me' }, 'a')
  const me = watch(() => todos.where('byOwner', 'me').length)
  const you = watch(() => todos.where('byOwner', 'you').length)
  const they = watch(() => todos.where('byOwner', 'they').length)
  a.title = 'A'
  a.done = true
  expect([me, you, they]).toEqual([[1], [0], [0]])
  const b = todos.add({ owner: 'you' }, 'b')
  expect([me, you, they]).toEqual([[1], [0, 1], [0]])
  b.owner = 'me'
  expect([me, you, they]).toEqual([[1, 2], [0, 1, 0], [0]])
  todos.delete('a')
  todos.delete('b')
  todos.add({ owner: 'you' }, 'c')
  expect([me, you, they]).toEqual([[1, 2, 1, 0], [0, 1, 0, 1], [0]])
})

test('where may be asked first by a computed', () => {
  const { todos } = setup()
  const a = todos.add({ title: 'a', owner: 'me' }, 'a')
  const mine = computed(() => titles(todos.where('byOwner', 'me')).join())
  expect(mine.value).toBe('a')
  const runs = watch(() => mine.value)
  todos.add({ title: 'b', owner: 'me' })
  a.owner = 'you'
  expect(runs).toEqual(['a', 'a,b', 'b'])
})

test('only the changed row is asked for its key', () => {
  const asked: string[] = []
  const Counted = collection(Todo, {
    index: {
      byOwner: (row) => {
        asked.push(row.title)
        return row.owner
      },
    },
  })
  const todos = createStore({ state: [Counted] }).get(Counted)
  for (let i = 0; i < 50; i++) todos.add({ title: `t${i}` }, `${i}`)
  todos.where('byOwner', 'me')
  asked.length = 0
  todos.get('7')!.owner = 'you'
  todos.add({ title: 'new' })
  todos.delete('9')
  todos.where('byOwner', 'me')
  todos.where('byOwner', 'you')
  expect(new Set(asked)).toEqual(new Set(['t7', 'new']))
  expect(asked.length).toBeLessThanOrEqual(4)
})

test('a rolled back transaction leaves indexes as they were, whenever they were made', () => {
  for (const early of [true, false]) {
    const { todos, store } = setup()
    const rows = ['a', 'b', 'c'].map((id) => todos.add({ title: id, owner: 'me' }, id))
    const seen = early ? watch(() => titles(todos.where('byOwner', 'me')).join()) : []
    failing(store, () => {
      rows[0]!.owner = 'you'
      todos.delete('b')
      todos.add({ title: 'd', owner: 'you' }, 'd')
      todos.add({ title: 'b2', owner: 'you' }, 'b')
      expect(titles(todos.where('byOwner', 'you'))).toEqual(['a', 'd', 'b2'])
      expect(titles(todos.where('byOwner', 'me'))).toEqual(['c'])
    })
    expect(titles(todos.where('byOwner', 'me'))).toEqual(['a', 'b', 'c'])
    expect(titles(todos.where('byOwner', 'you'))).toEqual([])
    if (early) expect(new Set(seen)).toEqual(new Set(['a,b,c']))
  }
})

test('an index function that throws refuses the write, whole', () => {
  const Fussy = collection(Todo, {
    index: {
      byOwner: (row) => row.owner,
      fussy: (row) => {
        if (row.title === 'bad') throw new RangeError('fussy')
        return row.title
      },
    },
  })
  const todos = createStore({ state: [Fussy] }).get(Fussy)
  const row = todos.add({ title: 'good' }, 'a')
  todos.where('byOwner', 'me')
  todos.where('fussy', 'good')
  expect(() => row.set({ owner: 'you', title: 'bad' })).toThrow('fussy')
  expect(() => {
    row.title = 'bad'
  }).toThrow('fussy')
  expect(() => todos.add({ title: 'bad' }, 'b')).toThrow('fussy')
  expect(row.toJSON()).toEqual({ title: 'good', owner: 'me', done: false })
  expect([...todos.ids]).toEqual(['a'])
  expect([todos.where('byOwner', 'me'), todos.where('byOwner', 'you'), todos.where('fussy', 'good')]).toEqual([
    [row],
    [],
    [row],
  ])
})

test('keys are compared by identity, NaN included', () => {
  const Any = defineModel('any', { k: v.any() }, { initial: { k: null } })
  const Anys = collection(Any, { index: { byK: (row) => row.k } })
  const rows = createStore({ state: [Anys] }).get(Anys)
  for (const k of [NaN, undefined, null, 0, '0', false]) {
    rows.add({ k })
    expect(rows.where('byK', k)).toHaveLength(1)
  }
})
