import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import { caught, ending, failing, idsOf, same, titles, todosOf, watcher } from './fixtures/scenes.ts'

/** What a transaction that fails leaves of rows: nothing but what was. */
export const rowRollback: Suite = (library) => {
  const { collection, defineModel, undoable, DeletedError } = library
  const { Todos } = todosOf(library)
  const Even = collection(defineModel('even', { n: v.number() }, { initial: { n: 0 }, check: ({ n }) => n % 2 === 0 }))
  const watch = watcher(library)

  return {
    'a rolled back add was never there, and its row is as deleted': {
      state: [Todos],
      there: ({ get, store, note }) => ({
        back() {
          const todos = get(Todos)
          let ghost = todos.get('a')
          failing({ store }, () => {
            ghost = todos.add({ title: 'a' }, 'a')
            note([todos.size, todos.get('a') === ghost])
          })
          note([ending(() => ghost!.set({ title: 'x' })), todos.size, todos.has('a')])
        },
      }),
      async here({ get, expect, act, notes }) {
        const todos = get(Todos)
        const size = watch(() => todos.size)
        const has = watch(() => todos.has('a'))
        await act('back')
        expect(await notes()).toEqual([
          [1, true],
          ['DeletedError', 0, false],
        ])
        expect([todos.size, todos.has('a'), [...todos], has]).toEqual([0, false, [], [false]])
        // A rollback may run an effect again, with the old value.
        expect(new Set(size)).toEqual(new Set([0]))
        expect((await todos.add({}, 'a')).title).toBe('')
      },
    },
    'a rolled back delete revives the same row at its place': {
      state: [Todos],
      there: ({ get, store, note }) => ({
        back() {
          const todos = get(Todos)
          const b = todos.get('b')!
          failing({ store }, () => {
            todos.delete('b')
            note([[...todos.ids], ending(() => b.set({ title: 'x' }))])
          })
          note(todos.get('b') === b)
        },
      }),
      async here({ get, expect, act, notes }) {
        const todos = get(Todos)
        const rows = []
        for (const id of ['a', 'b', 'c']) rows.push(await todos.add({ title: id }, id))
        const b = rows[1]!
        const ids = watch(() => todos.ids.join())
        const got = watch(() => todos.get('b')?.title)
        const { revision } = b
        await act('back')
        expect(await notes()).toEqual([[['a', 'c'], 'DeletedError'], true])
        expect(same(todos, rows)).toBe(true)
        expect(todos.get('b')).toBe(b)
        expect(b.revision).toBe(revision)
        expect(new Set(ids)).toEqual(new Set(['a,b,c']))
        expect(new Set(got)).toEqual(new Set(['b']))
        await b.set({ title: 'B' })
        expect(got.at(-1)).toBe('B')
      },
    },
    'deleted, added again, and rolled back: the same row, at its place, as it was': {
      state: [Todos],
      there: ({ get, store, note }) => ({
        back() {
          const todos = get(Todos)
          const rows = [...todos]
          let second: unknown
          failing({ store }, () => {
            rows[1]!.title = 'written before'
            todos.delete('b')
            second = todos.add({ title: 'second' }, 'b')
            todos.delete('b')
            todos.add({ title: 'third' }, 'b')
            todos.delete('a')
            todos.put('a', { title: 'other', owner: 'x', done: true })
            note([...todos.ids])
          })
          note([[...todos].map((row, at) => row === rows[at]), second === rows[1]])
        },
      }),
      async here({ get, expect, act, notes }) {
        const todos = get(Todos)
        for (const id of ['a', 'b', 'c']) await todos.add({ title: id }, id)
        const rows = [...todos]
        await act('back')
        expect(await notes()).toEqual([
          ['c', 'b', 'a'],
          [[true, true, true], false],
        ])
        expect(idsOf(todos)).toEqual(['a', 'b', 'c'])
        expect(same(todos, rows)).toBe(true)
        expect(titles(todos)).toEqual(['a', 'b', 'c'])
        await todos.add({ title: 'd' }, 'd')
        expect(titles(todos)).toEqual(['a', 'b', 'c', 'd'])
      },
    },
    'a row that is deleted in the end is not checked': {
      state: [Even],
      there: ({ get, store }) => ({
        pass() {
          const rows = get(Even)
          store.transaction(() => {
            rows.get('a')!.n = 3
            rows.delete('a')
            rows.add({ n: 5 }, 'b')
            rows.delete('b')
          })
        },
      }),
      async here({ get, expect, act }) {
        const rows = get(Even)
        const row = await rows.add({ n: 2 }, 'a')
        await act('pass')
        expect([rows.size, rows.has('a'), rows.has('b')]).toEqual([0, false, false])
        expect(await caught(() => row.set({ n: 4 }))).toBeInstanceOf(DeletedError)
      },
    },
    'a delete that is taken back by undo at once leaves the same row': {
      state: [Todos],
      there({ get, store }) {
        for (const id of ['a', 'b']) get(Todos).add({ title: id }, id)
        const history = undoable(store, [Todos])
        return {
          deleteAndUndo() {
            get(Todos).delete('a')
            history.undo()
          },
        }
      },
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const rows = [...todos]
        await act('deleteAndUndo')
        expect(same(todos, rows)).toBe(true)
        await rows[0]!.set({ title: 'A' })
        expect(titles(todos)).toEqual(['A', 'b'])
      },
    },
    'a savepoint that fails inside a transaction undoes only its own': {
      state: [Todos],
      there: ({ get, store }) => ({
        half() {
          const todos = get(Todos)
          store.transaction(() => {
            todos.add({ title: 'b' }, 'b')
            failing({ store }, () => {
              todos.delete('a')
              todos.delete('b')
              todos.add({ title: 'c' }, 'c')
            })
            todos.get('a')!.title = 'A'
          })
        },
      }),
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const a = await todos.add({ title: 'a' }, 'a')
        const seen = watch(() => titles(todos).join())
        await act('half')
        expect(titles(todos)).toEqual(['A', 'b'])
        expect(todos.get('a')).toBe(a)
        expect(seen.filter((text) => text !== 'a')).toEqual(['A,b'])
      },
    },
  }
}
