import type { Suite } from '../fixtures/suite.ts'

/** Clocks as text and as data, out and in. */
export const machineClocks: Suite = ({ defineMachine }) => {
  const Text = defineMachine('m', { Foo: { require: ['Bar'] }, Bar: { multi: true }, Baz: {} })
  const states = { A: {}, B: { require: ['A'] }, C: {}, MachineRestored: { auto: false } } as const
  const Def = defineMachine('m', states)
  const Copy = defineMachine('copy', states)

  return {
    'toString and inspect': {
      state: [Text],
      async here({ get, expect }) {
        const m = get(Text)
        expect(`${m}`).toBe('()')
        await m.add(['Foo', 'Bar'])
        await m.add('Bar')
        await m.toggle('Baz')
        await m.toggle('Baz')
        expect(`${m}`).toBe('(Foo:1 Bar:3) [Baz:2]')
        expect(m.inspect()).toBe('m m\n1 Foo:1, require Bar\n1 Bar:3, multi\n0 Baz:2\n0 Exception:0, multi')
      },
    },
    'export, import: by name, restarts counted, MachineRestored added': {
      state: [Def, Copy],
      there: ({ get }) => ({ import: (data: never) => get(Copy).import(data) }),
      async here({ get, expect, act }) {
        const [m, copy] = [get(Def), get(Copy)]
        await m.add(['A', 'B'])
        await m.remove('B')
        const data = m.export()
        expect(data).toEqual({
          id: 'm',
          name: 'm',
          states: ['A', 'B', 'C', 'MachineRestored', 'Exception'],
          time: [1, 2, 0, 0, 0],
          queueTick: 3,
          machineTick: 0,
        })
        await copy.add('C')
        await act('import', JSON.parse(JSON.stringify(data)))
        expect(copy.clock()).toEqual({ A: 1, B: 2, C: 0, MachineRestored: 1, Exception: 0 })
        expect([copy.id, copy.machineTick(), copy.queueTick()]).toEqual(['copy', 1, 4])
        await copy.add('C')
        expect(copy.export()).toEqual({
          ...data,
          id: 'copy',
          name: 'copy',
          time: [1, 2, 1, 1, 0],
          queueTick: 5,
          machineTick: 1,
        })
      },
    },
    'names are checked; what relations refuse is deactivated': {
      state: [Def],
      there: ({ get }) => ({
        import(data: never, options?: { dropUnknown: boolean }) {
          try {
            get(Def).import(data, options)
          } catch (error) {
            const { name, message } = error as Error
            return { name, message }
          }
          return undefined
        },
      }),
      async here({ get, expect, act }) {
        const m = get(Def)
        const data = { ...m.export(), states: ['X', 'B', 'A'], time: [1, 3, 2] }
        expect(await act('import', data)).toEqual({ name: 'DefinitionError', message: expect.stringMatching(/"X"/) })
        for (const tick of [-1, 0.5, Number.NaN, '1', undefined]) {
          const refused = await act('import', { ...data, states: ['A'], time: [tick] })
          expect(refused).toMatchObject({ message: expect.stringMatching(/no tick for "A"/) })
        }
        expect([m.machineTick(), `${m}`]).toEqual([0, '()'])
        expect(await act('import', data, { dropUnknown: true })).toBeUndefined()
        expect(m.clock()).toMatchObject({ A: 2, B: 4 })
        expect(m.machineTick()).toBe(1)
      },
    },
    'no import inside a transition': {
      state: [Def],
      there({ get, note }) {
        const m = get(Def)
        m.handle({
          A: {
            entered: () => {
              try {
                m.import(m.export())
              } catch (error) {
                note((error as { code: string }).code)
              }
            },
          },
        })
      },
      async here({ get, expect, notes }) {
        await get(Def).add('A')
        expect(await notes()).toEqual(['MACHINE_BUSY'])
        expect([get(Def).is('A'), get(Def).machineTick()]).toEqual([true, 0])
      },
    },
    'import settles waits, fires signals, tells listeners': {
      state: [Def, Copy],
      there: ({ get }) => ({ import: () => get(Def).import(get(Copy).export()) }),
      async here({ get, expect, state, act }) {
        const m = get(Def)
        await get(Copy).add('A')
        const when = m.when('A')
        expect(await state(when)).toBe('open')
        const signal = m.signal('A')
        let told = 0
        m.listen(() => told++)
        await act('import')
        expect(await state(when)).toEqual({ value: undefined })
        expect(signal.aborted).toBe(true)
        expect(told).toBeGreaterThan(0)
      },
    },
  }
}
