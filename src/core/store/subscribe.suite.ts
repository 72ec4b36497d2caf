import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { thrown } from './fixtures/reports.ts'

/** Those who subscribe hear of whole commits, in order, after them. */
export const subscribe: Suite = (library) => {
  const { Lamp, Tank, Todos, User } = define(library)
  const { createStore, isRedacted } = library
  const state = [Lamp, Tank, Todos, User]

  /** Calls that end when told. */
  const slow = () => {
    const steps: (() => void)[] = []
    return { steps, wait: () => new Promise<void>((resolve) => steps.push(resolve)) }
  }
  const there = ({ get, store }: There) => {
    const todos = get(Todos)
    return {
      'write the lamp': () =>
        store.transaction(() => {
          get(Lamp).watts = 8
          get(Lamp).on = true
        }),
      'change three rows': () =>
        store.transaction(() => {
          todos.get('b')!.done = true
          todos.delete('a')
          todos.add({ title: 'd' }, 'd')
        }),
      'add anew': () =>
        store.transaction(() => {
          todos.delete('a')
          todos.add({ title: 'new' }, 'a')
        }),
      'write the user': () => get(User).set({ name: 'n', token: 'hush-hush' }),
    }
  }

  return {
    'is called after the commit, asynchronously, with the frozen snapshot of that commit': {
      state,
      there,
      async here({ get, store, expect, act }) {
        const lamp = get(Lamp)
        const seen: unknown[] = []
        const seqs: number[] = []
        let changes: unknown
        store.subscribe(Lamp, (snapshot, commit) => {
          seen.push(snapshot)
          seqs.push(commit.seq)
          changes = new Map(commit.changes.map(({ field, before, after }) => [field, [before, after]]))
        })
        const writing = lamp.set({ watts: 6 })
        expect(seen).toEqual([])
        await writing
        await lamp.set({ watts: 7 })
        await act('write the lamp')
        expect(seen).toEqual([
          { on: false, colour: 'white', watts: 6 },
          { on: false, colour: 'white', watts: 7 },
          { on: true, colour: 'white', watts: 8 },
        ])
        for (const snapshot of seen) expect(Object.isFrozen(snapshot)).toBe(true)
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
        expect(changes).toEqual(
          new Map([
            ['watts', [7, 8]],
            ['on', [false, true]],
          ]),
        )
      },
    },
    'is awaited before its next call; others do not wait for it': {
      state,
      async here({ get, store, expect, turn }) {
        const lamp = get(Lamp)
        const log: string[] = []
        const { steps, wait } = slow()
        store.subscribe(Lamp, async ({ watts }) => {
          log.push(`slow ${watts} in`)
          await wait()
          log.push(`slow ${watts} out`)
        })
        store.subscribe(Lamp, ({ watts }) => log.push(`quick ${watts}`))
        await lamp.set({ watts: 6 })
        await lamp.set({ watts: 7 })
        await turn()
        expect(log.sort()).toEqual(['quick 6', 'quick 7', 'slow 6 in'])
        log.length = 0
        steps.shift()?.()
        await turn()
        expect(log).toEqual(['slow 6 out', 'slow 7 in'])
        steps.shift()?.()
        await turn()
        await lamp.set({ watts: 8 })
        await turn()
        expect(log.slice(2)).toEqual(['slow 7 out', 'slow 8 in', 'quick 8'])
        steps.shift()?.()
      },
    },
    'hears only of what it subscribed to': {
      state,
      async here({ get, store, expect, turn }) {
        const [tank, todos] = [get(Tank), get(Todos)]
        const log: string[] = []
        const row = await todos.add({}, 'x')
        await turn()
        store.subscribe(Lamp, () => log.push('lamp'))
        store.subscribe(row, () => log.push('row x'))
        store.subscribe(Todos, (rows) => log.push(`todos ${[...rows.keys()]}`))
        await tank.set({ level: 1 })
        await turn()
        expect(log).toEqual([])
        await todos.add({}, 'y')
        await turn()
        expect(log).toEqual(['todos y'])
        await row.set({ title: 'x' })
        await turn()
        expect(log.slice(1).sort()).toEqual(['row x', 'todos x'])
      },
    },
    'one that throws or rejects stops neither others nor its own later calls': {
      state,
      async here({ get, store, expect, turn, errors }) {
        const lamp = get(Lamp)
        const log: string[] = []
        store.subscribe(Lamp, ({ watts }) => {
          log.push(`throws ${watts}`)
          throw new Error(`sync ${watts}`)
        })
        store.subscribe(Lamp, async ({ watts }) => {
          log.push(`rejects ${watts}`)
          throw new Error(`async ${watts}`)
        })
        store.subscribe(Lamp, ({ watts }) => log.push(`fine ${watts}`))
        await lamp.set({ watts: 6 })
        await lamp.set({ watts: 7 })
        await turn()
        expect(log.sort()).toEqual(['fine 6', 'fine 7', 'rejects 6', 'rejects 7', 'throws 6', 'throws 7'])
        expect((await errors()).sort()).toEqual([
          ['subscriber', 'async 6'],
          ['subscriber', 'async 7'],
          ['subscriber', 'sync 6'],
          ['subscriber', 'sync 7'],
        ])
      },
    },
    'one that writes makes a new commit, and hears of it in order': {
      state,
      async here({ get, store, expect }) {
        const lamp = get(Lamp)
        const seen: number[] = []
        await new Promise<void>((resolve) => {
          store.subscribe(Lamp, ({ watts }) => {
            seen.push(watts)
            if (watts === 8) resolve()
            else return lamp.set({ watts: watts + 1 })
          })
          void lamp.set({ watts: 6 })
        })
        expect(seen).toEqual([6, 7, 8])
      },
    },
    'takes a definition, the live model, a row, a collection or its definition': {
      state,
      async here({ get, store, expect, turn }) {
        const [lamp, todos] = [get(Lamp), get(Todos)]
        const log: string[] = []
        const row = await todos.add({}, 'x')
        await turn()
        store.subscribe(Lamp, () => log.push('definition'))
        store.subscribe(lamp, () => log.push('live'))
        store.subscribe(row, () => log.push('row'))
        store.subscribe(Todos, () => log.push('collection definition'))
        store.subscribe(todos, () => log.push('collection'))
        await lamp.set({ on: true })
        await row.set({ done: true })
        await turn()
        expect(log.sort()).toEqual(['collection', 'collection definition', 'definition', 'live', 'row'])
      },
    },
    'of another store’s things is refused': {
      state,
      async here({ store, expect }) {
        const other = createStore({ state: [Lamp, Todos] })
        for (const target of [other.get(Lamp), other.get(Todos), other.get(Todos).add()]) {
          expect((thrown(() => store.subscribe(target, () => {})) as Error).name).toBe('NotRegisteredError')
        }
      },
    },
    'gets the marker for a redacted field': {
      state,
      there,
      async here({ store, expect, act, turn }) {
        const seen: string[] = []
        store.subscribe(User, (snapshot, commit) => {
          seen.push(JSON.stringify([snapshot, commit]))
          expect([snapshot.name, isRedacted(snapshot.token)]).toEqual(['n', true])
        })
        await act('write the user')
        await turn()
        expect(seen).toHaveLength(1)
        expect(seen[0]).not.toContain('hush')
      },
    },
    'one of a collection gets a map of the changed rows, undefined for deleted ones': {
      state,
      there,
      async here({ get, store, expect, act, turn }) {
        for (const id of ['a', 'b', 'c']) await get(Todos).add({ title: id }, id)
        await turn()
        const seen: [string, unknown][][] = []
        store.subscribe(Todos, (rows) => seen.push([...rows]))
        await act('change three rows')
        await turn()
        expect(seen).toHaveLength(1)
        expect(new Map(seen[0])).toEqual(
          new Map<string, unknown>([
            ['b', { title: 'b', done: true }],
            ['a', undefined],
            ['d', { title: 'd', done: false }],
          ]),
        )
      },
    },
    'a row deleted and added again is the new one': {
      state,
      there,
      async here({ get, store, expect, act, turn }) {
        await get(Todos).add({ title: 'old' }, 'a')
        await turn()
        const seen: [string, unknown][][] = []
        store.subscribe(Todos, (rows) => seen.push([...rows]))
        await act('add anew')
        await turn()
        expect(seen).toEqual([[['a', { title: 'new', done: false }]]])
      },
    },
    'two of them cannot disturb each other by their maps': {
      state,
      async here({ get, store, expect, turn }) {
        const sizes: number[] = []
        const meddle = (rows: ReadonlyMap<string, unknown>) => {
          sizes.push(rows.size)
          try {
            ;(rows as Map<string, unknown>).clear()
          } catch {
            // Refusing is as good as having a map of one's own.
          }
        }
        store.subscribe(Todos, meddle)
        store.subscribe(Todos, meddle)
        await get(Todos).add()
        await turn()
        expect(sizes).toEqual([1, 1])
      },
    },
    'a row’s own subscriber gets undefined when it is deleted': {
      state,
      async here({ get, store, expect, turn }) {
        const todos = get(Todos)
        const row = await todos.add({ title: 'a' }, 'a')
        await turn()
        const seen: unknown[] = []
        store.subscribe(row, (snapshot) => seen.push(snapshot))
        await row.set({ title: 'b' })
        await todos.delete('a')
        await turn()
        expect(seen).toEqual([{ title: 'b', done: false }, undefined])
      },
    },
    'ends by the function that subscribe answers, waiting calls included': {
      state,
      async here({ get, store, expect, turn }) {
        const lamp = get(Lamp)
        const seen: number[] = []
        const { steps, wait } = slow()
        const stop = store.subscribe(Lamp, ({ watts }) => {
          seen.push(watts)
          return wait()
        })
        await lamp.set({ watts: 6 })
        await turn()
        // Its call waits: the one before is not done.
        await lamp.set({ watts: 7 })
        stop()
        stop()
        await lamp.set({ watts: 8 })
        steps.shift()?.()
        await turn()
        expect(seen).toEqual([6])
      },
    },
    'ends by a signal, before and after; the other way leaves no listener on it': {
      state,
      async here({ get, store, expect, turn }) {
        const lamp = get(Lamp)
        const seen: string[] = []
        store.subscribe(Lamp, () => seen.push('aborted before'), { signal: AbortSignal.abort() })
        const controller = new AbortController()
        const { signal } = controller
        let removed = 0
        const { removeEventListener } = signal
        signal.removeEventListener = (...args: unknown[]) => {
          removed++
          Reflect.apply(removeEventListener, signal, args)
        }
        const stop = store.subscribe(Lamp, () => seen.push('stopped'), { signal })
        store.subscribe(Lamp, ({ watts }) => seen.push(`${watts}`), { signal })
        stop()
        expect(removed).toBeGreaterThan(0)
        await lamp.set({ watts: 6 })
        await turn()
        controller.abort()
        await lamp.set({ watts: 7 })
        await turn()
        expect(seen).toEqual(['6'])
      },
    },
    'ends inside its own call, there': {
      state,
      async here({ get, store, expect, turn }) {
        const lamp = get(Lamp)
        const seen: number[] = []
        const stop = store.subscribe(Lamp, ({ watts }) => {
          seen.push(watts)
          stop()
        })
        const writing = [lamp.set({ watts: 6 }), lamp.set({ watts: 7 })]
        await Promise.all(writing)
        await turn()
        await lamp.set({ watts: 8 })
        await turn()
        expect(seen).toHaveLength(1)
      },
    },
    'the end of one leaves the others of the same model': {
      state,
      async here({ get, store, expect, turn }) {
        const seen: string[] = []
        const stop = store.subscribe(Lamp, () => seen.push('one'))
        store.subscribe(Lamp, () => seen.push('two'))
        stop()
        await get(Lamp).set({ watts: 6 })
        await turn()
        expect(seen).toEqual(['two'])
      },
    },
    'beyond 1,000 waiting, calls merge into the newest, reported once': {
      state,
      async here({ get, store, expect, turn, errors }) {
        const todos = get(Todos)
        const { steps, wait } = slow()
        const maps: ReadonlyMap<string, unknown>[] = []
        store.subscribe(Todos, (rows) => {
          maps.push(rows)
          return wait()
        })
        for (let i = 0; i < 1_100; i++) await todos.add({}, `${i}`)
        await turn()
        const told = await errors()
        expect(told).toHaveLength(1)
        expect(told[0]?.join()).toMatch(/^subscriber,.*todo.*1000/)
        while (steps.length > 0) {
          for (const step of steps.splice(0)) step()
          await Promise.resolve()
          await Promise.resolve()
          await Promise.resolve()
        }
        expect(maps.length).toBeLessThanOrEqual(1_001)
        expect(maps.length).toBeGreaterThanOrEqual(1_000)
        // Nothing is lost by merging: each row is in one of the maps.
        expect(new Set(maps.flatMap((rows) => [...rows.keys()])).size).toBe(1_100)
      },
    },
  }
}
