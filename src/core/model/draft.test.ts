import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  ClosedError,
  collection,
  createStore,
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
