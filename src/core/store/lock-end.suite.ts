import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { locking } from './fixtures/locking.ts'

/** How locks end, and who waits for that. */
export const lockEnd: Suite = (library) => {
  const defs = define(library)
  const { Lamp, Tank, Todos } = defs
  const { HydrationError, LockedError } = library
  const state = [Lamp, Tank, Todos]
  const there = (at: There) => locking(at, defs)
  const red = { 'model/lamp': { v: 1, d: { on: true, colour: 'red', watts: 1 } } }

  return {
    'an abort while waiting: out of the queue, and what was taken is free again': {
      state,
      there,
      async here({ get, expect, act, notes }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        await act('hold', 'one', { tank: {} })
        await act('hold', 'two', { lamp: {}, tank: {} })
        await expect((async () => lamp.set({ on: true }))()).rejects.toBeInstanceOf(LockedError)
        expect(await act('abort', 'two')).toBe('changed my mind')
        await lamp.set({ on: true })
        expect(await act('end', 'one')).toBe('done')
        await tank.set({ level: 1 })
        expect([lamp.on, tank.level]).toEqual([true, 1])
        expect(await notes()).toEqual(['one in'])
      },
    },
    'an abort while holding: everything dropped, released at once though the callback goes on': {
      state,
      there,
      async here({ get, store, expect, act, notes }) {
        const [lamp, tank] = [get(Lamp), get(Tank)]
        let heard = 0
        store.listen(() => heard++)
        await act('hold', 'one', { lamp: { on: true }, tank: { level: 3 } })
        await act('hold', 'next', { lamp: { watts: 6 } })
        expect(await act('abort', 'one')).toBe('changed my mind')
        expect(await notes()).toEqual(['one in', 'next in'])
        expect([lamp.on, tank.level, heard]).toEqual([false, 0, 0])
        await tank.set({ level: 4 })
        expect(await act('end', 'next')).toBe('done')
        expect([lamp.on, lamp.watts, tank.level]).toEqual([false, 6, 4])
        // What the callback does later is nobody's trouble.
        await act('end', 'one')
        expect([lamp.on, tank.level, heard]).toEqual([false, 4, 2])
      },
    },
    'hydrate and reset happen at once while nothing is held': {
      state,
      async here({ get, store, expect }) {
        const lamp = get(Lamp)
        await lamp.set({ on: true })
        await store.reset()
        expect(lamp.on).toBe(false)
        await store.hydrate(red)
        expect(lamp.toJSON()).toEqual({ on: true, colour: 'red', watts: 1 })
      },
    },
    'hydrate and reset wait for the release, in order': {
      state,
      there(at) {
        at.get(Lamp).listen(() => at.note(`watts ${at.get(Lamp).watts}`))
        return there(at)
      },
      async here({ get, store, expect, act, state, notes }) {
        const lamp = get(Lamp)
        await act('hold', 'one', { lamp: { watts: 9 } })
        const hydrated = Promise.resolve(store.hydrate(red))
        const reset = Promise.resolve(store.reset())
        expect([await state(hydrated), await state(reset)]).toEqual(['open', 'open'])
        expect(lamp.watts).toBe(5)
        expect(await notes()).toEqual(['one in'])
        expect(await act('end', 'one')).toBe('done')
        await Promise.all([hydrated, reset])
        expect(await notes()).toEqual(['watts 9', 'watts 1', 'watts 5'])
        expect(lamp.toJSON()).toEqual({ on: false, colour: 'white', watts: 5 })
      },
    },
    'a hydrate that fails after waiting rejects, and leaves all as it was': {
      state,
      there,
      async here({ get, store, expect, act, state }) {
        await act('hold', 'one', { lamp: {} })
        const hydrated = Promise.resolve(store.hydrate({ 'model/lamp': { v: 1, d: { on: 'yes' } } }))
        expect(await state(hydrated)).toBe('open')
        expect(await act('end', 'one')).toBe('done')
        await expect(hydrated).rejects.toBeInstanceOf(HydrationError)
        expect(get(Lamp).on).toBe(false)
      },
    },
  }
}
