import type { Suite } from '../fixtures/suite.ts'

/** Collections of machines. */
export const machineCollections: Suite = ({
  collection,
  DefinitionError,
  DisposedError,
  DuplicateIdError,
  defineMachine,
  HydrationError,
}) => {
  const Door = defineMachine('door', { Open: { remove: ['Closed'] }, Closed: { auto: true, remove: ['Open'] } })
  const Doors = collection(Door)
  const Waiting = collection(defineMachine('timed', { Open: { timeout: { ms: 10, remove: 'Open' } } }))
  const CLOCK = { v: 1, d: { ticks: { Open: 1 }, queueTick: 2, machineTick: 0 } }

  return {
    'ids are unique, storable, or random; order is that of adding': {
      state: [Doors],
      async here({ get, expect }) {
        const doors = get(Doors)
        await doors.add('b')
        await doors.add('a')
        await expect(async () => doors.add('a')).rejects.toBeInstanceOf(DuplicateIdError)
        await expect(async () => doors.add('..')).rejects.toBeInstanceOf(DefinitionError)
        expect((await doors.add()).id).toMatch(/^[\w-]{16}$/)
        expect([doors.ids.slice(0, 2), doors.size]).toEqual([['b', 'a'], 3])
        expect([...doors].map((door) => door.id)).toEqual(doors.ids)
      },
    },
    'an id that no storage could hold is told at once, not by a write that fails for ever': {
      state: [Doors],
      async here({ get, expect, store }) {
        await expect(async () => store.hydrate({ 'machine/door/..': CLOCK })).rejects.toBeInstanceOf(HydrationError)
        expect(get(Doors).size).toBe(0)
      },
    },
    'machines share nothing but the definition': {
      state: [Doors],
      async here({ get, expect }) {
        const doors = get(Doors)
        const a = await doors.add('a')
        const b = await doors.add('b')
        await a.add('Open')
        expect([a.is('Open'), b.is('Open'), b.timeSum(), b.queueTick()]).toEqual([true, false, 0, 1])
        expect([a.id, b.id, doors.get('a') === a, doors.get('b') === b]).toEqual(['a', 'b', true, true])
      },
    },
    'a reader of one door is woken by that door alone': {
      state: [Doors],
      async here({ get, expect, library: { effect } }) {
        const doors = get(Doors)
        await doors.add('a')
        const runs: Record<string, number> = { a: 0, b: 0, size: 0 }
        const count = (name: string, read: () => unknown) =>
          effect(() => {
            read()
            runs[name]!++
          })
        count('a', () => doors.get('a')?.is('Open'))
        count('b', () => doors.has('b'))
        count('size', () => doors.size)
        expect(runs).toEqual({ a: 1, b: 1, size: 1 })
        await doors.add('c')
        expect(runs).toEqual({ a: 1, b: 1, size: 2 })
        await doors.add('b')
        expect(runs).toEqual({ a: 1, b: 2, size: 3 })
        await doors.get('a')?.add('Open')
        expect(runs).toEqual({ a: 2, b: 2, size: 3 })
        await doors.delete('a')
        expect(runs).toEqual({ a: 3, b: 2, size: 4 })
      },
    },
    'a deleted machine is disposed when that is past undoing, and not before': {
      state: [Doors],
      there: ({ get, store, note }) => ({
        fail() {
          const a = get(Doors).get('a')
          try {
            store.transaction(() => {
              get(Doors).delete('a')
              note(a?.isDisposed())
              throw new Error('back')
            })
          } catch (error) {
            note((error as Error).message)
          }
        },
      }),
      async here({ get, expect, act, notes, state }) {
        const doors = get(Doors)
        const a = await doors.add('a')
        const waiting = a.when('Open')
        const signal = a.signal('Open')
        expect(await state(waiting)).toBe('open')
        await act('fail')
        expect(await notes()).toEqual([false, 'back'])
        expect([doors.get('a') === a, a.isDisposed(), signal.aborted]).toEqual([true, false, false])
        expect(await doors.delete('a')).toBe(true)
        expect([doors.get('a'), a.isDisposed(), signal.aborted]).toEqual([undefined, true, true])
        expect(await state(waiting)).toEqual({ error: expect.any(DisposedError) })
        expect(await doors.delete('a')).toBe(false)
        expect(await a.add('Open')).toMatchObject({ status: 'canceled', reason: { kind: 'disposed' } })
        expect(await state(a.when('Open'))).toEqual({ error: expect.any(DisposedError) })
      },
    },
    'one that is disposed by hand stays, and has ended': {
      state: [Doors],
      there: ({ get }) => ({ dispose: () => get(Doors).get('a')?.dispose() }),
      async here({ get, expect, act }) {
        const doors = get(Doors)
        const [a, b] = [await doors.add('a'), await doors.add('b')]
        await a.add('Open')
        const signals = [a.signal('Open'), b.signal('Open')]
        await act('dispose')
        expect([doors.has('a'), a.isDisposed(), b.isDisposed()]).toEqual([true, true, false])
        expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
        expect(await a.remove('Open')).toMatchObject({ status: 'canceled', reason: { kind: 'disposed' } })
        expect(await doors.delete('a')).toBe(true)
        expect(doors.ids).toEqual(['b'])
      },
    },
    'deleted with its clock, rolled back with all that was added': {
      state: [Doors],
      there: ({ get, store }) => ({
        fail() {
          const doors = get(Doors)
          try {
            store.transaction(() => {
              doors.delete('a')
              doors.add('a')
              doors.add('c')
              throw new Error('no')
            })
          } catch (error) {
            return (error as Error).message
          }
          return 'no error'
        },
        again: () =>
          store.transaction(() => {
            get(Doors).delete('a')
            get(Doors).add('a')
          }),
      }),
      async here({ get, expect, act }) {
        const doors = get(Doors)
        await (await doors.add('a')).add('Open')
        await doors.add('b')
        expect(await act('fail')).toBe('no')
        expect(doors.ids).toEqual(['a', 'b'])
        expect(doors.get('a')?.toString()).toBe('(Open:1)')
        await act('again')
        expect([doors.ids, `${doors.get('a')}`]).toEqual([['b', 'a'], '()'])
        await doors.delete('b')
        expect(doors.ids).toEqual(['a'])
      },
    },
    'timeouts of machines that nobody touched run after a hydration': {
      state: [Waiting],
      async here({ get, expect, store, advance }) {
        await store.hydrate({ 'machine/timed/a': CLOCK, 'machine/timed/b': { ...CLOCK, d: { ...CLOCK.d, ticks: {} } } })
        await advance(10)
        expect([...get(Waiting)].map((one) => `${one.id} ${one}`)).toEqual(['a () [Open:2]', 'b ()'])
      },
    },
  }
}
