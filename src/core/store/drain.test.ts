import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, effect, openStore, ValidationError } from '../index.ts'
import { counter } from './fixtures/counter.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { disk } from './fixtures/disk.ts'
import { reports, thrown } from './fixtures/reports.ts'

// What a store promises to machines, asked through the port that machines use.

const Door = counter('door')
const Gate = counter('gate')

const setup = () => {
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp, Tank, Todos, Door, Gate], onError })
  return {
    store,
    list,
    lamp: store.get(Lamp),
    tank: store.get(Tank),
    todos: store.get(Todos),
    door: store.get(Door),
    gate: store.get(Gate),
  }
}

describe('the drain', () => {
  test('outside a transaction runs at once, with what it submits, over all machines, as one commit', async () => {
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp, Door, Gate], timers: manualTimers() })
    const [lamp, door, gate] = [store.get(Lamp), store.get(Door), store.get(Gate)]
    const log: string[] = []
    let heard = 0
    store.listen(() => heard++)
    const answer = door.submit(() => {
      log.push('door')
      lamp.on = true
      log.push(`queued: ${gate.submit(() => log.push('gate')) === false}`)
      log.push('end of door')
    })
    expect(answer).toBe(true)
    expect(log).toEqual(['door', 'queued: true', 'end of door', 'gate'])
    expect(heard).toBe(1)
    await store.flush()
    expect(storage.writes.flat()).toHaveLength(1)
    expect([...(storage.writes[0]?.[0] ?? [])].map(([key]) => key).sort()).toEqual([
      'machine/door',
      'machine/gate',
      'model/lamp',
    ])
  })

  test('inside a transaction waits for its end, and is part of the same commit', () => {
    const { store, lamp, door } = setup()
    const log: string[] = []
    let heard = 0
    store.listen(() => heard++)
    store.transaction(() => {
      lamp.watts = 1
      expect(door.submit(() => log.push(`drain at ${lamp.watts}`))).toBe(false)
      lamp.watts = 2
      log.push('function')
    })
    expect(log).toEqual(['function', 'drain at 2'])
    expect(heard).toBe(1)
  })

  test('is dropped with the transaction, and told so', () => {
    const { store, door } = setup()
    const log: string[] = []
    expect(() =>
      store.transaction(() => {
        door.submit(
          () => log.push('ran'),
          () => log.push('aborted'),
        )
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(log).toEqual(['aborted'])
    expect(door.ticks).toBe(0)
  })

  test('a nested transaction that throws drops its own mutations, and no others', () => {
    const { store, door } = setup()
    const log: string[] = []
    const submit = (name: string) =>
      door.submit(
        () => log.push(`${name} ran`),
        () => log.push(`${name} aborted`),
      )
    store.transaction(() => {
      submit('before')
      expect(() =>
        store.transaction(() => {
          submit('inside')
          throw new Error('no')
        }),
      ).toThrow('no')
      submit('after')
    })
    expect(log).toEqual(['inside aborted', 'before ran', 'after ran'])
  })

  test('model writes of a handler commit together with the ticks', () => {
    const { store, lamp, door } = setup()
    const records: unknown[] = []
    store.trace({ commit: ({ seq, changes, transitions }) => records.push([seq, changes, transitions]) })
    door.submit(() => {
      lamp.on = true
    })
    expect(records).toEqual([
      [1, [{ key: 'model/lamp', field: 'on', before: false, after: true }], [{ machine: 'door', tick: 1 }]],
    ])
  })

  test('effects, made before or in a handler, run after the commit, on its end', () => {
    const { lamp, door, gate } = setup()
    const seen: string[] = []
    effect(() => void seen.push(`before ${lamp.watts}`))
    door.submit(() => {
      lamp.watts = 6
      effect(() => void seen.push(`in handler ${lamp.watts}`))
      gate.submit(() => {
        lamp.watts = 7
      })
    })
    expect(seen).toEqual(['before 5', 'before 7', 'in handler 7'])
  })
})

describe('each handler is a savepoint', () => {
  test('a throw undoes its own model writes; those before and after stay', () => {
    const { lamp, tank, todos, door, gate, list } = setup()
    door.submit(() => {
      lamp.watts = 6
      gate.submit(() => {
        lamp.watts = 7
        tank.level = 3
        todos.add({}, 'x')
        throw new Error('handler')
      })
      door.submit(() => {
        lamp.colour = 'red'
      })
    })
    expect([lamp.watts, lamp.colour, tank.level, todos.size]).toEqual([6, 'red', 0, 0])
    expect(list).toEqual(['handler: handler'])
  })

  test('a failing check of what it wrote does the same, and counts as a throw of that handler', () => {
    const { tank, lamp, door } = setup()
    let error: unknown
    door.drain(() => {
      error = thrown(() =>
        door.savepoint(() => {
          lamp.on = true
          tank.level = 500
        }),
      )
    })
    expect(error).toBeInstanceOf(ValidationError)
    expect([tank.level, lamp.on]).toEqual([0, false])
  })

  test('a transaction in a handler is one, with its check at its own end', () => {
    const { store, tank, lamp, door } = setup()
    door.submit(() => {
      lamp.on = true
      expect(() =>
        store.transaction(() => {
          lamp.watts = 9
          throw new Error('no')
        }),
      ).toThrow('no')
      store.transaction(() => {
        tank.level = 150
        tank.size = 200
      })
    })
    expect([lamp.on, lamp.watts, tank.level]).toEqual([true, 5, 150])
  })

  test('what a handler asked of another machine runs although the handler threw', () => {
    const { door, gate } = setup()
    const log: string[] = []
    door.drain(() => {
      expect(() =>
        door.savepoint(() => {
          gate.submit(
            () => log.push('ran'),
            () => log.push('aborted'),
          )
          throw new Error('no')
        }),
      ).toThrow('no')
    })
    expect(log).toEqual(['ran'])
  })

  test('from the drain on nothing is undone as a whole: the function stays when a handler throws', () => {
    const { store, lamp, door, list } = setup()
    store.transaction(() => {
      lamp.watts = 1
      door.submit(() => {
        throw new Error('handler')
      })
    })
    expect(lamp.watts).toBe(1)
    expect(door.ticks).toBe(1)
    expect(list).toEqual(['handler: handler'])
  })

  test('a plain write outside any handler, while draining, is checked by itself', () => {
    const { tank, door } = setup()
    let error: unknown
    door.drain(() => {
      error = thrown(() => {
        tank.level = 500
      })
      tank.level = 20
    })
    expect(error).toBeInstanceOf(ValidationError)
    expect(tank.level).toBe(20)
  })
})

describe('a negotiation handler', () => {
  test('may read, and cannot write, in whatever way', () => {
    const { store, lamp, todos, door } = setup()
    const row = todos.add({}, 'x')
    lamp.watts = 7
    const draft = store.checkout(Lamp)
    draft.on = true
    const writes: Record<string, () => unknown> = {
      accessor: () => {
        lamp.on = true
      },
      set: () => lamp.set({ on: true }),
      'reset of a model': () => lamp.reset(),
      add: () => todos.add(),
      put: () => todos.put('x', { title: 'y', done: true }),
      'put of a new row': () => todos.put('new', { title: 'y', done: true }),
      delete: () => todos.delete('x'),
      'accessor of a row': () => {
        row.title = 'y'
      },
      transaction: () =>
        store.transaction(() => {
          lamp.on = true
        }),
      'commit of a draft': () => draft.commit(),
      'hydrate of a model': () => store.hydrate({ 'model/lamp': { v: 1, d: { on: true } } }),
      'hydrate of a row': () => store.hydrate({ 'model/todo/x': { v: 1, d: { title: 'y' } } }),
      'hydrate that deletes': () => store.hydrate({}),
      'reset of the store': () => store.reset(),
      'reset of a collection': () => store.reset(Todos),
    }
    for (const [name, write] of Object.entries(writes)) {
      let error: unknown
      door.guard(() => {
        try {
          write()
        } catch (caught) {
          error = caught
        }
      })
      expect.soft([name, (error as Error)?.name]).toEqual([name, 'TransactionError'])
      expect.soft([name, lamp.on, lamp.watts, todos.ids, row.title]).toEqual([name, false, 7, ['x'], ''])
    }
    // Outside again all is as before.
    lamp.on = true
    expect(lamp.on).toBe(true)
  })

  test('that throws leaves the way open again', () => {
    const { lamp, door } = setup()
    expect(() =>
      door.guard(() => {
        throw new Error('no')
      }),
    ).toThrow('no')
    lamp.on = true
    expect(lamp.on).toBe(true)
  })
})

describe('later', () => {
  test('comes after the effects of the commit under way, once; at once when there is none', () => {
    const { store, lamp, door } = setup()
    const log: string[] = []
    effect(() => void log.push(`effect ${lamp.watts}`))
    store.transaction(() => {
      lamp.watts = 1
      door.later(() => log.push('later'))
      log.push('function')
    })
    door.later(() => log.push('at once'))
    lamp.watts = 2
    expect(log).toEqual(['effect 5', 'function', 'effect 1', 'later', 'at once', 'effect 2'])
  })
})
