import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { disk } from './fixtures/disk.ts'

/** A store that closes: what becomes of those who still write, wait and read. */
export const close: Suite = (library) => {
  const { Lamp, Tank, Todos } = define(library)
  const { ClosedError, defineMachine, StorageError } = library
  const Door = defineMachine('door', { Open: {} })
  const state = [Lamp, Tank, Todos, Door]

  const there = ({ get, store, disk }: There) => {
    /** Answers how it ended. */
    const closing = () =>
      store.close().then(
        () => 'done',
        (error: Error) => error.name,
      )
    return {
      close: closing,
      'begin to close': () => void store.close(),
      'close in a transaction': () =>
        store.transaction(() => {
          get(Lamp).watts = 6
          void store.close()
        }),
      lock: () => void store.lock([Lamp], () => new Promise<never>(() => {})).catch(() => {}),
      hold: () => {
        disk.manual = true
      },
      'close while storage fails': () => {
        disk.manual = false
        disk.failing = new Error('no space')
        void disk.calls[0]?.reject()
        return closing()
      },
      stored: () => disk?.entries.get('model/lamp'),
      writes: () => disk.writes.length,
    }
  }

  return {
    'in a transaction loses nothing of it': {
      state,
      disk,
      there,
      async here({ get, expect, act, errors }) {
        await act('close in a transaction')
        expect(await act('close')).toBe('done')
        expect(get(Lamp).watts).toBe(6)
        expect(await act('stored')).toMatchObject({ d: { watts: 6 } })
        expect(await errors()).toEqual([])
      },
    },
    'makes waiting flushes settle': {
      state,
      disk,
      there,
      async here({ get, store, expect, act, state }) {
        await act('hold')
        await get(Lamp).set({ watts: 6 })
        const flushed = store.flush()
        expect(await state(flushed)).toBe('open')
        expect(await act('close while storage fails')).toBe('ClosedError')
        expect(await state(flushed)).toEqual({ error: expect.any(StorageError) })
      },
    },
    'makes a hydrate and a reset that wait for a lock settle': {
      state,
      disk,
      there,
      async here({ store, expect, act, state }) {
        await act('lock')
        const waiting = [Promise.resolve(store.hydrate({})), Promise.resolve(store.reset())]
        for (const one of waiting) expect(await state(one)).toBe('open')
        await act('close')
        for (const one of waiting) expect(await state(one)).toEqual({ error: expect.any(ClosedError) })
      },
    },
    'after it every later call rejects with ClosedError, and changes nothing': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        const [lamp, todos] = [get(Lamp), get(Todos)]
        const row = await todos.add({}, 'x')
        const shown = () => JSON.stringify([lamp.toJSON(), todos.toJSON(), get(Door).toString()])
        const before = shown()
        expect(await act('close')).toBe('done')
        const writes = await act('writes')
        const calls: Record<string, () => unknown> = {
          set: () => lamp.set({ watts: 6 }),
          'reset of a model': () => lamp.reset(),
          'set of a row': () => row.set({ title: 'y' }),
          add: () => todos.add(),
          put: () => todos.put('x', { title: 'y', done: true }),
          delete: () => todos.delete('x'),
          hydrate: () => store.hydrate({}),
          reset: () => store.reset(),
          'reset of one': () => store.reset(Todos),
          flush: () => store.flush(),
        }
        for (const [name, call] of Object.entries(calls)) {
          const error = await (async () => call())().catch((error: unknown) => error)
          expect([name, error]).toEqual([name, expect.any(ClosedError)])
        }
        expect(shown()).toBe(before)
        expect(await act('writes')).toBe(writes)
      },
    },
    'holds from the call on, not from its end': {
      state,
      there,
      async here({ get, expect, act }) {
        await act('begin to close')
        await expect((async () => get(Lamp).set({ watts: 6 }))()).rejects.toBeInstanceOf(ClosedError)
        expect(get(Lamp).watts).toBe(5)
      },
    },
    'reads go on': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        const lamp = get(Lamp)
        await lamp.set({ watts: 6 })
        await act('close')
        expect([lamp.watts, lamp.toJSON(), get(Todos).ids, store.status]).toEqual([
          6,
          { on: false, colour: 'white', watts: 6 },
          [],
          'saved',
        ])
      },
    },
  }
}
