import { collection, defineModel, openStore } from 'escapement'
import { indexedDbStorage } from 'escapement/storage/indexeddb'
import { entries, promisifyRequest, setMany, type UseStore } from 'idb-keyval'
import * as v from 'valibot'
import { commitAt, inFlight, keptAfter, keyAt } from '../scenarios/commits.ts'
import type { Row } from '../scenarios/todo.ts'

export type Durability = 'strict' | 'relaxed'

/** Numbered commits of one row each, `width` of them waiting at a time. Steps are numbered, so that everyone does the same. */
export interface Commits {
  run(from: number, to: number): Promise<void>
  /** What is found after opening again, in the words of `keptAfter`. */
  outcome(): Promise<{ rows: number; last: Row | undefined }>
  close(): Promise<void>
}

const Todos = collection(
  defineModel(
    'todo',
    { title: v.string(), done: v.boolean(), owner: v.string() },
    { initial: { title: '', done: false, owner: '' } },
  ),
)

async function escapement(name: string, durability: Durability, width: number): Promise<Commits> {
  const open = () => openStore({ storage: indexedDbStorage(name, { durability }), state: [Todos] })
  let store = await open()
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
      store = await open()
      const todos = store.get(Todos)
      return { rows: todos.size, last: todos.get(keyAt(done - 1))?.toJSON() }
    },
    close: () => store.close(),
  }
}

/** The bare library, over a connection that is kept: each commit a transaction of its own, no check, no order, no retry. */
async function keyval(name: string, durability: Durability, width: number): Promise<Commits> {
  const request = indexedDB.open(name)
  request.onupgradeneeded = () => request.result.createObjectStore('keyval')
  const database = await promisifyRequest(request)
  const use: UseStore = async (mode, body) =>
    body(database.transaction('keyval', mode, { durability }).objectStore('keyval'))
  let done = 0
  return {
    run(from, to) {
      done = to * width
      return inFlight(width, from * width, to * width, (i) => setMany([[keyAt(i), commitAt(i)]], use))
    },
    async outcome() {
      const found = new Map(await entries<string, Row>(use))
      return { rows: found.size, last: found.get(keyAt(done - 1)) }
    },
    close: async () => database.close(),
  }
}

/** By label; the first one is ours. */
export const contestants = { escapement, 'idb-keyval setMany': keyval }

export { keptAfter }
