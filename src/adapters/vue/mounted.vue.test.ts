import * as v from 'valibot'
import { expect, test } from 'vitest'
import { effectScope, nextTick, reactive, ref, watchEffect } from 'vue'
import { collection, createStore, defineModel } from '../../core/index.ts'
import { useModel } from './index.ts'

// What is Vue's own: its refs in selectors, and effect scopes. The rest is in the contract of all bindings.

const Todo = defineModel('todo', { title: v.string() }, { initial: { title: '' } })
const Todos = collection(Todo)

const setup = () => {
  const todos = createStore({ state: [Todos] }).get(Todos)
  return { todos, a: todos.add({ title: 'a' }, 'a'), b: todos.add({ title: 'b' }, 'b') }
}

test('a selector may read refs and props', () => {
  const { todos, a, b } = setup()
  const scope = effectScope()
  const props = reactive({ id: 'a' })
  const title = scope.run(() => useModel(todos, (all) => all.get(props.id)?.title))!
  expect(title.value).toBe('a')
  props.id = 'b'
  expect(title.value).toBe('b')
  b.title = 'B'
  expect(title.value).toBe('B')
  a.title = 'A'
  props.id = 'a'
  expect(title.value).toBe('A')
  scope.stop()
})

test('an effect that writes depends on nothing that selectors read', async () => {
  const { todos, a } = setup()
  const scope = effectScope()
  const id = ref('a')
  const trigger = ref(0)
  let runs = 0
  scope.run(() => {
    const title = useModel(todos, (all) => all.get(id.value)?.title)
    watchEffect(() => void title.value)
    watchEffect(() => {
      runs++
      a.title = `${trigger.value}`
    })
  })
  trigger.value++
  await nextTick()
  expect([runs, a.title]).toEqual([2, '1'])
  id.value = 'b'
  await nextTick()
  expect(runs).toBe(2)
  scope.stop()
})

test('it ends with its scope', () => {
  const { todos, a } = setup()
  const scope = effectScope()
  let selected = 0
  const title = scope.run(() =>
    useModel(todos, (all) => {
      selected++
      return all.get('a')?.title
    }),
  )!
  expect(title.value).toBe('a')
  scope.stop()
  const before = selected
  a.title = 'A'
  expect(selected).toBe(before)
})
