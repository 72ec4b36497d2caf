import type { Scene, Suite } from '../fixtures/suite.ts'
import type { Handlers } from './types.ts'

/** What handlers throw, at once or later. */
export const machineThrows: Suite = ({ defineMachine }) => {
  const Def = defineMachine('m', { A: { add: ['B'] }, B: { after: ['A'] }, C: { require: ['B'] }, Z: { auto: true } })
  const Multi = defineMachine('m', { A: { multi: true }, B: { require: ['A'] } })
  const Plain = defineMachine('m', { A: {}, B: {} })
  const boom = new Error('boom')
  const bang = () => {
    throw boom
  }
  type Bound = Handlers<{ A: object; B: object; C: object; Z: object }, never>

  /** A throw in negotiation: nothing changes, `Exception` says where. */
  const negotiating = (state: string, handler: string, handlers: Bound): Scene => ({
    state: [Def],
    there({ get, note }) {
      const m = get(Def)
      m.set(['B', 'C', 'Z'])
      const unbind = m.handle(handlers as never)
      m.handle({
        Exception: {
          entered: ({ args: { error, ...facts } }) => {
            note([error === boom, facts])
            unbind()
          },
        },
      })
    },
    async here({ get, expect, notes, errors }) {
      const m = get(Def)
      const before = m.active()
      const leaving = handler === 'canExit'
      const result = await (leaving ? m.remove('C') : m.add('A'))
      expect(result).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
      // These two throw when Exception comes too, which ends there.
      if (state === 'any' || handler === 'canStay') {
        expect(m.active()).toEqual(before)
        expect(await notes()).toEqual([])
      } else {
        expect(m.active()).toEqual([...before, 'Exception'])
        expect(m.error()).toBeInstanceOf(Error)
        expect(m.error()).toMatchObject({ message: 'boom' })
        const facts = { phase: 'negotiation', state, handler, before, called: leaving ? ['C'] : ['A'] }
        expect(await notes()).toEqual([[true, expect.objectContaining(facts)]])
      }
      expect(await errors()).toEqual([['handler', 'boom']])
    },
  })

  /** A throw while `Exception` itself is handled. */
  const again = (kind: 'canEnter' | 'entered'): Scene => ({
    state: [Def],
    there({ get }) {
      get(Def).handle({
        A: { canEnter: bang },
        Exception: {
          [kind]: () => {
            throw new Error('second')
          },
        },
      })
    },
    async here({ get, expect, errors }) {
      const m = get(Def)
      await m.add('A')
      expect(await errors()).toEqual([
        ['handler', 'boom'],
        ['handler', 'second'],
      ])
      expect(m.is('Exception')).toBe(false)
      expect(m.tick('Exception')).toBe(kind === 'entered' ? 2 : 0)
      expect(m.error()).toBeUndefined()
    },
  })

  return {
    'canEnter: nothing changes, Exception says where': negotiating('A', 'canEnter', { A: { canEnter: bang } }),
    'canExit: nothing changes, Exception says where': negotiating('C', 'canExit', { C: { canExit: bang } }),
    'canStay: nothing changes, Exception says where': negotiating('C', 'canStay', { C: { canStay: bang } }),
    'canYieldTo: nothing changes, Exception says where': negotiating('C', 'canYieldTo.A', {
      C: { canYieldTo: { A: bang } },
    }),
    'any.canEnter: nothing changes, Exception says where': negotiating('any', 'canEnter', { any: { canEnter: bang } }),

    'entered: what ran stays, the rest is put back, and what then lacks a requirement goes': {
      state: [Def],
      there({ get, note }) {
        get(Def).handle({
          B: { entered: bang },
          A: { entered: () => note('A') },
          Z: { entered: () => note('Z') },
        })
      },
      async here({ get, expect, notes }) {
        const m = get(Def)
        expect(await m.add('A')).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
        // B: on and put back. No auto after the throw; the one after Exception is its own.
        expect(m.tick('A')).toBe(1)
        expect(m.tick('B')).toBe(2)
        expect(await notes()).toEqual(['A', 'Z'])
        expect(m.error()).toMatchObject({ message: 'boom' })
      },
    },
    'exited: what did not run is active again': {
      state: [Def],
      there({ get }) {
        get(Def).set(['A', 'B', 'C'])
        get(Def).handle({ B: { exited: bang } })
      },
      async here({ get, expect }) {
        const m = get(Def)
        expect(m.active()).toEqual(['A', 'B', 'C', 'Z'])
        await m.set([])
        // A left before B's handler; B and C came back.
        expect(m.clock()).toMatchObject({ A: 2, B: 3, C: 3 })
      },
    },
    'a multi state that entered again is deactivated': {
      state: [Multi],
      there({ get }) {
        get(Multi).add(['A', 'B'])
        get(Multi).handle({ A: { entered: bang } })
      },
      async here({ get, expect }) {
        await get(Multi).add('A')
        expect(get(Multi).clock()).toMatchObject({ A: 4, B: 2 })
      },
    },
    'any.entered: all stays': {
      state: [Def],
      there({ get }) {
        const off = get(Def).handle({
          any: {
            entered: () => {
              off()
              bang()
            },
          },
        })
      },
      async here({ get, expect }) {
        const m = get(Def)
        expect((await m.add('C')).status).toBe('canceled')
        expect(await m.add('A')).toMatchObject({ reason: { kind: 'error' } })
        expect(m.clock()).toMatchObject({ A: 1, B: 1, Exception: 1 })
      },
    },
    'in an auto mutation: canceled whole, Exception follows': {
      state: [Def],
      there({ get }) {
        get(Def).handle({ Z: { canEnter: bang } })
      },
      async here({ get, expect }) {
        const m = get(Def)
        expect((await m.add('B')).status).toBe('executed')
        expect(m.active()).toEqual(['B', 'Exception'])
      },
    },
    'during Exception, canEnter: onError alone': again('canEnter'),
    'during Exception, entered: onError alone': again('entered'),
    'the same error is told once': {
      state: [Def],
      there({ get }) {
        get(Def).handle({ A: { canEnter: bang }, Exception: { entered: ({ args }) => Promise.reject(args.error) } })
      },
      async here({ get, expect, errors, turn }) {
        await get(Def).add('A')
        await get(Def).add('A')
        await turn()
        expect(await errors()).toEqual([['handler', 'boom']])
        expect(get(Def).tick('Exception')).toBe(3)
      },
    },
    'error is that of the latest call of Exception, and none while that is inactive': {
      state: [Plain],
      async here({ get, expect, library: { effect } }) {
        const m = get(Plain)
        const seen: unknown[] = []
        effect(() => void seen.push((m.error() as Error | undefined)?.message))
        await m.addError(new Error('one'))
        await m.addError(new TypeError('two'))
        expect(m.error()).toBeInstanceOf(TypeError)
        await m.add('A')
        await m.remove('Exception')
        expect([m.error(), m.isError()]).toEqual([undefined, false])
        await m.add('Exception')
        expect([m.error(), m.isError()]).toEqual([undefined, true])
        expect(seen).toEqual([undefined, 'one', 'two', undefined, undefined])
      },
    },
    'a negotiation handler that answers a promise has thrown': {
      state: [Def],
      there({ get }) {
        get(Def).handle({ A: { canEnter: (async () => Promise.reject(new Error('late'))) as never } })
      },
      async here({ get, expect }) {
        const m = get(Def)
        expect(await m.add('A')).toMatchObject({ reason: { kind: 'error' } })
        expect(m.error()).toMatchObject({ code: 'HANDLER_ASYNC', state: 'A', handler: 'canEnter' })
      },
    },

    'async: a rejection adds Exception': {
      state: [Plain],
      there({ get, note }) {
        const m = get(Plain)
        let reject: (error: unknown) => void = () => {}
        m.handle({
          A: { entered: () => new Promise((_, no) => (reject = no)) },
          Exception: { entered: ({ args }) => note([args.error === boom, args.phase]) },
        })
        return { reject: () => reject(boom), handlers: () => m.pending().handlers }
      },
      async here({ get, expect, act, notes }) {
        const m = get(Plain)
        expect((await m.add('A')).status).toBe('executed')
        expect(await act('handlers')).toEqual([{ state: 'A', handler: 'entered', transition: 1 }])
        const error = m.whenError()
        await act('reject')
        expect(await error).toBeInstanceOf(Error)
        expect(await error).toMatchObject({ message: 'boom' })
        expect(m.active()).toEqual(['A', 'Exception'])
        expect(m.error()).toMatchObject({ message: 'boom' })
        expect(await act('handlers')).toEqual([])
        expect(await notes()).toEqual([[true, 'async']])
      },
    },
    'async: an abort by its own signal does not': {
      state: [Plain],
      there({ get }) {
        const m = get(Plain)
        const work = (signal: AbortSignal) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        m.handle({ A: { entered: ({ signal }) => work(signal) } })
        return { strange: () => m.handle({ B: { entered: async () => AbortSignal.abort().throwIfAborted() } }) && true }
      },
      async here({ get, expect, act, errors, turn }) {
        const m = get(Plain)
        await m.add('A')
        await m.remove('A')
        await turn()
        expect(await errors()).toEqual([])
        expect(m.isError()).toBe(false)
        // Someone else's abort is an error like any.
        await act('strange')
        await m.add('B')
        await turn()
        expect(m.isError()).toBe(true)
      },
    },
    'async: a rejection while Exception is handled goes to onError alone': {
      state: [Plain],
      there({ get }) {
        get(Plain).handle({ Exception: { entered: async () => Promise.reject(new Error('again')) } })
      },
      async here({ get, expect, errors, turn }) {
        await get(Plain).addError(new Error('first'))
        await turn()
        expect(get(Plain).tick('Exception')).toBe(1)
        expect(await errors()).toEqual([['handler', 'again']])
        expect(get(Plain).error()).toMatchObject({ message: 'first' })
      },
    },
    'async: mutations after an await are calls like any': {
      state: [Plain],
      there({ get, note }) {
        const m = get(Plain)
        m.handle({
          A: {
            async entered() {
              await null
              note(m.add('B').status)
            },
          },
        })
        return {
          add() {
            m.add('A')
            note(m.is('B'))
          },
        }
      },
      async here({ get, expect, act, notes }) {
        const both = get(Plain).when('B')
        await act('add')
        await both
        expect(await notes()).toEqual([false, 'executed'])
        expect(get(Plain).active()).toEqual(['A', 'B'])
      },
    },
  }
}
