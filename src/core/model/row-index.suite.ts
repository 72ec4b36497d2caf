import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import { caught, failing, same, titles, todosOf, watcher } from './fixtures/scenes.ts'

/** Rows by what an index function answers for them. */
export const rowIndex: Suite = (library) => {
  const { collection, computed, defineModel, DefinitionError } = library
  const { Todo, Todos } = todosOf(library)
  const watch = watcher(library)

  // The rows that were asked for their key, on this side.
  let asked: string[] = []
  const Counted = collection(Todo, {
    index: {
      byOwner: (row) => {
        asked.push(row.title)
        return row.owner
      },
    },
  })
  const Fussy = collection(Todo, {
    index: {
      byOwner: (row) => row.owner,
      fussy: (row) => {
        if (row.title === 'bad') throw new RangeError('fussy')
        return row.title
      },
    },
  })
  const Any = defineModel('any', { k: v.any() }, { initial: { k: null } })
  const Anys = collection(Any, { index: { byK: (row) => row.k } })

  return {
    'where answers the rows of a key in order of insertion, frozen': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        await todos.add({ title: '1', owner: 'me' }, '1')
        await todos.add({ title: '2', owner: 'you' }, '2')
        await todos.add({ title: '3', owner: 'me' }, '3')
        expect(titles(todos.where('byOwner', 'me'))).toEqual(['1', '3'])
        expect(titles(todos.where('byOwner', 'nobody'))).toEqual([])
        expect(Object.isFrozen(todos.where('byOwner', 'me'))).toBe(true)
        expect(todos.where('byOwner', 'me')).toBe(todos.where('byOwner', 'me'))
        for (const name of ['byNothing', 'toString', '__proto__']) {
          expect(await caught(() => todos.where(name as 'byOwner', 'me'))).toBeInstanceOf(DefinitionError)
        }
      },
    },
    'an index is kept up by every write, add, put and delete': {
      state: [Todos],
      there: ({ get }) => ({
        give(id: string, owner: string) {
          get(Todos).get(id)!.owner = owner
        },
      }),
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const row = await todos.add({ title: 'a', owner: 'me' }, 'a')
        const of = (owner: string) => titles(todos.where('byOwner', owner))
        expect(of('me')).toEqual(['a'])
        await act('give', 'a', 'you')
        expect([of('me'), of('you')]).toEqual([[], ['a']])
        await row.set({ owner: 'me', title: 'A' })
        await todos.put('b', { title: 'b', owner: 'me', done: false })
        expect(of('me')).toEqual(['A', 'b'])
        await todos.put('a', { title: 'a', owner: 'you', done: false })
        expect([of('me'), of('you')]).toEqual([['b'], ['a']])
        await row.reset()
        expect(of('me')).toEqual(['', 'b'])
        await todos.delete('a')
        expect(of('me')).toEqual(['b'])
      },
    },
    'where is reactive by key: others do not wake': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        const a = await todos.add({ title: 'a', owner: 'me' }, 'a')
        const me = watch(() => todos.where('byOwner', 'me').length)
        const you = watch(() => todos.where('byOwner', 'you').length)
        const they = watch(() => todos.where('byOwner', 'they').length)
        await a.set({ title: 'A' })
        await a.set({ done: true })
        expect([me, you, they]).toEqual([[1], [0], [0]])
        const b = await todos.add({ owner: 'you' }, 'b')
        expect([me, you, they]).toEqual([[1], [0, 1], [0]])
        await b.set({ owner: 'me' })
        expect([me, you, they]).toEqual([[1, 2], [0, 1, 0], [0]])
        await todos.delete('a')
        await todos.delete('b')
        await todos.add({ owner: 'you' }, 'c')
        expect([me, you, they]).toEqual([[1, 2, 1, 0], [0, 1, 0, 1], [0]])
      },
    },
    'where may be asked first by a computed': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        const a = await todos.add({ title: 'a', owner: 'me' }, 'a')
        const mine = computed(() => titles(todos.where('byOwner', 'me')).join())
        expect(mine.value).toBe('a')
        const runs = watch(() => mine.value)
        await todos.add({ title: 'b', owner: 'me' })
        await a.set({ owner: 'you' })
        expect(runs).toEqual(['a', 'a,b', 'b'])
      },
    },
    'only the changed row is asked for its key': {
      state: [Counted],
      there({ get }) {
        for (let i = 0; i < 50; i++) get(Counted).add({ title: `t${i}` }, `${i}`)
      },
      async here({ get, expect }) {
        const todos = get(Counted)
        expect(todos.where('byOwner', 'me')).toHaveLength(50)
        asked = []
        await todos.get('7')!.set({ owner: 'you' })
        await todos.add({ title: 'new' })
        await todos.delete('9')
        expect(todos.where('byOwner', 'me')).toHaveLength(49)
        expect(todos.where('byOwner', 'you')).toHaveLength(1)
        expect(new Set(asked)).toEqual(new Set(['t7', 'new']))
        expect(asked.length).toBeLessThanOrEqual(4)
      },
    },
    'a rolled back transaction leaves indexes as they were, whenever they were made': {
      state: [Todos],
      there({ get, store, note }) {
        const todos = get(Todos)
        const of = (owner: string) => titles(todos.where('byOwner', owner))
        return {
          fill: () => {
            for (const id of ['a', 'b', 'c']) todos.add({ title: id, owner: 'me' }, id)
          },
          watch: () => note(of('me')),
          back() {
            failing({ store }, () => {
              todos.get('a')!.owner = 'you'
              todos.delete('b')
              todos.add({ title: 'd', owner: 'you' }, 'd')
              todos.add({ title: 'b2', owner: 'you' }, 'b')
              note([of('you'), of('me')])
            })
            note([of('you'), of('me')])
          },
        }
      },
      async here({ get, expect, act, notes }) {
        const todos = get(Todos)
        await act('fill')
        for (const early of [false, true]) {
          if (early) await act('watch')
          const seen = watch(() => titles(todos.where('byOwner', 'me')).join())
          await act('back')
          expect((await notes()).slice(-2)).toEqual([
            [['a', 'd', 'b2'], ['c']],
            [[], ['a', 'b', 'c']],
          ])
          expect(titles(todos.where('byOwner', 'me'))).toEqual(['a', 'b', 'c'])
          expect(titles(todos.where('byOwner', 'you'))).toEqual([])
          expect(new Set(seen)).toEqual(new Set(['a,b,c']))
        }
      },
    },
    'an index function that throws refuses the write, whole': {
      state: [Fussy],
      there: ({ get, note }) => ({
        // From now on it is kept up, and asked.
        look: () => note(get(Fussy).where('fussy', 'good').length),
        assign() {
          get(Fussy).get('a')!.title = 'bad'
        },
      }),
      async here({ get, expect, act, notes }) {
        const todos = get(Fussy)
        const row = await todos.add({ title: 'good' }, 'a')
        await act('look')
        expect(await notes()).toEqual([1])
        todos.where('byOwner', 'me')
        todos.where('fussy', 'good')
        const refused = (write: () => unknown) =>
          expect(async () => {
            await write()
          }).rejects.toThrow('fussy')
        await refused(() => row.set({ owner: 'you', title: 'bad' }))
        await refused(() => act('assign'))
        await refused(() => todos.add({ title: 'bad' }, 'b'))
        expect(row.toJSON()).toEqual({ title: 'good', owner: 'me', done: false })
        expect([...todos.ids]).toEqual(['a'])
        expect(same(todos.where('byOwner', 'me'), [row])).toBe(true)
        expect(todos.where('byOwner', 'you')).toHaveLength(0)
        expect(same(todos.where('fussy', 'good'), [row])).toBe(true)
      },
    },
    'keys are compared by identity, NaN included': {
      state: [Anys],
      async here({ get, expect }) {
        const rows = get(Anys)
        for (const k of [NaN, undefined, null, 0, '0', false]) {
          const row = await rows.add({ k })
          expect(same(rows.where('byK', k), [row])).toBe(true)
        }
      },
    },
  }
}
