import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import type { ComputedRef } from 'vue'
import { collection, createMachine, createStore, defineMachine, defineModel, type Store } from '../../core/index.ts'
import { useMachine, useModel, useStore, useStoreValue } from './index.ts'

const Connection = defineMachine('connection', { Start: {}, Connected: { require: ['Start'] } })
const Connections = collection(Connection)
const Todo = defineModel('todo', { title: v.string(), done: v.boolean() }, { initial: { title: '', done: false } })
const Todos = collection(Todo)
const store = createStore({ state: [Connection, Todo, Todos] })

test('what is selected has the type of what the selector answers', () => {
  expectTypeOf(useStoreValue(() => store.status === 'saved')).toEqualTypeOf<ComputedRef<boolean>>()
  expectTypeOf(useModel(Todo, (todo) => todo.title)).toEqualTypeOf<ComputedRef<string>>()
  expectTypeOf(useModel(store.get(Todo), (todo) => todo.title)).toEqualTypeOf<ComputedRef<string>>()
  expectTypeOf(useModel(Todos, (todos) => todos.get('a')?.title)).toEqualTypeOf<ComputedRef<string | undefined>>()
  expectTypeOf(useMachine(Connection, (c) => c.is('Connected'))).toEqualTypeOf<ComputedRef<boolean>>()
  expectTypeOf(useMachine(createMachine(Connection), (c) => c.is('Connected'))).toEqualTypeOf<ComputedRef<boolean>>()
  expectTypeOf(useMachine(Connections, (all) => all.get('a')?.is('Start'))).toEqualTypeOf<
    ComputedRef<boolean | undefined>
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
