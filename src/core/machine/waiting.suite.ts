import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import type { WaitOptions } from './types.ts'

/** Waits, as a machine and a mirror of one have them. */
export const waiting: Suite = ({ defineMachine, DisposedError, TimeoutError }) => {
  const Def = defineMachine('m', {
    A: {},
    B: { remove: ['A'] },
    M: { multi: true, args: v.object({ id: v.number(), tag: v.optional(v.string()) }) },
  })
  const Auto = defineMachine('m', { A: {}, Z: { auto: true, remove: ['A'] } })
  const settled = { value: undefined }

  /** A wait of each kind, none of which comes true. */
  const waits = (m: unknown, options: WaitOptions) => {
    const any = m as Record<string, (...args: unknown[]) => Promise<unknown>>
    return [
      any.when!('A', options),
      any.when!(['A', 'B'], options),
      any.whenNot!('Exception', options).then(() => any.when!('B', options)),
      any.whenTime!('A', 9, options),
      any.whenTicks!('A', 9, options),
      any.whenNext!('A', options),
      any.whenArgs!('M', { id: 1 }, options),
      any.whenError!(options),
    ]
  }

  return {
    'when and whenNot': {
      state: [Def],
      async here({ get, expect, state }) {
        const m = get(Def)
        expect(await state(m.whenNot(['A', 'B']))).toEqual(settled)
        const both = m.when(['A', 'M'])
        await m.add('A')
        expect(await state(both)).toBe('open')
        await m.add('M', { id: 1 })
        expect(await state(both)).toEqual(settled)
        expect(await state(m.when('A'))).toEqual(settled)
        const none = m.whenNot('A')
        await m.add('B')
        expect(await state(none)).toEqual(settled)
      },
    },
    'whenTime, whenTicks, whenNext': {
      state: [Def],
      async here({ get, expect, state }) {
        const m = get(Def)
        await m.add('A')
        const time = m.whenTime(['A', 'B'], [2, 1])
        const ticks = m.whenTicks('A', 3)
        const next = m.whenNext('A')
        const atOnce = m.whenTime('A', 1)
        expect(await state(atOnce)).toEqual(settled)
        await m.remove('A')
        expect(await state(next)).toBe('open')
        expect(await state(time)).toBe('open')
        await m.add('A')
        expect(await state(next)).toEqual(settled)
        expect(await state(ticks)).toBe('open')
        await m.add('B')
        expect(await state(time)).toEqual(settled)
        expect(await state(ticks)).toEqual(settled)
      },
    },
    'whenNext of an active multi state is its next call': {
      state: [Def],
      async here({ get, expect, state }) {
        const m = get(Def)
        await m.add('M', { id: 1 })
        const next = m.whenNext('M')
        await m.add('A')
        expect(await state(next)).toBe('open')
        await m.add('M', { id: 2 })
        expect(await state(next)).toEqual(settled)
      },
    },
    'whenArgs looks at accepted calls to come': {
      state: [Def],
      there({ get }) {
        let refuse = false
        get(Def).handle({ M: { canEnter: () => !refuse } })
        return {
          refuse(now: boolean) {
            refuse = now
          },
        }
      },
      async here({ get, expect, state, act }) {
        const m = get(Def)
        await m.add('M', { id: 1 })
        const found = m.whenArgs('M', { id: 1 })
        expect(await state(found)).toBe('open')
        await act('refuse', true)
        await m.add('M', { id: 1 })
        await act('refuse', false)
        await m.add('M', { id: 2 })
        expect(await state(found)).toBe('open')
        await m.add('M', { id: 1, tag: 'x' })
        expect(await state(found)).toEqual({ value: { id: 1, tag: 'x' } })
      },
    },
    'whenIdle: at rest, and not before': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({
          A: {
            entered: () => {
              void m.whenIdle().then(() => note(m.is('B')))
              m.add('B')
            },
          },
        })
      },
      async here({ get, expect, state, notes }) {
        const m = get(Def)
        expect(await state(m.whenIdle())).toEqual(settled)
        void m.add('A')
        expect(await state(m.whenIdle())).toEqual(settled)
        expect(m.is('B')).toBe(true)
        expect(await notes()).toEqual([true])
      },
    },
    'whenError resolves with the error': {
      state: [Def],
      async here({ get, expect, state }) {
        const m = get(Def)
        const error = m.whenError()
        expect(await state(error)).toBe('open')
        await m.addError('oops')
        expect(await state(error)).toEqual({ value: 'oops' })
        await m.remove('Exception')
        await m.addError(new RangeError('worse'))
        const worse = (await m.whenError()) as Error
        expect([worse instanceof RangeError, worse.message]).toEqual([true, 'worse'])
      },
    },

    'a state that lasts for one transition only settles inside it': {
      state: [Def],
      there({ get }) {
        const m = get(Def)
        m.handle({ A: { entered: () => void m.remove('A') } })
      },
      async here({ get, expect, state }) {
        const m = get(Def)
        const when = m.when('A')
        expect(await state(when)).toBe('open')
        await m.add('A')
        expect(m.is('A')).toBe(false)
        expect(await state(when)).toEqual(settled)
      },
    },
    'waits settle after the auto mutation': {
      state: [Auto],
      async here({ get, expect, state }) {
        const m = get(Auto)
        const a = m.when('A')
        const z = m.when('Z')
        const tick = m.whenTime('A', 1)
        await m.add('A')
        expect(await state(z)).toEqual(settled)
        expect(await state(tick)).toEqual(settled)
        expect(await state(a)).toBe('open')
      },
    },
    'a canceled mutation settles nothing; what was put back was not': {
      state: [Def],
      there({ get }) {
        get(Def).handle({
          A: {
            entered: () => {
              throw new Error('x')
            },
          },
        })
      },
      async here({ get, expect, state }) {
        const m = get(Def)
        const when = m.when('A')
        await m.add('A')
        expect(await state(when)).toBe('open')
        expect(m.tick('A')).toBe(2)
      },
    },
    'waits made in handlers': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        const noted = (name: string, wait: Promise<void>) => void wait.then(() => note(name))
        m.handle({
          A: {
            canEnter: () => noted('asked', m.when('A')),
            entered: () => {
              noted('entered', m.when('A'))
              noted('left', m.whenNot('A'))
            },
          },
        })
      },
      async here({ get, expect, notes, turn }) {
        const m = get(Def)
        await m.add('A')
        await turn()
        expect((await notes()).sort()).toEqual(['asked', 'entered'])
        await m.remove('A')
        await turn()
        expect(await notes()).toEqual(['left'])
      },
    },

    'abort: rejects with the reason, leaves no listener': {
      state: [Def],
      there: ({ get }) => ({ waits: () => get(Def).pending().waits.length }),
      async here({ get, expect, state, act, turn }) {
        const m = get(Def)
        const counting = new CountingSignal()
        const { signal } = counting
        const all = waits(m, { signal })
        await turn()
        expect([counting.listeners, await act('waits')]).toEqual([8, 9])
        const ends = Promise.allSettled(all)
        counting.abort('why')
        expect(await state(ends)).toEqual({ value: Array(8).fill({ status: 'rejected', reason: 'why' }) })
        expect([counting.listeners, await act('waits')]).toEqual([0, 0])
        expect(await state(m.when('B', { signal }))).toEqual({ error: 'why' })
        expect(await state(m.whenNot('B', { signal }))).toEqual({ error: 'why' })
      },
    },
    'fulfilment: leaves no listener, no timer': {
      state: [Def],
      there: ({ timers }) => ({ timers: () => timers.open }),
      async here({ get, expect, act, turn }) {
        const m = get(Def)
        const counting = new CountingSignal()
        const { signal } = counting
        const when = m.when('A', { signal, timeout: 10 })
        const atOnce = m.whenNot('A', { signal, timeout: 10 })
        await turn()
        expect([counting.listeners, await act('timers')]).toEqual([1, 1])
        await m.add('A')
        await Promise.all([when, atOnce])
        expect([counting.listeners, await act('timers')]).toEqual([0, 0])
      },
    },
    'timeout: says what was awaited and what the states were': {
      state: [Def],
      there: ({ get }) => ({ waits: () => get(Def).pending().waits.length }),
      async here({ get, expect, state, act, advance, turn }) {
        const m = get(Def)
        await m.add('A')
        const when = m.when(['A', 'B'], { timeout: 10 })
        await turn()
        await advance(9)
        expect(await state(when)).toBe('open')
        await advance(1)
        const { error } = (await state(when)) as { error: unknown }
        expect(error).toBeInstanceOf(TimeoutError)
        expect(error).toMatchObject({
          name: 'TimeoutError',
          code: 'WAIT_TIMEOUT',
          message: expect.stringMatching(/when\(A, B\).*10 ms.*\(A:1\)/),
        })
        expect(await act('waits')).toBe(0)
      },
    },
    'timeout: every wait says its own name': {
      state: [Def],
      async here({ get, expect, advance, turn }) {
        const all = waits(get(Def), { timeout: 10 }).map((wait) => wait.catch((error: Error) => error.message))
        await turn()
        await advance(10)
        const names = (await Promise.all(all)).map(
          (message) => /: (\S+( B\))?) did not come/.exec(message as string)?.[1],
        )
        expect(names).toEqual([
          'when(A)',
          'when(A, B)',
          'when(B)',
          'whenTime(A)',
          'whenTicks(A)',
          'whenNext(A)',
          'whenArgs(M)',
          'whenError',
        ])
      },
    },
    'disposal: rejects all, before and after': {
      state: [Def],
      there: ({ get, timers }) => ({ dispose: () => get(Def).dispose(), timers: () => timers.open }),
      async here({ get, expect, state, act, turn }) {
        const m = get(Def)
        const counting = new CountingSignal()
        const all = waits(m, { signal: counting.signal, timeout: 5 })
        await turn()
        expect([counting.listeners, await act('timers')]).toEqual([8, 8])
        const ends = Promise.allSettled(all)
        await act('dispose')
        const gone = { status: 'rejected', reason: expect.any(DisposedError) }
        expect(await state(ends)).toEqual({ value: Array(8).fill(gone) })
        expect([counting.listeners, await act('timers')]).toEqual([0, 0])
        expect(await state(m.when('A'))).toMatchObject({ error: { name: 'DisposedError' } })
        expect(await state(m.whenIdle())).toMatchObject({ error: { name: 'DisposedError' } })
      },
    },
  }
}

/** A signal that knows how many listen to it. */
class CountingSignal {
  readonly #listening = new Map<unknown, () => void>()
  readonly #controller = new AbortController()
  readonly signal = this.#controller.signal
  constructor() {
    const { signal } = this
    const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void
    const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void
    signal.addEventListener = (type: string, listener: unknown, options: AddEventListenerOptions) => {
      const told = () => {
        if (options.once) this.#listening.delete(listener)
        ;(listener as () => void)()
      }
      this.#listening.set(listener, told)
      add(type, told, options)
    }
    signal.removeEventListener = (type: string, listener: unknown) => {
      remove(type, this.#listening.get(listener))
      this.#listening.delete(listener)
    }
  }
  get listeners(): number {
    return this.#listening.size
  }
  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }
}
