import { signal } from '@preact/signals-core'
import * as v from 'valibot'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Store } from '../../src/core/index.ts'
import * as core from '../../src/core/index.ts'

const { createMachine, createStore } = core

/** The three reading functions of a binding; what they answer is the framework's own kind of thing. */
export interface Hooks {
  useStoreValue(select: () => unknown, isEqual?: Judge): unknown
  useModel(source: object, select: Select, isEqual?: Judge): unknown
  useMachine(source: object, select: Select, isEqual?: Judge): unknown
}
// The contract names the types of what it selects from; the binding's own type tests are elsewhere.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Select = (live: any) => unknown
// biome-ignore lint/suspicious/noExplicitAny: see above
type Judge = (before: any, after: any) => boolean

/** A component in a page, showing one value. */
export interface Mounted {
  /** What the page shows; `failed: …` when the component threw. */
  text(): string
  renders(): number
  unmount(): void | Promise<void>
}

/** What the contract needs to know of a framework. */
export interface Kit {
  name: string
  /** Mounts a component that shows what `use` answers, under a provider of `store` when there is one. */
  mount(use: () => unknown, options: { store?: Store; onMounted?: () => void }): Promise<Mounted>
  /** Runs `fn` and waits until the framework has rendered what comes of it. */
  act(fn: () => void): Promise<void>
  hooks: Hooks
}

const define = ({ collection, defineMachine, defineModel }: typeof core) => {
  const Todo = defineModel('todo', { title: v.string(), done: v.boolean() }, { initial: { title: '', done: false } })
  const Telemetry = defineModel(
    'telemetry',
    { temperature: v.number(), unit: v.string() },
    { initial: { temperature: 20, unit: 'C' }, computed: { twice: (t) => t.temperature * 2 } },
  )
  const Connection = defineMachine('connection', {
    Start: {},
    Connected: { require: ['Start'] },
    Message: { multi: true },
  })
  return { Connection, Telemetry, Todos: collection(Todo) }
}
const { Connection, Telemetry, Todos } = define(core)

/** What every binding has to do, whatever its framework. */
export function bindingContract({ name, mount, act, hooks }: Kit): void {
  let store: Store
  beforeEach(() => {
    store = createStore({ state: [Connection, Telemetry, Todos] })
  })
  const { useStoreValue, useModel, useMachine } = hooks

  describe(`${name}: a component`, () => {
    test("that reads is('Connected') renders once when it changes, and never otherwise", async () => {
      const connection = store.get(Connection)
      const use = () => useMachine(Connection, (c: typeof connection) => c.is('Connected'))
      const page = await mount(use, { store })
      expect([page.text(), page.renders()]).toEqual(['false', 1])
      const steps: [() => void, string, number][] = [
        [() => connection.add('Start'), 'false', 1],
        [() => connection.add('Connected'), 'true', 2],
        [() => connection.add('Message'), 'true', 2],
        [() => connection.add('Message'), 'true', 2],
        [() => connection.add('Connected'), 'true', 2],
        [() => connection.remove('Connected'), 'false', 3],
        // On and off, in one commit.
        [
          () =>
            store.transaction(() => {
              connection.add('Connected')
              connection.remove('Connected')
            }),
          'false',
          3,
        ],
        [
          () =>
            store.transaction(() => {
              connection.add('Connected')
              connection.add('Message')
            }),
          'true',
          4,
        ],
        [
          () =>
            store.transaction(() => {
              store.get(Telemetry).temperature++
              connection.remove('Start')
            }),
          'false',
          5,
        ],
      ]
      for (const [write, text, renders] of steps) {
        await act(write)
        expect([page.text(), page.renders()], String(write)).toEqual([text, renders])
      }
      expect(connection.tick('Connected')).toBe(6)
      await page.unmount()
    })

    test('that reads one row renders when that field of that row changes', async () => {
      const todos = store.get(Todos)
      todos.add({ title: 'a' }, 'a')
      todos.add({ title: 'b' }, 'b')
      const page = await mount(() => useModel(Todos, (all: typeof todos) => all.get('a')?.title), { store })
      const steps: [() => void, string, number][] = [
        [
          () => {
            todos.get('b')!.title = 'x'
          },
          'a',
          1,
        ],
        [
          () => {
            todos.get('a')!.done = true
          },
          'a',
          1,
        ],
        [() => void todos.add({}, 'c'), 'a', 1],
        [
          () => {
            todos.get('a')!.title = 'A'
          },
          'A',
          2,
        ],
        [() => void todos.put('a', { title: 'A', done: false }), 'A', 2],
        [() => void todos.delete('a'), 'undefined', 3],
        [() => void todos.add({ title: 'again' }, 'a'), 'again', 4],
      ]
      for (const [write, text, renders] of steps) {
        await act(write)
        expect([page.text(), page.renders()], String(write)).toEqual([text, renders])
      }
      await page.unmount()
    })

    test('sees nothing of a transaction that is rolled back', async () => {
      const telemetry = store.get(Telemetry)
      const page = await mount(() => useModel(Telemetry, (t: typeof telemetry) => t.twice), { store })
      await act(() => {
        expect(() =>
          store.transaction(() => {
            telemetry.temperature = 99
            throw new Error('no')
          }),
        ).toThrow('no')
      })
      expect([page.text(), page.renders()]).toEqual(['40', 1])
      await act(() => {
        telemetry.temperature = 21
      })
      expect([page.text(), page.renders()]).toEqual(['42', 2])
      await page.unmount()
    })

    test('needs no store for a machine, a model or a draft that it is given', async () => {
      const machine = createMachine(Connection)
      const telemetry = store.get(Telemetry)
      const draft = store.checkout(Telemetry)
      const page = await mount(() => useMachine(machine, (c: typeof machine) => c.is('Start')), {})
      const second = await mount(() => useModel(telemetry, (t: typeof telemetry) => t.unit), {})
      const third = await mount(() => useModel(draft, (t: typeof telemetry) => t.unit), {})
      await act(() => {
        machine.add('Start')
        telemetry.unit = 'F'
        draft.unit = 'K'
      })
      expect([page, second, third].map((one) => [one.text(), one.renders()])).toEqual([
        ['true', 2],
        ['F', 2],
        ['K', 2],
      ])
      for (const one of [page, second, third]) await one.unmount()
    })

    test('that was unmounted has left no subscription', async () => {
      const counts = { watched: 0, unwatched: 0, selected: 0 }
      const cell = signal(0, { watched: () => counts.watched++, unwatched: () => counts.unwatched++ })
      const machine = createMachine(Connection)
      const page = await mount(
        () =>
          useStoreValue(() => {
            counts.selected++
            return `${cell.value} ${machine.is('Start')}`
          }),
        {},
      )
      await act(() => void cell.value++)
      await act(() => void machine.add('Start'))
      expect([page.text(), page.renders()]).toEqual(['1 true', 3])
      await page.unmount()
      await act(() => {})
      expect(counts.watched).toBeGreaterThan(0)
      expect(counts.unwatched).toBe(counts.watched)
      const { selected } = counts
      await act(() => {
        cell.value++
        machine.remove('Start')
      })
      expect(counts.selected).toBe(selected)
    })

    test('may select new objects, and says when they are the same', async () => {
      const todos = store.get(Todos)
      const telemetry = store.get(Telemetry)
      let same = 0
      const sameList = (before: readonly string[], after: readonly string[]) => {
        same++
        return before.join() === after.join()
      }
      const page = await mount(() => useModel(Todos, (all: typeof todos) => [...all.ids], sameList), { store })
      const other = await mount(() => useStoreValue(() => [telemetry.temperature]), {})
      await act(() => void todos.add({}, 'a'))
      await act(() => void telemetry.temperature++)
      expect([page.text(), page.renders()]).toEqual(['a', 2])
      expect([other.text(), other.renders()]).toEqual(['21', 2])
      const before = same
      await act(() =>
        store.transaction(() => {
          todos.add({}, 'b')
          todos.delete('b')
        }),
      )
      expect(same).toBeGreaterThan(before)
      expect([page.text(), page.renders()]).toEqual(['a', 2])
      await page.unmount()
      await other.unmount()
    })

    test('sees what changed between its rendering and its mounting', async () => {
      const telemetry = store.get(Telemetry)
      const page = await mount(() => useModel(Telemetry, (t: typeof telemetry) => t.temperature), {
        store,
        onMounted: () => void telemetry.temperature++,
      })
      await act(() => {})
      expect([page.text(), page.renders()]).toEqual(['21', 2])
      await page.unmount()
    })

    test('mounted in the middle of a transaction ends up with what was committed', async () => {
      const telemetry = store.get(Telemetry)
      const mounting: Promise<Mounted>[] = []
      expect(() =>
        store.transaction(() => {
          telemetry.temperature = 99
          mounting.push(mount(() => useModel(Telemetry, (t: typeof telemetry) => t.temperature), { store }))
          throw new Error('no')
        }),
      ).toThrow('no')
      const page = (await mounting[0]) as Mounted
      await act(() => {})
      expect(page.text()).toBe('20')
      await act(() => {
        telemetry.temperature = 30
      })
      expect(page.text()).toBe('30')
      await page.unmount()
    })

    test('throws what its selector throws, at once and later', async () => {
      const telemetry = store.get(Telemetry)
      const select = (t: typeof telemetry) => {
        if (t.temperature > 100) throw new Error('too hot')
        return t.temperature
      }
      const page = await mount(() => useModel(Telemetry, select), { store })
      await act(() => {
        telemetry.temperature = 101
      })
      expect(page.text()).toMatch(/^failed: too hot/)
      await page.unmount()
      const second = await mount(() => useModel(Telemetry, select), { store })
      expect(second.text()).toMatch(/^failed: too hot/)
      await second.unmount()
    })

    test('says so when there is no store', async () => {
      const page = await mount(() => useModel(Telemetry, () => 1), {})
      expect(page.text()).toMatch(/^failed: No store is provided here\. Put StoreProvider/)
      await page.unmount()
    })

    test('says so when what it is given is made of another copy of signals-core', async () => {
      vi.resetModules()
      const copy = await import('../../src/core/index.ts')
      const sources = Object.values(define(copy))
      const other = copy.createStore({ state: sources })
      for (const source of sources) {
        const page = await mount(() => useModel(source, () => 'unseen'), { store: other as unknown as Store })
        expect(page.text()).toMatch(/^failed: There are two copies of @preact\/signals-core/)
        await page.unmount()
      }
    })
  })
}
