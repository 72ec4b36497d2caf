import { flushSync, mount, unmount } from 'svelte'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel } from '../../core/index.ts'
import Own from './fixtures/Own.svelte'
import { useModel } from './index.ts'

// What is Svelte's own: runes in selectors, $derived, the contract of stores. The rest is in the contract of all bindings.

const Todo = defineModel('todo', { title: v.string() }, { initial: { title: '' } })
const Todos = collection(Todo)

const setup = () => {
  const todos = createStore({ state: [Todos] }).get(Todos)
  return { todos, a: todos.add({ title: 'a' }, 'a'), b: todos.add({ title: 'b' }, 'b') }
}

test('a selector may read runes, and an effect that writes depends on nothing that it reads', () => {
  const { todos, a, b } = setup()
  const log: string[] = []
  const target = document.createElement('div')
  const page = mount(Own, { target, props: { todos, a, log: (line: string) => log.push(line) } })
  const text = () => target.querySelector('p')?.textContent
  const click = (what: string) => {
    target.querySelector<HTMLButtonElement>(`.${what}`)?.click()
    flushSync()
  }
  flushSync()
  expect([text(), log]).toEqual(['a0 A0 a0', ['effect 0']])
  click('trigger')
  expect([text(), log]).toEqual(['a1 A1 a1', ['effect 0', 'effect 1']])
  click('id')
  expect(text()).toBe('b B a1')
  expect(log).toHaveLength(2)
  b.title = 'x'
  flushSync()
  expect(text()?.slice(0, 3)).toBe('x X')
  unmount(page)
})

test('it is a readable store too', () => {
  const { todos, a } = setup()
  const seen: unknown[] = []
  const title = useModel(todos, (all) => all.get('a')?.title)
  const stop = title.subscribe((value) => seen.push(value))
  a.title = 'A'
  todos.add({}, 'c')
  expect(title.current).toBe('A')
  stop()
  a.title = 'B'
  expect(seen).toEqual(['a', 'A'])
})
