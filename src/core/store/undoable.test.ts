import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel, undoable } from '../index.ts'

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

function setup() {
  const store = createStore({ state: [Todos, Settings] })
  const history = undoable(store, [Todos, Settings])
  return { store, todos: store.get(Todos), settings: store.get(Settings), history }
}

test('a deleted row comes back as the same instance', () => {
  const { todos, history } = setup()
  const row = todos.add({ title: 'a' }, 'a')
  todos.delete('a')
  history.undo()
  expect(todos.get('a')).toBe(row)
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
