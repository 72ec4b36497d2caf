import type { Suite } from '../fixtures/suite.ts'

/** What definitions come to in machines. */
export const machineDefinitions: Suite = ({
  basicStates,
  connectedStates,
  connectionPoolStates,
  defineMachine,
  disposedStates,
  exclusive,
}) => {
  const Restated = defineMachine('m', { Exception: { remove: ['A'] }, A: { remove: ['B'] }, B: {} })
  const given = { A: { remove: ['A', 'B'] as ('A' | 'B')[] }, B: {} }
  const Given = defineMachine('m', given)
  given.A.remove.pop()
  const phase = exclusive('Idle', 'Busy', 'Done')
  const Grouped = defineMachine('m', { ...phase, Free: {} }, { groups: { phase, two: ['Idle', 'Free'] } })
  const Mixed = defineMachine('m', { ...basicStates, ...connectedStates, ...disposedStates })
  const Pool = defineMachine('p', { ...basicStates, ...connectionPoolStates })

  return {
    'Exception is last and multi also when restated': {
      state: [Restated],
      async here({ get, expect }) {
        const m = get(Restated)
        await m.add('A')
        await m.addError('x')
        expect(m.active()).toEqual(['Exception'])
        await m.addError('y')
        expect(m.tick('Exception')).toBe(3)
        expect(m.time()).toEqual([2, 0, 3])
      },
    },
    'what was given is not touched, and changing it later changes nothing': {
      state: [Given],
      async here({ get, expect }) {
        const m = get(Given)
        await m.add('B')
        await m.add('A')
        expect(m.active()).toEqual(['A'])
        expect(given.A.remove).toEqual(['A'])
      },
    },
    'exclusive groups and switch': {
      state: [Grouped],
      async here({ get, expect }) {
        const m = get(Grouped)
        expect(m.switch('phase')).toBeUndefined()
        await m.add(['Free', 'Idle'])
        await m.add('Busy')
        expect([m.switch('phase'), m.switch('two')]).toEqual(['Busy', 'Free'])
        await m.add('Done')
        expect(m.active()).toEqual(['Done', 'Free'])
      },
    },
    'mixins go together': {
      state: [Mixed, Pool],
      async here({ get, expect }) {
        const m = get(Mixed)
        await m.add('Start')
        expect(m.active()).toEqual(['Start', 'Disconnected'])
        await m.add('Connecting')
        await m.add('Connected')
        expect(m.active()).toEqual(['Start', 'Connected'])
        await m.addError(new Error('lost'), { state: 'ErrNetwork' })
        expect(m.is(['ErrNetwork', 'Exception'])).toBe(true)
        await m.add('Disposing')
        // Without Start there is no connection; without Exception no error state.
        expect(m.active()).toEqual(['Disconnected', 'Disposing'])
        await m.add('Disposed')
        expect(m.is('Disposing')).toBe(false)
        const pool = get(Pool)
        await pool.add(['Start', 'Connected'])
        await pool.add(['ConnectedFully', 'Connecting'])
        expect(pool.active()).toEqual(['Start', 'Connecting', 'Connected', 'ConnectedFully'])
        await pool.add('Disconnecting')
        expect(pool.active()).toEqual(['Start', 'Disconnecting'])
      },
    },
  }
}
