import * as v from 'valibot'
import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { ending } from './fixtures/reports.ts'

/** What was rolled back is as if it had never been. */
export const rollback: Suite = (library) => {
  const { defineModel, effect } = library
  const { Lamp, Tank, Todos } = define(library)
  const state = [Lamp, Tank, Todos]
  const parts = ({ get, store }: There) => ({ store, lamp: get(Lamp), tank: get(Tank), todos: get(Todos) })
  const no = () => {
    throw new Error('no')
  }

  const Other = defineModel('other', { n: v.number() }, { initial: { n: 0 } })
  const meddling = { write: () => {} }
  const Odd = defineModel(
    'odd',
    { n: v.number() },
    {
      initial: { n: 0 },
      check: (odd) => {
        if (odd.n > 0) meddling.write()
        return odd.n === 0
      },
    },
  )

  return {
    'no effect, listener or subscriber ever sees a value that was rolled back': {
      state,
      there(at) {
        const { store, lamp, todos } = parts(at)
        const evil = () =>
          ending(() =>
            store.transaction(() => {
              lamp.watts = 666
              todos.add({}, 'evil')
              no()
            }),
          )
        return {
          evil,
          inside: () =>
            store.transaction(() => {
              const end = evil()
              lamp.on = true
              return end
            }),
        }
      },
      async here({ get, store, expect, act }) {
        const [lamp, todos] = [get(Lamp), get(Todos)]
        const seen: unknown[] = []
        effect(() => void seen.push('effect', lamp.watts, ...todos.ids))
        lamp.listen(() => seen.push('listener of lamp', lamp.watts))
        todos.listen(() => seen.push('listener of todos', ...todos.ids))
        store.subscribe(Lamp, ({ watts }) => seen.push('subscriber', watts))
        store.subscribe(Todos, (rows) => seen.push('subscriber of todos', ...rows.keys()))
        expect(await act('evil')).toBe('Error')
        expect(await act('inside')).toBe('Error')
        // An effect may run again after a rollback, but only on what stands.
        expect(new Set(seen)).toEqual(new Set(['effect', 5, 'listener of lamp', 'subscriber']))
      },
    },
    'what is derived from a value that was rolled back is as it was': {
      state,
      there(at) {
        const { store, tank } = parts(at)
        return {
          fail: () => {
            const read: number[] = []
            const end = ending(() =>
              store.transaction(() => {
                tank.level = 30
                read.push(tank.free)
                no()
              }),
            )
            return [end, read]
          },
        }
      },
      async here({ get, expect, act }) {
        const tank = get(Tank)
        const seen: number[] = []
        effect(() => void seen.push(tank.free))
        expect(await act('fail')).toEqual(['Error', [70]])
        expect(new Set(seen)).toEqual(new Set([100]))
        await tank.set({ level: 10 })
        expect(seen.at(-1)).toBe(90)
      },
    },
    'collections read inside show uncommitted rows, and after a rollback the old ones': {
      state,
      there(at) {
        const { store, todos } = parts(at)
        return {
          fail() {
            const read: unknown[] = []
            const end = ending(() =>
              store.transaction(() => {
                todos.add({}, 'b')
                read.push(todos.ids, todos.size, todos.has('b'), ...[...todos].map((row) => row.$id))
                no()
              }),
            )
            return [end, ...read]
          },
        }
      },
      async here({ get, expect, act }) {
        const todos = get(Todos)
        await todos.add({}, 'a')
        const seen: string[] = []
        effect(() => void seen.push(`${todos.ids} ${todos.size} ${todos.has('b')}`))
        expect(await act('fail')).toEqual(['Error', ['a', 'b'], 2, true, 'a', 'b'])
        expect([todos.ids, todos.size, todos.has('b')]).toEqual([['a'], 1, false])
        expect(new Set(seen)).toEqual(new Set(['a 1 false']))
      },
    },
    'a check that writes to another model leaves nothing of it': {
      state: [Odd, Other],
      there({ get, store }) {
        return {
          run() {
            meddling.write = () => {
              get(Other).n = 1
            }
            return ending(() =>
              store.transaction(() => {
                get(Odd).n = 1
              }),
            )
          },
        }
      },
      async here({ get, store, expect, act }) {
        let heard = 0
        store.listen(() => heard++)
        expect(await act('run')).not.toBe('done')
        expect([get(Odd).n, get(Other).n, heard]).toEqual([0, 0, 0])
      },
    },
  }
}
