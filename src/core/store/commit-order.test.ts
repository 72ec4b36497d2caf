import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, defineModel, effect, openStore, type Store, ValidationError } from '../index.ts'
import { type Counter, counter } from './fixtures/counter.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { reports, thrown } from './fixtures/reports.ts'

/** Reads in an effect that subscribes to `read` alone; answers its runs after the first. */
function runs<T>(read: () => T): T[] {
  const seen: T[] = []
  let first = true
  effect(() => {
    const value = read()
    if (!first) seen.push(value)
    first = false
  })
  return seen
}

describe('one commit', () => {
  test('function, checks, drain, storage, effects, listeners, subscribers: in this order', async () => {
    const log: string[] = []
    const Checked = defineModel(
      'checked',
      { n: v.number() },
      {
        initial: { n: 0 },
        check: (m) => {
          if (m.n > 0) log.push('check')
          return true
        },
      },
    )
    const Machine = counter('door')
    const storage = disk()
    const store = await openStore({ storage, state: [Checked, Lamp, Machine], timers: manualTimers() })
    const model = store.get(Checked)
    const machine = store.get(Machine) as Counter
    const status = () => (store.status === 'saving' ? 'with storage' : 'not with storage')
    let quiet = true
    effect(() => {
      const { n } = model
      if (!quiet) log.push(`effect ${n}`)
    })
    quiet = false
    // The first to hear of the status is told when the commit is handed over.
    store.trace({ status: (now) => now === 'saving' && log.push('storage') })
    model.listen(() => log.push(`listener, ${status()}`))
    store.listen(() => log.push('listener of the store'))
    store.subscribe(Checked, ({ n }) => log.push(`subscriber ${n}`))
    store.transaction(() => {
      log.push('function')
      model.n = 1
      machine.drain(() => log.push(`drain, ${store.status}`))
      model.n = 2
      log.push('end of function')
    })
    log.push('back at the writer')
    await settled()
    expect(log).toEqual([
      'function',
      'end of function',
      'check',
      'drain, saved',
      'storage',
      'effect 2',
      'listener, with storage',
      'listener of the store',
      'back at the writer',
      'subscriber 2',
    ])
  })

  test('is one record, one storage write, one batch of effects, one call of each listener, one of each subscriber', async () => {
    const storage = disk()
    const Machine = counter('door')
    const store = await openStore({ storage, state: [Tank, Lamp, Todos, Machine], timers: manualTimers() })
    const [tank, lamp, todos, machine] = [store.get(Tank), store.get(Lamp), store.get(Todos), store.get(Machine)]
    const records: number[] = []
    store.trace({ commit: ({ changes }) => records.push(changes.length) })
    const effects = runs(() => [tank.level, tank.size, lamp.on, todos.size])
    let heard = 0
    store.listen(() => heard++)
    let called = 0
    store.subscribe(Tank, () => called++)
    store.transaction(() => {
      tank.level = 1
      tank.size = 50
      lamp.on = true
      machine.submit(() => {
        lamp.watts = 9
        todos.add({ title: 'written by a handler' }, 'x')
      })
    })
    await store.flush()
    await settled()
    expect(records).toEqual([5])
    expect(effects).toEqual([[1, 50, true, 1]])
    expect([heard, called]).toEqual([1, 1])
    expect(storage.writes).toHaveLength(1)
    expect(storage.writes[0]).toHaveLength(1)
    expect([...(storage.writes[0]?.[0]?.keys() ?? [])].sort()).toEqual([
      'machine/door',
      'model/lamp',
      'model/tank',
      'model/todo/x',
    ])
  })

  test('a plain write is one of its own', async () => {
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp, Tank], timers: manualTimers() })
    const seq: number[] = []
    store.trace({ commit: (record) => seq.push(record.seq) })
    let heard = 0
    store.listen(() => heard++)
    store.get(Lamp).on = true
    store.get(Lamp).set({ watts: 1, colour: 'red' })
    store.get(Tank).level = 3
    await store.flush()
    expect(seq).toEqual([1, 2, 3])
    expect(heard).toBe(3)
    expect(storage.writes.flat()).toHaveLength(3)
  })

  test('a write that changes nothing is none', async () => {
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp, Tank], timers: manualTimers() })
    let heard = 0
    store.listen(() => heard++)
    store.get(Lamp).on = false
    store.get(Lamp).set({ watts: 5 })
    store.get(Tank).set({ level: 0 })
    store.transaction(() => {})
    store.transaction(() => store.get(Lamp).watts)
    await store.flush()
    expect(heard).toBe(0)
    expect(storage.writes).toEqual([])
    expect(store.status).toBe('saved')
  })

  test('a check that fails undoes all, the mutations too, and nobody hears of it', async () => {
    const storage = disk()
    const Machine = counter('door')
    const store = await openStore({ storage, state: [Tank, Lamp, Machine], timers: manualTimers() })
    const [tank, lamp, machine] = [store.get(Tank), store.get(Lamp), store.get(Machine)]
    const effects = runs(() => [tank.level, lamp.on, lamp.watts])
    let heard = 0
    store.listen(() => heard++)
    const aborted: string[] = []
    const error = thrown(() =>
      store.transaction(() => {
        lamp.on = true
        tank.level = 500
        machine.submit(
          () => aborted.push('ran'),
          () => aborted.push('aborted'),
        )
        lamp.watts = 7
      }),
    )
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ model: 'tank', issues: [{ path: [], message: 'spills over' }] })
    expect([tank.level, lamp.on, lamp.watts]).toEqual([0, false, 5])
    expect(aborted).toEqual(['aborted'])
    expect(machine.ticks).toBe(0)
    expect(heard).toBe(0)
    // An effect may run again after a rollback, but only on what stands.
    for (const seen of effects) expect(seen).toEqual([0, false, 5])
    await store.flush()
    expect(storage.writes).toEqual([])
  })

  test('a check is asked only of models that were written', () => {
    let asked = 0
    const Checked = defineModel(
      'checked',
      { n: v.number() },
      {
        initial: { n: 0 },
        check: () => {
          asked++
          return true
        },
      },
    )
    const store = createStore({ state: [Checked, Lamp] })
    const before = asked
    store.transaction(() => {
      store.get(Lamp).on = true
      void store.get(Checked).n
    })
    store.get(Lamp).on = false
    expect(asked).toBe(before)
    store.transaction(() => {
      store.get(Checked).n = 1
      store.get(Checked).n = 2
    })
    expect(asked).toBe(before + 1)
  })
})

describe('a write by a listener or an effect', () => {
  const setup = () => {
    const store = createStore({ state: [Lamp, Tank] })
    const lamp = store.get(Lamp)
    const tank = store.get(Tank)
    const records: string[] = []
    const follow = (of: Store) =>
      of.trace({
        commit: ({ seq, changes }) => records.push(`${seq}: ${changes.map(({ field, after }) => `${field}=${after}`)}`),
      })
    return { store, lamp, tank, records, follow }
  }

  test('by a listener: its own commit, applied at once, announced after the current round', () => {
    const { store, lamp, tank, records, follow } = setup()
    follow(store)
    const heard: string[] = []
    lamp.listen(() => {
      if (tank.level === 0) {
        tank.level = 1
        heard.push(`wrote, and it is ${tank.level}`)
      }
    })
    lamp.listen(() => heard.push('second of lamp'))
    tank.listen(() => heard.push('tank'))
    store.listen(() => heard.push('store'))
    lamp.on = true
    expect(heard).toEqual(['wrote, and it is 1', 'second of lamp', 'store', 'tank', 'store'])
    expect(records).toEqual(['1: on=true', '2: level=1'])
  })

  for (const traced of [true, false]) {
    test(`by an effect: its own commit, announced after the one it saw (${traced ? 'traced' : 'not traced'})`, () => {
      const { store, lamp, tank, records, follow } = setup()
      if (traced) follow(store)
      const heard: string[] = []
      effect(() => {
        if (lamp.on) tank.level = 1
      })
      lamp.listen(() => heard.push('lamp'))
      tank.listen(() => heard.push('tank'))
      lamp.on = true
      expect(heard).toEqual(['lamp', 'tank'])
      expect(records).toEqual(traced ? ['1: on=true', '2: level=1'] : [])
    })

    test(`the same after a transaction (${traced ? 'traced' : 'not traced'})`, () => {
      const { store, lamp, tank, records, follow } = setup()
      if (traced) follow(store)
      const heard: string[] = []
      effect(() => {
        if (lamp.on) store.transaction(() => tank.set({ level: 1 }))
      })
      lamp.listen(() => heard.push('lamp'))
      tank.listen(() => heard.push('tank'))
      store.transaction(() => {
        lamp.on = true
      })
      expect(heard).toEqual(['lamp', 'tank'])
      expect(records).toEqual(traced ? ['1: on=true', '2: level=1'] : [])
    })
  }

  test('every listener, tracer and subscriber sees commits in order, however deep they nest', async () => {
    const { store, lamp, tank, records, follow } = setup()
    follow(store)
    const seen: number[] = []
    store.subscribe(Tank, (_, { seq }) => seen.push(seq))
    effect(() => {
      if (lamp.on) tank.level = 1
    })
    tank.listen(() => {
      if (tank.level < 4) tank.level++
    })
    effect(() => {
      if (tank.level === 4) lamp.watts = 99
    })
    lamp.on = true
    await settled()
    const order = records.map((record) => Number(record.split(':')[0]))
    expect(order).toEqual([1, 2, 3, 4, 5, 6])
    expect(records.at(0)).toBe('1: on=true')
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen).toHaveLength(4)
  })

  test('of an effect first run after a transaction, too', () => {
    const { store, lamp, tank, records, follow } = setup()
    follow(store)
    store.transaction(() => {
      lamp.on = true
      effect(() => {
        if (lamp.on) tank.level = 1
      })
    })
    expect(records).toEqual(['1: on=true', '2: level=1'])
  })

  test('by a listener that throws afterwards stays', () => {
    const { list, onError } = reports()
    const store = createStore({ state: [Lamp, Tank], onError })
    store.get(Lamp).listen(() => {
      store.get(Tank).level = 2
      throw new Error('after all')
    })
    store.get(Lamp).on = true
    expect(store.get(Tank).level).toBe(2)
    expect(list).toEqual(['listener: after all'])
  })

  test('a listener subscribes nobody to what it reads', () => {
    const { lamp, tank } = setup()
    let ran = 0
    lamp.listen(() => void tank.level)
    effect(() => {
      ran++
      lamp.on = true
    })
    tank.level = 5
    expect(ran).toBe(1)
  })
})
