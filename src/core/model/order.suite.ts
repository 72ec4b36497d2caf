import type { Suite } from '../fixtures/suite.ts'
import { failing, idsOf, same, titles, todosOf, watcher } from './fixtures/scenes.ts'

/** The order of rows, through hydrating, rolling back, and in great numbers. */
export const order: Suite = (library) => {
  const { Todos } = todosOf(library)
  const watch = watcher(library)

  return {
    'hydrate brings the rows of a snapshot back in its order, and deletes the others': {
      state: [Todos],
      async here({ get, store, expect }) {
        const todos = get(Todos)
        for (const id of ['a', 'b', 'c']) await todos.add({ title: id }, id)
        const snapshot = await store.snapshot()
        await todos.delete('a')
        await todos.add({ title: 'again' }, 'a')
        await todos.add({ title: 'more' }, 'd')
        await todos.delete('b')
        const seen = watch(() => todos.ids.join())
        await store.hydrate(snapshot)
        expect(titles(todos)).toEqual(['a', 'b', 'c'])
        expect([...todos.ids]).toEqual(['a', 'b', 'c'])
        expect(seen).toEqual(['c,a,d', 'a,b,c'])
        await store.reset(Todos)
        expect([todos.size, [...todos]]).toEqual([0, []])
      },
    },
    'an order that hydrate changed is the order of indexes too, and a rollback takes it back': {
      state: [Todos],
      there({ get, store, note }) {
        const todos = get(Todos)
        const where = () => titles(todos.where('byOwner', 'me')).join()
        return {
          turn() {
            store.transaction(() => {
              todos.delete('a')
              todos.add({ title: 'a' }, 'a')
            })
            note([where(), todos.ids.join()])
          },
          back(snapshot: ReturnType<typeof store.snapshot>) {
            failing({ store }, () => {
              store.hydrate(snapshot)
              note([titles(todos).join(), where(), todos.ids.join()])
            })
            note([titles(todos).join(), where(), todos.ids.join()])
          },
        }
      },
      async here({ get, store, expect, act, notes }) {
        const todos = get(Todos)
        for (const id of ['a', 'b', 'c']) await todos.add({ title: id }, id)
        const snapshot = await store.snapshot()
        const where = () => titles(todos.where('byOwner', 'me')).join()
        expect(where()).toBe('a,b,c')
        await act('turn')
        const [ids, mine] = [watch(() => todos.ids.join()), watch(where)]
        expect([where(), todos.ids.join()]).toEqual(['b,c,a', 'b,c,a'])
        await act('back', snapshot)
        expect(await notes()).toEqual([
          ['b,c,a', 'b,c,a'],
          ['a,b,c', 'a,b,c', 'a,b,c'],
          ['b,c,a', 'b,c,a', 'b,c,a'],
        ])
        expect([titles(todos).join(), where(), todos.ids.join()]).toEqual(['b,c,a', 'b,c,a', 'b,c,a'])
        await store.hydrate(snapshot)
        expect([titles(todos).join(), where(), todos.ids.join()]).toEqual(['a,b,c', 'a,b,c', 'a,b,c'])
        expect([ids.at(-1), mine.at(-1)]).toEqual(['a,b,c', 'a,b,c'])
      },
    },
    'a row that goes to another place is the same row': {
      state: [Todos],
      there({ get, store }) {
        const todos = get(Todos)
        const before = ['a', 'b', 'c'].map((id) => todos.add({ title: id }, id))
        const snapshot = store.snapshot()
        store.transaction(() => {
          for (const row of before.reverse()) todos.delete(row.$id)
          for (const { $id } of before) todos.add({ title: $id.toUpperCase() }, $id)
        })
        return { back: () => store.hydrate(snapshot) }
      },
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const rows = [...todos]
        expect(titles(rows)).toEqual(['C', 'B', 'A'])
        const seen = rows.map((row) => watch(() => row.title))
        await act('back')
        expect(same(todos, rows.toReversed())).toBe(true)
        expect(seen).toEqual([
          ['C', 'c'],
          ['B', 'b'],
          ['A', 'a'],
        ])
        await rows[0]!.set({ title: 'still' })
        expect(titles(todos)).toEqual(['a', 'b', 'still'])
      },
    },
    '10,000 rows are ordinary': {
      state: [Todos],
      there: ({ get, store }) => ({
        add(from: number, to: number) {
          store.transaction(() => {
            for (let i = from; i < to; i++) get(Todos).add({ title: `t${i}`, owner: `o${i % 100}` }, `${i}`)
          })
        },
        finish() {
          for (const row of get(Todos)) row.done = true
        },
        back() {
          failing({ store }, () => {
            for (let i = 0; i < 10_000; i += 2) get(Todos).delete(`${i}`)
          })
        },
        clear() {
          for (const id of get(Todos).ids) get(Todos).delete(id)
        },
      }),
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const size = watch(() => todos.size)
        const mine = watch(() => todos.where('byOwner', 'o7').length)
        await act('add', 0, 5000)
        await act('add', 5000, 10_000)
        expect([size, mine]).toEqual([
          [0, 5000, 10_000],
          [0, 50, 100],
        ])
        await act('finish')
        expect(todos.where('byDone', true)).toHaveLength(10_000)
        await act('back')
        expect([todos.size, todos.ids[9998], todos.ids[4321], todos.get('9999')?.title]).toEqual([
          10_000,
          '9998',
          '4321',
          't9999',
        ])
        await act('clear')
        expect([todos.size, todos.where('byOwner', 'o7').length]).toEqual([0, 0])
      },
    },
    'rolling back 2,500 deleted and re-added of 10,000 rows is ordinary too': {
      state: [Todos],
      there({ get, store }) {
        const todos = get(Todos)
        for (let i = 0; i < 10_000; i++) todos.add({ title: `t${i}` }, `${i}`)
        return {
          back() {
            failing({ store }, () => {
              for (let i = 0; i < 10_000; i += 4) todos.delete(`${i}`)
              for (let i = 0; i < 10_000; i += 4) todos.add({}, `${i}`)
            })
            return idsOf(todos)
          },
        }
      },
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const rows = [...todos]
        const ids = idsOf(rows)
        expect(await act('back')).toEqual(ids)
        expect(rows.length).toBe(10_000)
        expect(same(todos, rows)).toBe(true)
        expect([...todos.ids]).toEqual(ids)
      },
    },
  }
}
