import type { Suite } from '../fixtures/suite.ts'
import type { Result } from './types.ts'

/** Mutations that wait, that repeat, and that are only tried. */
export const machineQueue: Suite = ({ defineMachine, LoopError, UnknownStateError }) => {
  const Def = defineMachine('m', { A: {}, B: {}, C: {}, M: { multi: true } })
  const Other = defineMachine('other', { A: {}, B: {} })
  const Needy = defineMachine('m', { A: {}, B: { require: ['C'] }, C: {} })
  const Tried = defineMachine('m', { A: {}, B: { require: ['A'] }, C: {} })
  /** A result as plain data. */
  const plain = (result: Result) => {
    const { status } = result
    if (status === 'canceled') return { status, kind: result.reason.kind }
    return status === 'queued' ? { status, queueTick: result.queueTick } : { status }
  }

  return {
    'mutations of handlers run after the transition, in order, also when it was canceled': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({
          A: {
            canEnter: () => {
              const queued = m.add('B')
              note(plain(queued))
              void queued.settled.then((settled) => note(plain(settled)))
              m.add('C')
              return false
            },
          },
          B: { entered: () => note('B') },
          C: { entered: () => note('C') },
        })
      },
      async here({ get, expect, notes, turn }) {
        const m = get(Def)
        expect((await m.add('A')).status).toBe('canceled')
        await turn()
        expect(await notes()).toEqual([{ status: 'queued', queueTick: 3 }, 'B', 'C', { status: 'executed' }])
        expect([m.active(), m.queueTick()]).toEqual([['B', 'C'], 4])
      },
    },
    'a queued mutation settles with its refusal': {
      state: [Needy],
      there({ get, note }) {
        const m = get(Needy)
        m.handle({
          A: {
            entered: () => {
              const queued = m.add('B')
              void queued.settled.then(async (settled) => {
                if (settled.status === 'canceled') note({ ...settled.reason })
                note((await queued.settled) === settled)
              })
            },
          },
        })
      },
      async here({ get, expect, notes, turn }) {
        await get(Needy).add('A')
        await turn()
        expect(await notes()).toEqual([{ kind: 'relation', state: 'B', relation: 'require', by: ['C'] }, true])
      },
    },
    'queueTick counts from 1 and tells when a queued one is done': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({
          B: {
            entered: () => {
              for (const s of ['A', 'C'] as const) note(plain(m.toggle(s)))
            },
          },
          A: { exited: () => note(m.queueTick()) },
          C: { entered: () => note(m.queueTick()) },
        })
      },
      async here({ get, expect, notes }) {
        const m = get(Def)
        expect(m.queueTick()).toBe(1)
        await m.add('A')
        expect(m.queueTick()).toBe(2)
        await m.add('B')
        expect(await notes()).toEqual([{ status: 'queued', queueTick: 4 }, { status: 'queued', queueTick: 5 }, 4, 5])
        expect(m.queueTick()).toBe(5)
      },
    },
    'duplicates of a waiting one are dropped, but not of the running one, with arguments, or of multi states': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        const loose = m as unknown as { add(s: string | string[], args?: unknown): Result }
        m.handle({
          A: {
            entered: () => {
              const all = [
                m.add('A'),
                m.add(['B', 'C']),
                m.add(['B', 'C']),
                m.add(['C', 'B']),
                loose.add('B', {}),
                loose.add('B', {}),
                m.add('M'),
                m.add('M'),
                m.set(['B', 'C']),
              ]
              note(all.map((r) => r.status))
            },
          },
        })
      },
      async here({ get, expect, notes }) {
        await get(Def).add('A')
        expect(await notes()).toEqual([['queued', 'queued', 'executed', ...Array(6).fill('queued')]])
        // Eight ran, and the first.
        expect(get(Def).queueTick()).toBe(10)
      },
    },
    'removing what is not active, with nothing queued, is done at once': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({
          A: { entered: () => note([m.remove('B').status, m.remove(['A', 'B']).status, m.remove('C').status]) },
        })
      },
      async here({ get, expect, notes }) {
        const m = get(Def)
        await m.add('A')
        expect(await notes()).toEqual([['executed', 'queued', 'queued']])
        // From outside it is a transition.
        const tick = m.queueTick()
        await m.remove('B')
        expect(m.queueTick()).toBe(tick + 1)
      },
    },
    'a full queue cancels, but lets the first Exception in': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({
          A: {
            entered: () => {
              const all = Array.from({ length: 1000 }, () => m.add('M').status)
              note([...new Set(all)])
              note([m.add('C'), m.addError(1), m.addError(2)].map((result) => plain(result)))
            },
          },
        })
      },
      async here({ get, expect, notes }) {
        const m = get(Def)
        expect((await m.add('A')).status).toBe('executed')
        const full = { status: 'canceled', kind: 'queue-full' }
        expect(await notes()).toEqual([['queued'], [full, { status: 'queued', queueTick: expect.any(Number) }, full]])
        expect(m.error()).toBe(1)
        expect([m.tick('M'), m.tick('C')]).toEqual([1999, 0])
      },
    },
    'a mutation of a listener is carried out': {
      state: [Def],
      async here({ get, expect, state }) {
        const m = get(Def)
        const stop = m.listen(() => {
          stop()
          void m.add('B')
        })
        const both = m.when(['A', 'B'])
        await m.add('A')
        expect(await state(both)).toEqual({ value: undefined })
        expect(m.active()).toEqual(['A', 'B'])
      },
    },
    'a mutation of an effect is carried out': {
      state: [Def],
      async here({ get, expect, state, library }) {
        const m = get(Def)
        const stop = library.effect(() => {
          if (m.is('A') && m.not('B')) void m.add('B')
        })
        const both = m.when(['A', 'B'])
        await m.add('A')
        expect(await state(both)).toEqual({ value: undefined })
        expect(m.time()).toEqual([1, 1, 0, 0, 0])
        stop()
      },
    },

    'loop guard: names what repeats, and adds Exception': {
      state: [Def],
      there({ get }) {
        const m = get(Def)
        m.handle({ A: { entered: () => void m.remove('A'), exited: () => void m.add('A') } })
      },
      async here({ get, expect, errors }) {
        const m = get(Def)
        await m.add('A')
        expect(m.isError()).toBe(true)
        const error = m.error() as InstanceType<typeof LoopError> & { mutations: string[] }
        expect(error).toBeInstanceOf(LoopError)
        expect(error).toMatchObject({ code: 'MACHINE_LOOP', name: 'LoopError', machine: 'm' })
        expect([...error.mutations].sort()).toEqual(['add A', 'remove A'])
        expect(error.message).toContain('add A')
        expect((await errors()).map(([, message]) => message)).toEqual([error.message])
        expect(m.queueTick()).toBeLessThan(10_010)
        // It works on.
        expect((await m.add('C')).status).toBe('executed')
      },
    },
    'loop guard: a handler of Exception that loops too ends': {
      state: [Def],
      there({ get }) {
        const m = get(Def)
        m.handle({ M: { entered: () => void m.add('M') }, Exception: { entered: () => void m.add('M') } })
      },
      async here({ get, expect, errors }) {
        const m = get(Def)
        await m.add('M')
        expect(await errors()).toHaveLength(2)
        expect((await m.add('C')).status).toBe('executed')
      },
    },
    'loop guard: ten thousand in one go are fine': {
      state: [Def],
      there({ get }) {
        const m = get(Def)
        let left = 9_999
        m.handle({ M: { entered: () => void (left-- > 0 && m.add('M')) } })
      },
      async here({ get, expect }) {
        const m = get(Def)
        await m.add('M')
        expect(m.isError()).toBe(false)
        expect([m.tick('M'), m.queueTick()]).toEqual([19_999, 10_001])
      },
    },

    'dry runs ask relations and handlers, change nothing': {
      state: [Tried],
      there({ get }) {
        get(Tried).handle({ C: { canEnter: ({ isCheck, transition }) => isCheck && transition.id === 0 } })
      },
      async here({ get, expect }) {
        const m = get(Tried)
        const before = m.export()
        expect((await m.canAdd('A')).status).toBe('executed')
        expect(await m.canAdd('B')).toMatchObject({ status: 'canceled', reason: { kind: 'relation', state: 'B' } })
        expect((await m.canAdd('C')).status).toBe('executed')
        expect((await m.canSet(['A', 'B'])).status).toBe('executed')
        expect((await m.canRemove('A')).status).toBe('executed')
        expect(m.export()).toEqual(before)
        expect(await m.add('C')).toMatchObject({ reason: { kind: 'handler', state: 'C' } })
      },
    },
    'mutations inside a dry run answer check, of any machine': {
      state: [Def, Other],
      there({ get, note }) {
        const [m, other] = [get(Def), get(Other)]
        m.handle({
          A: {
            canEnter: () => note([m.add('B'), other.add('A'), m.addError(1), other.toggle('B')].map(plain)),
          },
        })
      },
      async here({ get, expect, notes }) {
        const [m, other] = [get(Def), get(Other)]
        expect((await m.canAdd('A')).status).toBe('executed')
        expect(await notes()).toEqual([Array(4).fill({ status: 'canceled', kind: 'check' })])
        expect([m.timeSum(), other.timeSum(), other.queueTick()]).toEqual([0, 0, 1])
        await m.add('A')
        expect([m.active(), other.active()]).toEqual([
          ['A', 'B', 'Exception'],
          ['A', 'B'],
        ])
      },
    },
    'dry runs from inside a handler, and a throw stays outside': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({
          A: { entered: () => note([m.canAdd('B'), m.canAdd('C')].map(plain)) },
          B: {
            canEnter: () => {
              throw new Error('no')
            },
          },
        })
      },
      async here({ get, expect, notes, errors }) {
        await get(Def).add('A')
        expect(await notes()).toEqual([[{ status: 'canceled', kind: 'error' }, { status: 'executed' }]])
        expect(get(Def).isError()).toBe(false)
        expect(await errors()).toEqual([['handler', 'no']])
      },
    },

    'unknown states throw, and name themselves': {
      state: [Def],
      async here({ get, expect }) {
        const m = get(Def) as unknown as Record<string, (...a: unknown[]) => unknown>
        const refused = async (call: string, ...args: unknown[]) => {
          const error = await (async () => m[call]!(...args))().catch((error) => error as Error)
          expect(error, call).toBeInstanceOf(UnknownStateError)
          return error as Error
        }
        for (const call of [
          'add',
          'remove',
          'set',
          'toggle',
          'canAdd',
          'canRemove',
          'canSet',
          'is',
          'not',
          'any',
          'tick',
          'signal',
          'when',
          'whenNot',
          'whenNext',
        ]) {
          expect(await refused(call, 'Nope'), call).toMatchObject({ name: 'UnknownStateError', states: ['Nope'] })
        }
        expect((await refused('add', ['A', 'X', 'Y'])).message).toMatch(/"X", "Y"/)
        expect((await refused('addError', 1, { state: 'Nope' })).message).toMatch(/Nope/)
        expect(m.queueTick!()).toBe(1)
      },
    },
  }
}
