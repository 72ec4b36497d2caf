import type { Suite } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { ending } from './fixtures/reports.ts'

/** What handlers of machines do with models: the same promises as in `drain.test.ts`, kept to real machines. */
export const drain: Suite = (library) => {
  const { Lamp, Tank, Todos } = define(library)
  const { defineMachine, effect } = library
  const Door = defineMachine('door', { Open: {}, Shut: {} })
  const Gate = defineMachine('gate', { Up: {}, Key: {} })
  const state = [Lamp, Tank, Todos, Door, Gate]

  return {
    'outside a transaction runs at once, with what it submits, over all machines, as one commit': {
      state,
      there({ get, note }) {
        get(Door).handle({
          Open: {
            entered: () => {
              note('door')
              get(Lamp).on = true
              note(get(Gate).add('Up').status)
              note('end of door')
            },
          },
        })
        get(Gate).handle({ Up: { entered: () => note('gate') } })
      },
      async here({ get, store, expect, notes }) {
        const [lamp, door, gate] = [get(Lamp), get(Door), get(Gate)]
        let heard = 0
        store.listen(() => heard++)
        const seen: unknown[] = []
        effect(() => void seen.push([lamp.on, door.is('Open'), gate.is('Up')]))
        expect(await door.add('Open')).toMatchObject({ status: 'executed' })
        expect(await notes()).toEqual(['door', 'queued', 'end of door', 'gate'])
        expect(seen.slice(1)).toEqual([[true, true, true]])
        expect(heard).toBe(1)
      },
    },
    'inside a transaction waits for its end, and is part of the same commit': {
      state,
      there({ get, store, note }) {
        const lamp = get(Lamp)
        get(Door).handle({ Open: { entered: () => note(`drain at ${lamp.watts}`) } })
        return {
          run: () =>
            store.transaction(() => {
              lamp.watts = 1
              note(get(Door).add('Open').status)
              lamp.watts = 2
              note('function')
            }),
        }
      },
      async here({ get, store, expect, act, notes }) {
        let heard = 0
        store.listen(() => heard++)
        await act('run')
        expect(await notes()).toEqual(['queued', 'function', 'drain at 2'])
        expect([get(Lamp).watts, get(Door).is('Open'), heard]).toEqual([2, true, 1])
      },
    },
    'is dropped with the transaction, and told so': {
      state,
      there: ({ get, store, note }) => ({
        async run() {
          get(Door).handle({ Open: { entered: () => note('ran') } })
          let settled: Promise<{ status: string; reason?: { kind: string } }> | undefined
          const end = ending(() =>
            store.transaction(() => {
              settled = get(Door).add('Open').settled
              throw new Error('no')
            }),
          )
          const { status, reason } = await settled!
          return [end, status, reason?.kind]
        },
      }),
      async here({ get, expect, act, notes }) {
        expect(await act('run')).toEqual(['Error', 'canceled', 'aborted'])
        expect(await notes()).toEqual([])
        expect(get(Door).tick('Open')).toBe(0)
      },
    },
    'a nested transaction that throws drops its own mutations, and no others': {
      state,
      there: ({ get, store }) => ({
        run: () =>
          store.transaction(() => {
            get(Door).add('Open')
            ending(() =>
              store.transaction(() => {
                get(Gate).add('Up')
                throw new Error('no')
              }),
            )
            get(Gate).add('Key')
          }),
      }),
      async here({ get, expect, act }) {
        await act('run')
        expect([get(Door).active(), get(Gate).active()]).toEqual([['Open'], ['Key']])
      },
    },
    'effects run after the commit, on its end': {
      state,
      there({ get }) {
        get(Door).handle({
          Open: {
            entered: () => {
              get(Lamp).watts = 6
              get(Gate).add('Up')
            },
          },
        })
        get(Gate).handle({
          Up: {
            entered: () => {
              get(Lamp).watts = 7
            },
          },
        })
      },
      async here({ get, expect }) {
        const lamp = get(Lamp)
        const seen: number[] = []
        effect(() => void seen.push(lamp.watts))
        await get(Door).add('Open')
        expect(seen).toEqual([5, 7])
      },
    },
    'a handler that throws undoes its own model writes; those before and after stay': {
      state,
      there({ get }) {
        const lamp = get(Lamp)
        get(Door).handle({
          Open: {
            entered: () => {
              lamp.watts = 6
              get(Gate).add('Up')
              get(Door).add('Shut')
            },
          },
          Shut: {
            entered: () => {
              lamp.colour = 'red'
            },
          },
        })
        get(Gate).handle({
          Up: {
            entered: () => {
              lamp.watts = 7
              get(Tank).level = 3
              get(Todos).add({}, 'x')
              throw new Error('handler')
            },
          },
        })
      },
      async here({ get, expect, errors }) {
        const [lamp, tank, todos] = [get(Lamp), get(Tank), get(Todos)]
        const seen: unknown[] = []
        effect(() => void seen.push([lamp.watts, lamp.colour, tank.level, todos.size]))
        await get(Door).add('Open')
        expect(seen).toEqual([
          [5, 'white', 0, 0],
          [6, 'red', 0, 0],
        ])
        expect(await errors()).toEqual([['handler', 'handler']])
        expect([get(Door).isError(), get(Gate).isError()]).toEqual([false, true])
      },
    },
    'a failing check of what it wrote does the same, and counts as a throw of that handler': {
      state,
      there({ get }) {
        get(Door).handle({
          Open: {
            entered: () => {
              get(Lamp).on = true
              get(Tank).level = 500
            },
          },
        })
      },
      async here({ get, expect, errors, library }) {
        const door = get(Door)
        await door.add('Open')
        expect([get(Tank).level, get(Lamp).on, door.isError()]).toEqual([0, false, true])
        expect(door.error()).toBeInstanceOf(library.ValidationError)
        expect((await errors()).join()).toMatch(/^handler,.*spills over/)
      },
    },
    'a transaction in a handler is one, with its check at its own end': {
      state,
      there({ get, store, note }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        get(Door).handle({
          Open: {
            entered: () => {
              lamp.on = true
              note(
                ending(() =>
                  store.transaction(() => {
                    lamp.watts = 9
                    throw new Error('no')
                  }),
                ),
              )
              store.transaction(() => {
                tank.level = 150
                tank.size = 200
              })
            },
          },
        })
      },
      async here({ get, expect, notes }) {
        await get(Door).add('Open')
        expect(await notes()).toEqual(['Error'])
        expect([get(Lamp).on, get(Lamp).watts, get(Tank).level]).toEqual([true, 5, 150])
        expect(get(Door).isError()).toBe(false)
      },
    },
    'what a handler asked of another machine runs although the handler threw': {
      state,
      there({ get }) {
        get(Door).handle({
          Open: {
            entered: () => {
              get(Gate).add('Up')
              throw new Error('no')
            },
          },
        })
      },
      async here({ get, expect }) {
        await get(Door).add('Open')
        expect([get(Door).isError(), get(Gate).active()]).toEqual([true, ['Up']])
      },
    },
    'from the drain on nothing is undone as a whole: the function stays when a handler throws': {
      state,
      there({ get, store }) {
        get(Door).handle({
          Open: {
            entered: () => {
              throw new Error('handler')
            },
          },
        })
        return {
          run: () =>
            ending(() =>
              store.transaction(() => {
                get(Lamp).watts = 1
                get(Door).add('Open')
              }),
            ),
        }
      },
      async here({ get, expect, act, errors }) {
        expect(await act('run')).toBe('done')
        expect(get(Lamp).watts).toBe(1)
        expect(get(Door).tick('Exception')).toBe(1)
        expect(await errors()).toEqual([['handler', 'handler']])
      },
    },
    'a negotiation handler may read, and cannot write, in whatever way': {
      state,
      there({ get, store, note }) {
        const [lamp, todos] = [get(Lamp), get(Todos)]
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
        get(Door).handle({
          Open: {
            canEnter: () => {
              for (const [name, write] of Object.entries(writes)) note([name, ending(write), lamp.watts])
              return true
            },
          },
        })
      },
      async here({ get, store, expect, notes }) {
        const [lamp, todos, door] = [get(Lamp), get(Todos), get(Door)]
        let heard = 0
        lamp.listen(() => heard++)
        todos.listen(() => heard++)
        const asked = [await door.canAdd('Open'), await door.add('Open')]
        expect(asked).toMatchObject([{ status: 'executed' }, { status: 'executed' }])
        const told = (await notes()) as [string, string, number][]
        expect(told).toHaveLength(2 * 15)
        for (const [name, end, watts] of told) expect([name, end, watts]).toEqual([name, 'TransactionError', 7])
        expect([lamp.on, lamp.watts, todos.ids, todos.get('x')?.title, heard]).toEqual([false, 7, ['x'], '', 0])
        // Outside again all is as before.
        await lamp.set({ on: true })
        await store.reset(Todos)
        expect([lamp.on, todos.size]).toEqual([true, 0])
      },
    },
  }
}
