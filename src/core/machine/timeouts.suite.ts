import type { Suite } from '../fixtures/suite.ts'

/** Timeouts of states run where the machine is changed. */
export const machineTimeouts: Suite = ({ defineMachine }) => {
  const Timed = defineMachine('m', {
    A: { timeout: { ms: 10, add: 'T' } },
    B: { timeout: { ms: 10, remove: ['B', 'T'] }, multi: true },
    C: { timeout: { ms: 5, set: 'T' } },
    T: {},
  })
  const states = { A: { timeout: { ms: 10, remove: 'A' } } } as const
  const One = defineMachine('one', states)
  const Copy = defineMachine('copy', states)

  return {
    'add, remove, set; cleared when the tick changes': {
      state: [Timed],
      there: ({ timers }) => ({ open: () => timers.open }),
      async here({ get, expect, act, advance }) {
        const m = get(Timed)
        await m.add('A')
        await advance(9)
        await m.remove('A')
        expect(await act('open')).toBe(0)
        await m.add('A')
        await advance(10)
        expect(m.active()).toEqual(['A', 'T'])
        await m.add('B')
        await advance(6)
        await m.add('B')
        await advance(9)
        expect(m.is('B')).toBe(true)
        await advance(1)
        expect(m.active()).toEqual(['A'])
        await m.add('C')
        await advance(5)
        expect(m.active()).toEqual(['T'])
        await m.add('A')
        expect(await act('open')).toBe(1)
      },
    },
    'not for a state that was put back; again after an import': {
      state: [One, Copy],
      there({ get, timers }) {
        const unbind = get(One).handle({
          A: {
            entered: () => {
              throw new Error('x')
            },
          },
        })
        return { unbind, open: () => timers.open, copy: () => get(Copy).import(get(One).export()) }
      },
      async here({ get, expect, act, advance }) {
        const [one, copy] = [get(One), get(Copy)]
        await one.add('A')
        expect([one.tick('A'), await act('open')]).toEqual([2, 0])
        await act('unbind')
        await one.add('A')
        await act('copy')
        expect([one.is('A'), copy.is('A'), await act('open')]).toEqual([true, true, 2])
        await advance(10)
        expect([one.is('A'), copy.is('A')]).toEqual([false, false])
      },
    },
  }
}
