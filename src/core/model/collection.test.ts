import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  collection,
  computed,
  createStore,
  DefinitionError,
  DeletedError,
  DuplicateIdError,
  defineModel,
  effect,
  memoryStorage,
  openStore,
  ValidationError,
} from '../index.ts'

const Todo = defineModel(
  'todo',
  { title: v.string(), owner: v.string(), done: v.boolean() },
  { initial: { title: '', owner: 'me', done: false } },
)
const Todos = collection(Todo, { index: { byOwner: (row) => row.owner, byDone: (row) => row.done } })

function setup() {
  const errors: unknown[] = []
  const store = createStore({ state: [Todos], onError: (error) => errors.push(error) })
  return { store, todos: store.get(Todos), errors }
}

/** Runs `read` in an effect; answers what it gave, run by run. */
function watch<T>(read: () => T): T[] {
  const runs: T[] = []
  effect(() => {
    runs.push(read())
  })
  return runs
}

function caught<E = Error>(fn: () => unknown): E {
  try {
    fn()
  } catch (error) {
    return error as E
  }
  throw new Error('threw nothing')
}

const titles = (rows: Iterable<{ title: string }>) => Array.from(rows, (row) => row.title)

// --- rows and ids --------------------------------------------------------------------------------------------------

test('a row has a string id, its own or a random one, and starts from initial', () => {
  const { todos } = setup()
  const row = todos.add({ title: 'a' }, 'first')
  expect(row.$id).toBe('first')
  expect(row.toJSON()).toEqual({ title: 'a', owner: 'me', done: false })
  const ids = new Set(Array.from({ length: 1000 }, () => todos.add().$id))
  expect(ids.size).toBe(1000)
  for (const id of ids) expect(id).toMatch(/^[\w-]{8,}$/)
  expect([...todos.ids]).toEqual(['first', ...ids])
})

test('a row is one and the same object, however it is reached', () => {
  const { todos, store } = setup()
  const row = todos.add({}, 'a')
  expect(todos.get('a')).toBe(row)
  expect([...todos][0]).toBe(row)
  expect(todos.where('byOwner', 'me')[0]).toBe(row)
  expect(todos.put('a', { title: 'b', owner: 'me', done: true })).toBe(row)
  expect(store.get(Todos)).toBe(todos)
})

test('an existing id throws DuplicateIdError; a deleted one is free again', () => {
  const { todos } = setup()
  todos.add({ title: 'a' }, 'x')
  const error = caught(() => todos.add({ title: 'b' }, 'x'))
  expect(error).toBeInstanceOf(DuplicateIdError)
  expect(error).toMatchObject({ name: 'DuplicateIdError', model: 'todo', id: 'x' })
  expect(error.message).toContain('"x"')
  expect([todos.size, todos.get('x')?.title]).toEqual([1, 'a'])
  todos.delete('x')
  expect(todos.add({ title: 'b' }, 'x').title).toBe('b')
})

test('add validates before anything changed', () => {
  const { todos } = setup()
  let told = 0
  todos.listen(() => told++)
  const error = caught<ValidationError>(() => todos.add({ title: 1, done: 'x', nope: 1 } as never, 'x'))
  expect(error).toBeInstanceOf(ValidationError)
  expect(error.issues.map(({ path }) => path[0]).toSorted()).toEqual(['done', 'nope', 'title'])
  expect([todos.size, todos.has('x'), told]).toEqual([0, false, 0])
})

test('ids that no storage could hold are a ValidationError', () => {
  const { todos } = setup()
  for (const bad of ['', 'a\nb', '\u0000', '..', '../x', 'a/../b', './a', '\ud800', 'x'.repeat(1000), 7, null, {}]) {
    expect(caught(() => todos.add({}, bad as string))).toBeInstanceOf(ValidationError)
    expect(caught(() => todos.put(bad as string, { title: '', owner: '', done: true }))).toBeInstanceOf(ValidationError)
  }
  expect(todos.size).toBe(0)
  const fine = [
    '__proto__',
    'constructor',
    'toString',
    'a b',
    'é',
    '😀',
    'https://example.org/?a=1',
    '0',
    '-1',
    'x'.repeat(512),
  ]
  for (const id of fine) todos.add({ title: id }, id)
  expect([...todos.ids]).toEqual(fine)
  for (const id of fine) expect(todos.get(id)?.title).toBe(id)
  expect(todos.has('valueOf')).toBe(false)
  expect(Object.keys(todos.toJSON())).toHaveLength(fine.length)
  expect(Object.hasOwn(todos.toJSON(), '__proto__')).toBe(true)
})

test('put adds what is not there, and replaces the whole value of what is, at its place', () => {
  const { todos } = setup()
  todos.put('a', { title: 'a', owner: 'you', done: true })
  todos.put('b', { title: 'b', owner: 'me', done: false })
  const row = todos.get('a')
  expect(todos.put('a', { title: 'A' } as never)).toBe(row)
  // Whole: what is left out is as in a new row.
  expect(row?.toJSON()).toEqual({ title: 'A', owner: 'me', done: false })
  expect([...todos.ids]).toEqual(['a', 'b'])
  expect(caught(() => todos.put('a', { title: 1 } as never))).toBeInstanceOf(ValidationError)
  expect(caught(() => todos.put('c', { title: 1 } as never))).toBeInstanceOf(ValidationError)
  expect([todos.size, row?.title]).toEqual([2, 'A'])
})

test('put wakes only those who read a field that changed; putting the same is no change', () => {
  const { todos } = setup()
  const row = todos.put('a', { title: 'a', owner: 'you', done: true })
  const title = watch(() => row.title)
  const done = watch(() => row.done)
  const size = watch(() => todos.size)
  let told = 0
  todos.listen(() => told++)
  todos.put('a', { title: 'b', owner: 'you', done: true })
  const { revision } = row
  todos.put('a', { title: 'b', owner: 'you', done: true })
  expect([title, done, size, told, row.revision]).toEqual([['a', 'b'], [true], [1], 1, revision])
})

test('delete answers whether there was one', () => {
  const { todos } = setup()
  todos.add({}, 'a')
  expect([todos.delete('a'), todos.delete('a'), todos.delete('never')]).toEqual([true, false, false])
  expect([todos.size, todos.has('a'), todos.get('a'), [...todos], todos.ids]).toEqual([0, false, undefined, [], []])
})

test('reads of a held row that was deleted give the last value; writes throw DeletedError', () => {
  const { todos } = setup()
  const row = todos.add({ title: 'last', owner: 'me' }, 'a')
  const seen = watch(() => row.title)
  todos.delete('a')
  expect([row.title, row.peek('owner'), row.$id, row.toJSON()]).toEqual([
    'last',
    'me',
    'a',
    { title: 'last', owner: 'me', done: false },
  ])
  const { revision } = row
  for (const write of [
    () => {
      row.title = 'x'
    },
    () => {
      row.title = 'last'
    },
    () => row.set({ title: 'x' }),
    () => row.reset(),
  ]) {
    const error = caught(write)
    expect(error).toBeInstanceOf(DeletedError)
    expect(error.message).toContain('"a"')
  }
  const again = todos.add({ title: 'new' }, 'a')
  expect(again).not.toBe(row)
  expect(caught(() => row.set({ title: 'x' }))).toBeInstanceOf(DeletedError)
  expect([row.title, again.title, row.revision, seen]).toEqual(['last', 'new', revision, ['last']])
})

test('rows are handed out in order of insertion; an id that comes back goes to the end', () => {
  const { todos } = setup()
  for (const id of ['c', 'a', '2', 'b', '1']) todos.add({ title: id }, id)
  todos.put('a', { title: 'a', owner: 'you', done: true })
  todos.delete('2')
  todos.add({ title: '2' }, '2')
  expect([...todos.ids]).toEqual(['c', 'a', 'b', '1', '2'])
  expect(titles(todos)).toEqual(['c', 'a', 'b', '1', '2'])
  expect(titles(todos.where('byDone', false))).toEqual(['c', 'b', '1', '2'])
  expect(Object.isFrozen(todos.ids)).toBe(true)
  expect(todos.ids).toBe(todos.ids)
})

test('toJSON is rows by id, plain', () => {
  const { todos } = setup()
  todos.add({ title: 'a' }, 'x')
  expect(JSON.parse(JSON.stringify(todos))).toEqual({ x: { title: 'a', owner: 'me', done: false } })
})

// --- reactivity ----------------------------------------------------------------------------------------------------

test('size, ids and iteration are reactive to rows that come and go, and to nothing in them', () => {
  const { todos } = setup()
  const size = watch(() => todos.size)
  const ids = watch(() => todos.ids.join())
  const rows = watch(() => Array.from(todos, (row) => row.$id).join())
  const a = todos.add({}, 'a')
  todos.add({}, 'b')
  a.title = 'changed'
  a.done = true
  todos.delete('a')
  expect(size).toEqual([0, 1, 2, 1])
  expect(ids).toEqual(['', 'a', 'a,b', 'b'])
  expect(rows).toEqual(['', 'a', 'a,b', 'b'])
})

test('get and has wait for their id alone', () => {
  const { todos } = setup()
  const got = watch(() => todos.get('a')?.title)
  const has = watch(() => todos.has('a'))
  const other = watch(() => todos.has('z'))
  todos.add({ title: 'b' }, 'b')
  todos.delete('b')
  expect([got, has, other]).toEqual([[undefined], [false], [false]])
  const row = todos.add({ title: 'a' }, 'a')
  expect([got, has]).toEqual([
    [undefined, 'a'],
    [false, true],
  ])
  row.title = 'A'
  expect([got, has]).toEqual([
    [undefined, 'a', 'A'],
    [false, true],
  ])
  todos.delete('a')
  todos.add({ title: 'again' }, 'a')
  expect(got).toEqual([undefined, 'a', 'A', undefined, 'again'])
  expect([has, other]).toEqual([[false, true, false, true], [false]])
})

test('adding or deleting one row does not wake a reader of another', () => {
  const { todos } = setup()
  const a = todos.add({ title: 'a' }, 'a')
  const runs = [
    watch(() => a.title),
    watch(() => todos.get('a')?.title),
    watch(() => todos.has('a')),
    watch(() => todos.where('byOwner', 'me').length),
  ]
  for (let i = 0; i < 100; i++) todos.add({ owner: 'you' }, `x${i}`)
  for (let i = 0; i < 100; i += 2) todos.delete(`x${i}`)
  todos.get('x1')!.title = 'changed'
  expect(runs.map((run) => run.length)).toEqual([1, 1, 1, 1])
})

test('deleted and added again in one transaction: a reader of the id gets the new row, once', () => {
  const { todos, store } = setup()
  todos.add({ title: 'old' }, 'a')
  const got = watch(() => todos.get('a')?.title)
  store.transaction(() => {
    todos.delete('a')
    todos.add({ title: 'new' }, 'a')
  })
  expect(got).toEqual(['old', 'new'])
})

test('a listener of the collection, and of a row, is called once per commit that changed it', () => {
  const { todos, store } = setup()
  const heard: string[] = []
  const stop = todos.listen((...args: unknown[]) => heard.push(`all${args.length}`))
  const a = todos.add({}, 'a')
  a.listen(() => heard.push('a'))
  const b = todos.add({}, 'b')
  expect(heard.splice(0)).toEqual(['all0', 'all0'])
  a.title = 'x'
  expect(heard.splice(0).toSorted()).toEqual(['a', 'all0'])
  b.title = 'x'
  expect(heard.splice(0)).toEqual(['all0'])
  store.transaction(() => {
    a.title = 'y'
    b.set({ title: 'y', done: true })
    todos.add({}, 'c')
    todos.delete('b')
  })
  expect(heard.splice(0).toSorted()).toEqual(['a', 'all0'])
  todos.delete('a')
  expect(heard.splice(0).toSorted()).toEqual(['a', 'all0'])
  stop()
  todos.add()
  expect(heard).toEqual([])
})

// --- rollback ------------------------------------------------------------------------------------------------------

/** Runs `fn` in a transaction that fails. */
function failing(store: { transaction(fn: () => undefined): undefined }, fn: () => void): void {
  expect(() =>
    store.transaction(() => {
      fn()
      throw new Error('back')
    }),
  ).toThrow('back')
}

test('a rolled back add was never there, and its row is as deleted', () => {
  const { todos, store } = setup()
  const size = watch(() => todos.size)
  const has = watch(() => todos.has('a'))
  let row = todos.get('a')
  failing(store, () => {
    row = todos.add({ title: 'a' }, 'a')
    expect([todos.size, todos.get('a')]).toEqual([1, row])
  })
  expect([todos.size, todos.has('a'), [...todos], has]).toEqual([0, false, [], [false]])
  // A rollback may run an effect again, with the old value.
  expect(new Set(size)).toEqual(new Set([0]))
  expect(caught(() => row!.set({ title: 'x' }))).toBeInstanceOf(DeletedError)
  expect(todos.add({}, 'a')).not.toBe(row)
})

test('a row whose adding was rolled back can bring nothing into storage', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Todos] })
  const todos = store.get(Todos)
  let ghost = todos.get('a')
  failing(store, () => {
    ghost = todos.add({ title: 'ghost' }, 'a')
  })
  try {
    ghost!.title = 'boo'
  } catch {}
  expect([todos.size, todos.has('a')]).toEqual([0, false])
  await store.close()
  expect([...(await storage.open()).keys()]).toEqual([])
})

test('a rolled back delete revives the same row at its place', () => {
  const { todos, store } = setup()
  const rows = ['a', 'b', 'c'].map((id) => todos.add({ title: id }, id))
  const b = rows[1]!
  const ids = watch(() => todos.ids.join())
  const got = watch(() => todos.get('b')?.title)
  const { revision } = b
  failing(store, () => {
    todos.delete('b')
    expect([...todos.ids]).toEqual(['a', 'c'])
    expect(caught(() => b.set({ title: 'x' }))).toBeInstanceOf(DeletedError)
  })
  expect([...todos]).toEqual(rows)
  expect(todos.get('b')).toBe(b)
  expect(b.revision).toBe(revision)
  expect(new Set(ids)).toEqual(new Set(['a,b,c']))
  expect(new Set(got)).toEqual(new Set(['b']))
  b.title = 'B'
  expect(got.at(-1)).toBe('B')
})

test('deleted, added again, and rolled back: the same row, at its place, as it was', () => {
  const { todos, store } = setup()
  const rows = ['a', 'b', 'c'].map((id) => todos.add({ title: id }, id))
  let second: unknown
  failing(store, () => {
    rows[1]!.title = 'written before'
    todos.delete('b')
    second = todos.add({ title: 'second' }, 'b')
    todos.delete('b')
    todos.add({ title: 'third' }, 'b')
    todos.delete('a')
    todos.put('a', { title: 'other', owner: 'x', done: true })
    expect([...todos.ids]).toEqual(['c', 'b', 'a'])
  })
  expect([...todos]).toEqual(rows)
  rows.forEach((row, i) => {
    expect([...todos][i]).toBe(row)
  })
  expect(titles(todos)).toEqual(['a', 'b', 'c'])
  expect(second).not.toBe(rows[1])
  todos.add({ title: 'd' }, 'd')
  expect(titles(todos)).toEqual(['a', 'b', 'c', 'd'])
})

test('a row that is deleted in the end is not checked', () => {
  const Even = collection(defineModel('even', { n: v.number() }, { initial: { n: 0 }, check: ({ n }) => n % 2 === 0 }))
  const store = createStore({ state: [Even] })
  const rows = store.get(Even)
  const row = rows.add({ n: 2 }, 'a')
  store.transaction(() => {
    row.n = 3
    rows.delete('a')
    rows.add({ n: 5 }, 'b')
    rows.delete('b')
  })
  expect(rows.size).toBe(0)
})

test('a savepoint that fails inside a transaction undoes only its own', () => {
  const { todos, store } = setup()
  const a = todos.add({ title: 'a' }, 'a')
  store.transaction(() => {
    todos.add({ title: 'b' }, 'b')
    failing(store, () => {
      todos.delete('a')
      todos.delete('b')
      todos.add({ title: 'c' }, 'c')
    })
    a.title = 'A'
  })
  expect(titles(todos)).toEqual(['A', 'b'])
})

// --- indexes -------------------------------------------------------------------------------------------------------

test('where answers the rows of a key in order of insertion, frozen', () => {
  const { todos } = setup()
  for (const [id, owner] of [
    ['1', 'me'],
    ['2', 'you'],
    ['3', 'me'],
  ] as const)
    todos.add({ title: id, owner }, id)
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['1', '3'])
  expect(titles(todos.where('byOwner', 'nobody'))).toEqual([])
  expect(Object.isFrozen(todos.where('byOwner', 'me'))).toBe(true)
  expect(todos.where('byOwner', 'me')).toBe(todos.where('byOwner', 'me'))
  for (const name of ['byNothing', 'toString', '__proto__']) {
    expect(caught(() => todos.where(name as 'byOwner', 'me'))).toBeInstanceOf(DefinitionError)
  }
})

test('an index is kept up by every write, add, put and delete', () => {
  const { todos } = setup()
  const row = todos.add({ title: 'a', owner: 'me' }, 'a')
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['a'])
  row.owner = 'you'
  expect([titles(todos.where('byOwner', 'me')), titles(todos.where('byOwner', 'you'))]).toEqual([[], ['a']])
  row.set({ owner: 'me', title: 'A' })
  todos.put('b', { title: 'b', owner: 'me', done: false })
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['A', 'b'])
  todos.put('a', { title: 'a', owner: 'you', done: false })
  row.reset()
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['', 'b'])
  todos.delete('a')
  expect(titles(todos.where('byOwner', 'me'))).toEqual(['b'])
})

test('where is reactive by key: others do not wake', () => {
  const { todos } = setup()
  const a = todos.add({ title: 'a', owner: 'me' }, 'a')
  const me = watch(() => todos.where('byOwner', 'me').length)
  const you = watch(() => todos.where('byOwner', 'you').length)
  const they = watch(() => todos.where('byOwner', 'they').length)
  a.title = 'A'
  a.done = true
  expect([me, you, they]).toEqual([[1], [0], [0]])
  const b = todos.add({ owner: 'you' }, 'b')
  expect([me, you, they]).toEqual([[1], [0, 1], [0]])
  b.owner = 'me'
  expect([me, you, they]).toEqual([[1, 2], [0, 1, 0], [0]])
  todos.delete('a')
  todos.delete('b')
  todos.add({ owner: 'you' }, 'c')
  expect([me, you, they]).toEqual([[1, 2, 1, 0], [0, 1, 0, 1], [0]])
})

test('where may be asked first by a computed', () => {
  const { todos } = setup()
  const a = todos.add({ title: 'a', owner: 'me' }, 'a')
  const mine = computed(() => titles(todos.where('byOwner', 'me')).join())
  expect(mine.value).toBe('a')
  const runs = watch(() => mine.value)
  todos.add({ title: 'b', owner: 'me' })
  a.owner = 'you'
  expect(runs).toEqual(['a', 'a,b', 'b'])
})

test('only the changed row is asked for its key', () => {
  const asked: string[] = []
  const Counted = collection(Todo, {
    index: {
      byOwner: (row) => {
        asked.push(row.title)
        return row.owner
      },
    },
  })
  const todos = createStore({ state: [Counted] }).get(Counted)
  for (let i = 0; i < 50; i++) todos.add({ title: `t${i}` }, `${i}`)
  todos.where('byOwner', 'me')
  asked.length = 0
  todos.get('7')!.owner = 'you'
  todos.add({ title: 'new' })
  todos.delete('9')
  todos.where('byOwner', 'me')
  todos.where('byOwner', 'you')
  expect(new Set(asked)).toEqual(new Set(['t7', 'new']))
  expect(asked.length).toBeLessThanOrEqual(4)
})

test('a rolled back transaction leaves indexes as they were, whenever they were made', () => {
  for (const early of [true, false]) {
    const { todos, store } = setup()
    const rows = ['a', 'b', 'c'].map((id) => todos.add({ title: id, owner: 'me' }, id))
    const seen = early ? watch(() => titles(todos.where('byOwner', 'me')).join()) : []
    failing(store, () => {
      rows[0]!.owner = 'you'
      todos.delete('b')
      todos.add({ title: 'd', owner: 'you' }, 'd')
      todos.add({ title: 'b2', owner: 'you' }, 'b')
      expect(titles(todos.where('byOwner', 'you'))).toEqual(['a', 'd', 'b2'])
      expect(titles(todos.where('byOwner', 'me'))).toEqual(['c'])
    })
    expect(titles(todos.where('byOwner', 'me'))).toEqual(['a', 'b', 'c'])
    expect(titles(todos.where('byOwner', 'you'))).toEqual([])
    if (early) expect(new Set(seen)).toEqual(new Set(['a,b,c']))
  }
})

test('an index function that throws refuses the write, whole', () => {
  const Fussy = collection(Todo, {
    index: {
      byOwner: (row) => row.owner,
      fussy: (row) => {
        if (row.title === 'bad') throw new RangeError('fussy')
        return row.title
      },
    },
  })
  const todos = createStore({ state: [Fussy] }).get(Fussy)
  const row = todos.add({ title: 'good' }, 'a')
  todos.where('byOwner', 'me')
  todos.where('fussy', 'good')
  expect(() => row.set({ owner: 'you', title: 'bad' })).toThrow('fussy')
  expect(() => {
    row.title = 'bad'
  }).toThrow('fussy')
  expect(() => todos.add({ title: 'bad' }, 'b')).toThrow('fussy')
  expect(row.toJSON()).toEqual({ title: 'good', owner: 'me', done: false })
  expect([...todos.ids]).toEqual(['a'])
  expect([todos.where('byOwner', 'me'), todos.where('byOwner', 'you'), todos.where('fussy', 'good')]).toEqual([
    [row],
    [],
    [row],
  ])
})

test('keys are compared by identity, NaN included', () => {
  const Any = defineModel('any', { k: v.any() }, { initial: { k: null } })
  const Anys = collection(Any, { index: { byK: (row) => row.k } })
  const rows = createStore({ state: [Anys] }).get(Anys)
  for (const k of [NaN, undefined, null, 0, '0', false]) {
    rows.add({ k })
    expect(rows.where('byK', k)).toHaveLength(1)
  }
})

// --- kept ----------------------------------------------------------------------------------------------------------

test('order is kept across reloads, and goes on where it was', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Todos] })
  const todos = store.get(Todos)
  for (const id of ['c', '2', 'a', '10', 'b', '1']) todos.add({ title: id }, id)
  todos.delete('2')
  todos.delete('1')
  todos.add({ title: '2' }, '2')
  todos.get('c')!.title = 'C'
  const order = [...todos.ids]
  expect(order).toEqual(['c', 'a', '10', 'b', '2'])
  await store.close()
  const again = await openStore({ storage, state: [Todos] })
  expect([...again.get(Todos).ids]).toEqual(order)
  expect(titles(again.get(Todos))).toEqual(['C', 'a', '10', 'b', '2'])
  again.get(Todos).add({ title: 'new' }, '0')
  again.get(Todos).delete('a')
  await again.close()
  const third = await openStore({ storage, state: [Todos] })
  expect([...third.get(Todos).ids]).toEqual(['c', '10', 'b', '2', '0'])
  expect(titles(third.get(Todos).where('byOwner', 'me'))).toEqual(['C', '10', 'b', '2', 'new'])
})

test('hydrate brings the rows of a snapshot back in its order, and deletes the others', async () => {
  const { todos, store } = setup()
  for (const id of ['a', 'b', 'c']) todos.add({ title: id }, id)
  const snapshot = store.snapshot()
  todos.delete('a')
  todos.add({ title: 'again' }, 'a')
  todos.add({ title: 'more' }, 'd')
  todos.delete('b')
  const seen = watch(() => todos.ids.join())
  await store.hydrate(snapshot)
  expect(titles(todos)).toEqual(['a', 'b', 'c'])
  expect([...todos.ids]).toEqual(['a', 'b', 'c'])
  expect(seen.at(-1)).toBe('a,b,c')
  await store.reset(Todos)
  expect([todos.size, [...todos]]).toEqual([0, []])
})

test('an order that hydrate changed is the order of indexes too, and a rollback takes it back', async () => {
  const { todos, store } = setup()
  for (const id of ['a', 'b', 'c']) todos.add({ title: id }, id)
  const snapshot = store.snapshot()
  store.transaction(() => {
    todos.delete('a')
    todos.add({ title: 'a' }, 'a')
  })
  const where = () => titles(todos.where('byOwner', 'me')).join()
  const [ids, mine] = [watch(() => todos.ids.join()), watch(where)]
  expect([where(), todos.ids.join()]).toEqual(['b,c,a', 'b,c,a'])
  failing(store, () => {
    store.hydrate(snapshot)
    expect([titles(todos).join(), where(), todos.ids.join()]).toEqual(['a,b,c', 'a,b,c', 'a,b,c'])
  })
  expect([titles(todos).join(), where(), todos.ids.join()]).toEqual(['b,c,a', 'b,c,a', 'b,c,a'])
  await store.hydrate(snapshot)
  expect([titles(todos).join(), where(), todos.ids.join()]).toEqual(['a,b,c', 'a,b,c', 'a,b,c'])
  expect([ids.at(-1), mine.at(-1)]).toEqual(['a,b,c', 'a,b,c'])
})

test('10,000 rows are ordinary', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Todos] })
  const todos = store.get(Todos)
  const size = watch(() => todos.size)
  const mine = watch(() => todos.where('byOwner', 'o7').length)
  for (let i = 0; i < 5000; i++) todos.add({ title: `t${i}`, owner: `o${i % 100}` }, `${i}`)
  store.transaction(() => {
    for (let i = 5000; i < 10_000; i++) todos.add({ title: `t${i}`, owner: `o${i % 100}` }, `${i}`)
  })
  expect([todos.size, size.length, mine.at(-1)]).toEqual([10_000, 5002, 100])
  for (const row of todos) row.done = true
  expect(todos.where('byDone', true)).toHaveLength(10_000)
  failing(store, () => {
    for (let i = 0; i < 10_000; i += 2) todos.delete(`${i}`)
  })
  expect(todos.ids[9998]).toBe('9998')
  await store.close()
  const again = await openStore({ storage, state: [Todos] })
  const back = again.get(Todos)
  expect([back.size, back.ids[4321], back.get('9999')?.title]).toEqual([10_000, '4321', 't9999'])
  expect(back.where('byOwner', 'o7')).toHaveLength(100)
  for (const id of back.ids) back.delete(id)
  expect(back.size).toBe(0)
})

test('rolling back 2,500 deleted and re-added of 10,000 rows is ordinary too', () => {
  const { todos, store } = setup()
  for (let i = 0; i < 10_000; i++) todos.add({ title: `t${i}` }, `${i}`)
  const rows = [...todos]
  failing(store, () => {
    for (let i = 0; i < 10_000; i += 4) todos.delete(`${i}`)
    for (let i = 0; i < 10_000; i += 4) todos.add({}, `${i}`)
  })
  const back = [...todos]
  expect(back.length).toBe(10_000)
  expect(back.every((row, i) => row === rows[i])).toBe(true)
})

test('every loaded row is validated at once, touched or not', async () => {
  const entries: Record<string, { v: number; d: object; o: number }> = {}
  for (let i = 0; i < 10_000; i++) {
    entries[`model/todo/${i}`] = { v: 1, d: { title: i === 7777 ? i : `t${i}`, owner: 'me', done: false }, o: i }
  }
  const error = caught(() => createStore({ state: [Todos], snapshot: entries as never }))
  expect(error).toMatchObject({
    name: 'HydrationError',
    entries: [{ key: 'model/todo/7777', issues: [{ path: ['title'] }] }],
  })
})
