import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, LockedError, LockTimeoutError, NotRegisteredError, openStore } from '../index.ts'
import { counter } from './fixtures/counter.ts'
import { Lamp, Tank, Todos, User } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { rejected, reports, thrown } from './fixtures/reports.ts'

const Door = counter('door')

const setup = () => {
  const timers = manualTimers()
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp, Tank, Todos, User, Door], timers, onError })
  return { store, timers, list, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos) }
}

/** A promise, and what ends it. */
const latch = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

describe('a lock', () => {
  test('hands out drafts, and answers what its callback answers', async () => {
    const { store, lamp, tank } = setup()
    const answer = await store.lock([Lamp, Tank], async (draft, other) => {
      draft.watts = 9
      await settled()
      other.level = draft.watts + 1
      expect([lamp.watts, tank.level]).toEqual([5, 0])
      expect([draft.watts, other.level, other.free]).toEqual([9, 10, 90])
      return 'answer'
    })
    expect(answer).toBe('answer')
  })

  test('takes a synchronous callback, rows, and live models too', async () => {
    const { store, lamp, todos } = setup()
    const row = todos.add({ title: 'x' }, 'x')
    await store.lock([row, lamp], (draft, other) => {
      draft.title = 'y'
      other.on = true
    })
    expect([row.title, lamp.on]).toEqual(['y', true])
    await store.lock([], () => {})
  })

  test('the same model twice is one lock', async () => {
    const { store, lamp } = setup()
    await store.lock([Lamp, Lamp], (draft) => {
      draft.on = true
    })
    expect(lamp.on).toBe(true)
  })

  test('a throw drops everything, kills the drafts and releases', async () => {
    const { store, lamp, tank } = setup()
    const mine = new Error('mine')
    const drafts: { on: boolean; commit(): void }[] = []
    const error = await rejected(
      store.lock([Lamp, Tank], async (draft, other) => {
        drafts.push(draft)
        draft.on = true
        other.level = 3
        await settled()
        throw mine
      }),
    )
    expect(error).toBe(mine)
    expect([lamp.on, tank.level]).toEqual([false, 0])
    expect(() => {
      if (drafts[0]) drafts[0].on = true
    }).toThrow()
    expect(() => drafts[0]?.commit()).toThrow()
    lamp.on = true
    await store.lock([Lamp, Tank], () => {})
  })

  test('a synchronous throw is a rejection', async () => {
    const { store, lamp } = setup()
    const promise = store.lock([Lamp], () => {
      throw new Error('at once')
    })
    expect(((await rejected(promise)) as Error).message).toBe('at once')
    lamp.on = true
  })

  test('drafts are dead after the end, too', async () => {
    const { store, lamp } = setup()
    let kept: typeof lamp | undefined
    await store.lock([Lamp], (draft) => {
      kept = draft
    })
    expect(() => {
      if (kept) kept.on = true
    }).toThrow(/lock/)
    expect(lamp.on).toBe(false)
  })

  test('of what the store does not hold is refused', async () => {
    const other = createStore({ state: [Lamp, Todos] })
    const store = createStore({ state: [Lamp, Todos] })
    expect(await rejected(store.lock([Tank], () => {}))).toBeInstanceOf(NotRegisteredError)
    expect(await rejected(store.lock([other.get(Lamp)], () => {}))).toBeInstanceOf(NotRegisteredError)
    expect(await rejected(store.lock([other.get(Todos).add()], () => {}))).toBeInstanceOf(NotRegisteredError)
  })

  test('is written to storage as one commit', async () => {
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp, Tank], timers: manualTimers() })
    await store.lock([Tank, Lamp], (tank, lamp) => {
      tank.level = 1
      lamp.on = true
    })
    await store.flush()
    expect(storage.writes.flat().map((commit) => [...commit.keys()].sort())).toEqual([['model/lamp', 'model/tank']])
  })
})

describe('while held', () => {
  test('every write to these models throws LockedError in the callback too, save by the drafts', async () => {
    const { store, lamp, todos } = setup()
    const row = todos.add({ title: 'x' }, 'x')
    const door = store.get(Door)
    const outside = store.checkout(Lamp)
    outside.on = true
    const ways: Record<string, () => unknown> = {
      accessor: () => {
        lamp.on = true
      },
      set: () => lamp.set({ on: true }),
      reset: () => lamp.reset(),
      'accessor of a row': () => {
        row.title = 'y'
      },
      'put of a row': () => todos.put('x', { title: 'y', done: true }),
      'delete of a row': () => todos.delete('x'),
      transaction: () =>
        store.transaction(() => {
          lamp.on = true
        }),
      'commit of another draft': () => outside.commit(),
      'commit by force': () => outside.commit({ force: true }),
      'a handler': () => {
        let error: unknown
        door.submit(() => {
          error = thrown(() => {
            lamp.on = true
          })
        })
        throw error
      },
    }
    const tryAll = (who: string) => {
      for (const [way, write] of Object.entries(ways)) {
        const error = thrown(write) as Error
        expect.soft([who, way, error.name]).toEqual([who, way, 'LockedError'])
      }
      expect.soft([who, lamp.on, row.title, todos.has('x')]).toEqual([who, false, 'x', true])
    }
    const done = store.lock([Lamp, row], async () => {
      tryAll('synchronous part')
      await settled()
      tryAll('later')
    })
    await done
  })

  test('the error says what is locked and where the holder took it', async () => {
    const { store, lamp } = setup()
    const { open, opened } = latch()
    const done = store.lock([Lamp], () => opened)
    await settled()
    const error = thrown(() => {
      lamp.on = true
    })
    expect(error).toBeInstanceOf(LockedError)
    expect((error as Error).message).toContain('lamp')
    expect((error as Error).message).toContain('lock.test.ts')
    open()
    await done
  })
})

describe('waiting', () => {
  test('a released lock goes to who waits, not to who comes at that moment', async () => {
    const { store } = setup()
    const log: string[] = []
    const first = store.lock([Lamp], async () => {
      await settled()
    })
    const second = store.lock([Lamp], () => void log.push('second'))
    const late = first.then(() => store.lock([Lamp], () => void log.push('late')))
    await Promise.all([first, second, late])
    expect(log).toEqual(['second', 'late'])
  })

  test('drafts come in the order asked for, not in that of taking', async () => {
    const { store, lamp, tank } = setup()
    await store.lock([Tank, Lamp], (first, second) => {
      first.level = 4
      second.on = true
    })
    await store.lock([Lamp, Tank], (first, second) => {
      first.watts = 1
      second.size = 50
    })
    expect([tank.level, tank.size, lamp.on, lamp.watts]).toEqual([4, 50, true, 1])
  })

  test('has a timeout of 10 s: LockTimeoutError names models and where the holder took it', async () => {
    const { store, timers } = setup()
    const { open, opened } = latch()
    const held = store.lock([Tank], function holderOfTank() {
      return opened
    })
    await settled()
    const waiting = rejected(store.lock([Lamp, Tank], () => {}))
    await settled()
    timers.advance(9_999)
    await settled()
    const own = thrownLater(waiting)
    expect(await own()).toBe('pending')
    timers.advance(1)
    const error = (await waiting) as LockTimeoutError
    expect(error).toBeInstanceOf(LockTimeoutError)
    expect(error.models.join()).toMatch(/lamp/)
    expect(error.models.join()).toMatch(/tank/)
    expect(error.holder).toContain('lock.test.ts')
    expect(error.message).toContain('lock.test.ts')
    expect(error.message).toContain('10000')
    // What it had taken already is free again.
    store.get(Lamp).on = true
    open()
    await held
    await store.lock([Lamp, Tank], () => {})
    expect(timers.pending).toBe(0)
  })

  test('takes a timeout of its own, over all its models together', async () => {
    const { store, timers } = setup()
    const a = latch()
    const b = latch()
    const held = [store.lock([Lamp], () => a.opened), store.lock([Tank], () => b.opened)]
    await settled()
    const waiting = rejected(store.lock([Lamp, Tank], () => {}, { timeout: 100 }))
    await settled()
    timers.advance(60)
    a.open()
    await settled()
    timers.advance(39)
    expect(await thrownLater(waiting)()).toBe('pending')
    timers.advance(1)
    expect(await waiting).toBeInstanceOf(LockTimeoutError)
    b.open()
    await Promise.all(held)
  })
})

/** Asks whether a promise has settled yet. */
function thrownLater(promise: Promise<unknown>) {
  return () => Promise.race([promise.then(() => 'settled'), settled().then(() => 'pending')])
}
