import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createStore } from '../index.ts'
import { Todos } from './fixtures/todos.ts'

test('a deleted row that nobody holds is let go', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const store = createStore({ state: [Todos] })
  const todos = store.get(Todos)
  const refs = ['a', 'b', 'c'].map((id) => new WeakRef(todos.add({ title: id }, id)))
  todos.where('byOwner', 'me')
  todos.delete('a')
  store.transaction(() => {
    todos.delete('b')
  })
  // A WeakRef holds on to what it was made with until the end of the turn.
  await new Promise((resolve) => setImmediate(resolve))
  gc()
  expect(refs.map((ref) => ref.deref()?.title)).toEqual([undefined, undefined, 'c'])
})
