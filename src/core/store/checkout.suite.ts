import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { ending } from './fixtures/reports.ts'

type Name = 'lamp' | 'tank' | 'x'

/** Drafts are made where the state lives; what their commits do is seen everywhere. */
export const checkout: Suite = (library) => {
  const { Lamp, Tank, Todos } = define(library)
  const { effect } = library
  const state = [Lamp, Tank, Todos]

  const there = ({ get, store }: There) => {
    interface Draft {
      set(values: object): void
      toJSON(): object
      changes(): object
      rebase(): void
      commit(options?: { force?: boolean }): void
    }
    const targets = { lamp: () => Lamp, tank: () => Tank, x: () => get(Todos).get('x') }
    const drafts = {} as Record<Name, Draft>
    return {
      checkout(name: Name) {
        drafts[name] = store.checkout(targets[name]() as never) as unknown as Draft
      },
      write: (name: Name, values: object) => drafts[name].set(values),
      read: (name: Name) => drafts[name].toJSON(),
      changes: (name: Name) => drafts[name].changes(),
      rebase: (name: Name) => drafts[name].rebase(),
      commit: (name: Name, force = false) => ending(() => drafts[name].commit({ force })),
      'commit all': (...names: Name[]) =>
        ending(() =>
          store.transaction(() => {
            for (const name of names) drafts[name].commit()
          }),
        ),
      'commit, then throw': (name: Name) =>
        ending(() =>
          store.transaction(() => {
            drafts[name].commit()
            throw new Error('no')
          }),
        ),
      'write, then throw': () =>
        ending(() =>
          store.transaction(() => {
            get(Lamp).colour = 'red'
            throw new Error('no')
          }),
        ),
    }
  }

  return {
    'a draft is a detached copy: neither sees what the other writes': {
      state,
      there,
      async here({ get, store, expect, act }) {
        const lamp = get(Lamp)
        let heard = 0
        store.listen(() => heard++)
        lamp.listen(() => heard++)
        const seen: number[] = []
        effect(() => void seen.push(lamp.watts))
        await act('checkout', 'lamp')
        await act('write', 'lamp', { watts: 6, colour: 'red' })
        expect([lamp.watts, lamp.colour, heard, seen]).toEqual([5, 'white', 0, [5]])
        await lamp.set({ on: true })
        expect(await act('read', 'lamp')).toEqual({ on: false, colour: 'red', watts: 6 })
      },
    },
    'tells the difference, to what it was made of': {
      state,
      there,
      async here({ get, expect, act }) {
        await act('checkout', 'lamp')
        await act('write', 'lamp', { watts: 6 })
        await get(Lamp).set({ watts: 99 })
        expect(await act('changes', 'lamp')).toEqual({ watts: { before: 5, after: 6 } })
        expect(await act('commit', 'lamp', true)).toBe('done')
        expect(await act('changes', 'lamp')).toEqual({})
        expect(get(Lamp).watts).toBe(6)
      },
    },
    'of a row, by the row': {
      state,
      there,
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const row = await todos.add({ title: 'x' }, 'x')
        await act('checkout', 'x')
        await act('write', 'x', { title: 'y' })
        expect(row.title).toBe('x')
        expect(await act('commit', 'x')).toBe('done')
        expect(row.title).toBe('y')
        expect(todos.get('x')).toBe(row)
      },
    },
    'commit publishes all changes in one commit': {
      state,
      there,
      async here({ get, expect, act }) {
        const lamp = get(Lamp)
        let heard = 0
        lamp.listen(() => heard++)
        const seen: unknown[] = []
        effect(() => void seen.push([lamp.watts, lamp.on]))
        await act('checkout', 'lamp')
        await act('write', 'lamp', { watts: 6 })
        await act('write', 'lamp', { on: true })
        await act('commit', 'lamp')
        expect([lamp.watts, lamp.on, heard]).toEqual([6, true, 1])
        await act('write', 'lamp', { watts: 7 })
        await act('commit', 'lamp')
        expect([lamp.watts, heard]).toEqual([7, 2])
        expect(seen).toEqual([
          [5, false],
          [6, true],
          [7, true],
        ])
      },
    },
    'commit without changes is none': {
      state,
      there,
      async here({ get, store, expect, act }) {
        let heard = 0
        store.listen(() => heard++)
        const { revision } = get(Lamp)
        await act('checkout', 'lamp')
        expect(await act('commit', 'lamp')).toBe('done')
        expect([get(Lamp).revision, heard]).toEqual([revision, 0])
      },
    },
    'commit throws ConflictError when the revision moved on, whichever field it was, and publishes nothing': {
      state,
      there,
      async here({ get, expect, act }) {
        const lamp = get(Lamp)
        await act('checkout', 'lamp')
        await act('write', 'lamp', { watts: 6 })
        await lamp.set({ colour: 'red' })
        let heard = 0
        lamp.listen(() => heard++)
        expect(await act('commit', 'lamp')).toBe('ConflictError')
        expect([lamp.watts, lamp.colour, heard]).toEqual([5, 'red', 0])
        // Back to the same values is still moved on.
        await lamp.set({ colour: 'white' })
        expect(await act('commit', 'lamp')).toBe('ConflictError')
      },
    },
    'commit does not conflict with a write that was rolled back': {
      state,
      there,
      async here({ get, expect, act }) {
        await act('checkout', 'lamp')
        await act('write', 'lamp', { watts: 6 })
        expect(await act('write, then throw')).toBe('Error')
        expect(await act('commit', 'lamp')).toBe('done')
        expect([get(Lamp).watts, get(Lamp).colour]).toEqual([6, 'white'])
      },
    },
    'commit by force overwrites, on purpose': {
      state,
      there,
      async here({ get, expect, act }) {
        const lamp = get(Lamp)
        await act('checkout', 'lamp')
        await act('write', 'lamp', { watts: 6 })
        await lamp.set({ colour: 'red', watts: 1 })
        expect(await act('commit', 'lamp', true)).toBe('done')
        expect([lamp.watts, lamp.colour]).toEqual([6, 'white'])
      },
    },
    'commit after rebase applies its changes over the newest value': {
      state,
      there,
      async here({ get, expect, act }) {
        const lamp = get(Lamp)
        await act('checkout', 'lamp')
        await act('write', 'lamp', { watts: 6 })
        await lamp.set({ colour: 'red', watts: 1 })
        await act('rebase', 'lamp')
        expect(await act('read', 'lamp')).toMatchObject({ watts: 6, colour: 'red' })
        expect(await act('changes', 'lamp')).toEqual({ watts: { before: 1, after: 6 } })
        expect(await act('commit', 'lamp')).toBe('done')
        expect([lamp.watts, lamp.colour]).toEqual([6, 'red'])
      },
    },
    'commit that breaks the check throws, publishes nothing, and can be mended': {
      state,
      there,
      async here({ get, expect, act }) {
        const tank = get(Tank)
        await act('checkout', 'tank')
        await act('write', 'tank', { level: 150 })
        expect(await act('commit', 'tank')).toBe('ValidationError')
        expect(tank.level).toBe(0)
        expect(await act('read', 'tank')).toMatchObject({ level: 150 })
        await act('write', 'tank', { size: 200 })
        expect(await act('commit', 'tank')).toBe('done')
        expect([tank.level, tank.size, tank.free]).toEqual([150, 200, 50])
      },
    },
    'commit of a row that was deleted throws': {
      state,
      there,
      async here({ get, expect, act }) {
        const todos = get(Todos)
        await todos.add({ title: 'x' }, 'x')
        await act('checkout', 'x')
        await act('write', 'x', { title: 'y' })
        await todos.delete('x')
        expect(await act('commit', 'x')).toBe('DeletedError')
        expect(await act('commit', 'x', true)).toBe('DeletedError')
        expect(todos.size).toBe(0)
      },
    },
    'commits of several in one transaction are all or none, and can be tried again': {
      state,
      there,
      async here({ get, store, expect, act }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        for (const name of ['lamp', 'tank']) await act('checkout', name)
        await act('write', 'lamp', { watts: 6 })
        await act('write', 'tank', { level: 7 })
        await tank.set({ level: 1 })
        let heard = 0
        store.listen(() => heard++)
        expect(await act('commit all', 'lamp', 'tank')).toBe('ConflictError')
        expect([lamp.watts, tank.level, heard]).toEqual([5, 1, 0])
        expect(await act('changes', 'lamp')).toEqual({ watts: { before: 5, after: 6 } })
        await act('rebase', 'tank')
        expect(await act('commit all', 'lamp', 'tank')).toBe('done')
        expect([lamp.watts, tank.level, heard]).toEqual([6, 7, 1])
      },
    },
    'commit in a transaction that is rolled back later leaves the draft where it was': {
      state,
      there,
      async here({ get, expect, act }) {
        await act('checkout', 'lamp')
        await act('write', 'lamp', { watts: 6 })
        expect(await act('commit, then throw', 'lamp')).toBe('Error')
        expect(get(Lamp).watts).toBe(5)
        expect(await act('changes', 'lamp')).toEqual({ watts: { before: 5, after: 6 } })
        expect(await act('commit', 'lamp')).toBe('done')
        expect(get(Lamp).watts).toBe(6)
      },
    },
  }
}
