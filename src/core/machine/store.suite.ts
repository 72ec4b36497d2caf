import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'

/** Machines beside models: what commits together, and what is undone together. */
export const machinesInStores: Suite = ({ defineMachine, defineModel }) => {
  const Door = defineMachine('door', {
    Open: { remove: ['Closed'] },
    Closed: { auto: true, remove: ['Open'] },
    Locked: { require: ['Closed'] },
  })
  const Log = defineModel(
    'log',
    { count: v.number(), last: v.string() },
    { initial: { count: 0, last: '' }, check: (log) => log.count < 3 || 'too many' },
  )
  const states = {
    A: {},
    B: { remove: ['A'] },
    C: {},
    M: { multi: true },
    Z: { auto: true, require: ['C'] },
  } as const
  const Def = defineMachine('m', states)
  const Other = defineMachine('other', states)
  const message = (run: () => unknown) => {
    try {
      run()
    } catch (error) {
      return (error as Error).message
    }
    return 'no error'
  }

  return {
    'model writes of a synchronous handler commit together with the ticks': {
      state: [Door, Log],
      there({ get }) {
        const log = get(Log)
        get(Door).handle({
          Open: {
            entered() {
              log.count++
              log.last = 'opened'
            },
          },
        })
      },
      async here({ get, expect, store, library: { effect } }) {
        const [door, log] = [get(Door), get(Log)]
        const seen: string[] = []
        effect(() => {
          seen.push(`${door.is('Open')} ${log.count}`)
        })
        let commits = 0
        store.listen(() => commits++)
        expect((await door.add('Open')).status).toBe('executed')
        expect(seen).toEqual(['false 0', 'true 1'])
        expect(commits).toBe(1)
        expect(log.toJSON()).toEqual({ count: 1, last: 'opened' })
      },
    },
    'mutations in a transaction run after the function, in the same commit, and are dropped with it': {
      state: [Door, Log],
      there: ({ get, store, note }) => {
        const door = get(Door)
        return {
          async open() {
            const queued = store.transaction(() => {
              get(Log).count = 1
              const result = door.add('Open')
              note(door.is('Open'))
              return result
            })
            note(queued.status)
            note((await queued.settled).status)
          },
          async fail() {
            let dropped = door.canAdd('Closed')
            const failed = message(() =>
              store.transaction(() => {
                dropped = door.add('Closed')
                throw new Error('no')
              }),
            )
            const settled = await dropped.settled
            return [failed, settled.status === 'canceled' && settled.reason.kind]
          },
        }
      },
      async here({ get, expect, act, notes, library: { effect } }) {
        const [door, log] = [get(Door), get(Log)]
        const seen: string[] = []
        effect(() => void seen.push(`${door.is('Open')} ${log.count}`))
        await act('open')
        expect(await notes()).toEqual([false, 'queued', 'executed'])
        expect(seen).toEqual(['false 0', 'true 1'])
        expect(await act('fail')).toEqual(['no', 'aborted'])
        expect(door.toString()).toBe('(Open:1)')
        expect(seen.length).toBe(2)
      },
    },
    'a handler that throws, or breaks a check, undoes its own model writes only': {
      state: [Door, Log],
      there({ get, note }) {
        const [door, log] = [get(Door), get(Log)]
        door.handle({
          Open: {
            canEnter() {
              note(message(() => (log.count = 9)))
              return true
            },
            entered() {
              log.last = 'opened'
              log.count = 5
            },
          },
          Closed: {
            entered() {
              log.last = 'closed'
            },
          },
          Locked: {
            entered() {
              log.last = 'locked'
              throw new Error('no key')
            },
          },
        })
      },
      async here({ get, expect, notes, errors }) {
        const [door, log] = [get(Door), get(Log)]
        await door.add('Closed')
        expect(await door.add('Open')).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
        expect(await notes()).toEqual([expect.stringMatching(/negotiation/)])
        expect(log.toJSON()).toEqual({ count: 0, last: 'closed' })
        expect(door.isError()).toBe(true)
        expect((door.error() as Error).message).toMatch(/too many/)
        // Told once, beside the Exception it became.
        expect(await errors()).toHaveLength(1)
        await door.add('Closed')
        expect(await door.add('Locked')).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
        expect(log.toJSON()).toEqual({ count: 0, last: 'closed' })
        expect(await errors()).toEqual([['handler', 'no key']])
      },
    },
    'negotiation must not write': {
      state: [Door, Log],
      there({ get }) {
        get(Door).handle({
          Open: {
            canEnter() {
              get(Log).count = 1
            },
          },
        })
      },
      async here({ get, expect }) {
        const door = get(Door)
        expect(await door.add('Open')).toMatchObject({ reason: { kind: 'error' } })
        expect((door.error() as Error).message).toMatch(/negotiation/)
        expect(await door.canAdd('Open')).toMatchObject({ reason: { kind: 'error' } })
        expect(get(Log).count).toBe(0)
      },
    },
    'snapshot and hydrate carry clocks': {
      state: [Door, Log],
      async here({ get, expect, store }) {
        const door = get(Door)
        await door.add('Open')
        const snapshot = await store.snapshot()
        await door.add('Closed')
        await store.hydrate(snapshot)
        expect(door.toString()).toBe('(Open:1)')
        expect(door.machineTick()).toBe(1)
        await store.reset()
        expect(door.toString()).toBe('(Closed:1) [Open:2]')
      },
    },

    'a busy store queues; the mutations run after the function, in the order of their calls over all machines': {
      state: [Def, Other],
      there({ get, store, note }) {
        const [m, other] = [get(Def), get(Other)]
        m.trace({ transitionEnd: (t) => note(`m ${t.called}`) })
        other.trace({ transitionEnd: (t) => note(`other ${t.called}`) })
        return {
          async transaction() {
            const results = store.transaction(() => {
              const all = [m.add('A'), other.add('A'), m.add('C'), m.add('A'), other.remove('B')]
              note(m.is('A'))
              return all
            })
            return [...results.map((r) => r.status), (await results[0]!.settled).status]
          },
        }
      },
      async here({ get, expect, act, notes, library: { effect } }) {
        const [m, other] = [get(Def), get(Other)]
        const seen: string[] = []
        effect(() => void seen.push(`${m} ${m.time()} ${other.time()}`))
        expect(await act('transaction')).toEqual(['queued', 'queued', 'queued', 'executed', 'queued', 'executed'])
        expect(await notes()).toEqual([false, 'm A', 'other A', 'm C', 'm Z', 'other B'])
        expect(seen).toEqual(['() 0,0,0,0,0,0 0,0,0,0,0,0', '(A:1 C:1 Z:1) 1,0,1,0,1,0 1,0,0,0,0,0'])
      },
    },
    'an undone transaction aborts them; a savepoint drops its own alone': {
      state: [Def],
      there({ get, store }) {
        const m = get(Def)
        return {
          async undo() {
            let added = m.canAdd('A')
            let idle: Promise<void> | undefined
            const failed = message(() =>
              store.transaction(() => {
                added = m.add('A')
                idle = m.whenIdle()
                throw new Error('undo')
              }),
            )
            await idle
            const settled = await added.settled
            return [failed, settled.status === 'canceled' && settled.reason.kind]
          },
          savepoint: () =>
            store.transaction(() => {
              m.add('A')
              const inner = message(() =>
                store.transaction(() => {
                  m.add('C')
                  throw new Error('inner')
                }),
              )
              m.add('M')
              return inner
            }),
        }
      },
      async here({ get, expect, act }) {
        const m = get(Def)
        expect(await act('undo')).toEqual(['undo', 'aborted'])
        expect(m.tick('A')).toBe(0)
        expect(await act('savepoint')).toBe('inner')
        expect(m.active()).toEqual(['A', 'M'])
      },
    },
    'what handlers call runs in the same commit, also on other machines': {
      state: [Def, Other],
      there({ get, note }) {
        const [m, other] = [get(Def), get(Other)]
        m.handle({
          A: { entered: () => note([m.add('C').status, other.add('A').status, m.add('M').status]) },
        })
        other.handle({ A: { entered: () => note(m.add('B').status) } })
      },
      async here({ get, expect, notes }) {
        const m = get(Def)
        let told = 0
        m.listen(() => told++)
        await m.add('A')
        expect(await notes()).toEqual([['queued', 'queued', 'queued'], 'queued'])
        expect(m.active()).toEqual(['B', 'C', 'M', 'Z'])
        expect(get(Other).active()).toEqual(['A'])
        expect(told).toBe(1)
      },
    },
    'effects and listeners come once, after the commit': {
      state: [Def],
      there({ get, store, note }) {
        const m = get(Def)
        const off = m.listen(() => {
          off()
          note(m.add('M').status)
        })
        return {
          transaction: () =>
            store.transaction(() => {
              m.add('A')
              m.add('C')
            }),
        }
      },
      async here({ get, expect, act, notes, library: { effect } }) {
        const m = get(Def)
        const seen: string[] = []
        effect(() => void seen.push(`effect ${m.is('A')} ${m.is('C')} ${m.is('Z')}`))
        const stop = m.listen(() => {
          stop()
          seen.push(`listener ${m.is('A')} ${m.is('C')} ${m.is('Z')}`)
        })
        await act('transaction')
        expect(seen).toEqual(['effect false false false', 'effect true true true', 'listener true true true'])
        expect(await notes()).toEqual(['executed'])
        expect(m.is('M')).toBe(true)
      },
    },
    'an exception of an async handler is its own commit': {
      state: [Def],
      there({ get }) {
        get(Def).handle({ A: { entered: async () => Promise.reject(new Error('late')) } })
      },
      async here({ get, expect }) {
        const m = get(Def)
        expect((await m.add('A')).status).toBe('executed')
        expect(await m.whenError()).toMatchObject({ message: 'late' })
        expect(m.active()).toEqual(['A', 'Exception'])
      },
    },
    'a throw while a transaction waits comes first, with what caused it': {
      state: [Def],
      there({ get, store, note }) {
        const m = get(Def)
        m.trace({ transitionEnd: (t) => note(`${t.called}`) })
        m.handle({
          A: {
            entered: () => {
              throw new Error('x')
            },
          },
        })
        return {
          transaction: () =>
            store.transaction(() => {
              m.add('A')
              m.add('M')
            }),
        }
      },
      async here({ get, expect, act, notes }) {
        await act('transaction')
        expect(await notes()).toEqual(['A', 'Exception', 'M'])
        expect(get(Def).active()).toEqual(['M', 'Exception'])
        expect(get(Def).error()).toMatchObject({ message: 'x' })
      },
    },
    'machines that keep each other going are stopped': {
      state: [Def, Other],
      there({ get }) {
        const [m, other] = [get(Def), get(Other)]
        m.handle({ M: { entered: () => void other.add('M') } })
        other.handle({ M: { entered: () => void m.add('M') } })
      },
      async here({ get, expect, errors }) {
        const [m, other] = [get(Def), get(Other)]
        await m.add('M')
        expect((await errors()).map(([, text]) => text)).toContainEqual(expect.stringMatching(/does not come to rest/))
        const looped = [m, other].filter((one) => one.isError())
        expect(looped.length).toBeGreaterThan(0)
        for (const one of looped) expect(one.error()).toMatchObject({ code: 'MACHINE_LOOP' })
        expect((await m.add('C')).status).toBe('executed')
        // The next commit counts anew.
        for (let i = 0; i < 20; i++) expect((await m.toggle('A')).status).toBe('executed')
        expect(m.tick('A')).toBe(20)
      },
    },
    'import is a commit, or an error inside one': {
      state: [Def],
      there({ get, store }) {
        const m = get(Def)
        m.add('A')
        const data = m.export()
        m.remove('A')
        return {
          import: () => m.import(data),
          inside: () => store.transaction(() => message(() => m.import(data))),
        }
      },
      async here({ get, expect, act, store }) {
        const m = get(Def)
        let commits = 0
        store.listen(() => commits++)
        expect([m.is('A'), m.machineTick()]).toEqual([false, 0])
        await act('import')
        expect([m.is('A'), m.machineTick(), commits]).toEqual([true, 1, 1])
        expect(await act('inside')).toMatch(/cannot import/)
        expect([m.machineTick(), commits]).toEqual([1, 1])
      },
    },
    'disposal inside a commit drops what waits': {
      state: [Def],
      there({ get, store }) {
        const m = get(Def)
        return {
          async dispose() {
            const added = store.transaction(() => {
              const result = m.add('A')
              m.dispose()
              return result
            })
            const settled = await added.settled
            return settled.status === 'canceled' && settled.reason.kind
          },
        }
      },
      async here({ get, expect, act }) {
        expect(await act('dispose')).toBe('disposed')
        expect(get(Def).tick('A')).toBe(0)
      },
    },
  }
}
