import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'

/** Waits, as a machine and a mirror of one have them. */
export const waiting: Suite = ({ defineMachine }) => {
  const Def = defineMachine('m', {
    A: {},
    B: { remove: ['A'] },
    M: { multi: true, args: v.object({ id: v.number(), tag: v.optional(v.string()) }) },
  })

  return {
    'when and whenNot': {
      state: [Def],
      async here({ get, expect, state }) {
        const m = get(Def)
        expect(await state(m.whenNot(['A', 'B']))).toEqual({ value: undefined })
        const both = m.when(['A', 'M'])
        await m.add('A')
        expect(await state(both)).toBe('open')
        await m.add('M', { id: 1 })
        expect(await state(both)).toEqual({ value: undefined })
        expect(await state(m.when('A'))).toEqual({ value: undefined })
        const none = m.whenNot('A')
        await m.add('B')
        expect(await state(none)).toEqual({ value: undefined })
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
  }
}
