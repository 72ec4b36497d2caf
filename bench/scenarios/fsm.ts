import type { Scenario } from '../scenario.ts'
import { walkedTo } from './graph.ts'

const walk = (size: number): Scenario => ({
  name: `fsm-${size}`,
  what: `one event through a definition of ${size} states and ${size * 3} transitions, by the pure function where there is one`,
  measures: 'time',
  expected: (steps) => ({ state: walkedTo(size, steps) }),
  contestants: {
    escapement: async () => async () => (await import('../contestants/escapement-fsm.ts')).walk(size),
    '@xstate/store, transition': async () => async () => (await import('../contestants/xstate-store.ts')).walk(size),
    'xstate, transition': async () => async () => (await import('../contestants/xstate.ts')).walk(size),
    'robot3, a service': async () => async () => (await import('../contestants/robot3.ts')).walk(size),
    'javascript-state-machine, an instance': async () => async () =>
      (await import('../contestants/javascript-state-machine.ts')).walk(size),
  },
  aims: [
    { beside: '@xstate/store, transition', atLeast: 8 },
    { beside: 'xstate, transition', atLeast: 200 },
  ],
})

export const fsm: readonly Scenario[] = [walk(3), walk(20), walk(200)]
