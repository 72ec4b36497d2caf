import * as v from 'valibot'
import type { Lab, Library, Scene, Suite, There } from '../fixtures/suite.ts'
import { caught, ending, same, watcher } from './fixtures/scenes.ts'

function accounts({ collection, defineModel }: Library) {
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
  const Tasks = collection(defineModel('task', { by: v.string() }, { initial: { by: 'me' } }), {
    index: { by: (task) => task.by },
  })
  return { Account, Savings, Accounts, Tasks, state: [Account, Savings, Accounts, Tasks] }
}

/** Drafts, which are taken and committed where the state lives: what comes of them, and when, is seen everywhere. */
export const drafts: Suite = (library) => {
  const { DeletedError } = library
  const { Account, Savings, Accounts, Tasks, state } = accounts(library)
  const watch = watcher(library)

  /** Takes, writes, rebases and commits one draft of the account. */
  const drafting = ({ get, store }: There) => {
    let draft = store.checkout(Account)
    return {
      take() {
        draft = store.checkout(get(Account))
      },
      write: (values: object) => draft.set(values),
      look: () => ({ values: draft.toJSON(), double: draft.double, changes: draft.changes() }),
      rebase: () => draft.rebase(),
      commit: (options?: { force?: boolean }) => ending(() => draft.commit(options)),
    }
  }
  const changes = async (act: Lab['act']) => ((await act('look')) as { changes: object }).changes
  const start = { balance: 100, owner: 'me', tags: [] }

  const scenes: Record<string, Omit<Scene, 'state'>> = {
    'a draft is a detached copy: neither side sees what the other writes': {
      there: drafting,
      async here({ get, store, expect, act }) {
        const account = get(Account)
        await act('take')
        const seen = watch(() => account.balance)
        let told = 0
        account.listen(() => told++)
        store.listen(() => told++)
        await act('write', { balance: 50 })
        await act('write', { tags: ['a'], owner: 'you' })
        const mine = { balance: 50, owner: 'you', tags: ['a'] }
        expect(await act('look')).toMatchObject({ values: mine, double: 100 })
        expect(account.toJSON()).toEqual(start)
        expect([seen, told, account.revision]).toEqual([[100], 0, 0])
        await account.set({ owner: 'they' })
        expect(await act('look')).toMatchObject({ values: mine, double: 100 })
        expect((await store.snapshot())['model/account']?.d).toEqual({ balance: 100, owner: 'they', tags: [] })
      },
    },
    'commit publishes all changes, as one commit': {
      there: drafting,
      async here({ get, expect, act }) {
        const account = get(Account)
        await act('write', { balance: 50 })
        await act('write', { owner: 'you' })
        const seen = watch(() => `${account.balance} ${account.owner}`)
        const tags = watch(() => account.tags)
        let told = 0
        account.listen(() => told++)
        expect(await act('commit')).toBe('done')
        expect(account.toJSON()).toEqual({ balance: 50, owner: 'you', tags: [] })
        expect([seen, told]).toEqual([['100 me', '50 you'], 1])
        // What was not touched was not written.
        expect(tags).toHaveLength(1)
        // It lives on, from there.
        expect(await changes(act)).toEqual({})
        await act('write', { balance: 40 })
        expect(await act('commit')).toBe('done')
        expect([account.balance, told]).toEqual([40, 2])
        expect(await act('commit')).toBe('done')
        expect(told).toBe(2)
      },
    },
    'commit throws ConflictError when the revision moved on, and changes nothing': {
      there: drafting,
      async here({ get, expect, act }) {
        const account = get(Account)
        await act('write', { balance: 50 })
        await account.set({ owner: 'they' })
        const seen = watch(() => account.balance)
        expect(await act('commit')).toBe('ConflictError')
        expect(account.toJSON()).toEqual({ balance: 100, owner: 'they', tags: [] })
        // Even when nothing was changed in it.
        await act('take')
        await account.set({ owner: 'she' })
        expect(await act('commit')).toBe('ConflictError')
        expect(seen).toEqual([100])
      },
    },
    'a write that was refused or undone, or changed nothing, is no conflict': {
      there: (there) => ({
        ...drafting(there),
        undo: () =>
          ending(() =>
            there.store.transaction(() => {
              there.get(Account).balance = 7
              throw new Error('back')
            }),
          ),
      }),
      async here({ get, expect, act }) {
        const account = get(Account)
        await act('write', { balance: 50 })
        expect(await caught(() => account.set({ balance: -1 }))).toMatchObject({ name: 'ValidationError' })
        expect(await act('undo')).toBe('Error')
        await account.set({ owner: 'me' })
        expect(await act('commit')).toBe('done')
        expect(account.balance).toBe(50)
      },
    },
    'force overwrites on purpose': {
      there: drafting,
      async here({ get, expect, act }) {
        const account = get(Account)
        await act('write', { balance: 50 })
        await account.set({ owner: 'they', balance: 70 })
        expect(await act('commit', { force: true })).toBe('done')
        expect(account.toJSON()).toEqual({ balance: 50, owner: 'me', tags: [] })
        expect(await changes(act)).toEqual({})
        await account.set({ balance: 1 })
        expect(await act('commit', { force: false })).toBe('ConflictError')
        expect(account.balance).toBe(1)
      },
    },
    'rebase applies the changes again over the newest value': {
      there: drafting,
      async here({ get, expect, act }) {
        const account = get(Account)
        await act('write', { balance: 50 })
        await account.set({ owner: 'they', balance: 70 })
        await act('rebase')
        const rebased = { balance: 50, owner: 'they', tags: [] }
        expect(await act('look')).toEqual({
          values: rebased,
          double: 100,
          changes: { balance: { before: 70, after: 50 } },
        })
        expect(account.balance).toBe(70)
        expect(await act('commit')).toBe('done')
        expect(account.toJSON()).toEqual(rebased)
      },
    },
    'a commit that breaks the check changes nothing, and the draft stays as it was': {
      there: drafting,
      async here({ get, expect, act }) {
        const account = get(Account)
        const seen = watch(() => account.toJSON() && account.balance)
        await act('write', { balance: -5, owner: 'you' })
        expect(await act('commit')).toBe('ValidationError')
        expect(account.toJSON()).toEqual(start)
        expect(await changes(act)).toEqual({
          balance: { before: 100, after: -5 },
          owner: { before: 'me', after: 'you' },
        })
        await act('write', { balance: 5 })
        expect(await act('commit')).toBe('done')
        expect(account.toJSON()).toEqual({ balance: 5, owner: 'you', tags: [] })
        expect(seen).toEqual([100, 5])
      },
    },
    'several commits in one transaction are all or none': {
      there({ get, store, note }) {
        const [from, to] = [store.checkout(Account), store.checkout(Savings)]
        from.balance -= 30
        to.balance += 30
        return {
          both: () =>
            ending(() =>
              store.transaction(() => {
                from.commit()
                note(get(Account).balance)
                to.commit()
              }),
            ),
          changes: () => from.changes(),
          rebase: () => to.rebase(),
        }
      },
      async here({ get, expect, act, notes }) {
        const [account, savings] = [get(Account), get(Savings)]
        await savings.set({ balance: 1 })
        const seen = watch(() => `${account.balance}+${savings.balance}`)
        expect(await act('both')).toBe('ConflictError')
        expect([account.balance, savings.balance, account.revision]).toEqual([100, 1, 0])
        // The first one is where it was, so it goes through the next time.
        expect(await act('changes')).toEqual({ balance: { before: 100, after: 70 } })
        await act('rebase')
        expect(await act('both')).toBe('done')
        expect(await notes()).toEqual([70, 70])
        expect([account.balance, savings.balance]).toEqual([70, 30])
        expect(seen.filter((text) => text !== '100+1')).toEqual(['70+30'])
      },
    },
    'a draft committed in a savepoint that fails may be committed again': {
      there({ get, store, note }) {
        const draft = store.checkout(Account)
        return {
          twice() {
            draft.balance = 50
            store.transaction(() => {
              const inner = () =>
                store.transaction(() => {
                  draft.commit()
                  throw new Error('back')
                })
              note([ending(inner), get(Account).balance])
              draft.commit()
            })
          },
          again() {
            draft.balance = 40
            draft.commit()
          },
        }
      },
      async here({ get, expect, act, notes }) {
        const account = get(Account)
        const seen = watch(() => account.balance)
        await act('twice')
        expect(await notes()).toEqual([['Error', 100]])
        expect(account.balance).toBe(50)
        await act('again')
        expect(account.balance).toBe(40)
        expect(seen.filter((balance) => balance !== 100)).toEqual([50, 40])
      },
    },
    ...Object.fromEntries(
      (['listener', 'effect'] as const).map((watcher): [string, Omit<Scene, 'state'>] => [
        `what ${watcher === 'effect' ? 'an effect' : 'a listener'} writes at the commit is a conflict for the next one, not undone by it`,
        {
          there(there) {
            const account = there.get(Account)
            const stamp = () => {
              if (account.balance === 50) account.owner = 'stamped'
            }
            if (watcher === 'listener') account.listen(stamp)
            else library.effect(stamp)
            return drafting(there)
          },
          async here({ get, expect, act }) {
            const account = get(Account)
            await act('write', { balance: 50 })
            expect(await act('commit')).toBe('done')
            expect(account.toJSON()).toEqual({ balance: 50, owner: 'stamped', tags: [] })
            expect(await changes(act)).toEqual({})
            await act('write', { balance: 60 })
            expect(await act('commit')).toBe('ConflictError')
            await act('rebase')
            expect(await act('commit')).toBe('done')
            expect(account.toJSON()).toEqual({ balance: 60, owner: 'stamped', tags: [] })
          },
        },
      ]),
    ),
    'a draft of values that were undone conflicts with those that came instead': {
      there({ get, store }) {
        let draft = store.checkout(Account)
        return {
          takeOfUndone: () =>
            ending(() =>
              store.transaction(() => {
                get(Account).set({ owner: 'never' })
                draft = store.checkout(Account)
                throw new Error('back')
              }),
            ),
          commit() {
            draft.balance = 50
            return ending(() => draft.commit())
          },
        }
      },
      async here({ get, expect, act }) {
        const account = get(Account)
        const seen = watch(() => account.owner)
        expect(await act('takeOfUndone')).toBe('Error')
        await account.set({ owner: 'they' })
        expect(await act('commit')).toBe('ConflictError')
        expect(account.toJSON()).toEqual({ balance: 100, owner: 'they', tags: [] })
        expect(new Set(seen)).toEqual(new Set(['me', 'they']))
      },
    },
    'a row can be checked out; a deleted one cannot be committed, forced or not': {
      there({ get, store }) {
        const row = get(Accounts).add({ balance: 1 }, 'a')
        const draft = store.checkout(row)
        return {
          commit(balance: number, options?: { force: boolean }) {
            if (draft.$id !== 'a') return draft.$id
            draft.balance = balance
            return ending(() => draft.commit(options))
          },
          checkout: () => ending(() => store.checkout(row)),
        }
      },
      async here({ get, expect, act }) {
        const rows = get(Accounts)
        const row = rows.get('a')!
        expect(await act('commit', 2)).toBe('done')
        expect(row.balance).toBe(2)
        await rows.delete('a')
        expect(await act('commit', 3)).toBe('DeletedError')
        expect(await act('commit', 3, { force: true })).toBe('DeletedError')
        const again = await rows.add({ balance: 9 }, 'a')
        expect(await act('commit', 3, { force: true })).toBe('DeletedError')
        expect([row.balance, again.balance]).toEqual([2, 9])
        expect(await act('checkout')).toBe('NotRegisteredError')
        expect(await caught(() => row.set({ balance: 4 }))).toBeInstanceOf(DeletedError)
      },
    },
    'a draft of a row keeps indexes right when it is committed': {
      there({ get, store }) {
        const draft = store.checkout(get(Tasks).add({}, 'a'))
        return {
          write() {
            draft.by = 'you'
          },
          commit: () => draft.commit(),
        }
      },
      async here({ get, expect, act }) {
        const tasks = get(Tasks)
        const row = tasks.get('a')
        const of = (by: string, rows: unknown[]) => expect(same(tasks.where('by', by), rows)).toBe(true)
        of('me', [row])
        await act('write')
        of('me', [row])
        of('you', [])
        await act('commit')
        of('me', [])
        of('you', [row])
      },
    },
  }
  return Object.fromEntries(Object.entries(scenes).map(([name, scene]) => [name, { ...scene, state }]))
}
