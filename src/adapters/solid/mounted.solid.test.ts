import { createEffect, createRoot, createSignal } from 'solid-js'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel } from '../../core/index.ts'
import { useModel } from './index.ts'

// What is Solid's own: its signals in selectors. The rest is in the contract of all bindings.

const Todo = defineModel('todo', { title: v.string() }, { initial: { title: '' } })
const Todos = collection(Todo)

const setup = () => {
  const todos = createStore({ state: [Todos] }).get(Todos)
  return { todos, a: todos.add({ title: 'a' }, 'a'), b: todos.add({ title: 'b' }, 'b') }
}

test('a selector may read signals and props', () => {
  const { todos, a, b } = setup()
  const [id, setId] = createSignal('a')
  createRoot((dispose) => {
    const title = useModel(todos, (all) => all.get(id())?.title)
    expect(title()).toBe('a')
    setId('b')
    expect(title()).toBe('b')
    b.title = 'B'
    expect(title()).toBe('B')
    a.title = 'A'
    setId('a')
    expect(title()).toBe('A')
    dispose()
  })
})

test('an effect that writes depends on nothing that selectors read', () => {
  const { todos, a } = setup()
  const [id, setId] = createSignal('a')
  const [trigger, setTrigger] = createSignal(0)
  let runs = 0
  const dispose = createRoot((dispose) => {
    const title = useModel(todos, (all) => all.get(id())?.title)
    createEffect(() => void title())
    createEffect(() => {
      runs++
      a.title = `${trigger()}`
    })
    return dispose
  })
  setTrigger(1)
  expect([runs, a.title]).toEqual([2, '1'])
  setId('b')
  expect(runs).toBe(2)
  dispose()
})
