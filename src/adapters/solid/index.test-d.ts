import type { Accessor } from 'solid-js'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { collection, createMachine, createStore, defineMachine, defineModel, type Store } from '../../core/index.ts'
import { useMachine, useModel, useStore, useStoreValue } from './index.ts'

const Connection = defineMachine('connection', { Start: {}, Connected: { require: ['Start'] } })
const Connections = collection(Connection)
const Todo = defineModel('todo', { title: v.string(), done: v.boolean() }, { initial: { title: '', done: false } })
const Todos = collection(Todo)
const store = createStore({ state: [Connection, Todo, Todos] })

test('what is selected has the type of what the selector answers', () => {
  expectTypeOf(useStoreValue(() => store.status === 'saved')).toEqualTypeOf<Accessor<boolean>>()
  expectTypeOf(useModel(Todo, (todo) => todo.title)).toEqualTypeOf<Accessor<string>>()
  expectTypeOf(useModel(store.get(Todo), (todo) => todo.title)).toEqualTypeOf<Accessor<string>>()
  expectTypeOf(useModel(Todos, (todos) => todos.get('a')?.title)).toEqualTypeOf<Accessor<string | undefined>>()
  expectTypeOf(useMachine(Connection, (c) => c.is('Connected'))).toEqualTypeOf<Accessor<boolean>>()
  expectTypeOf(useMachine(createMachine(Connection), (c) => c.is('Connected'))).toEqualTypeOf<Accessor<boolean>>()
  expectTypeOf(useMachine(Connections, (all) => all.get('a')?.is('Start'))).toEqualTypeOf<
    Accessor<boolean | undefined>
  >()
  expectTypeOf(useStore()).toEqualTypeOf<Store>()
})

test('what cannot be is refused', () => {
  // @ts-expect-error: no such state
  useMachine(Connection, (c) => c.is('Conected'))
  // @ts-expect-error: no such field
  useModel(Todo, (todo) => todo.titel)
  // @ts-expect-error: a model is no machine
  useMachine(Todo, () => 1)
  // @ts-expect-error: reading needs a selector
  useModel(Todo)
  const asNumbers = (before: number, after: number) => before === after
  // @ts-expect-error: compares what was selected
  useModel(Todo, (todo) => todo.title, asNumbers)
})
