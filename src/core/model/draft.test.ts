import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  ClosedError,
  ConflictError,
  collection,
  createStore,
  DeletedError,
  defineModel,
  effect,
  NotRegisteredError,
  ValidationError,
} from '../index.ts'

const Account = defineModel(
  'account',
  { balance: v.number(), owner: v.string(), tags: v.array(v.string()) },
  {
    initial: { balance: 100, owner: 'me', tags: [] },
    computed: { double: (account) => account.balance * 2 },
    check: (account) => account.balance >= 0 || 'overdrawn',
  },
)
const Savings = defineModel('savings', { balance: v.number() }, { initial: { balance: 0 } })
const Accounts = collection(defineModel('many', { balance: v.number() }, { initial: { balance: 0 } }))

function setup() {
  const store = createStore({ state: [Account, Savings, Accounts] })
  return { store, account: store.get(Account), savings: store.get(Savings), rows: store.get(Accounts) }
}

function caught(fn: () => unknown): Error {
  try {
    fn()
  } catch (error) {
    return error as Error
  }
  throw new Error('threw nothing')
}

test('a draft is a detached copy: neither side sees what the other writes', () => {
  const { store, account } = setup()
  const draft = store.checkout(Account)
  const seen: number[] = []
  effect(() => {
    seen.push(account.balance)
  })
  let told = 0
  account.listen(() => told++)
  store.listen(() => told++)
  draft.balance = 50
  draft.set({ tags: ['a'], owner: 'you' })
  expect(draft.toJSON()).toEqual({ balance: 50, owner: 'you', tags: ['a'] })
  expect(draft.double).toBe(100)
  expect(account.toJSON()).toEqual({ balance: 100, owner: 'me', tags: [] })
  expect([seen, told, account.revision]).toEqual([[100], 0, 0])
  account.owner = 'they'
  expect(draft.owner).toBe('you')
  expect(store.snapshot()['model/account']?.d).toEqual({ balance: 100, owner: 'they', tags: [] })
})

test('a draft is validated, write by write', () => {
  const { store } = setup()
  const draft = store.checkout(Account)
  expect(caught(() => draft.set({ balance: 1, owner: 7 as never }))).toBeInstanceOf(ValidationError)
  expect(
    caught(() => {
      draft.tags = [1] as never
    }),
  ).toBeInstanceOf(ValidationError)
  expect(
    caught(() => {
      ;(draft as unknown as Record<string, unknown>).nope = 1
    }),
  ).toBeInstanceOf(TypeError)
  const tags = ['a']
  draft.tags = tags
  tags.push('b')
  expect(draft.toJSON()).toEqual({ balance: 100, owner: 'me', tags: ['a'] })
  expect(Object.isFrozen(draft.tags)).toBe(true)
})

test('commit publishes all changes, as one commit', () => {
  const { store, account } = setup()
  const draft = store.checkout(account)
  draft.balance = 50
  draft.owner = 'you'
  const seen: string[] = []
  effect(() => {
    seen.push(`${account.balance} ${account.owner}`)
  })
  let told = 0
  account.listen(() => told++)
  draft.commit()
  expect([account.toJSON(), seen, told]).toEqual([{ balance: 50, owner: 'you', tags: [] }, ['100 me', '50 you'], 1])
  // It lives on, from there.
  expect(draft.changes()).toEqual({})
  draft.balance = 40
  draft.commit()
  expect([account.balance, told]).toEqual([40, 2])
  draft.commit()
  expect(told).toBe(2)
})

test('what was not touched in the draft is not written', () => {
  const { store, account } = setup()
  const records: unknown[] = []
  store.trace({ commit: ({ changes }) => records.push(changes) })
  const draft = store.checkout(Account)
  draft.balance = 50
  draft.owner = 'me'
  draft.commit()
  expect(records).toEqual([[{ key: 'model/account', field: 'balance', before: 100, after: 50 }]])
  expect(account.owner).toBe('me')
})

test('commit throws ConflictError when the revision moved on, and changes nothing', () => {
  const { store, account } = setup()
  const draft = store.checkout(Account)
  draft.balance = 50
  account.owner = 'they'
  const error = caught(() => draft.commit())
  expect(error).toBeInstanceOf(ConflictError)
  expect(error).toMatchObject({ name: 'ConflictError', model: 'account' })
  expect(account.toJSON()).toEqual({ balance: 100, owner: 'they', tags: [] })
  // Even when nothing was changed in it.
  const idle = store.checkout(Account)
  account.owner = 'she'
  expect(caught(() => idle.commit())).toBeInstanceOf(ConflictError)
})

test('a write that was refused or undone, or changed nothing, is no conflict', () => {
  const { store, account } = setup()
  const draft = store.checkout(Account)
  draft.balance = 50
  caught(() => account.set({ balance: -1 }))
  caught(() =>
    store.transaction(() => {
      account.balance = 7
      throw new Error('back')
    }),
  )
  account.owner = 'me'
  draft.commit()
  expect(account.balance).toBe(50)
})

test('force overwrites on purpose', () => {
  const { store, account } = setup()
  const draft = store.checkout(Account)
  draft.balance = 50
  account.set({ owner: 'they', balance: 70 })
  draft.commit({ force: true })
  expect(account.toJSON()).toEqual({ balance: 50, owner: 'me', tags: [] })
  expect(draft.changes()).toEqual({})
  account.balance = 1
  expect(caught(() => draft.commit({ force: false }))).toBeInstanceOf(ConflictError)
})

test('rebase applies the changes again over the newest value', () => {
  const { store, account } = setup()
  const draft = store.checkout(Account)
  draft.balance = 50
  account.set({ owner: 'they', balance: 70 })
  draft.rebase()
  expect(draft.toJSON()).toEqual({ balance: 50, owner: 'they', tags: [] })
  expect(draft.changes()).toEqual({ balance: { before: 70, after: 50 } })
  expect(draft.double).toBe(100)
  draft.commit()
  expect(account.toJSON()).toEqual({ balance: 50, owner: 'they', tags: [] })
})

test('effects on a draft follow it, through rebase too', () => {
  const { store, account } = setup()
  const draft = store.checkout(Account)
  const owner: string[] = []
  const double: number[] = []
  effect(() => {
    owner.push(draft.owner)
  })
  effect(() => {
    double.push(draft.double)
  })
  draft.balance = 50
  account.owner = 'they'
  draft.rebase()
  expect([owner, double]).toEqual([
    ['me', 'they'],
    [200, 100],
  ])
})

test('changes tells the difference from where it started, and nothing that is as it was', () => {
  const { store } = setup()
  const draft = store.checkout(Account)
  expect(draft.changes()).toEqual({})
  draft.set({ balance: 50, tags: ['a'] })
  expect(draft.changes()).toEqual({ balance: { before: 100, after: 50 }, tags: { before: [], after: ['a'] } })
  draft.balance = 100
  expect(draft.changes()).toEqual({ tags: { before: [], after: ['a'] } })
  draft.reset()
  expect(draft.changes()).toEqual({})
})

test('a commit that breaks the check changes nothing, and the draft stays as it was', () => {
  const { store, account } = setup()
  const draft = store.checkout(Account)
  draft.set({ balance: -5, owner: 'you' })
  expect(caught(() => draft.commit())).toBeInstanceOf(ValidationError)
  expect(account.toJSON()).toEqual({ balance: 100, owner: 'me', tags: [] })
  expect(draft.changes()).toEqual({ balance: { before: 100, after: -5 }, owner: { before: 'me', after: 'you' } })
  draft.balance = 5
  draft.commit()
  expect(account.toJSON()).toEqual({ balance: 5, owner: 'you', tags: [] })
})

test('several commits in one transaction are all or none', () => {
  const { store, account, savings } = setup()
  const [from, to] = [store.checkout(Account), store.checkout(Savings)]
  from.balance -= 30
  to.balance += 30
  savings.balance = 1
  const seen: string[] = []
  effect(() => {
    seen.push(`${account.balance}+${savings.balance}`)
  })
  const both = () =>
    store.transaction(() => {
      from.commit()
      expect(account.balance).toBe(70)
      to.commit()
    })
  expect(caught(both)).toBeInstanceOf(ConflictError)
  expect([account.balance, savings.balance, account.revision]).toEqual([100, 1, 0])
  // The first one is where it was, so it goes through the next time.
  expect(from.changes()).toEqual({ balance: { before: 100, after: 70 } })
  to.rebase()
  both()
  expect([account.balance, savings.balance]).toEqual([70, 30])
  expect(seen.filter((text) => text !== '100+1')).toEqual(['70+30'])
})

test('a draft committed in a savepoint that fails may be committed again', () => {
  const { store, account } = setup()
  const draft = store.checkout(Account)
  draft.balance = 50
  store.transaction(() => {
    caught(() =>
      store.transaction(() => {
        draft.commit()
        throw new Error('back')
      }),
    )
    expect(account.balance).toBe(100)
    draft.commit()
  })
  expect(account.balance).toBe(50)
  draft.balance = 40
  draft.commit()
  expect(account.balance).toBe(40)
})

test('what a listener or an effect writes at the commit is a conflict for the next one, not undone by it', () => {
  for (const watch of ['listen', 'effect'] as const) {
    const { store, account } = setup()
    const draft = store.checkout(Account)
    const stamp = () => {
      if (account.balance === 50) account.owner = 'stamped'
    }
    if (watch === 'listen') account.listen(stamp)
    else effect(stamp)
    draft.balance = 50
    draft.commit()
    expect(account.owner).toBe('stamped')
    expect(draft.changes(), watch).toEqual({})
    draft.balance = 60
    try {
      draft.commit()
    } catch (error) {
      expect(error).toBeInstanceOf(ConflictError)
      draft.rebase()
      draft.commit()
    }
    expect(account.toJSON(), watch).toEqual({ balance: 60, owner: 'stamped', tags: [] })
  }
})

test('a draft of values that were undone conflicts with those that came instead', () => {
  const { store, account } = setup()
  let draft = store.checkout(Account)
  caught(() =>
    store.transaction(() => {
      account.set({ owner: 'never' })
      draft = store.checkout(Account)
      throw new Error('back')
    }),
  )
  account.owner = 'they'
  draft.balance = 50
  expect(caught(() => draft.commit())).toBeInstanceOf(ConflictError)
  expect(account.toJSON()).toEqual({ balance: 100, owner: 'they', tags: [] })
})

test('a row can be checked out; a deleted one cannot be committed, forced or not', () => {
  const { store, rows } = setup()
  const row = rows.add({ balance: 1 }, 'a')
  const draft = store.checkout(row)
  expect(draft.$id).toBe('a')
  draft.balance = 2
  draft.commit()
  expect(row.balance).toBe(2)
  draft.balance = 3
  rows.delete('a')
  expect(caught(() => draft.commit())).toBeInstanceOf(DeletedError)
  expect(caught(() => draft.commit({ force: true }))).toBeInstanceOf(DeletedError)
  const again = rows.add({ balance: 9 }, 'a')
  expect(caught(() => draft.commit({ force: true }))).toBeInstanceOf(DeletedError)
  expect(again.balance).toBe(9)
  expect(caught(() => store.checkout(row))).toBeInstanceOf(NotRegisteredError)
})

test('a draft of a row keeps indexes right when it is committed', () => {
  const Tasks = collection(defineModel('task', { by: v.string() }, { initial: { by: 'me' } }), {
    index: { by: (task) => task.by },
  })
  const store = createStore({ state: [Tasks] })
  const tasks = store.get(Tasks)
  const row = tasks.add({}, 'a')
  expect(tasks.where('by', 'me')).toEqual([row])
  const draft = store.checkout(row)
  draft.by = 'you'
  expect([tasks.where('by', 'me'), tasks.where('by', 'you')]).toEqual([[row], []])
  draft.commit()
  expect([tasks.where('by', 'me'), tasks.where('by', 'you')]).toEqual([[], [row]])
  expect(tasks.where('by', 'you')[0]).toBe(row)
})

test('what is not of this store cannot be checked out', async () => {
  const { store } = setup()
  const other = defineModel('other', { a: v.number() }, { initial: { a: 1 } })
  for (const target of [other, setup().account, store.get(Accounts), store.checkout(Account), {}]) {
    expect(caught(() => store.checkout(target))).toBeInstanceOf(NotRegisteredError)
  }
  const draft = store.checkout(Account)
  draft.balance = 1
  await store.close()
  expect(caught(() => store.checkout(Account))).toBeInstanceOf(ClosedError)
  expect(caught(() => draft.commit())).toBeInstanceOf(ClosedError)
})
