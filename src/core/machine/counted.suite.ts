import type { Suite } from '../fixtures/suite.ts'
import type { Machine } from '../index.ts'

/** Mutations that leave a clock as it was: they count all the same. */
export const machineCounts: Suite = ({ collection, defineMachine, defineModel }) => {
  const states = { Key: {}, Open: { require: ['Key'] }, Locked: {} } as const
  const Bare = defineMachine('bare', states)
  const Handled = defineMachine('handled', states)
  const Heard = defineMachine('heard', states)
  const Awaited = defineMachine('awaited', states)
  const Doors = collection(defineMachine('door', states))
  const Note = defineModel('note', {}, { initial: {} })
  type Door = Pick<Machine<typeof states, unknown>, 'add' | 'canAdd' | 'export' | 'import' | 'queueTick'>

  const all = ['bare', 'handled', 'heard', 'awaited', 'door/a'] as const
  const state = [Bare, Handled, Heard, Awaited, Doors, Note]

  return {
    'what is refused counts, wherever it was asked for': {
      state,
      there({ get, store }) {
        get(Handled).handle({ Locked: { canEnter: () => false } })
        get(Heard).listen(() => {})
        get(Awaited)
          .when('Open')
          .catch(() => {})
        const door = get(Doors).add('a')
        const doors: Record<string, Door> = {
          bare: get(Bare),
          handled: get(Handled),
          heard: get(Heard),
          awaited: get(Awaited),
          'door/a': door,
        }
        return {
          add: (name: string, called: 'Key' | 'Open' | 'Locked') => doors[name]!.add(called).status,
          'add in a transaction': (name: string) => store.transaction(() => void doors[name]!.add('Open')),
          ask: (name: string) => doors[name]!.canAdd('Open').status,
          import: (name: string) => doors[name]!.import(doors[name]!.export()),
        }
      },
      async here({ get, expect, act, store }) {
        const doors: Record<string, Door & { machineTick(): number }> = {
          bare: get(Bare),
          handled: get(Handled),
          heard: get(Heard),
          awaited: get(Awaited),
          'door/a': get(Doors).get('a')!,
        }
        let commits = 0
        store.listen(() => commits++)
        for (const name of all) {
          const door = doors[name]!
          expect([await act('add', name, 'Open'), door.queueTick()], name).toEqual(['canceled', 2])
          await act('add in a transaction', name)
          expect(door.queueTick(), name).toBe(3)
          expect(await act('ask', name), name).toBe('canceled')
          expect(door.queueTick(), name).toBe(3)
          expect(commits).toBe(0)
          await act('add', name, 'Key')
          expect(door.queueTick(), name).toBe(4)
          // Nothing to change.
          expect([await act('add', name, 'Key'), door.queueTick()], name).toEqual(['executed', 5])
          expect(commits).toBe(1)
          commits = 0
          await act('import', name)
          expect([door.queueTick(), door.machineTick()], name).toEqual([5, 1])
          commits = 0
        }
      },
    },
    'what a handler refuses counts, too': {
      state: [Handled],
      there({ get }) {
        const door = get(Handled)
        door.handle({ Locked: { canEnter: () => false }, Open: { entered: () => void door.add('Locked') } })
        return { add: (called: 'Key' | 'Open' | 'Locked') => door.add(called).status }
      },
      async here({ get, expect, act }) {
        const door = get(Handled)
        expect([await act('add', 'Locked'), door.queueTick()]).toEqual(['canceled', 2])
        await act('add', 'Key')
        expect([await act('add', 'Open'), door.queueTick()]).toEqual(['executed', 5])
      },
    },
  }
}
