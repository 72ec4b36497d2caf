import type { Scene, Suite } from '../fixtures/suite.ts'
import type { Handlers, Machine } from './types.ts'

/** The end of a machine, as those see it who go on. */
export const machineDispose: Suite = ({ defineMachine, DisposedError }) => {
  const Def = defineMachine('m', { A: {}, B: {} })
  const Ending = defineMachine('m', { A: {}, B: { remove: ['A'] }, Z: { auto: true, require: ['B'] } })
  type Ends = (m: Machine<{ A: object; B: object; Z: object }, Record<never, never>>, end: () => void) => unknown

  /** Disposal in the midst of a transition: `where` binds it, and whoever comes later must not be called. */
  const ending = (where: Ends, status: 'canceled' | 'executed', last = false): Scene => ({
    state: [Ending],
    there({ get, note }) {
      const m = get(Ending)
      m.add('A')
      where(m as never, () => {
        note(m.add('Z').status)
        m.dispose()
      })
      if (!last) m.handle({ B: { entered: () => note('entered') }, any: { entered: () => note('any') } })
    },
    async here({ get, expect, notes }) {
      const m = get(Ending)
      const result = await m.add('B')
      const reason = { reason: { kind: 'disposed' } }
      expect(result).toMatchObject(status === 'canceled' ? { status, ...reason } : { status })
      expect(await notes()).toEqual(['queued'])
      expect([m.tick('B'), m.tick('Z')]).toEqual([status === 'canceled' ? 0 : 1, 0])
      expect(await m.add('Z')).toMatchObject({ status: 'canceled', ...reason })
    },
  })
  const handlers =
    (bound: (end: () => void) => Handlers<{ A: object; B: object; Z: object }, never>): Ends =>
    (m, end) =>
      m.handle(bound(end))

  return {
    'everything ends; reads go on': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({ B: { entered: () => note('entered') } })
        return { dispose: () => m.dispose() }
      },
      async here({ get, expect, state, act, notes }) {
        const m = get(Def)
        await m.add('A')
        const waiting = m.when('B')
        expect(await state(waiting)).toBe('open')
        const signals = [m.signal('A'), m.signal('B')]
        expect([m.isDisposed(), ...signals.map(({ aborted }) => aborted)]).toEqual([false, false, false])
        await act('dispose')
        await act('dispose')
        signals.push(m.signal('A'))
        expect([m.isDisposed(), ...signals.map(({ aborted }) => aborted)]).toEqual([true, true, true, true])
        expect(signals.map(({ reason }) => reason.name)).toEqual(['AbortError', 'AbortError', 'AbortError'])
        expect(await state(waiting)).toEqual({ error: expect.any(DisposedError) })
        const refused = [m.add('B'), m.remove('A'), m.set([]), m.toggle('A'), m.addError(1), m.canAdd('B')]
        for (const result of await Promise.all(refused)) {
          expect(result).toMatchObject({ status: 'canceled', reason: { kind: 'disposed' } })
          expect(await result.settled).toBe(result)
        }
        expect(await state(m.when('A'))).toEqual({ error: expect.any(DisposedError) })
        expect([m.is('A'), `${m}`, await notes()]).toEqual([true, '(A:1)', []])
      },
    },
    'in canEnter': ending(
      handlers((end) => ({ B: { canEnter: end } })),
      'canceled',
    ),
    'in any.canEnter': ending(
      handlers((end) => ({ any: { canEnter: end } })),
      'canceled',
    ),
    'in exited': ending(
      handlers((end) => ({ A: { exited: end } })),
      'executed',
    ),
    'in entered': ending(
      handlers((end) => ({ B: { entered: end } })),
      'executed',
    ),
    'in any.entered': ending(
      handlers((end) => ({ any: { entered: end } })),
      'executed',
      true,
    ),
    'in a signal that fires': ending((m, end) => m.signal('A').addEventListener('abort', end), 'executed'),
    'drops the queue: what waited settles canceled': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({
          A: {
            entered: () => {
              void m
                .add('B')
                .settled.then(({ status, reason }: { status: string; reason?: unknown }) => note({ status, reason }))
              m.dispose()
            },
          },
        })
      },
      async here({ get, expect, notes, turn }) {
        await get(Def).add('A')
        await turn()
        expect(await notes()).toEqual([{ status: 'canceled', reason: { kind: 'disposed' } }])
        expect(get(Def).tick('B')).toBe(0)
      },
    },
    'an async handler that ends later changes and reports nothing but its own errors': {
      state: [Def],
      there({ get }) {
        const m = get(Def)
        m.handle({
          A: {
            entered: ({ signal }) =>
              new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
          },
          B: { entered: async () => Promise.reject(new Error('own')) },
        })
        return {
          addAndDispose() {
            m.add(['A', 'B'])
            m.dispose()
          },
        }
      },
      async here({ get, expect, act, turn, errors }) {
        await act('addAndDispose')
        await turn()
        expect(await errors()).toEqual([['handler', 'own']])
        expect(get(Def).clock()).toEqual({ A: 1, B: 1, Exception: 0 })
      },
    },
  }
}
