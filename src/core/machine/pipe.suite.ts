import type { Suite } from '../fixtures/suite.ts'

/** Pipes run where the machines are changed; what they do is seen wherever those are. */
export const machinePipes: Suite = ({ defineMachine, pipe }) => {
  const states = { A: {}, B: { remove: ['A'] }, Z: { auto: true, require: ['B'] }, M: { multi: true } } as const
  const From = defineMachine('from', states)
  const To = defineMachine('to', states)
  const multi = { A: { multi: true }, B: { multi: true } } as const
  const One = defineMachine('one', multi)
  const Target = defineMachine('target', multi)
  const Source = defineMachine('source', { Ready: {} })
  const Other = defineMachine('other', { Ready: {} })
  const Up = defineMachine('up', { Up: {} })

  return {
    'keeps in step, the current value first': {
      state: [From, To],
      there({ get, note }) {
        const [from, to] = [get(From), get(To)]
        from.add('A')
        to.add('M')
        to.trace({ transitionEnd: (t) => note(`${t.type} ${t.called}`) })
        const off = pipe(from, 'A', to, 'A')
        pipe(from, 'A', to, 'M', { inverse: true })
        return { off, short: () => void from.handle({ A: { entered: () => void from.remove('A') } }) }
      },
      async here({ get, expect, act, notes }) {
        const [from, to] = [get(From), get(To)]
        expect(to.active()).toEqual(['A'])
        await from.add('B')
        expect(to.active()).toEqual(['M'])
        await from.remove('B')
        await act('short')
        await from.add('A')
        expect(await notes()).toEqual([
          'add A',
          'remove M',
          'remove A',
          'add M',
          'add A',
          'remove M',
          'remove A',
          'add M',
        ])
        expect(to.clock()).toMatchObject({ A: 4, M: 5 })
        await act('off')
        await from.add('A')
        expect(await notes()).toEqual(['remove M', 'add M'])
        expect(to.clock()).toMatchObject({ A: 4, M: 7 })
      },
    },
    'into the same machine; a re-entered multi adds again; ends with its target': {
      state: [One, Target],
      there({ get }) {
        const m = get(One)
        pipe(m, 'A', m, 'B')
        return {
          pipe: () => void pipe(m, 'A', get(Target), 'B'),
          dispose: () => get(Target).dispose(),
        }
      },
      async here({ get, expect, act }) {
        const [m, target] = [get(One), get(Target)]
        await m.add('A')
        await m.add('A')
        expect(m.tick('B')).toBe(4 - 1)
        await act('pipe')
        await act('dispose')
        await m.add('A')
        await m.remove('A')
        expect(m.active()).toEqual([])
        expect(target.tick('B')).toBe(1)
      },
    },
    'follows an import too': {
      state: [Source, Other, Up],
      there({ get }) {
        pipe(get(Source), 'Ready', get(Up), 'Up')
        return { import: () => get(Source).import(get(Other).export()) }
      },
      async here({ get, expect, act }) {
        await get(Other).add('Ready')
        expect(get(Up).is('Up')).toBe(false)
        await act('import')
        expect(get(Up).is('Up')).toBe(true)
      },
    },
  }
}
