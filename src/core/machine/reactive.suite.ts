import type { Suite } from '../fixtures/suite.ts'

/** Reads that are followed, listeners, and abort signals. */
export const machineReactive: Suite = ({ defineMachine }) => {
  const Def = defineMachine('m', { A: {}, B: { remove: ['A'] }, C: { auto: true, require: ['B'] }, M: { multi: true } })
  const Copy = defineMachine('copy', Def.states as never) as unknown as typeof Def
  const Plain = defineMachine('m', { A: {}, B: { remove: ['A'] }, M: { multi: true } })
  const Grouped = defineMachine('m', { A: {}, B: {} }, { groups: { g: ['A', 'B'] } })

  return {
    'an effect runs for the states it looked at, once per transition': {
      state: [Def],
      async here({ get, expect, library: { effect } }) {
        const m = get(Def)
        const log: string[] = []
        effect(() => void log.push(`A ${m.is('A')}`))
        effect(() => void log.push(`AB ${m.any(['A', 'B'])}`))
        effect(() => void log.push(`M ${m.tick('M')}`))
        expect(log.splice(0)).toEqual(['A false', 'AB false', 'M 0'])
        await m.add('A')
        expect(log.splice(0)).toEqual(['A true', 'AB true'])
        await m.add('M')
        await m.add('M')
        expect(log.splice(0)).toEqual(['M 1', 'M 3'])
        await m.add('B')
        expect(log).toContain('A false')
        expect(log.filter((l) => l.startsWith('M'))).toEqual([])
      },
    },
    'reads of every kind': {
      state: [Grouped],
      async here({ get, expect, library: { effect } }) {
        const m = get(Grouped)
        const kinds = {
          is: () => m.is(['A', 'B']),
          not: () => m.not('A'),
          any: () => m.any('A'),
          tick: () => m.tick('A'),
          time: () => m.time().join(),
          clock: () => JSON.stringify(m.clock()),
          sum: () => m.timeSum(),
          active: () => m.active().join(),
          group: () => m.switch('g'),
          text: () => m.isError(),
          error: () => m.error(),
        }
        const runs: Record<string, number> = {}
        for (const [name, read] of Object.entries(kinds)) {
          effect(() => {
            read()
            runs[name] = (runs[name] ?? 0) + 1
          })
        }
        await m.add('A')
        expect(runs).toEqual({
          is: 2,
          not: 2,
          any: 2,
          tick: 2,
          time: 2,
          clock: 2,
          sum: 2,
          active: 2,
          group: 2,
          text: 1,
          error: 1,
        })
        await m.addError('x')
        expect(runs).toMatchObject({ is: 2, time: 3, active: 3, text: 2, error: 2 })
      },
    },
    'a computed without subscribers is not stale': {
      state: [Def],
      async here({ get, expect, library: { computed } }) {
        const m = get(Def)
        const on = computed(() => m.is('A'))
        expect(on.value).toBe(false)
        await m.add('A')
        expect(on.value).toBe(true)
        await m.remove('A')
        expect(on.value).toBe(false)
      },
    },
    'no effect sees half of a transition, with or without handlers': {
      state: [Plain],
      there: ({ get, note }) => ({
        handle: () =>
          void get(Plain).handle({
            A: { exited: () => {} },
            B: { entered: () => note(`entered ${get(Plain).is('A')}`) },
          }),
      }),
      async here({ get, expect, act, notes, library: { effect } }) {
        const m = get(Plain)
        const seen: string[] = []
        effect(() => void seen.push(`${m.is('A')} ${m.is('B')} ${m.active().join()}`))
        expect(seen.splice(0)).toEqual(['false false '])
        await m.add('A')
        await m.add('B')
        expect(seen.splice(0)).toEqual(['true false A', 'false true B'])
        await act('handle')
        await m.set('A')
        await m.add('B')
        expect(seen).toEqual(['true false A', 'false true B'])
        expect(await notes()).toEqual(['entered false'])
      },
    },
    'an effect sees what a throw put back': {
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
      async here({ get, expect, library: { effect } }) {
        const m = get(Def)
        const seen: number[] = []
        effect(() => void seen.push(m.tick('A')))
        await m.add('A')
        expect(seen).toEqual([0, 2])
      },
    },
    'an effect that throws goes to onError, never to the caller': {
      state: [Def],
      there: ({ get }) => ({ handle: () => void get(Def).handle({ A: { entered: () => {} } }) }),
      async here({ get, expect, act, errors, library: { effect } }) {
        const m = get(Def)
        for (const handled of [false, true]) {
          if (handled) await act('handle')
          const stop = effect(() => {
            if (m.is('A')) throw new Error('bad')
          })
          const other: boolean[] = []
          const stopOther = effect(() => void other.push(m.is('A')))
          expect((await m.add('A')).status).toBe('executed')
          expect(await errors()).toEqual([['effect', 'bad']])
          expect(other).toEqual([false, true])
          expect(m.isError()).toBe(false)
          stop()
          stopOther()
          await m.remove('A')
        }
      },
    },
    'a mutation or a wait inside an effect does not subscribe it to what handlers and listeners read': {
      state: [Plain],
      there({ get }) {
        const m = get(Plain)
        m.handle({ M: { entered: () => void m.is('A') } })
        m.listen(() => void m.is('A'))
      },
      async here({ get, expect, turn, library: { effect } }) {
        const m = get(Plain)
        let runs = 0
        m.listen(() => void m.is('A'))
        effect(() => {
          runs++
          m.is('B')
          void m.add('M')
          for (const wait of [m.whenTicks('A', 9), m.whenNext('A')]) wait.catch(() => {})
        })
        await turn()
        await m.add('A')
        expect(runs).toBe(1)
        await m.add('B')
        expect(runs).toBe(2)
        await turn()
        expect(m.tick('M')).toBe(3)
      },
    },
    'import wakes watchers': {
      state: [Def, Copy],
      there: ({ get }) => ({ import: () => get(Copy).import(get(Def).export()) }),
      async here({ get, expect, act, library: { effect } }) {
        const m = get(Copy)
        await get(Def).add('A')
        const seen: string[] = []
        effect(() => void seen.push(`${m.is('A')} ${m.time()}`))
        await act('import')
        expect(seen).toEqual(['false 0,0,0,0,0', 'true 1,0,0,0,0'])
      },
    },

    'listeners are told after accepted transitions, not after refused ones': {
      state: [Plain],
      there({ get }) {
        get(Plain).handle({ M: { canEnter: () => false } })
      },
      async here({ get, expect }) {
        const m = get(Plain)
        const seen: string[] = []
        const off = m.listen(() => void seen.push(m.toString()))
        await m.add('A')
        expect((await m.add('M')).status).toBe('canceled')
        await m.add('B')
        expect((await m.add('A')).status).toBe('canceled')
        expect(seen).toEqual(['(A:1)', '(B:1) [A:2]'])
        off()
        off()
        await m.remove('B')
        expect(seen.length).toBe(2)
      },
    },
    'a listener that throws stops no other; the same function twice is told twice': {
      state: [Def],
      async here({ get, expect, errors }) {
        const m = get(Def)
        let calls = 0
        const listener = () => {
          throw new Error(`call ${++calls}`)
        }
        const off = m.listen(listener)
        m.listen(listener)
        expect((await m.add('A')).status).toBe('executed')
        expect(calls).toBe(2)
        expect(await errors()).toEqual([
          ['listener', 'call 1'],
          ['listener', 'call 2'],
        ])
        off()
        await m.remove('A')
        expect(calls).toBe(3)
      },
    },

    'signals fire when the tick changes': {
      state: [Def],
      async here({ get, expect }) {
        const m = get(Def)
        const off = m.signal('A')
        expect(m.signal('A')).toBe(off)
        await m.add('M')
        expect(off.aborted).toBe(false)
        await m.add('A')
        expect(off.aborted).toBe(true)
        const on = m.signal('A')
        expect(on).not.toBe(off)
        expect(on.aborted).toBe(false)
        await m.add('B')
        expect(on.aborted).toBe(true)
        await m.add('M')
        const again = m.signal('M')
        await m.add('M')
        expect(again.aborted).toBe(true)
      },
    },
    'the signal of a handler: as of its call, however late it is read': {
      state: [Def],
      there({ get }) {
        const m = get(Def)
        const signals: AbortSignal[] = []
        let late: (() => AbortSignal) | undefined
        m.handle({
          A: {
            canEnter: ({ signal }) => void signals.push(signal),
            entered: (event) => {
              signals.push(event.signal)
              late = () => event.signal
            },
          },
          M: {
            entered: (event) => {
              late = () => event.signal
            },
          },
        })
        return {
          aborted: () => signals.map((s) => s.aborted),
          same: () => late!() === signals[1],
          late: () => [late!().aborted, m.signal('M').aborted],
        }
      },
      async here({ get, expect, act }) {
        const m = get(Def)
        await m.add('A')
        expect(await act('aborted')).toEqual([true, false])
        expect(await act('same')).toBe(true)
        await m.add('M')
        await m.remove('M')
        expect(await act('late')).toEqual([true, false])
      },
    },
    'a put-back fires it': {
      state: [Def],
      there({ get }) {
        let own: AbortSignal | undefined
        get(Def).handle({
          A: {
            entered: ({ signal }) => {
              own = signal
              throw new Error('x')
            },
          },
        })
        return { aborted: () => own?.aborted }
      },
      async here({ get, expect, act }) {
        const here = get(Def).signal('A')
        await get(Def).add('A')
        expect([await act('aborted'), here.aborted]).toEqual([true, true])
      },
    },
    'a mutation from its listener is carried out': {
      state: [Def],
      async here({ get, expect, state }) {
        const m = get(Def)
        m.signal('A').addEventListener('abort', () => void m.add('M'))
        const both = m.when(['A', 'M'])
        await m.add('A')
        expect(await state(both)).toEqual({ value: undefined })
        expect(m.is('M')).toBe(true)
      },
    },
  }
}
