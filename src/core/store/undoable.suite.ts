import * as v from 'valibot'
import type { Suite, There } from '../fixtures/suite.ts'
import { ending } from './fixtures/reports.ts'

/** Undo and redo happen where the state lives, and are seen everywhere. */
export const undoing: Suite = (library) => {
  const { collection, defineModel, effect, undoable } = library
  const Todo = defineModel('todo', { title: v.string(), done: v.boolean() }, { initial: { title: '', done: false } })
  const Todos = collection(Todo, { index: { byDone: (row) => row.done } })
  const Settings = defineModel(
    'settings',
    { theme: v.string(), secret: v.string() },
    {
      initial: { theme: 'light', secret: 'none' },
      redact: ['secret'],
      check: (s) => s.theme !== 'ugly' || 'not that one',
    },
  )
  const state = [Todos, Settings]

  const following = (limit?: number) => (at: There) => {
    const { get, store } = at
    const history = undoable(store, state, limit === undefined ? {} : { limit })
    const can = () => [history.canUndo, history.canRedo]
    return {
      undo: () => history.undo(),
      redo: () => history.redo(),
      can,
      clear: () => history.clear(),
      dispose: () => history.dispose(),
      secret: () => get(Settings).secret,
      'write both': (theme: string, secret: string) => get(Settings).set({ theme, secret }),
      together: () =>
        store.transaction(() => {
          get(Todos).add({ title: 'a' }, 'a')
          get(Settings).theme = 'dark'
        }),
      fail: () =>
        ending(() =>
          store.transaction(() => {
            get(Settings).theme = 'lost'
            throw new Error('no')
          }),
        ),
      'undo while locked': () => store.lock([Settings], () => ending(() => history.undo())),
      'watch canUndo': () => void effect(() => at.note(history.canUndo)),
      'undo, and how it ended': () => ending(() => history.undo()),
    }
  }

  return {
    'fields get their old values back, redacted ones too, and may be done again': {
      state,
      there: following(),
      async here({ get, expect, act }) {
        const settings = get(Settings)
        await settings.set({ theme: 'dark' })
        await act('write both', 'sepia', 'hunter2')
        expect(await act('undo')).toBe(true)
        expect([settings.theme, await act('secret')]).toEqual(['dark', 'none'])
        expect(await act('redo')).toBe(true)
        expect([settings.theme, await act('secret')]).toEqual(['sepia', 'hunter2'])
        await act('undo')
        await act('undo')
        expect(settings.theme).toBe('light')
        expect(await act('undo')).toBe(false)
      },
    },
    'a deleted row comes back at its place, the same instance, known to its index; an added one goes': {
      state,
      there: following(),
      async here({ get, expect, act }) {
        const todos = get(Todos)
        await todos.add({ title: 'a' }, 'a')
        await todos.add({ title: 'b', done: true }, 'b')
        await todos.add({ title: 'c' }, 'c')
        await todos.delete('b')
        expect(todos.where('byDone', true)).toEqual([])
        await act('undo')
        expect(todos.ids).toEqual(['a', 'b', 'c'])
        const b = todos.get('b')
        expect(b?.toJSON()).toEqual({ title: 'b', done: true })
        expect(todos.where('byDone', true)).toEqual([b])
        await act('undo')
        expect(todos.ids).toEqual(['a', 'b'])
        await act('redo')
        await act('redo')
        expect(todos.ids).toEqual(['a', 'c'])
      },
    },
    'a transaction is one step; a rolled back one is none; a new change forgets what was undone': {
      state,
      there: following(),
      async here({ get, expect, act }) {
        const [todos, settings] = [get(Todos), get(Settings)]
        await act('together')
        expect([todos.size, settings.theme]).toEqual([1, 'dark'])
        expect(await act('fail')).toBe('Error')
        await act('undo')
        expect([todos.size, settings.theme]).toEqual([0, 'light'])
        expect(await act('can')).toEqual([false, true])
        await settings.set({ theme: 'blue' })
        expect(await act('can')).toEqual([true, false])
        expect(await act('redo')).toBe(false)
      },
    },
    'undoing is one commit of its own, and reactive': {
      state,
      there: following(),
      async here({ get, store, expect, act, notes }) {
        const settings = get(Settings)
        await act('watch canUndo')
        let commits = 0
        store.listen(() => commits++)
        const seen: string[] = []
        effect(() => void seen.push(settings.theme))
        await act('write both', 'dark', 'x')
        await act('undo')
        expect(commits).toBe(2)
        expect(seen).toEqual(['light', 'dark', 'light'])
        expect(await notes()).toEqual([false, true, false])
      },
    },
    'a limit forgets the oldest; clear forgets all; dispose stops following': {
      state,
      there: following(2),
      async here({ get, expect, act }) {
        const settings = get(Settings)
        for (const theme of ['a', 'b', 'c']) await settings.set({ theme })
        await act('undo')
        await act('undo')
        expect([settings.theme, await act('undo')]).toEqual(['a', false])
        await act('redo')
        await act('clear')
        expect(await act('can')).toEqual([false, false])
        await act('dispose')
        await settings.set({ theme: 'd' })
        expect(await act('can')).toEqual([false, false])
        expect(settings.theme).toBe('d')
      },
    },
    'what cannot be undone now changes nothing, and can be tried again': {
      state,
      there: following(),
      async here({ get, store, expect, act }) {
        const settings = get(Settings)
        await settings.set({ theme: 'dark' })
        let heard = 0
        store.listen(() => heard++)
        expect(await act('undo while locked')).toBe('LockedError')
        expect([settings.theme, heard]).toEqual(['dark', 0])
        expect(await act('undo')).toBe(true)
        expect([settings.theme, heard]).toEqual(['light', 1])
      },
    },
    'hydration is not undone: only what was done here': {
      state,
      there: following(),
      async here({ get, store, expect, act }) {
        await store.hydrate({ 'model/settings': { v: 1, d: { theme: 'green', secret: 'none' } } })
        expect(get(Settings).theme).toBe('green')
        expect(await act('can')).toEqual([false, false])
      },
    },
    'a deleted row does not come back over another that has its id now': {
      state,
      there: following(),
      async here({ get, store, expect, act }) {
        const todos = get(Todos)
        await todos.add({ title: 'mine' }, 'a')
        await todos.delete('a')
        await store.hydrate({ 'model/todo/a': { v: 1, d: { title: 'theirs', done: false }, o: 0 } })
        expect(await act('undo, and how it ended')).toBe('DuplicateIdError')
        expect([todos.size, todos.get('a')?.title]).toEqual([1, 'theirs'])
      },
    },
  }
}
