import { untracked } from '@preact/signals-core'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, defineModel, effect, openStore, type Store } from '../index.ts'
import { counter } from './fixtures/counter.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { reports } from './fixtures/reports.ts'

// Those who are told of something may write, read, stop and start again right there.

describe('a write by those who hear of the status', () => {
  // A line in the interface that says "cannot save": the most ordinary thing to do.
  const ways: Record<string, (store: Store, on: (word: string) => void) => void> = {
    'an effect on the status': (store, on) =>
      effect(() => {
        const { status } = store
        untracked(() => on(status))
      }),
    'an effect on the error': (store, on) =>
      effect(() => {
        const { storageError } = store
        untracked(() => on(storageError ? 'failed' : 'saved'))
      }),
    'a tracer': (store, on) => void store.trace({ status: on }),
  }
  for (const [who, attach] of Object.entries(ways)) {
    test(`${who}: one call at a time, the wait is kept, and "saved" means saved`, async () => {
      const storage = disk()
      const timers = manualTimers()
      const { onError, list } = reports()
      const store = await openStore({ storage, state: [Lamp, Tank], timers, onError })
      const [lamp, tank] = [store.get(Lamp), store.get(Tank)]
      storage.manual = true
      let last = ''
      attach(store, (word) => {
        if (word === last || (word !== 'failed' && word !== 'saved')) return
        const first = last === ''
        last = word
        if (!first || word === 'failed') lamp.colour = word
      })
      tank.level = 1
      await settled()
      await storage.calls[0]?.reject()
      expect(lamp.colour).toBe('failed')
      expect(storage.calls).toHaveLength(1)
      expect(store.status).toBe('failed')
      timers.advance(99)
      await settled()
      expect(storage.calls).toHaveLength(1)
      timers.advance(1)
      await settled()
      expect(storage.calls).toHaveLength(2)
      expect([...(storage.calls[1]?.commits[0]?.keys() ?? [])].sort()).toEqual(['model/lamp', 'model/tank'])
      expect(store.status).not.toBe('saved')
      tank.level = 2
      await storage.calls[1]?.resolve()
      for (let i = 2; i < storage.calls.length; i++) {
        expect(store.status).not.toBe('saved')
        await storage.calls[i]?.resolve()
      }
      expect(storage.most).toBe(1)
      expect(lamp.colour).toBe('saved')
      expect(storage.entries.get('model/lamp')).toMatchObject({ d: { colour: 'saved' } })
      expect(storage.entries.get('model/tank')).toMatchObject({ d: { level: 2 } })
      expect([store.status, store.storageError, timers.pending, list.length]).toEqual(['saved', undefined, 0, 1])
    })
  }

  test('onError: the same', async () => {
    const storage = disk()
    const timers = manualTimers()
    let store: Store | undefined
    const onError = () => {
      if (store) store.get(Lamp).colour = 'failed'
    }
    store = await openStore({ storage, state: [Lamp, Tank], timers, onError })
    storage.failing = new Error('no space')
    store.get(Tank).level = 1
    await settled()
    expect([store.get(Lamp).colour, store.status, storage.writes.length]).toEqual(['failed', 'failed', 1])
    storage.failing = undefined
    timers.advance(100)
    await settled()
    expect(storage.entries.size).toBe(2)
    expect([store.status, timers.pending]).toEqual(['saved', 0])
  })
})

describe('listeners', () => {
  test('are called once per commit, without arguments, of a model, a row, a collection and the store', () => {
    const store = createStore({ state: [Lamp, Todos] })
    const [lamp, todos] = [store.get(Lamp), store.get(Todos)]
    const calls: string[] = []
    const listen = (what: { listen(fn: (...args: unknown[]) => void): () => void }, name: string) =>
      what.listen((...args) => calls.push(`${name}${args.length}`))
    const row = todos.add({}, 'x')
    const stops = [listen(lamp, 'lamp'), listen(row, 'row'), listen(todos, 'todos'), listen(store, 'store')]
    store.transaction(() => {
      lamp.watts = 6
      lamp.on = true
      row.title = 'a'
      row.done = true
      todos.add()
    })
    expect(calls.sort()).toEqual(['lamp0', 'row0', 'store0', 'todos0'])
    calls.length = 0
    todos.delete('x')
    expect(calls.sort()).toEqual(['row0', 'store0', 'todos0'])
    for (const stop of stops) stop()
    lamp.watts = 7
    expect(calls).toHaveLength(3)
  })

  test('the same function twice is two listeners, each stopped by its own', () => {
    const store = createStore({ state: [Lamp] })
    let called = 0
    const fn = () => void called++
    const stops = [store.listen(fn), store.listen(fn), store.get(Lamp).listen(fn), store.get(Lamp).listen(fn)]
    store.get(Lamp).watts = 6
    expect(called).toBe(4)
    stops[0]?.()
    stops[0]?.()
    stops[2]?.()
    store.get(Lamp).watts = 7
    expect(called).toBe(6)
  })

  test('one that comes while a commit is announced hears from the next one on', () => {
    const store = createStore({ state: [Lamp] })
    const log: string[] = []
    let added = false
    store.listen(() => {
      log.push('first')
      if (!added) store.listen(() => log.push('late'))
      added = true
    })
    store.get(Lamp).watts = 6
    expect(log).toEqual(['first'])
    store.get(Lamp).watts = 7
    expect(log).toEqual(['first', 'first', 'late'])
  })

  test('that make a transaction which fails change nothing, and are reported', () => {
    const { onError, list } = reports()
    const store = createStore({ state: [Lamp, Tank], onError })
    store.get(Lamp).listen(() => {
      store.transaction(() => {
        store.get(Tank).size = 1
        store.get(Tank).level = 50
      })
    })
    store.get(Lamp).on = true
    expect(store.get(Tank).toJSON()).toEqual({ level: 0, size: 100 })
    expect(list).toHaveLength(1)
    expect(list[0]).toMatch(/^listener: .*spills over/)
  })

  test('in an effect, a transaction that fails does the same', () => {
    const { onError, list } = reports()
    const store = createStore({ state: [Lamp, Tank], onError })
    effect(() => {
      if (store.get(Lamp).on) store.get(Tank).level = 500
    })
    store.get(Lamp).on = true
    expect(store.get(Tank).level).toBe(0)
    expect(list).toHaveLength(1)
    expect(list[0]).toMatch(/^effect: .*spills over/)
  })
})

describe('what user code throws in the middle leaves the store whole', () => {
  test('a check that throws undoes all, and comes out as it is', () => {
    const mine = new TypeError('mine')
    let broken = false
    const Odd = defineModel(
      'odd',
      { n: v.number() },
      {
        initial: { n: 0 },
        check: () => {
          if (broken) throw mine
          return true
        },
      },
    )
    const store = createStore({ state: [Odd, Lamp] })
    broken = true
    expect(() =>
      store.transaction(() => {
        store.get(Lamp).on = true
        store.get(Odd).n = 1
      }),
    ).toThrow(mine)
    expect(() => {
      store.get(Odd).n = 2
    }).toThrow(mine)
    expect([store.get(Lamp).on, store.get(Odd).n]).toEqual([false, 0])
    broken = false
    store.get(Odd).n = 3
    expect(store.get(Odd).n).toBe(3)
  })

  test('a mutation that throws when it is told of its end does not stop effects for ever', () => {
    const { onError } = reports()
    const Door = counter('door')
    const store = createStore({ state: [Lamp, Door], onError })
    try {
      store.transaction(() => {
        store.get(Door).submit(
          () => {},
          () => {
            throw new Error('told')
          },
        )
        throw new Error('no')
      })
    } catch {
      // Which of the two comes out is all the same here.
    }
    const seen: number[] = []
    effect(() => void seen.push(store.get(Lamp).watts))
    expect(seen).toEqual([5])
    let heard = 0
    store.listen(() => heard++)
    store.get(Lamp).watts = 6
    store.transaction(() => {
      store.get(Lamp).watts = 7
    })
    expect([seen, heard]).toEqual([[5, 6, 7], 2])
  })

  test('a computed that throws, read in a transaction, rolls back like any throw', () => {
    const Odd = defineModel(
      'odd',
      { n: v.number() },
      {
        initial: { n: 1 },
        computed: {
          inverse: (m) => {
            if (m.n === 0) throw new RangeError('of nothing')
            return 1 / m.n
          },
        },
      },
    )
    const store = createStore({ state: [Odd] })
    const odd = store.get(Odd)
    expect(odd.inverse).toBe(1)
    expect(() =>
      store.transaction(() => {
        odd.n = 0
        void odd.inverse
      }),
    ).toThrow(RangeError)
    expect([odd.n, odd.inverse]).toEqual([1, 1])
  })
})
