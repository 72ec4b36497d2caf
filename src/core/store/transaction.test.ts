import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { computed, createStore, openStore, TransactionError } from '../index.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { reports } from './fixtures/reports.ts'

const setup = () => {
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp, Tank, Todos], onError })
  return { store, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos), list }
}

/** Any function, as a caller without types would give it. */
const untyped = (fn: () => unknown) => fn as () => string

describe('a returned promise', () => {
  test('that rejects is no unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const { store } = setup()
      expect(() => store.transaction(untyped(() => Promise.reject(new Error('later'))))).toThrow(TransactionError)
      await settled()
      await settled()
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  test('any thenable is one', () => {
    const { store } = setup()
    // biome-ignore lint/suspicious/noThenProperty: what the store must notice
    expect(() => store.transaction(untyped(() => ({ then: () => {} })))).toThrow(TransactionError)
  })
})

describe('rolled-back values', () => {
  test('no tracer and no storage ever sees one', async () => {
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp, Todos], timers: manualTimers() })
    const [lamp, todos] = [store.get(Lamp), store.get(Todos)]
    const seen: unknown[] = []
    store.trace({ commit: ({ changes }) => seen.push(...changes.map(({ after }) => after)) })
    const evil = () =>
      store.transaction(() => {
        lamp.watts = 666
        todos.add({}, 'evil')
        throw new Error('no')
      })
    expect(evil).toThrow('no')
    store.transaction(() => {
      expect(evil).toThrow('no')
      lamp.on = true
    })
    await store.flush()
    expect(seen).toEqual([true])
    expect(JSON.stringify(storage.writes.flat().map((commit) => [...commit]))).not.toMatch(/666|evil/)
  })

  test('a computed read inside is evaluated on uncommitted values', () => {
    const { store, tank } = setup()
    const double = computed(() => tank.level * 2)
    expect([tank.free, double.value]).toEqual([100, 0])
    store.transaction(() => {
      tank.level = 30
      expect([tank.free, double.value]).toEqual([70, 60])
      expect(() =>
        store.transaction(() => {
          tank.level = 50
          expect([tank.free, double.value]).toEqual([50, 100])
          throw new Error('no')
        }),
      ).toThrow('no')
      expect([tank.free, double.value]).toEqual([70, 60])
    })
    expect([tank.free, double.value]).toEqual([70, 60])
  })
})
