import type { Suite } from '../fixtures/suite.ts'
import type { ValidationError } from '../index.ts'
import { caught, ending, idsOf, titles, todosOf, watcher } from './fixtures/scenes.ts'

/** Rows and their ids: how they come, are found, are replaced and go. */
export const collections: Suite = (library) => {
  const { DeletedError, DuplicateIdError, ValidationError } = library
  const { Todos } = todosOf(library)
  const watch = watcher(library)

  return {
    'a row has a string id, its own or a random one, and starts from initial': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        const row = await todos.add({ title: 'a' }, 'first')
        expect(row.$id).toBe('first')
        expect(row.toJSON()).toEqual({ title: 'a', owner: 'me', done: false })
        const more = await Promise.all(Array.from({ length: 1000 }, async () => (await todos.add()).$id))
        const ids = new Set(more)
        expect(ids.size).toBe(1000)
        for (const id of ids) expect(id).toMatch(/^[\w-]{8,}$/)
        expect([...todos.ids]).toEqual(['first', ...ids])
      },
    },
    'a row is one and the same object, however it is reached': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        const row = await todos.add({}, 'a')
        expect(todos.get('a')).toBe(row)
        expect([...todos][0]).toBe(row)
        expect(todos.where('byOwner', 'me')[0]).toBe(row)
        expect(await todos.put('a', { title: 'b', owner: 'me', done: true })).toBe(row)
        expect(get(Todos)).toBe(todos)
      },
    },
    'an existing id throws DuplicateIdError; a deleted one is free again': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        await todos.add({ title: 'a' }, 'x')
        const error = await caught(() => todos.add({ title: 'b' }, 'x'))
        expect(error).toBeInstanceOf(DuplicateIdError)
        expect(error).toMatchObject({ name: 'DuplicateIdError', model: 'todo', id: 'x' })
        expect(error.message).toContain('"x"')
        expect([todos.size, todos.get('x')?.title]).toEqual([1, 'a'])
        await todos.delete('x')
        expect((await todos.add({ title: 'b' }, 'x')).title).toBe('b')
      },
    },
    'add validates before anything changed': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        let told = 0
        todos.listen(() => told++)
        const error = await caught<ValidationError>(() => todos.add({ title: 1, done: 'x', nope: 1 } as never, 'x'))
        expect(error).toBeInstanceOf(ValidationError)
        expect(error.issues.map(({ path }) => path[0]).toSorted()).toEqual(['done', 'nope', 'title'])
        expect([todos.size, todos.has('x'), told]).toEqual([0, false, 0])
      },
    },
    'ids that no storage could hold are a ValidationError': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        const whole = { title: '', owner: '', done: true }
        const long = 'x'.repeat(1000)
        for (const bad of ['', 'a\nb', '\u0000', '..', '../x', 'a/../b', './a', '\ud800', long, 7, null, {}]) {
          expect(await caught(() => todos.add({}, bad as string))).toBeInstanceOf(ValidationError)
          expect(await caught(() => todos.put(bad as string, whole))).toBeInstanceOf(ValidationError)
        }
        expect(todos.size).toBe(0)
        const fine = ['__proto__', 'constructor', 'toString', 'a b', 'é', '😀', 'https://example.org/?a=1', '0', '-1']
        fine.push('x'.repeat(512))
        for (const id of fine) await todos.add({ title: id }, id)
        expect([...todos.ids]).toEqual(fine)
        for (const id of fine) expect(todos.get(id)?.title).toBe(id)
        expect(todos.has('valueOf')).toBe(false)
        expect(Object.keys(todos.toJSON())).toHaveLength(fine.length)
        expect(Object.hasOwn(todos.toJSON(), '__proto__')).toBe(true)
      },
    },
    'put adds what is not there, and replaces the whole value of what is, at its place': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        await todos.put('a', { title: 'a', owner: 'you', done: true })
        await todos.put('b', { title: 'b', owner: 'me', done: false })
        const row = todos.get('a')
        expect(await todos.put('a', { title: 'A' } as never)).toBe(row)
        // Whole: what is left out is as in a new row.
        expect(row?.toJSON()).toEqual({ title: 'A', owner: 'me', done: false })
        expect([...todos.ids]).toEqual(['a', 'b'])
        expect(await caught(() => todos.put('a', { title: 1 } as never))).toBeInstanceOf(ValidationError)
        expect(await caught(() => todos.put('c', { title: 1 } as never))).toBeInstanceOf(ValidationError)
        expect([todos.size, row?.title]).toEqual([2, 'A'])
      },
    },
    'put wakes only those who read a field that changed; putting the same is no change': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        const row = await todos.put('a', { title: 'a', owner: 'you', done: true })
        const title = watch(() => row.title)
        const done = watch(() => row.done)
        const size = watch(() => todos.size)
        let told = 0
        todos.listen(() => told++)
        await todos.put('a', { title: 'b', owner: 'you', done: true })
        const { revision } = row
        await todos.put('a', { title: 'b', owner: 'you', done: true })
        expect([title, done, size, told, row.revision]).toEqual([['a', 'b'], [true], [1], 1, revision])
      },
    },
    'delete answers whether there was one': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        await todos.add({}, 'a')
        expect([await todos.delete('a'), await todos.delete('a'), await todos.delete('never')]).toEqual([
          true,
          false,
          false,
        ])
        expect([todos.size, todos.has('a'), todos.get('a'), [...todos], todos.ids]).toEqual([
          0,
          false,
          undefined,
          [],
          [],
        ])
      },
    },
    'reads of a held row that was deleted give the last value; writes throw DeletedError': {
      state: [Todos],
      there({ get, note }) {
        const rows: { title: string }[] = []
        return {
          hold: () => void rows.push(get(Todos).get('a')!),
          // By assignment, also of the value it has.
          assign() {
            for (const title of ['x', 'last']) note(ending(() => Object.assign(rows[0]!, { title })))
          },
        }
      },
      async here({ get, expect, act, notes }) {
        const todos = get(Todos)
        const row = await todos.add({ title: 'last', owner: 'me' }, 'a')
        await act('hold')
        const seen = watch(() => row.title)
        await todos.delete('a')
        expect([row.title, row.peek('owner'), row.$id, row.toJSON()]).toEqual([
          'last',
          'me',
          'a',
          { title: 'last', owner: 'me', done: false },
        ])
        const { revision } = row
        for (const write of [() => row.set({ title: 'x' }), () => row.set({ title: 'last' }), () => row.reset()]) {
          const error = await caught(write)
          expect(error).toBeInstanceOf(DeletedError)
          expect(error).toMatchObject({ model: 'todo', id: 'a' })
          expect(error.message).toContain('"a"')
        }
        await act('assign')
        expect(await notes()).toEqual(['DeletedError', 'DeletedError'])
        const again = await todos.add({ title: 'new' }, 'a')
        expect(again).not.toBe(row)
        expect(await caught(() => row.set({ title: 'x' }))).toBeInstanceOf(DeletedError)
        expect([row.title, again.title, row.revision, seen]).toEqual(['last', 'new', revision, ['last']])
      },
    },
    'rows are handed out in order of insertion; an id that comes back goes to the end': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        for (const id of ['c', 'a', '2', 'b', '1']) await todos.add({ title: id }, id)
        await todos.put('a', { title: 'a', owner: 'you', done: true })
        await todos.delete('2')
        await todos.add({ title: '2' }, '2')
        expect([...todos.ids]).toEqual(['c', 'a', 'b', '1', '2'])
        expect(titles(todos)).toEqual(['c', 'a', 'b', '1', '2'])
        expect(titles(todos.where('byDone', false))).toEqual(['c', 'b', '1', '2'])
        expect(Object.isFrozen(todos.ids)).toBe(true)
        expect(todos.ids).toBe(todos.ids)
      },
    },
    'toJSON is rows by id, plain': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        await todos.add({ title: 'a' }, 'x')
        expect(JSON.parse(JSON.stringify(todos))).toEqual({ x: { title: 'a', owner: 'me', done: false } })
      },
    },

    // --- reactivity ------------------------------------------------------------------------------------------------

    'size, ids and iteration are reactive to rows that come and go, and to nothing in them': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        const size = watch(() => todos.size)
        const ids = watch(() => todos.ids.join())
        const rows = watch(() => idsOf(todos).join())
        const a = await todos.add({}, 'a')
        await todos.add({}, 'b')
        await a.set({ title: 'changed' })
        await a.set({ done: true })
        await todos.delete('a')
        expect(size).toEqual([0, 1, 2, 1])
        expect(ids).toEqual(['', 'a', 'a,b', 'b'])
        expect(rows).toEqual(['', 'a', 'a,b', 'b'])
      },
    },
    'get and has wait for their id alone': {
      state: [Todos],
      async here({ get, expect }) {
        const todos = get(Todos)
        const got = watch(() => todos.get('a')?.title)
        const has = watch(() => todos.has('a'))
        const other = watch(() => todos.has('z'))
        await todos.add({ title: 'b' }, 'b')
        await todos.delete('b')
        expect([got, has, other]).toEqual([[undefined], [false], [false]])
        const row = await todos.add({ title: 'a' }, 'a')
        expect([got, has]).toEqual([
          [undefined, 'a'],
          [false, true],
        ])
        await row.set({ title: 'A' })
        expect([got, has]).toEqual([
          [undefined, 'a', 'A'],
          [false, true],
        ])
        await todos.delete('a')
        await todos.add({ title: 'again' }, 'a')
        expect(got).toEqual([undefined, 'a', 'A', undefined, 'again'])
        expect([has, other]).toEqual([[false, true, false, true], [false]])
      },
    },
    'adding or deleting one row does not wake a reader of another': {
      state: [Todos],
      there: ({ get }) => ({
        crowd() {
          const todos = get(Todos)
          for (let i = 0; i < 100; i++) todos.add({ owner: 'you' }, `x${i}`)
          for (let i = 0; i < 100; i += 2) todos.delete(`x${i}`)
        },
      }),
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const a = await todos.add({ title: 'a' }, 'a')
        const runs = [
          watch(() => a.title),
          watch(() => todos.get('a')?.title),
          watch(() => todos.has('a')),
          watch(() => todos.where('byOwner', 'me').length),
        ]
        await act('crowd')
        await todos.add({ owner: 'you' }, 'y')
        await todos.delete('y')
        await todos.get('x1')!.set({ title: 'changed' })
        expect([todos.size, todos.get('x1')?.title]).toEqual([51, 'changed'])
        expect(runs.map((run) => run.length)).toEqual([1, 1, 1, 1])
      },
    },
    'deleted and added again in one transaction: a reader of the id gets the new row, once': {
      state: [Todos],
      there: ({ get, store }) => ({
        replace() {
          store.transaction(() => {
            get(Todos).delete('a')
            get(Todos).add({ title: 'new' }, 'a')
          })
        },
      }),
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const old = await todos.add({ title: 'old' }, 'a')
        const got = watch(() => todos.get('a')?.title)
        await act('replace')
        expect(got).toEqual(['old', 'new'])
        expect(todos.get('a')).not.toBe(old)
      },
    },
    'a listener of the collection, and of a row, is called once per commit that changed it': {
      state: [Todos],
      there: ({ get, store }) => ({
        much() {
          const todos = get(Todos)
          store.transaction(() => {
            todos.get('a')!.title = 'y'
            todos.get('b')!.set({ title: 'y', done: true })
            todos.add({}, 'c')
            todos.delete('b')
          })
        },
      }),
      async here({ get, expect, act }) {
        const todos = get(Todos)
        const heard: string[] = []
        const stop = todos.listen((...args: unknown[]) => heard.push(`all${args.length}`))
        const a = await todos.add({}, 'a')
        a.listen(() => heard.push('a'))
        const b = await todos.add({}, 'b')
        expect(heard.splice(0)).toEqual(['all0', 'all0'])
        await a.set({ title: 'x' })
        expect(heard.splice(0).toSorted()).toEqual(['a', 'all0'])
        await b.set({ title: 'x' })
        expect(heard.splice(0)).toEqual(['all0'])
        await act('much')
        expect(heard.splice(0).toSorted()).toEqual(['a', 'all0'])
        await todos.delete('a')
        expect(heard.splice(0).toSorted()).toEqual(['a', 'all0'])
        stop()
        await todos.add()
        expect(heard).toEqual([])
      },
    },
  }
}
