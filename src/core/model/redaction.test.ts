import { inspect } from 'node:util'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel, isRedacted, memoryStorage, openStore, REDACTED } from '../index.ts'

// Redacted fields live in memory and in this origin's own storage. Errors, records and snapshots have a marker.

const SECRET = 'hunter2-the-secret'
const OLD = 'swordfish-the-old-secret'
// A schema of its own whose words quote the value, as valibot's do.
const Password = v.pipe(
  v.any(),
  v.check(
    (value) => String(value).length < 30,
    (issue) => `"${issue.input}" is too long`,
  ),
)
const User = defineModel(
  'user',
  { name: v.string(), password: v.pipe(v.string(), v.maxLength(30)), keys: v.array(v.string()), any: Password },
  {
    initial: { name: 'ada', password: OLD, keys: [OLD], any: OLD },
    redact: ['password', 'keys', 'any'],
    check: (user) => user.name !== 'eve' || 'eve may not',
  },
)
const Users = collection(
  defineModel(
    'users',
    { name: v.string(), password: v.string() },
    { initial: { name: '', password: OLD }, redact: ['password'] },
  ),
)

/** Everything somebody could read from `value`, in one text. */
function text(value: unknown): string {
  const seen = new WeakSet<object>()
  const json = JSON.stringify(value, (_, part) => {
    if (typeof part !== 'object' || part === null) return part
    if (seen.has(part)) return 'again'
    seen.add(part)
    const own =
      part instanceof Error ? { name: part.name, message: part.message, stack: part.stack, cause: part.cause } : {}
    return part instanceof Map ? [...part] : { ...own, ...part }
  })
  return `${json}\n${inspect(value, { depth: 20, showHidden: true })}\n${String(value)}`
}

function hidden(value: unknown): void {
  expect(text(value)).not.toContain(SECRET)
  expect(text(value)).not.toContain(OLD)
}

function caught(fn: () => unknown): Error & Record<string, unknown> {
  try {
    fn()
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('threw nothing')
}

const user = () => createStore({ state: [User] }).get(User)

test('the model itself has the value: it is read and peeked as any', () => {
  const model = user()
  model.password = SECRET
  expect([model.password, model.peek('password'), model.keys]).toEqual([SECRET, SECRET, [OLD]])
})

test('the marker is plain, frozen, and known again after any journey', () => {
  expect(Object.isFrozen(REDACTED)).toBe(true)
  expect(isRedacted(REDACTED)).toBe(true)
  expect(isRedacted(JSON.parse(JSON.stringify(REDACTED)))).toBe(true)
  expect(isRedacted(structuredClone(REDACTED))).toBe(true)
  for (const other of [null, undefined, {}, 'x', { $redacted: false }, []]) expect(isRedacted(other)).toBe(false)
})

test('what Node shows of a model has no redacted value', () => {
  const model = user()
  hidden(model)
  model.password = SECRET
  hidden(model)
})

test('an error about a redacted field says nothing of the value, however it is written', () => {
  const model = user()
  const long = SECRET.repeat(3)
  const writes: (() => void)[] = [
    () => {
      model.password = long
    },
    () => {
      model.password = { toString: () => SECRET, SECRET } as never
    },
    () => {
      model.any = long
    },
    () => {
      model.any = { [SECRET]: () => SECRET }
    },
    () => {
      model.keys = [SECRET, { [SECRET]: 1 }] as never
    },
    () => model.set({ name: 'bob', password: long, any: long, keys: SECRET as never }),
  ]
  for (const write of writes) {
    const error = caught(write)
    expect(error.name).toBe('ValidationError')
    expect(isRedacted(error.value)).toBe(true)
    expect(User.redact.has(error.field as string)).toBe(true)
    hidden(error)
  }
})

test('an error about another field does not bring the redacted ones along', () => {
  const model = user()
  const mixed = caught(() => model.set({ name: 7 as never, password: SECRET.repeat(3) }))
  expect(mixed).toMatchObject({ field: 'name', value: 7 })
  expect((mixed.issues as { path: unknown[] }[]).map(({ path }) => path[0])).toEqual(['name', 'password'])
  hidden(mixed)
  const check = caught(() => model.set({ name: 'eve', password: SECRET }))
  expect(check).toMatchObject({ field: undefined, value: { name: 'eve', password: REDACTED } })
  expect(check.message).toContain('eve may not')
  hidden(check)
})

test('rows: add and put refuse without telling', () => {
  const store = createStore({ state: [Users] })
  const users = store.get(Users)
  hidden(caught(() => users.add({ name: 7 as never, password: SECRET }, 'a')))
  hidden(caught(() => users.add({ name: 'x', password: [SECRET] as never }, 'a')))
  hidden(caught(() => users.put('a', { name: 'x', password: [SECRET] as never })))
  const row = users.add({ name: 'x', password: SECRET }, 'a')
  hidden(caught(() => users.add({ password: SECRET }, 'a')))
  users.delete('a')
  hidden(
    caught(() => {
      row.password = OLD
    }),
  )
})

test('a draft has the value, and its errors and toJSON have not', () => {
  const store = createStore({ state: [User] })
  const draft = store.checkout(User)
  draft.password = SECRET
  expect([draft.password, draft.changes().password]).toEqual([SECRET, { before: OLD, after: SECRET }])
  expect(JSON.stringify(draft)).not.toContain(SECRET)
  hidden(caught(() => draft.set({ password: SECRET.repeat(3) })))
  draft.name = 'eve'
  hidden(caught(() => draft.commit()))
  store.get(User).name = 'bob'
  hidden(caught(() => draft.commit()))
})

test('a definition that fails does not quote the initial value of a redacted field', () => {
  hidden(
    caught(() =>
      defineModel(
        'bad',
        { any: Password, word: v.pipe(v.string(), v.maxLength(3)) },
        { initial: { any: SECRET.repeat(3), word: SECRET }, redact: ['any', 'word'] },
      ),
    ),
  )
})

test('an error about a row with a redacted name does not call it by that name', () => {
  const Named = collection(defineModel('named', { name: v.string() }, { initial: { name: '' }, redact: ['name'] }))
  const store = createStore({ state: [Named] })
  const row = store.get(Named).add({ name: SECRET }, 'a')
  store.get(Named).delete('a')
  hidden(caught(() => store.checkout(row)))
  hidden(caught(() => store.get(row as never)))
})

test('commit records tell that it changed, not what to', () => {
  const records: { changes: readonly object[] }[] = []
  const store = createStore({ state: [User, Users], tracers: [{ commit: (record) => records.push(record) }] })
  const [model, users] = [store.get(User), store.get(Users)]
  model.password = SECRET
  expect(records.at(-1)?.changes).toEqual([{ key: 'model/user', field: 'password', before: REDACTED, after: REDACTED }])
  model.set({ keys: [SECRET], name: 'bob' })
  const row = users.add({ name: 'x', password: SECRET }, 'a')
  expect(records.at(-1)?.changes).toEqual([
    { key: 'model/users/a', before: undefined, after: { name: 'x', password: REDACTED } },
  ])
  row.password = OLD
  store.transaction(() => {
    row.password = SECRET
    users.delete('a')
  })
  model.reset()
  const draft = store.checkout(User)
  draft.password = SECRET
  draft.commit()
  expect(records).toHaveLength(7)
  hidden(records)
  model.password = SECRET
  expect(records).toHaveLength(7)
})

test('a store that begins with an outward snapshot starts from initial, not from the marker', () => {
  const store = createStore({ state: [User, Users] })
  store.get(User).password = SECRET
  store.get(Users).add({ name: 'x', password: SECRET }, 'a')
  const fresh = createStore({ state: [User, Users], snapshot: store.snapshot() })
  expect([fresh.get(User).password, fresh.get(User).any, fresh.get(Users).get('a')?.password]).toEqual([OLD, OLD, OLD])
})

test('storage has the value itself', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [User, Users] })
  store.get(User).password = SECRET
  store.get(Users).add({ password: SECRET }, 'a')
  await store.close()
  const again = await openStore({ storage, state: [User, Users] })
  expect([again.get(User).password, again.get(Users).get('a')?.password]).toEqual([SECRET, SECRET])
})

test('stored data that does not validate is told, and put aside, without its redacted values', async () => {
  const bad = { v: 1, d: { name: 'x', password: SECRET.repeat(3), keys: [SECRET, 7], any: SECRET.repeat(3) } }
  const entries = new Map([['model/user', bad]])
  const storage = () => ({
    name: 'prepared',
    open: async () => entries,
    write: async () => {},
    close: async () => {},
  })
  const refused = await openStore({ storage: storage(), state: [User] }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ name: 'HydrationError', entries: [{ key: 'model/user' }] })
  hidden(refused)
  const reported: unknown[] = []
  const traced: unknown[] = []
  const store = await openStore({
    storage: storage(),
    state: [User],
    onInvalid: 'quarantine',
    onError: (...args) => reported.push(args),
    tracers: [{ error: (...args) => traced.push(args) }],
  })
  expect([reported.length, store.get(User).password]).toEqual([1, OLD])
  hidden(reported)
  hidden(traced)
  const whole = createStore({ state: [User] })
  hidden(caught(() => whole.hydrate({ 'model/user': bad })))
})
