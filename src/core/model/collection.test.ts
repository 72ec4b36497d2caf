import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { DeletedError, DuplicateIdError, ValidationError } from '../index.ts'
import { caught, setup, Todos, titles, watch } from './fixtures/todos.ts'

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

test('a deleted row that nobody holds is let go', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const { todos, store } = setup()
  const refs = ['a', 'b', 'c'].map((id) => new WeakRef(todos.add({ title: id }, id)))
  todos.where('byOwner', 'me')
  todos.delete('a')
  store.transaction(() => {
    todos.delete('b')
  })
  // A WeakRef holds on to what it was made with until the end of the turn.
  await new Promise((resolve) => setImmediate(resolve))
  gc()
  expect(refs.map((ref) => ref.deref()?.title)).toEqual([undefined, undefined, 'c'])
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
