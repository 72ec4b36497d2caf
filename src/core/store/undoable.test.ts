import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, DuplicateIdError, defineModel, effect, LockedError, undoable } from '../index.ts'

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

function setup(limit?: number) {
  const store = createStore({ state: [Todos, Settings] })
  const history = undoable(store, [Todos, Settings], limit === undefined ? {} : { limit })
  return { store, todos: store.get(Todos), settings: store.get(Settings), history }
}

test('fields get their old values back, redacted ones too, and may be done again', () => {
  const { settings, history } = setup()
  settings.theme = 'dark'
  settings.set({ theme: 'sepia', secret: 'hunter2' })
  expect(history.undo()).toBe(true)
  expect([settings.theme, settings.secret]).toEqual(['dark', 'none'])
  expect(history.redo()).toBe(true)
  expect([settings.theme, settings.secret]).toEqual(['sepia', 'hunter2'])
  history.undo()
  history.undo()
  expect(settings.theme).toBe('light')
  expect(history.undo()).toBe(false)
})

test('a deleted row comes back at its place, the same instance, known to its index; an added one goes', () => {
  const { todos, history } = setup()
  todos.add({ title: 'a' }, 'a')
  const b = todos.add({ title: 'b', done: true }, 'b')
  todos.add({ title: 'c' }, 'c')
  todos.delete('b')
  expect(todos.where('byDone', true)).toEqual([])
  history.undo()
  expect(todos.ids).toEqual(['a', 'b', 'c'])
  expect(todos.get('b')).toBe(b)
  expect(todos.where('byDone', true)).toEqual([b])
  history.undo()
  expect(todos.ids).toEqual(['a', 'b'])
  history.redo()
  history.redo()
  expect(todos.ids).toEqual(['a', 'c'])
})

test('a transaction is one step; a rolled back one is none; a new change forgets what was undone', () => {
  const { store, todos, settings, history } = setup()
  store.transaction(() => {
    todos.add({ title: 'a' }, 'a')
    settings.theme = 'dark'
  })
  expect(() =>
    store.transaction(() => {
      settings.theme = 'lost'
      throw new Error('no')
    }),
  ).toThrow('no')
  history.undo()
  expect([todos.size, settings.theme]).toEqual([0, 'light'])
  expect(history.canRedo).toBe(true)
  settings.theme = 'blue'
  expect(history.canRedo).toBe(false)
  expect(history.redo()).toBe(false)
})

test('undoing is one commit of its own, and reactive', () => {
  const { store, settings, history } = setup()
  const seen: boolean[] = []
  effect(() => {
    seen.push(history.canUndo)
  })
  let commits = 0
  store.listen(() => commits++)
  settings.set({ theme: 'dark', secret: 'x' })
  history.undo()
  expect(commits).toBe(2)
  expect(seen).toEqual([false, true, false])
})

test('a limit forgets the oldest; clear forgets all; dispose stops following', () => {
  const { settings, history } = setup(2)
  for (const theme of ['a', 'b', 'c']) settings.theme = theme
  history.undo()
  history.undo()
  expect([settings.theme, history.undo()]).toEqual(['a', false])
  history.redo()
  history.clear()
  expect([history.canUndo, history.canRedo]).toEqual([false, false])
  history.dispose()
  settings.theme = 'd'
  expect(history.canUndo).toBe(false)
})

test('what cannot be undone now changes nothing, and can be tried again', async () => {
  const { store, settings, history } = setup()
  settings.theme = 'dark'
  await store.lock([Settings], () => {
    expect(() => history.undo()).toThrow(LockedError)
    expect(settings.theme).toBe('dark')
  })
  expect(history.undo()).toBe(true)
  expect(settings.theme).toBe('light')
})

test('hydration is not undone: only what was done here', () => {
  const { store, settings, history } = setup()
  store.hydrate({ 'model/settings': { v: 1, d: { theme: 'green', secret: 'none' } } })
  expect(settings.theme).toBe('green')
  expect(history.canUndo).toBe(false)
})

test('a deleted row does not come back over another that has its id now', () => {
  const { store, todos, history } = setup()
  todos.add({ title: 'mine' }, 'a')
  todos.delete('a')
  store.hydrate({ 'model/todo/a': { v: 1, d: { title: 'theirs', done: false }, o: 0 } })
  expect(() => history.undo()).toThrow(DuplicateIdError)
  expect([todos.size, todos.get('a')?.title]).toEqual([1, 'theirs'])
})

type Step = { do: 'add' | 'delete' | 'toggle'; id: string } | { do: 'theme'; theme: string }

test('law: undoing everything is the beginning, redoing everything is the end', () => {
  const id = fc.constantFrom('a', 'b', 'c')
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ do: fc.constantFrom('add' as const, 'delete' as const, 'toggle' as const), id }),
    fc.record({ do: fc.constant('theme' as const), theme: fc.constantFrom('x', 'y', 'ugly') }),
  )
  fc.assert(
    fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (commits) => {
      const { store, todos, settings, history } = setup()
      const state = () => JSON.stringify([todos.ids, todos.toJSON(), settings.toJSON()])
      const states = [state()]
      for (const steps of commits) {
        try {
          store.transaction(() => {
            for (const one of steps) {
              if (one.do === 'theme') settings.theme = one.theme
              else if (one.do === 'add' && !todos.has(one.id)) todos.add({ title: one.id }, one.id)
              else if (one.do === 'delete') todos.delete(one.id)
              else if (one.do === 'toggle') {
                const row = todos.get(one.id)
                if (row) row.done = !row.done
              }
            }
          })
        } catch {
          // A check said no: nothing to undo.
        }
        states.push(state())
      }
      const last = states.at(-1)
      const visited = [state()]
      while (history.undo()) visited.push(state())
      expect(state()).toBe(states[0])
      for (const one of visited) expect(states).toContain(one)
      while (history.redo());
      expect(state()).toBe(last)
    }),
    { numRuns: 300 },
  )
})
