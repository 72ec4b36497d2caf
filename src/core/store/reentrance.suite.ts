import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { ending } from './fixtures/reports.ts'

/** Those who are told of something may write, read, stop and start again right there. */
export const reentrance: Suite = (library) => {
  const { Lamp, Tank, Todos } = define(library)
  const { defineModel, effect } = library
  const checks = { broken: false }
  const Odd = defineModel(
    'odd',
    { n: v.number() },
    {
      initial: { n: 0 },
      check: (odd) => {
        if (checks.broken && odd.n > 0) throw new TypeError('mine')
        return true
      },
    },
  )
  const Inverse = defineModel(
    'inverse',
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

  return {
    'listeners are called once per commit, without arguments, of a model, a row, a collection and the store': {
      state: [Lamp, Todos],
      there({ get, store }) {
        return {
          'write all': () =>
            store.transaction(() => {
              const row = get(Todos).get('x')!
              get(Lamp).watts = 6
              get(Lamp).on = true
              row.title = 'a'
              row.done = true
              get(Todos).add()
            }),
        }
      },
      async here({ get, store, expect, act }) {
        const [lamp, todos] = [get(Lamp), get(Todos)]
        const calls: string[] = []
        const listen = (what: { listen(fn: (...args: unknown[]) => void): () => void }, name: string) =>
          what.listen((...args) => calls.push(`${name}${args.length}`))
        const row = await todos.add({}, 'x')
        const stops = [listen(lamp, 'lamp'), listen(row, 'row'), listen(todos, 'todos'), listen(store, 'store')]
        await act('write all')
        expect(calls.sort()).toEqual(['lamp0', 'row0', 'store0', 'todos0'])
        calls.length = 0
        await todos.delete('x')
        expect(calls.sort()).toEqual(['row0', 'store0', 'todos0'])
        for (const stop of stops) stop()
        await lamp.set({ watts: 7 })
        expect(calls).toHaveLength(3)
      },
    },
    'the same function twice is two listeners, each stopped by its own': {
      state: [Lamp],
      async here({ get, store, expect }) {
        const lamp = get(Lamp)
        let called = 0
        const fn = () => void called++
        const stops = [store.listen(fn), store.listen(fn), lamp.listen(fn), lamp.listen(fn)]
        await lamp.set({ watts: 6 })
        expect(called).toBe(4)
        stops[0]?.()
        stops[0]?.()
        stops[2]?.()
        await lamp.set({ watts: 7 })
        expect(called).toBe(6)
      },
    },
    'one that comes while a commit is announced hears from the next one on': {
      state: [Lamp],
      async here({ get, store, expect }) {
        const lamp = get(Lamp)
        const log: string[] = []
        let added = false
        store.listen(() => {
          log.push('first')
          if (!added) store.listen(() => log.push('late'))
          added = true
        })
        await lamp.set({ watts: 6 })
        expect(log).toEqual(['first'])
        await lamp.set({ watts: 7 })
        expect(log).toEqual(['first', 'first', 'late'])
      },
    },
    'a listener that makes a transaction which fails changes nothing, and is reported': {
      state: [Lamp, Tank],
      there({ get, store }) {
        get(Lamp).listen(() => {
          store.transaction(() => {
            get(Tank).size = 1
            get(Tank).level = 50
          })
        })
      },
      async here({ get, expect, errors }) {
        await get(Lamp).set({ on: true })
        expect(get(Lamp).on).toBe(true)
        expect(get(Tank).toJSON()).toEqual({ level: 0, size: 100 })
        const told = await errors()
        expect(told).toHaveLength(1)
        expect(told[0]?.join()).toMatch(/^listener,.*spills over/)
      },
    },
    'an effect that makes a write which fails does the same': {
      state: [Lamp, Tank],
      there({ get }) {
        effect(() => {
          if (get(Lamp).on) get(Tank).level = 500
        })
      },
      async here({ get, expect, errors }) {
        await get(Lamp).set({ on: true })
        expect(get(Tank).level).toBe(0)
        const told = await errors()
        expect(told).toHaveLength(1)
        expect(told[0]?.join()).toMatch(/^effect,.*spills over/)
      },
    },
    'a check that throws undoes all, and comes out as it is': {
      state: [Odd, Lamp],
      there({ get, store }) {
        return {
          break: (now: boolean) => {
            checks.broken = now
          },
          run: () =>
            ending(() =>
              store.transaction(() => {
                get(Lamp).on = true
                get(Odd).n = 1
              }),
            ),
        }
      },
      async here({ get, expect, act }) {
        const odd = get(Odd)
        await act('break', true)
        expect(await act('run')).toBe('TypeError')
        const refused = await (async () => odd.set({ n: 2 }))().catch((error: unknown) => error)
        expect(refused).toBeInstanceOf(TypeError)
        expect((refused as Error).message).toBe('mine')
        expect([get(Lamp).on, odd.n]).toEqual([false, 0])
        await act('break', false)
        await odd.set({ n: 3 })
        expect(odd.n).toBe(3)
      },
    },
    'a computed that throws, read in a transaction, rolls back like any throw': {
      state: [Inverse],
      there({ get, store }) {
        return {
          run: () =>
            ending(() =>
              store.transaction(() => {
                get(Inverse).n = 0
                void get(Inverse).inverse
              }),
            ),
        }
      },
      async here({ get, expect, act }) {
        const odd = get(Inverse)
        expect(odd.inverse).toBe(1)
        expect(await act('run')).toBe('RangeError')
        expect([odd.n, odd.inverse]).toEqual([1, 1])
        await odd.set({ n: 4 })
        expect(odd.inverse).toBe(0.25)
        await odd.set({ n: 0 })
        expect(() => odd.inverse).toThrow(RangeError)
      },
    },
  }
}
