import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { locking } from './fixtures/locking.ts'

/** Locks are taken where the state lives; whoever reads or writes is concerned. */
export const lock: Suite = (library) => {
  const defs = define(library)
  const { Lamp, Tank, Todos } = defs
  const { createStore, defineMachine, effect, LockedError } = library
  const Door = defineMachine('door', { Open: {} })
  const state = [Lamp, Tank, Todos]
  const there = (at: There) => locking(at, defs)

  return {
    'hands out drafts, and publishes them in one commit at the end': {
      state,
      there,
      async here({ get, store, expect, act }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        const seen: unknown[] = []
        effect(() => void seen.push([lamp.watts, tank.level, tank.free]))
        let heard = 0
        store.listen(() => heard++)
        await act('hold', 'one', { lamp: { watts: 9 }, tank: { level: 10 } })
        expect([lamp.watts, lamp.toJSON().watts, tank.level, heard]).toEqual([5, 5, 0, 0])
        expect(await act('end', 'one')).toBe('done')
        expect(seen).toEqual([
          [5, 0, 100],
          [9, 10, 90],
        ])
        expect(heard).toBe(1)
      },
    },
    'takes rows too': {
      state,
      there,
      async here({ get, expect, act }) {
        const row = await get(Todos).add({ title: 'x' }, 'x')
        await act('hold', 'one', { x: { title: 'y' }, lamp: { on: true } })
        expect(row.title).toBe('x')
        expect(await act('end', 'one')).toBe('done')
        expect([row.title, get(Lamp).on]).toEqual(['y', true])
      },
    },
    'drafts are validated at once, checks at the end; what fails drops everything': {
      state,
      there,
      async here({ get, expect, act }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        await act('hold', 'bad', { tank: { level: -1 } })
        expect(await act('ended', 'bad')).toBe('ValidationError')
        await act('hold', 'spilled', { lamp: { on: true }, tank: { level: 500 } })
        expect(await act('end', 'spilled')).toBe('ValidationError')
        expect([lamp.on, tank.level]).toEqual([false, 0])
        await lamp.set({ on: true })
        await tank.set({ level: 1 })
        expect([lamp.on, tank.level]).toEqual([true, 1])
      },
    },
    'a throw drops everything and releases': {
      state,
      there,
      async here({ get, store, expect, act }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        let heard = 0
        store.listen(() => heard++)
        await act('hold', 'one', { lamp: { on: true }, tank: { level: 3 } })
        expect(await act('end', 'one', 'mine')).toBe('mine')
        expect([lamp.on, tank.level, heard]).toEqual([false, 0, 0])
        await lamp.set({ on: true })
        await act('hold', 'two', { lamp: {}, tank: {} })
        expect(await act('end', 'two')).toBe('done')
      },
    },
    'while held, every write to these models throws LockedError': {
      state: [...state, Door],
      there(at) {
        at.get(Door).handle({
          Open: {
            entered: () => {
              at.get(Lamp).on = true
            },
          },
        })
        return there(at)
      },
      async here({ get, expect, act, errors }) {
        const [lamp, tank, todos, door] = [get(Lamp), get(Tank), get(Todos), get(Door)]
        const row = await todos.add({ title: 'x' }, 'x')
        await lamp.set({ watts: 6 })
        await act('hold', 'one', { lamp: {}, x: {} })
        const ways: Record<string, () => unknown> = {
          set: () => lamp.set({ on: true }),
          reset: () => lamp.reset(),
          'set of a row': () => row.set({ title: 'y' }),
          'reset of a row': () => row.reset(),
          'put of a row': () => todos.put('x', { title: 'y', done: true }),
          'delete of a row': () => todos.delete('x'),
        }
        for (const [way, write] of Object.entries(ways)) {
          const error = await (async () => write())().catch((error: unknown) => error)
          expect([way, error]).toEqual([way, expect.any(LockedError)])
        }
        expect(new Set((await act('ways')) as string[])).toEqual(new Set(['LockedError']))
        await door.add('Open')
        expect(door.error()).toBeInstanceOf(LockedError)
        expect((await errors()).map(([phase]) => phase)).toEqual(['handler'])
        expect([lamp.on, lamp.watts, row.title, todos.has('x')]).toEqual([false, 6, 'x', true])
        await tank.set({ level: 1 })
        expect(tank.level).toBe(1)
        await todos.add({}, 'other rows are free')
        expect(await act('end', 'one')).toBe('done')
        await lamp.set({ on: true })
        await row.set({ title: 'y' })
        expect([lamp.on, row.title]).toEqual([true, 'y'])
        expect(todos.get('x')).toBe(row)
      },
    },
    'the error says the same to everybody: what is locked and where the holder took it': {
      state,
      there,
      async here({ get, expect, act }) {
        await act('hold', 'one', { lamp: {} })
        const words = (await act('words of the error')) as string
        expect(words).toContain('lamp')
        const error = await (async () => get(Lamp).set({ on: true }))().catch((error: unknown) => error)
        expect((error as Error).message).toBe(words)
        await act('end', 'one')
      },
    },
    'a transaction that fails on it is undone whole': {
      state,
      there,
      async here({ get, store, expect, act }) {
        let heard = 0
        store.listen(() => heard++)
        await act('hold', 'one', { lamp: {} })
        expect(await act('fill, then light')).toBe('LockedError')
        expect([get(Tank).level, get(Lamp).on, heard]).toEqual([0, false, 0])
        await act('end', 'one')
      },
    },
    'another store is not concerned': {
      state,
      there,
      async here({ expect, act }) {
        await act('hold', 'one', { lamp: {} })
        const other = createStore({ state: [Lamp] })
        other.get(Lamp).on = true
        await other.lock([Lamp], (draft) => {
          draft.watts = 9
        })
        expect([other.get(Lamp).on, other.get(Lamp).watts]).toEqual([true, 9])
        await act('end', 'one')
      },
    },
    'is first come, first served per model': {
      state,
      there,
      async here({ get, expect, act, notes }) {
        const lamp = get(Lamp)
        const seen: number[] = []
        effect(() => void seen.push(lamp.watts))
        for (const [by, watts] of [
          ['a', 6],
          ['b', 7],
          ['c', 8],
        ] as const) {
          await act('hold', by, { lamp: { watts } })
        }
        for (const by of ['a', 'b', 'c']) {
          expect(await notes()).toEqual([`${by} in`])
          expect(await act('end', by)).toBe('done')
        }
        expect(seen).toEqual([5, 6, 7, 8])
      },
    },
    'callers that want the same models in other orders never wait for each other': {
      state,
      there: ({ store, timers }) => ({
        async all() {
          const work: Promise<unknown>[] = []
          for (let i = 0; i < 40; i++) {
            const [one, two] = i % 2 ? ([Lamp, Tank] as const) : ([Tank, Lamp] as const)
            work.push(
              store.lock([one, two], async (...drafts) => {
                await Promise.resolve()
                for (const draft of drafts) if ('level' in draft) draft.level += 1
              }),
            )
          }
          await Promise.all(work)
          return timers.open
        },
      }),
      async here({ get, expect, act }) {
        expect(await act('all')).toBe(0)
        expect(get(Tank).level).toBe(40)
      },
    },
    'drafts are made when the lock is taken, not when it was asked for': {
      state,
      there,
      async here({ get, expect, act }) {
        const tank = get(Tank)
        await act('hold', 'a', { tank: { size: 200 } })
        // Only with the size of the first one is there room.
        await act('hold', 'b', { tank: { level: 150 } })
        expect(await act('end', 'a')).toBe('done')
        expect(await act('end', 'b')).toBe('done')
        expect([tank.size, tank.level]).toEqual([200, 150])
      },
    },
    'has a timeout of 10 s: then what it had taken already is free again': {
      state,
      there,
      async here({ get, expect, act, advance }) {
        const lamp = get(Lamp)
        const write = async () => lamp.set({ on: true })
        await act('hold', 'one', { tank: {} })
        await act('hold', 'two', { lamp: {}, tank: {} })
        await advance(9_999)
        await expect(write()).rejects.toBeInstanceOf(LockedError)
        await advance(1)
        expect(await act('ended', 'two')).toBe('LockTimeoutError')
        await write()
        expect(lamp.on).toBe(true)
        await act('end', 'one')
      },
    },
    'the timeout is for the waiting, not for the holding; one that gave up holds up nobody': {
      state,
      there,
      async here({ get, expect, act, advance, notes }) {
        await act('hold', 'one', { lamp: { watts: 6 } }, { timeout: 50 })
        await act('hold', 'impatient', { lamp: { watts: 7 } }, { timeout: 10 })
        await act('hold', 'patient', { lamp: { watts: 8 } }, { timeout: 100_000 })
        await advance(60_000)
        expect(await act('ended', 'impatient')).toBe('LockTimeoutError')
        expect(await act('end', 'one')).toBe('done')
        expect(get(Lamp).watts).toBe(6)
        expect(await notes()).toEqual(['one in', 'patient in'])
        expect(await act('end', 'patient')).toBe('done')
        expect(get(Lamp).watts).toBe(8)
      },
    },
  }
}
