import { untracked } from '@preact/signals-core'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, effect, openStore, type Store } from '../index.ts'
import { counter } from './fixtures/counter.ts'
import { Lamp, Tank } from './fixtures/definitions.ts'
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

describe('what user code throws in the middle leaves the store whole', () => {
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
})
