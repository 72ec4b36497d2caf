import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import {
  collection,
  createStore,
  defineMachine,
  defineModel,
  effect,
  openStore,
  type Store,
  ValidationError,
} from '../index.ts'
import { type Counter, counter } from './fixtures/counter.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { reports, thrown } from './fixtures/reports.ts'

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

  test('is one record and one storage write', async () => {
    const storage = disk()
    const Machine = counter('door')
    const store = await openStore({ storage, state: [Tank, Lamp, Todos, Machine], timers: manualTimers() })
    const [tank, lamp, todos, machine] = [store.get(Tank), store.get(Lamp), store.get(Todos), store.get(Machine)]
    const records: number[] = []
    store.trace({ commit: ({ changes }) => records.push(changes.length) })
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
    expect(records).toEqual([5])
    expect(storage.writes).toHaveLength(1)
    expect(storage.writes[0]).toHaveLength(1)
    expect([...(storage.writes[0]?.[0]?.keys() ?? [])].sort()).toEqual([
      'machine/door',
      'model/lamp',
      'model/tank',
      'model/todo/x',
    ])
  })

  test('a plain write is one of its own, in records and storage', async () => {
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp, Tank], timers: manualTimers() })
    const seq: number[] = []
    store.trace({ commit: (record) => seq.push(record.seq) })
    store.get(Lamp).on = true
    store.get(Lamp).set({ watts: 1, colour: 'red' })
    store.get(Tank).level = 3
    await store.flush()
    expect(seq).toEqual([1, 2, 3])
    expect(storage.writes.flat()).toHaveLength(3)
  })

  test('a write that changes nothing writes nothing', async () => {
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp, Tank], timers: manualTimers() })
    store.get(Lamp).on = false
    store.get(Lamp).set({ watts: 5 })
    store.get(Tank).set({ level: 0 })
    store.transaction(() => {})
    store.transaction(() => store.get(Lamp).watts)
    await store.flush()
    expect(storage.writes).toEqual([])
    expect(store.status).toBe('saved')
  })

  test('a check that fails drops the mutations, and writes nothing', async () => {
    const storage = disk()
    const Machine = counter('door')
    const store = await openStore({ storage, state: [Tank, Machine], timers: manualTimers() })
    const aborted: string[] = []
    const error = thrown(() =>
      store.transaction(() => {
        store.get(Tank).level = 500
        store.get(Machine).submit(
          () => aborted.push('ran'),
          () => aborted.push('aborted'),
        )
      }),
    )
    expect(error).toBeInstanceOf(ValidationError)
    expect([aborted, store.get(Machine).ticks]).toEqual([['aborted'], 0])
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

  test('of an abort signal of a machine that is deleted, too', () => {
    const Cars = collection(defineMachine('car', { Go: {} }))
    const store = createStore({ state: [Cars, Tank] })
    const cars = store.get(Cars)
    const seen: number[] = []
    cars.add('a').add('Go')
    cars
      .get('a')
      ?.signal('Go')
      .addEventListener('abort', () => {
        store.get(Tank).level = 1
      })
    store.trace({ commit: ({ seq }) => seen.push(seq) })
    const before = store.commits
    cars.delete('a')
    expect(seen).toEqual([before + 1, before + 2])
  })

  const Door = defineMachine('door', { Open: {} })
  const ways: Record<string, (store: Store) => void> = {
    'a write': (store) => {
      store.get(Lamp).watts = 9
    },
    'a transaction': (store) => store.transaction(() => store.get(Lamp).set({ watts: 9 })),
    'a machine that nobody handles': (store) => void store.get(Door).add('Open'),
  }
  for (const [way, write] of Object.entries(ways)) {
    test(`${way}: effects on the status of the store come after the commit that changed it`, async () => {
      const { list, onError } = reports()
      const store = await openStore({ storage: disk(), state: [Lamp, Tank, Door], timers: manualTimers(), onError })
      const [lamp, tank, door] = [store.get(Lamp), store.get(Tank), store.get(Door)]
      const heard: string[] = []
      for (const [name, one] of Object.entries({ lamp, tank, door })) one.listen(() => heard.push(name))
      const saving = (run: () => void) =>
        effect(() => {
          if (store.status === 'saving') run()
        })
      const thrower = (message: string) => () => {
        throw new Error(message)
      }
      saving(() => {
        heard.push(`watts ${lamp.watts}`)
        tank.level = 1
      })
      saving(thrower('one'))
      saving(thrower('two'))
      write(store)
      const [watts, first] = way.startsWith('a machine') ? [5, 'door'] : [9, 'lamp']
      expect(heard).toEqual([`watts ${watts}`, first, 'tank'])
      expect(list).toEqual(['effect: one', 'effect: two'])
    })
  }
})
