import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import {
  computed,
  createStore,
  DeletedError,
  defineModel,
  effect,
  openStore,
  TransactionError,
  ValidationError,
} from '../index.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { reports, thrown } from './fixtures/reports.ts'

const setup = () => {
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp, Tank, Todos], onError })
  return { store, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos), list }
}

/** Any function, as a caller without types would give it. */
const untyped = (fn: () => unknown) => fn as () => string

describe('a transaction', () => {
  test('answers what its function answers, and is there at once', () => {
    const { store, lamp } = setup()
    const answer = store.transaction(() => {
      lamp.on = true
      return { watts: lamp.watts }
    })
    expect(answer).toEqual({ watts: 5 })
    expect(lamp.on).toBe(true)
  })

  test('a throw anywhere undoes everything, revisions and order too, and comes out as it is', () => {
    const { store, lamp, tank, todos } = setup()
    const [a, b] = [todos.add({ title: 'a' }, 'a'), todos.add({ title: 'b' }, 'b')]
    todos.add({ title: 'c' }, 'c')
    const before = JSON.stringify([store.snapshot(), lamp.revision, tank.revision, a.revision, b.revision])
    const mine = { not: 'an Error' }
    const fail = () =>
      store.transaction(() => {
        lamp.set({ on: true, watts: 3 })
        tank.level = 7
        tank.reset()
        a.title = 'changed'
        todos.delete('b')
        todos.add({ title: 'new b' }, 'b')
        todos.put('c', { title: 'put', done: true })
        todos.add({}, 'd')
        todos.delete('a')
        lamp.watts = 4
        throw mine
      })
    expect(thrown(fail)).toBe(mine)
    expect(JSON.stringify([store.snapshot(), lamp.revision, tank.revision, a.revision, b.revision])).toBe(before)
    expect(todos.ids).toEqual(['a', 'b', 'c'])
    expect(todos.get('a')).toBe(a)
    expect(todos.get('b')).toBe(b)
    b.title = 'alive'
    expect(todos.get('b')?.title).toBe('alive')
  })

  test('every model write inside is validated at once', () => {
    const { store, tank } = setup()
    let after = 'not reached'
    const error = thrown(() =>
      store.transaction(() => {
        tank.size = 10
        tank.level = -1
        after = 'reached'
      }),
    )
    expect(error).toBeInstanceOf(ValidationError)
    expect(after).toBe('not reached')
    expect(tank.size).toBe(100)
  })

  test('a refused write that is caught leaves the rest', () => {
    const { store, tank } = setup()
    store.transaction(() => {
      tank.size = 10
      expect(() => tank.set({ size: 5, level: -1 })).toThrow(ValidationError)
    })
    expect([tank.size, tank.level]).toEqual([10, 0])
  })

  test('checks are asked at the end, so that the way there may break them', () => {
    const { store, tank } = setup()
    store.transaction(() => {
      tank.level = 150
      tank.size = 200
    })
    expect([tank.level, tank.size]).toEqual([150, 200])
  })

  test('a check asked in a savepoint waits for the outermost end', () => {
    const { store, tank } = setup()
    store.transaction(() => {
      store.transaction(() => {
        tank.level = 150
      })
      tank.size = 200
    })
    expect([tank.level, tank.size]).toEqual([150, 200])
  })

  test('after one that failed the next works as ever', () => {
    const { store, lamp } = setup()
    let heard = 0
    store.listen(() => heard++)
    for (let i = 0; i < 3; i++) {
      expect(() =>
        store.transaction(() => {
          lamp.watts++
          throw new Error('no')
        }),
      ).toThrow('no')
      lamp.watts++
    }
    expect(lamp.watts).toBe(8)
    expect(heard).toBe(3)
  })

  test('a row deleted in it cannot be written, and can again when that is undone', () => {
    const { store, todos } = setup()
    const row = todos.add({ title: 'x' }, 'x')
    expect(() =>
      store.transaction(() => {
        todos.delete('x')
        row.title = 'y'
      }),
    ).toThrow(DeletedError)
    row.title = 'z'
    expect(todos.get('x')?.title).toBe('z')
  })
})

describe('a returned promise', () => {
  test('is a TransactionError, and rolls back', () => {
    const { store, lamp } = setup()
    let heard = 0
    store.listen(() => heard++)
    const error = thrown(() =>
      store.transaction(
        untyped(async () => {
          lamp.on = true
        }),
      ),
    )
    expect(error).toBeInstanceOf(TransactionError)
    expect((error as Error).message).toMatch(/lock/)
    expect(lamp.on).toBe(false)
    expect(heard).toBe(0)
  })

  test('in a savepoint undoes that alone', () => {
    const { store, lamp } = setup()
    const write = untyped(async () => {
      lamp.on = true
    })
    store.transaction(() => {
      lamp.watts = 7
      expect(() => store.transaction(write)).toThrow(TransactionError)
    })
    expect([lamp.watts, lamp.on]).toEqual([7, false])
  })

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

describe('a nested call is a savepoint', () => {
  test('when it throws and the outer code catches, only its own writes are undone', () => {
    const { store, lamp, tank, todos } = setup()
    let heard = 0
    store.listen(() => heard++)
    store.transaction(() => {
      lamp.watts = 1
      todos.add({}, 'kept')
      expect(() =>
        store.transaction(() => {
          lamp.watts = 2
          tank.level = 9
          todos.delete('kept')
          todos.add({}, 'dropped')
          store.transaction(() => {
            lamp.colour = 'blue'
          })
          throw new Error('inner')
        }),
      ).toThrow('inner')
      expect([lamp.watts, lamp.colour, tank.level, todos.ids]).toEqual([1, 'white', 0, ['kept']])
      store.transaction(() => {
        lamp.colour = 'red'
      })
    })
    expect([lamp.watts, lamp.colour, tank.level, todos.ids]).toEqual([1, 'red', 0, ['kept']])
    expect(heard).toBe(1)
  })

  test('what it committed goes with the outer one', () => {
    const { store, lamp } = setup()
    expect(() =>
      store.transaction(() => {
        store.transaction(() => {
          lamp.watts = 2
        })
        throw new Error('outer')
      }),
    ).toThrow('outer')
    expect(lamp.watts).toBe(5)
  })

  test('a throw that nobody catches passes through all of them', () => {
    const { store, lamp } = setup()
    expect(() =>
      store.transaction(() => {
        lamp.watts = 1
        store.transaction(() => {
          lamp.watts = 2
          store.transaction(() => {
            throw new Error('deep')
          })
        })
      }),
    ).toThrow('deep')
    expect(lamp.watts).toBe(5)
  })
})

describe('rolled-back values', () => {
  test('no effect, listener, tracer, subscriber or storage ever sees one', async () => {
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp, Todos], timers: manualTimers() })
    const [lamp, todos] = [store.get(Lamp), store.get(Todos)]
    const seen: unknown[] = []
    effect(() => void seen.push(lamp.watts, ...todos.ids))
    lamp.listen(() => seen.push('listener of lamp', lamp.watts))
    todos.listen(() => seen.push('listener of todos', ...todos.ids))
    store.trace({ commit: ({ changes }) => seen.push(...changes.map(({ after }) => after)) })
    store.subscribe(Lamp, ({ watts }) => seen.push(watts))
    store.subscribe(Todos, (rows) => seen.push(...rows.keys()))
    expect(() =>
      store.transaction(() => {
        lamp.watts = 666
        todos.add({}, 'evil')
        throw new Error('no')
      }),
    ).toThrow('no')
    store.transaction(() => {
      expect(() =>
        store.transaction(() => {
          lamp.watts = 666
          todos.add({}, 'evil')
          throw new Error('no')
        }),
      ).toThrow('no')
      lamp.on = true
    })
    await store.flush()
    await settled()
    expect(seen).not.toContain(666)
    expect(seen).not.toContain('evil')
    expect(seen).not.toContain('listener of todos')
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

  test('an effect on a computed read inside sees, if it runs, the old value', () => {
    const { store, tank } = setup()
    const seen: number[] = []
    effect(() => void seen.push(tank.free))
    expect(() =>
      store.transaction(() => {
        tank.level = 30
        expect(tank.free).toBe(70)
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(new Set(seen)).toEqual(new Set([100]))
    tank.level = 10
    expect(seen.at(-1)).toBe(90)
  })

  test('collections read inside show uncommitted rows, and after a rollback the old ones', () => {
    const { store, todos } = setup()
    todos.add({}, 'a')
    const seen: string[] = []
    effect(() => void seen.push(`${todos.ids} ${todos.size} ${todos.has('b')}`))
    expect(() =>
      store.transaction(() => {
        todos.add({}, 'b')
        expect([todos.ids, todos.size, todos.has('b')]).toEqual([['a', 'b'], 2, true])
        expect([...todos].map((row) => row.$id)).toEqual(['a', 'b'])
        throw new Error('no')
      }),
    ).toThrow('no')
    expect([todos.ids, todos.size, todos.has('b')]).toEqual([['a'], 1, false])
    expect(new Set(seen)).toEqual(new Set(['a 1 false']))
  })
})

test('a check that writes to another model leaves nothing of it', () => {
  const Other = defineModel('other', { n: v.number() }, { initial: { n: 0 } })
  let write = () => {}
  const Odd = defineModel(
    'odd',
    { n: v.number() },
    {
      initial: { n: 0 },
      check: () => {
        write()
        return false
      },
    },
  )
  const made = createStore({ state: [Odd, Other] })
  write = () => {
    made.get(Other).n = 1
  }
  expect(() =>
    made.transaction(() => {
      made.get(Odd).n = 1
    }),
  ).toThrow()
  expect([made.get(Odd).n, made.get(Other).n]).toEqual([0, 0])
})
