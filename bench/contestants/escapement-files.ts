import { rm } from 'node:fs/promises'
import { collection, defineModel, openStore } from 'escapement'
import { fileStorage } from 'escapement/storage/file'
import * as v from 'valibot'
import type { Trial } from '../scenario.ts'
import { commitAt, inFlight, KEYS, keyAt } from '../scenarios/commits.ts'
import { newDirectory } from '../scenarios/directory.ts'

const Todo = defineModel(
  'todo',
  { title: v.string(), done: v.boolean(), owner: v.string() },
  { initial: { title: '', done: false, owner: '' } },
)
const Todos = collection(Todo)
const open = (directory: string, options = {}) =>
  openStore({ storage: fileStorage(directory, options), state: [Todos] })

export async function commits(width: number): Promise<Trial> {
  const directory = newDirectory()
  let store = await open(directory)
  let done = 0
  return {
    run(from, to) {
      const todos = store.get(Todos)
      done = to * width
      return inFlight(width, from * width, to * width, (i) => {
        todos.put(keyAt(i), commitAt(i))
        return store.flush()
      })
    },
    async outcome() {
      await store.close()
      store = await open(directory)
      const todos = store.get(Todos)
      return { rows: todos.size, last: { ...todos.get(keyAt(done - 1))?.toJSON() } }
    },
    async close() {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** A directory with that many commits in it, each of a row of its own (one journal, never compacted) or in turn of `keys` rows. */
export async function filled(count: number, keys = count): Promise<string> {
  const directory = newDirectory()
  const compactAt = keys === count ? { compactAt: Number.POSITIVE_INFINITY } : {}
  const store = await open(directory, { sync: 'never', ...compactAt })
  const todos = store.get(Todos)
  for (let i = 0; i < count; i++) {
    todos.put(`todo-${i % keys}`, commitAt(i))
    // As a program would that lives longer than a moment: so that files grow as they do.
    if (i % 1000 === 999) await store.flush()
  }
  await store.close()
  return directory
}

export async function reopen(count: number): Promise<Trial> {
  const directory = await filled(count)
  let found = {}
  return {
    async run(from, to) {
      let spent = 0
      for (let step = from; step < to; step++) {
        const start = performance.now()
        const store = await open(directory)
        spent += performance.now() - start
        const todos = store.get(Todos)
        found = { rows: todos.size, last: { ...todos.get(`todo-${count - 1}`)?.toJSON() } }
        await store.close()
      }
      return spent
    },
    outcome: () => found,
    close: () => rm(directory, { recursive: true }),
  }
}

export async function reopenCompacted(count: number): Promise<Trial> {
  const directory = await filled(count, KEYS)
  let rows = 0
  return {
    async run(from, to) {
      let spent = 0
      for (let step = from; step < to; step++) {
        const start = performance.now()
        const store = await open(directory)
        spent += performance.now() - start
        rows = store.get(Todos).size
        await store.close()
      }
      return spent
    },
    outcome: () => ({ rows }),
    close: () => rm(directory, { recursive: true }),
  }
}
