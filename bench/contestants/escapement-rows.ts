import {
  collection,
  createStore,
  defineModel,
  openStore,
  type StorageAdapter,
  snapshotText as textOf,
} from 'escapement'
import * as v from 'valibot'
import type { Trial } from '../scenario.ts'
import { type Entries, entriesOfStored, IDS, ROWS, rowAt, type Stored, storedOf } from '../scenarios/todo.ts'

export const Todo = defineModel(
  'todo',
  { title: v.string(), done: v.boolean(), owner: v.string() },
  { initial: { title: '', done: false, owner: '' } },
)
export const Todos = collection(Todo)

export function added(): Trial {
  const todos = createStore({ state: [Todos] }).get(Todos)
  return {
    run(from, to) {
      for (let i = from; i < to; i++) todos.add(rowAt(i), IDS[i])
    },
    outcome: () => ({ size: todos.size, last: { ...todos.get(IDS[todos.size - 1]!)?.toJSON() } }),
  }
}

export function addAll(): Trial {
  const todos = createStore({ state: [Todos] }).get(Todos)
  let most = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        for (let i = 0; i < ROWS; i++) todos.add(rowAt(i), IDS[i])
        most = todos.size
        for (let i = 0; i < ROWS; i++) todos.delete(IDS[i]!)
      }
    },
    outcome: () => ({ size: todos.size, most }),
  }
}

export function snapshotText(entries: Entries, titleAt: (step: number) => string): Trial {
  const store = createStore({ state: [Todos], snapshot: storedOf(entries) })
  const todos = store.get(Todos)
  let text = ''
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        todos.get(IDS[step % ROWS]!)!.title = titleAt(step)
        text = textOf(store)
      }
    },
    outcome: () => entriesOfStored(JSON.parse(text)),
  }
}

export function hydrated(text: string): Trial {
  let store = createStore({ state: [Todos] })
  return {
    run(from, to) {
      // In the scenario that counts bytes, the steps are the rows.
      for (let step = from; step < to; step++) {
        store = createStore({ state: [Todos], snapshot: JSON.parse(text) as Stored })
        if (to - from === ROWS) break
      }
    },
    outcome: () => entriesOfStored(store.snapshot() as Stored),
  }
}

/** As `hydrated`, from a storage whose text it is: the store may keep what was parsed, a snapshot it must copy. */
export function opened(text: string): Trial {
  const storage: StorageAdapter = {
    name: 'text',
    async open() {
      const parsed = JSON.parse(text) as Stored
      const entries = new Map<string, unknown>()
      for (const key in parsed) entries.set(key, parsed[key])
      return entries
    },
    write: async () => {},
    close: async () => {},
  }
  let store = createStore({ state: [Todos] })
  return {
    async run(from, to) {
      for (let step = from; step < to; step++) store = await openStore({ storage, state: [Todos] })
    },
    outcome: () => entriesOfStored(store.snapshot() as Stored),
  }
}
