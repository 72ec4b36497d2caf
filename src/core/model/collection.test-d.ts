import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { type Collection, collection, createStore, type Drafted, defineModel, type Row } from '../index.ts'

const Todo = defineModel(
  'todo',
  {
    title: v.string(),
    owner: v.optional(v.string(), 'me'),
    due: v.pipe(
      v.union([v.string(), v.date()]),
      v.transform((x) => new Date(x)),
    ),
  },
  { initial: { title: '', due: '2024-01-01' }, computed: { loud: (t) => t.title.toUpperCase() } },
)
const Todos = collection(Todo, { index: { byOwner: (row) => row.owner, byDay: (row) => row.due.getDay() } })
const store = createStore({ state: [Todos, Todo] })
const todos = store.get(Todos)
type TodoRow = Row<(typeof Todo)['fields'], { loud: (t: never) => string }>

test('a row has the output types, its id, and what is computed', () => {
  const row = todos.add()
  expectTypeOf(row.$id).toEqualTypeOf<string>()
  expectTypeOf(row.title).toEqualTypeOf<string>()
  expectTypeOf(row.owner).toEqualTypeOf<string>()
  expectTypeOf(row.due).toEqualTypeOf<Date>()
  expectTypeOf(row.loud).toEqualTypeOf<string>()
  expectTypeOf(todos.get('x')).toEqualTypeOf<typeof row | undefined>()
  expectTypeOf(row).toExtend<TodoRow>()
  for (const each of todos) expectTypeOf(each).toEqualTypeOf<typeof row>()
  row.title = 'x'
  const writes = () => {
    // @ts-expect-error an id stays
    row.$id = 'x'
    // @ts-expect-error no such field
    row.tilte = 'x'
    // @ts-expect-error a string is asked for
    row.title = 1
    // @ts-expect-error derived
    row.loud = 'x'
    // @ts-expect-error perhaps there is none
    todos.get('x').title
  }
  expectTypeOf(writes).toBeFunction()
})

test('add takes a part of the inputs, put all of them', () => {
  todos.add({ title: 'x' }, 'id')
  todos.add({ due: '2024-01-01' })
  todos.put('id', { title: 'x', due: new Date(0) })
  expectTypeOf(todos.put).returns.toEqualTypeOf<ReturnType<typeof todos.add>>()
  const writes = () => {
    // @ts-expect-error no such field
    todos.add({ tilte: 'x' })
    // @ts-expect-error neither a string nor a date
    todos.add({ due: 7 })
    // @ts-expect-error ids are strings
    todos.add({}, 7)
    // @ts-expect-error put replaces the whole value: due is missing
    todos.put('id', { title: 'x' })
    // @ts-expect-error derived
    todos.add({ loud: 'x' })
  }
  expectTypeOf(writes).toBeFunction()
})

test('the rest of a collection', () => {
  expectTypeOf(todos.has('x')).toEqualTypeOf<boolean>()
  expectTypeOf(todos.delete('x')).toEqualTypeOf<boolean>()
  expectTypeOf(todos.size).toEqualTypeOf<number>()
  expectTypeOf(todos.ids).toEqualTypeOf<readonly string[]>()
  expectTypeOf(todos.listen).toEqualTypeOf<(fn: () => void) => () => void>()
  const writes = () => {
    // @ts-expect-error counted, not written
    todos.size = 1
    // @ts-expect-error frozen
    todos.ids.push('x')
  }
  expectTypeOf(writes).toBeFunction()
})

test('where takes the names of the indexes, and no other', () => {
  const rows = todos.where('byOwner', 'me')
  expectTypeOf(rows).toEqualTypeOf<readonly ReturnType<typeof todos.add>[]>()
  expectTypeOf(todos.where).parameter(0).toEqualTypeOf<'byOwner' | 'byDay'>()
  const Bare = collection(Todo)
  const calls = () => {
    // @ts-expect-error no such index
    todos.where('byTitle', 'x')
    // @ts-expect-error a collection without indexes has none to ask
    store.get(Bare).where('byOwner', 'x')
    // @ts-expect-error frozen
    rows.push(todos.add())
    collection(Todo, {
      index: {
        byLength: (row) => {
          expectTypeOf(row.due).toEqualTypeOf<Date>()
          // @ts-expect-error an index only looks
          row.title = 'x'
          // @ts-expect-error no such field
          return row.tilte
        },
      },
    })
    // @ts-expect-error only models and machines can be collected
    collection(7)
    // @ts-expect-error a collection cannot be collected
    collection(Todos)
  }
  expectTypeOf(calls).toBeFunction()
})

test('drafts have the fields and three calls more', () => {
  const draft = store.checkout(Todo)
  expectTypeOf(draft).toExtend<Drafted<{ title: string }>>()
  expectTypeOf(draft.title).toEqualTypeOf<string>()
  expectTypeOf(draft.commit).toEqualTypeOf<(options?: { force?: boolean }) => void>()
  expectTypeOf(draft.rebase).toEqualTypeOf<() => void>()
  expectTypeOf(draft.changes().due).toEqualTypeOf<{ before: Date; after: Date } | undefined>()
  expectTypeOf(store.checkout(todos.add()).$id).toEqualTypeOf<string>()
  draft.title = 'x'
  const writes = () => {
    // @ts-expect-error no such field
    draft.tilte = 'x'
    // @ts-expect-error derived
    draft.loud = 'x'
    // @ts-expect-error a live model is no draft
    store.get(Todo).commit()
  }
  expectTypeOf(writes).toBeFunction()
})

test('subscribers get what toJSON answers', () => {
  store.subscribe(Todo, (snapshot) => {
    expectTypeOf(snapshot).toEqualTypeOf<{ title: string; owner: string; due: Date }>()
  })
  store.subscribe(Todos, (rows) => {
    expectTypeOf(rows).toEqualTypeOf<ReadonlyMap<string, { title: string; owner: string; due: Date } | undefined>>()
  })
  expectTypeOf<Collection<{ a: number }, { a: number }, 'x'>['where']>().parameter(0).toEqualTypeOf<'x'>()
})
