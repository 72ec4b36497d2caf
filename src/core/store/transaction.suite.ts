import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { ending, thrown } from './fixtures/reports.ts'

/** Transactions, as those see them who read. */
export const transaction: Suite = (library) => {
  const { effect } = library
  const { Lamp, Tank, Todos } = define(library)
  const state = [Lamp, Tank, Todos]
  const parts = ({ get, store }: There) => ({ store, lamp: get(Lamp), tank: get(Tank), todos: get(Todos) })
  const no = () => {
    throw new Error('no')
  }

  return {
    'answers what its function answers, and is there at once': {
      state,
      there(at) {
        const { store, lamp } = parts(at)
        return {
          run: () =>
            store.transaction(() => {
              lamp.on = true
              return { watts: lamp.watts }
            }),
        }
      },
      async here({ get, expect, act }) {
        expect(await act('run')).toEqual({ watts: 5 })
        expect(get(Lamp).on).toBe(true)
      },
    },
    'a throw anywhere undoes everything, revisions and order too, and comes out as it is': {
      state,
      there(at) {
        const { store, lamp, tank, todos } = parts(at)
        const mine = { not: 'an Error' }
        return {
          fail: () =>
            thrown(() =>
              store.transaction(() => {
                lamp.set({ on: true, watts: 3 })
                tank.level = 7
                tank.reset()
                todos.get('a')!.title = 'changed'
                todos.delete('b')
                todos.add({ title: 'new b' }, 'b')
                todos.put('c', { title: 'put', done: true })
                todos.add({}, 'd')
                todos.delete('a')
                lamp.watts = 4
                throw mine
              }),
            ) === mine,
        }
      },
      async here({ get, store, expect, act }) {
        const [lamp, tank, todos] = [get(Lamp), get(Tank), get(Todos)]
        const [a, b] = [await todos.add({ title: 'a' }, 'a'), await todos.add({ title: 'b' }, 'b')]
        await todos.add({ title: 'c' }, 'c')
        const now = async () =>
          JSON.stringify([
            await store.snapshot(),
            [lamp.toJSON(), tank.toJSON(), todos.toJSON()],
            [lamp.revision, tank.revision, a.revision, b.revision],
          ])
        const before = await now()
        let heard = 0
        store.listen(() => heard++)
        expect(await act('fail')).toBe(true)
        expect(await now()).toBe(before)
        expect(heard).toBe(0)
        expect(todos.ids).toEqual(['a', 'b', 'c'])
        expect(todos.get('a')).toBe(a)
        expect(todos.get('b')).toBe(b)
        await b.set({ title: 'alive' })
        expect(todos.get('b')?.title).toBe('alive')
      },
    },
    'every model write inside is validated at once': {
      state,
      there(at) {
        const { store, tank } = parts(at)
        return {
          run() {
            let after = 'not reached'
            const end = ending(() =>
              store.transaction(() => {
                tank.size = 10
                tank.level = -1
                after = 'reached'
              }),
            )
            return [end, after]
          },
        }
      },
      async here({ get, expect, act }) {
        expect(await act('run')).toEqual(['ValidationError', 'not reached'])
        expect(get(Tank).size).toBe(100)
      },
    },
    'a refused write that is caught leaves the rest': {
      state,
      there(at) {
        const { store, tank } = parts(at)
        return {
          run: () =>
            store.transaction(() => {
              tank.size = 10
              return ending(() => tank.set({ size: 5, level: -1 }))
            }),
        }
      },
      async here({ get, expect, act }) {
        expect(await act('run')).toBe('ValidationError')
        expect([get(Tank).size, get(Tank).level]).toEqual([10, 0])
      },
    },
    'checks are asked at the end, so that the way there may break them': {
      state,
      there(at) {
        const { store, tank } = parts(at)
        return {
          plainly: () =>
            store.transaction(() => {
              tank.level = 150
              tank.size = 200
            }),
          nested: () =>
            store.transaction(() => {
              store.transaction(() => {
                tank.level = 250
              })
              tank.size = 300
            }),
        }
      },
      async here({ get, expect, act }) {
        const tank = get(Tank)
        const free: number[] = []
        effect(() => void free.push(tank.free))
        await act('plainly')
        expect([tank.level, tank.size]).toEqual([150, 200])
        await act('nested')
        expect([tank.level, tank.size]).toEqual([250, 300])
        expect(free).toEqual([100, 50])
      },
    },
    'after one that failed the next works as ever': {
      state,
      there(at) {
        const { store, lamp } = parts(at)
        return {
          round() {
            const end = ending(() =>
              store.transaction(() => {
                lamp.watts++
                no()
              }),
            )
            lamp.watts++
            return end
          },
        }
      },
      async here({ get, store, expect, act }) {
        let heard = 0
        store.listen(() => heard++)
        for (let i = 0; i < 3; i++) expect(await act('round')).toBe('Error')
        expect(get(Lamp).watts).toBe(8)
        expect(heard).toBe(3)
      },
    },
    'a row deleted in it cannot be written, and can again when that is undone': {
      state,
      there(at) {
        const { store, todos } = parts(at)
        return {
          run() {
            const row = todos.get('x')!
            return ending(() =>
              store.transaction(() => {
                todos.delete('x')
                row.title = 'y'
              }),
            )
          },
        }
      },
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const row = await todos.add({ title: 'x' }, 'x')
        expect(await act('run')).toBe('DeletedError')
        await row.set({ title: 'z' })
        expect(todos.get('x')?.title).toBe('z')
        expect(todos.get('x')).toBe(row)
      },
    },
    'a returned promise is a TransactionError, and rolls back': {
      state,
      there(at) {
        const { store, lamp } = parts(at)
        const write = (async () => {
          lamp.on = true
        }) as unknown as () => string
        return {
          whole: () => (thrown(() => store.transaction(write)) as Error).message,
          inside: () =>
            store.transaction(() => {
              lamp.watts = 7
              return ending(() => store.transaction(write))
            }),
        }
      },
      async here({ get, store, expect, act }) {
        let heard = 0
        store.listen(() => heard++)
        expect(await act('whole')).toMatch(/lock/)
        expect([get(Lamp).on, heard]).toEqual([false, 0])
        expect(await act('inside')).toBe('TransactionError')
        expect([get(Lamp).on, get(Lamp).watts, heard]).toEqual([false, 7, 1])
      },
    },
    'a nested call that throws undoes its own writes alone, when the outer code catches': {
      state,
      there(at) {
        const { store, lamp, tank, todos } = parts(at)
        return {
          run: () =>
            store.transaction(() => {
              lamp.watts = 1
              todos.add({}, 'kept')
              const end = ending(() =>
                store.transaction(() => {
                  lamp.watts = 2
                  tank.level = 9
                  todos.delete('kept')
                  todos.add({}, 'dropped')
                  store.transaction(() => {
                    lamp.colour = 'blue'
                  })
                  no()
                }),
              )
              const between = [end, lamp.watts, lamp.colour, tank.level, todos.ids]
              store.transaction(() => {
                lamp.colour = 'red'
              })
              return between
            }),
        }
      },
      async here({ get, store, expect, act }) {
        const [lamp, tank, todos] = [get(Lamp), get(Tank), get(Todos)]
        let heard = 0
        store.listen(() => heard++)
        const seen: unknown[] = []
        effect(() => void seen.push([lamp.watts, lamp.colour, tank.level, todos.ids]))
        expect(await act('run')).toEqual(['Error', 1, 'white', 0, ['kept']])
        expect(seen).toEqual([
          [5, 'white', 0, []],
          [1, 'red', 0, ['kept']],
        ])
        expect(heard).toBe(1)
      },
    },
    'what a nested call committed goes with the outer one': {
      state,
      there(at) {
        const { store, lamp } = parts(at)
        return {
          fail: () =>
            ending(() =>
              store.transaction(() => {
                store.transaction(() => {
                  lamp.watts = 2
                })
                no()
              }),
            ),
          deep: () =>
            ending(() =>
              store.transaction(() => {
                lamp.watts = 1
                store.transaction(() => {
                  lamp.watts = 2
                  store.transaction(no)
                })
              }),
            ),
        }
      },
      async here({ get, expect, act }) {
        expect([await act('fail'), get(Lamp).watts]).toEqual(['Error', 5])
        expect([await act('deep'), get(Lamp).watts]).toEqual(['Error', 5])
      },
    },
  }
}
