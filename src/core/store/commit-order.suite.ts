import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'

/** What one commit is, and in which order it is told. */
export const commitOrder: Suite = (library) => {
  const { Lamp, Tank, Todos } = define(library)
  const { defineMachine, defineModel, effect, ValidationError } = library
  const Door = defineMachine('door', { Open: {} })
  const checks: string[] = []
  const Checked = defineModel(
    'checked',
    { n: v.number() },
    {
      initial: { n: 0 },
      check: (m) => {
        if (m.n > 0) checks.push('check')
        return true
      },
    },
  )

  return {
    'function, checks, drain, effects, listeners, subscribers: in this order': {
      state: [Checked, Door],
      there({ get, store, note }) {
        const model = get(Checked)
        get(Door).handle({ Open: { entered: () => void checks.push(`drain ${model.n}`) } })
        return {
          run() {
            checks.length = 0
            store.transaction(() => {
              checks.push('function')
              model.n = 1
              get(Door).add('Open')
              model.n = 2
              checks.push('end of function')
            })
            note(checks.slice(0, 4))
          },
        }
      },
      async here({ get, store, expect, act, notes, turn }) {
        const model = get(Checked)
        const log: string[] = []
        store.subscribe(Checked, ({ n }) => log.push(`subscriber ${n}`))
        store.listen(() => log.push('listener of the store'))
        model.listen(() => log.push('listener'))
        effect(() => void log.push(`effect ${model.n} ${get(Door).is('Open')}`))
        log.length = 0
        await act('run')
        await turn()
        expect(await notes()).toEqual([['function', 'end of function', 'check', 'drain 2']])
        expect(log).toEqual(['effect 2 true', 'listener', 'listener of the store', 'subscriber 2'])
      },
    },
    'one commit is one batch of effects, one call of each listener, one of each subscriber': {
      state: [Tank, Lamp, Todos, Door],
      there({ get, store }) {
        get(Door).handle({
          Open: {
            entered: () => {
              get(Lamp).watts = 9
              get(Todos).add({ title: 'written by a handler' }, 'x')
            },
          },
        })
        return {
          run: () =>
            store.transaction(() => {
              get(Tank).level = 1
              get(Tank).size = 50
              get(Lamp).on = true
              get(Door).add('Open')
            }),
        }
      },
      async here({ get, store, expect, act, turn }) {
        const [tank, lamp, todos, door] = [get(Tank), get(Lamp), get(Todos), get(Door)]
        const seen: unknown[] = []
        effect(() => void seen.push([tank.level, tank.size, lamp.on, lamp.watts, todos.size, door.is('Open')]))
        let heard = 0
        store.listen(() => heard++)
        let called = 0
        store.subscribe(Tank, () => called++)
        await act('run')
        await turn()
        expect(seen.slice(1)).toEqual([[1, 50, true, 9, 1, true]])
        expect([heard, called]).toEqual([1, 1])
      },
    },
    'a plain write is a commit of its own': {
      state: [Lamp, Tank],
      async here({ get, store, expect }) {
        let heard = 0
        store.listen(() => heard++)
        await get(Lamp).set({ on: true })
        await get(Lamp).set({ watts: 1, colour: 'red' })
        await get(Tank).set({ level: 3 })
        expect(heard).toBe(3)
      },
    },
    'a write that changes nothing is none': {
      state: [Lamp, Tank],
      there: ({ get, store }) => ({
        nothing: () =>
          store.transaction(() => {
            get(Lamp).on = false
          }),
      }),
      async here({ get, store, expect, act }) {
        let heard = 0
        store.listen(() => heard++)
        const { revision } = get(Lamp)
        await get(Lamp).set({ on: false })
        await get(Lamp).set({ watts: 5 })
        await get(Tank).set({ level: 0 })
        await get(Tank).reset()
        await act('nothing')
        expect([heard, get(Lamp).revision]).toEqual([0, revision])
      },
    },
    'a check that fails undoes all, the mutations too, and nobody hears of it': {
      state: [Tank, Lamp, Door],
      there: ({ get, store }) => ({
        async run() {
          let result: { settled: Promise<{ status: string; reason?: { kind: string } }> } | undefined
          let error: unknown
          try {
            store.transaction(() => {
              get(Lamp).on = true
              get(Tank).level = 500
              result = get(Door).add('Open')
              get(Lamp).watts = 7
            })
          } catch (caught) {
            error = caught
          }
          const { model, issues } = error as InstanceType<typeof ValidationError>
          const { status, reason } = await result!.settled
          return [model, issues, status, reason?.kind]
        },
      }),
      async here({ get, store, expect, act }) {
        const [tank, lamp, door] = [get(Tank), get(Lamp), get(Door)]
        const seen: unknown[] = []
        effect(() => void seen.push([tank.level, lamp.on, lamp.watts, door.tick('Open')]))
        let heard = 0
        store.listen(() => heard++)
        const issues = [{ path: [], message: 'spills over' }]
        expect(await act('run')).toEqual(['tank', issues, 'canceled', 'aborted'])
        expect(heard).toBe(0)
        // An effect may run again after a rollback, but only on what stands.
        for (const one of seen) expect(one).toEqual([0, false, 5, 0])
        // Who hopes for the best may see it, until the answer comes.
        const error = await (async () => tank.set({ level: 500 }))().catch((error: unknown) => error)
        expect(error).toBeInstanceOf(ValidationError)
        expect(error).toMatchObject({ model: 'tank', issues })
        expect([tank.level, tank.free, seen.at(-1)]).toEqual([0, 100, [0, false, 5, 0]])
      },
    },
    'a write by an effect is its own commit, announced after the one it saw': {
      state: [Lamp, Tank],
      there({ get }) {
        effect(() => {
          if (get(Lamp).on) get(Tank).level = 1
        })
      },
      async here({ get, expect }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        const heard: string[] = []
        tank.listen(() => heard.push('tank'))
        lamp.listen(() => heard.push('lamp'))
        await lamp.set({ on: true })
        expect([lamp.on, tank.level]).toEqual([true, 1])
        expect(heard).toEqual(['lamp', 'tank'])
      },
    },
    'a write by a listener that throws afterwards stays': {
      state: [Lamp, Tank],
      there({ get }) {
        get(Lamp).listen(() => {
          get(Tank).level = 2
          throw new Error('after all')
        })
      },
      async here({ get, expect, errors }) {
        await get(Lamp).set({ on: true })
        expect(get(Tank).level).toBe(2)
        expect(await errors()).toEqual([['listener', 'after all']])
      },
    },
    'a listener subscribes nobody to what it reads': {
      state: [Lamp, Tank],
      async here({ get, expect, turn }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        let read = 0
        lamp.listen(() => {
          read++
          void tank.level
        })
        let ran = 0
        effect(() => {
          ran++
          void lamp.set({ on: true })
        })
        await turn()
        await tank.set({ level: 5 })
        expect([ran, read]).toEqual([1, 1])
      },
    },
  }
}
