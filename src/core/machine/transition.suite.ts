import type { Scene, Suite } from '../fixtures/suite.ts'
import type { Handlers } from './types.ts'

/** Order of handlers, and what they refuse. */
export const machineTransitions: Suite = ({ defineMachine }) => {
  const Ordered = defineMachine('m', {
    A: { remove: ['B', 'C'] },
    B: { remove: ['A'] },
    C: {},
    D: { multi: true, require: ['E'] },
    E: {},
    F: { after: ['A'] },
  })
  const One = defineMachine('m', { A: {} })
  const Related = defineMachine('m', { A: {}, B: { remove: ['A'] }, C: { require: ['A'] }, D: { add: ['A'] } })
  const TwoImply = defineMachine('m', {
    Go: {},
    A: { auto: true, add: ['X'] },
    B: { auto: true, add: ['A', 'Y'] },
    X: {},
    Y: {},
  })
  const OneImplies = defineMachine('m', { Go: {}, A: { auto: true, add: ['X'] }, B: { auto: true }, X: {} })
  const TwoAuto = defineMachine('m', { Go: {}, A: { auto: true }, B: { auto: true } })
  const Checked = defineMachine('m', { Healthcheck: { multi: true }, Heartbeat: {}, A: { auto: true }, B: {} })
  const AutoFirst = defineMachine('m', { Go: {}, A: { auto: true }, B: {} })

  const refusing = (
    state: string,
    handler: string,
    handlers: Handlers<{ A: object; B: object; C: object; D: object }, never>,
  ): Scene => ({
    state: [Related],
    there({ get }) {
      if (handler !== 'canEnter') get(Related).add('A')
      get(Related).handle(handlers as never)
    },
    async here({ get, expect }) {
      const m = get(Related)
      const before = m.time()
      const result = await (handler === 'canExit' ? m.remove('A') : m.add(handler === 'canEnter' ? 'A' : 'D'))
      expect(result).toMatchObject({ status: 'canceled', reason: { kind: 'handler', state, handler } })
      expect(m.time()).toEqual(before)
      expect(await result.settled).toBe(result)
    },
  })

  return {
    'exits, enters, stays, yields, any; then exited, entered, any': {
      state: [Ordered],
      there({ get, note }) {
        const m = get(Ordered)
        m.set(['B', 'C', 'D', 'E'])
        const say = (what: string) => () => note(what)
        for (const s of m.definition.names) {
          m.handle({
            [s]: {
              canExit: say(`canExit ${s}`),
              canEnter: say(`canEnter ${s}`),
              canStay: say(`canStay ${s}`),
              exited: say(`exited ${s}`),
              entered: say(`entered ${s}`),
              canYieldTo: { A: say(`${s} canYieldTo A`), E: say(`${s} canYieldTo E`) },
            },
          })
        }
        m.handle({ any: { canEnter: say('any canEnter'), entered: say('any entered') } })
      },
      async here({ get, expect, notes }) {
        const m = get(Ordered)
        await m.add(['F', 'D', 'A'])
        expect(await notes()).toEqual([
          'canExit B',
          'canExit C',
          'canEnter A',
          'canEnter D',
          'canEnter F',
          'canStay D',
          'canStay E',
          'B canYieldTo A',
          'B canYieldTo E',
          'C canYieldTo A',
          'C canYieldTo E',
          'D canYieldTo A',
          'D canYieldTo E',
          'E canYieldTo A',
          'any canEnter',
          'exited B',
          'exited C',
          'entered A',
          'entered D',
          'entered F',
          'any entered',
        ])
        await m.remove('F')
        const log = await notes()
        expect(log).not.toContain('canStay A')
        expect(log).toContain('any entered')
      },
    },
    'several bindings run in order of binding; unbinding twice is harmless; a binding changed midway waits': {
      state: [One],
      there({ get, note }) {
        const m = get(One)
        const off = m.handle({ A: { entered: () => note(1) } })
        m.handle({
          A: {
            entered: () => {
              note(2)
              off()
              m.handle({ A: { entered: () => note(4) } })
            },
          },
        })
        m.handle({ A: { entered: () => note(3) } })
        return { off }
      },
      async here({ get, expect, notes, act }) {
        const m = get(One)
        await m.add('A')
        expect(await notes()).toEqual([1, 2, 3])
        await act('off')
        await m.set([])
        await m.add('A')
        expect(await notes()).toEqual([2, 3, 4])
      },
    },
    'handlers are told what will be, then what is': {
      state: [One],
      there({ get, note }) {
        const look = ({
          transition: { timeBefore, timeAfter },
        }: {
          transition: Record<'timeBefore' | 'timeAfter', unknown>
        }) => note([timeBefore, timeAfter])
        get(One).handle({ A: { canEnter: look, entered: look } })
      },
      async here({ get, expect, notes }) {
        await get(One).add('A')
        const times = [
          [0, 0],
          [1, 0],
        ]
        expect(await notes()).toEqual([times, times])
      },
    },

    'refused by relation': {
      state: [Related],
      async here({ get, expect }) {
        const m = get(Related)
        expect(await m.add('C')).toMatchObject({
          status: 'canceled',
          reason: { kind: 'relation', state: 'C', relation: 'require', by: ['A'] },
        })
        await m.add('B')
        expect(await m.add('A')).toMatchObject({
          reason: { kind: 'relation', state: 'A', relation: 'remove', by: ['B'] },
        })
        expect(m.time()).toEqual([0, 1, 0, 0, 0])
      },
    },
    'refused by A.canEnter': refusing('A', 'canEnter', { A: { canEnter: () => false } }),
    'refused by A.canExit': refusing('A', 'canExit', { A: { canExit: () => false } }),
    'refused by A.canStay': refusing('A', 'canStay', { A: { canStay: () => false } }),
    'refused by A.canYieldTo.D': refusing('A', 'canYieldTo.D', { A: { canYieldTo: { D: () => false } } }),
    'refused by any.canEnter': refusing('any', 'canEnter', { any: { canEnter: () => false } }),
    'only false refuses': {
      state: [Related],
      there({ get }) {
        get(Related).handle({ A: { canEnter: () => 0 as unknown as boolean } })
      },
      async here({ get, expect }) {
        expect((await get(Related).add('A')).status).toBe('executed')
        expect(get(Related).is('A')).toBe(true)
      },
    },
    'executed is one constant': {
      state: [Related],
      async here({ get, expect }) {
        const m = get(Related)
        const result = await m.add('A')
        expect(await m.add('A')).toBe(result)
        expect(Object.isFrozen(result)).toBe(true)
        expect(result.settled).toBe(result.settled)
        expect(await result.settled).toBe(result)
      },
    },

    'auto: a refused called state is taken off, and may not be implied; the rest is asked what it was not asked yet': {
      state: [TwoImply],
      there({ get, note }) {
        get(TwoImply).handle({
          A: {
            canEnter: () => {
              note('A')
              return false
            },
          },
          B: { canEnter: () => note('B') },
          X: { canEnter: () => note('X') },
          Y: { canEnter: () => note('Y') },
        })
      },
      async here({ get, expect, notes }) {
        const m = get(TwoImply)
        await m.add('Go')
        expect(m.active()).toEqual(['Go', 'B', 'Y'])
        expect(await notes()).toEqual(['A', 'B', 'Y'])
      },
    },
    'auto: an implied state that refuses cancels the whole': {
      state: [OneImplies],
      there({ get }) {
        get(OneImplies).handle({ X: { canEnter: () => false } })
      },
      async here({ get, expect }) {
        await get(OneImplies).add('Go')
        expect(get(OneImplies).active()).toEqual(['Go'])
      },
    },
    'auto: a refusal to yield to a called one takes that one off': {
      state: [TwoAuto],
      there({ get }) {
        get(TwoAuto).handle({ Go: { canYieldTo: { A: () => false } } })
      },
      async here({ get, expect }) {
        await get(TwoAuto).add('Go')
        expect(get(TwoAuto).active()).toEqual(['Go', 'B'])
      },
    },
    'auto: health checks stir nothing, nor does what changed nothing': {
      state: [Checked],
      async here({ get, expect }) {
        const m = get(Checked)
        await m.add('Healthcheck')
        await m.add('Heartbeat')
        await m.remove('B')
        expect(m.active()).toEqual(['Healthcheck', 'Heartbeat'])
        await m.add('B')
        expect(m.is('A')).toBe(true)
      },
    },
    'auto comes before what handlers queued': {
      state: [AutoFirst],
      there({ get, note }) {
        const m = get(AutoFirst)
        m.handle({
          Go: { entered: () => void m.add('B') },
          A: { entered: () => note('A') },
          B: { entered: () => note('B') },
        })
      },
      async here({ get, expect, notes }) {
        await get(AutoFirst).add('Go')
        expect(await notes()).toEqual(['A', 'B'])
        expect(get(AutoFirst).active()).toEqual(['Go', 'A', 'B'])
      },
    },
  }
}
