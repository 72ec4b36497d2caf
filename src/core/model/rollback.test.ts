import { expect, test } from 'vitest'
import { memoryStorage, openStore } from '../index.ts'
import { failing } from './fixtures/scenes.ts'
import { Todos } from './fixtures/todos.ts'

test('a row whose adding was rolled back can bring nothing into storage', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Todos] })
  const todos = store.get(Todos)
  let ghost = todos.get('a')
  failing({ store }, () => {
    ghost = todos.add({ title: 'ghost' }, 'a')
  })
  try {
    ghost!.title = 'boo'
  } catch {}
  expect([todos.size, todos.has('a')]).toEqual([0, false])
  await store.close()
  expect([...(await storage.open()).keys()]).toEqual([])
})
