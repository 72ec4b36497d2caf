import type { Scenario } from '../scenario.ts'
import { cycleAfter, type Watch } from './cycle.ts'

const escapement = () => import('../contestants/escapement-machines.ts')
const xstate = () => import('../contestants/xstate.ts')
const xstateStore = () => import('../contestants/xstate-store.ts')
const asyncmachine = () => import('../contestants/asyncmachine.ts')
const robot = () => import('../contestants/robot3.ts')
const typescriptFsm = () => import('../contestants/typescript-fsm.ts')
const types = () => import('../contestants/types.ts')

const relational = (watch: Watch): Scenario['contestants'] => ({
  escapement: async () => async () => (await escapement()).cycle(watch),
  asyncmachine: async () => async () => (await asyncmachine()).cycle(watch),
  'xstate, parallel states': async () => async () => (await xstate()).cycleParallel(watch),
  'xstate, flat': async () => async () => (await xstate()).cycleFlat(watch),
})

const flat = (watch: Watch): Scenario['contestants'] => ({
  '@xstate/store': async () => async () => (await xstateStore()).cycle(watch),
  'robot3, flat': async () => async () => (await robot()).cycle(watch),
  'typescript-fsm, flat': async () => async () => (await typescriptFsm()).cycle(watch),
})

const relationalAims = (times: number): Scenario['aims'] => [
  { beside: 'asyncmachine', atLeast: times },
  { beside: 'xstate, parallel states', atLeast: times },
]

export const machines: readonly Scenario[] = [
  {
    name: 'toggle',
    what: 'one state on, off, on',
    measures: 'time',
    expected: (steps) => ({ on: steps % 2 === 1 }),
    contestants: {
      escapement: async () => (await escapement()).toggle,
      xstate: async () => (await xstate()).toggle,
      asyncmachine: async () => (await asyncmachine()).toggle,
      '@xstate/store': async () => (await xstateStore()).toggle,
      robot3: async () => (await robot()).toggle,
      'typescript-fsm': async () => (await typescriptFsm()).toggle,
    },
    aims: [
      { beside: 'xstate', atLeast: 80 },
      { beside: 'asyncmachine', atLeast: 200 },
    ],
  },
  {
    name: 'cycle',
    what: 'ten states that exclude each other and require an eleventh, one after the other',
    measures: 'time',
    expected: cycleAfter('nobody'),
    contestants: { ...relational('nobody'), ...flat('nobody') },
    aims: relationalAims(200),
  },
  {
    name: 'cycle-listener',
    what: 'the same, with one listener',
    measures: 'time',
    expected: cycleAfter('listener'),
    contestants: { ...relational('listener'), ...flat('listener') },
    aims: relationalAims(200),
  },
  {
    name: 'cycle-effect',
    what: 'the same, with one effect on one of the states',
    measures: 'time',
    expected: cycleAfter('effect'),
    contestants: relational('effect'),
    aims: relationalAims(80),
  },
  {
    name: 'cycle-effect-ten',
    what: 'the same, with one effect on all ten states',
    measures: 'time',
    expected: cycleAfter('effect-ten'),
    contestants: relational('effect-ten'),
    aims: relationalAims(80),
  },
  {
    name: 'cycle-handlers',
    what: 'the same, with handlers for entering and leaving each of the ten',
    measures: 'time',
    expected: cycleAfter('handlers'),
    contestants: { ...relational('handlers') },
    aims: [],
  },
  {
    name: 'thousand-states',
    what: 'the same cycle in a machine of 1,000 states, the rest inactive',
    measures: 'time',
    expected: cycleAfter('nobody'),
    contestants: {
      escapement: async () => async () => (await escapement()).cycle('nobody', true),
      'escapement, 11 states': async () => async () => (await escapement()).cycle('nobody'),
      asyncmachine: async () => async () => (await asyncmachine()).cycle('nobody', true),
      'xstate, flat': async () => async () => (await xstate()).cycleFlat('nobody', true),
    },
    aims: [
      { beside: 'escapement, 11 states', atLeast: 0.8 },
      { beside: 'asyncmachine', atLeast: 200 },
    ],
  },
  {
    name: 'create',
    what: 'making a machine of the two-state definition, and making its first move',
    measures: 'time',
    expected: (steps) => ({ on: steps }),
    contestants: {
      escapement: async () => (await escapement()).create,
      xstate: async () => (await xstate()).create,
      asyncmachine: async () => (await asyncmachine()).create,
      '@xstate/store': async () => (await xstateStore()).create,
      robot3: async () => (await robot()).create,
      'typescript-fsm': async () => (await typescriptFsm()).create,
    },
    aims: [],
  },
  {
    name: 'machine-bytes',
    what: '10,000 machines that were made and do nothing: bytes held by each',
    measures: 'bytes',
    steps: 10_000,
    expected: (steps) => ({ machines: steps, on: 0 }),
    contestants: {
      escapement: async () => (await escapement()).idle,
      xstate: async () => (await xstate()).idle,
      asyncmachine: async () => (await asyncmachine()).idle,
      '@xstate/store': async () => (await xstateStore()).idle,
      robot3: async () => (await robot()).idle,
      'typescript-fsm': async () => (await typescriptFsm()).idle,
    },
    aims: [{ atMost: 300 }],
  },
  {
    name: 'types-150',
    what: 'type-checking a definition of 150 states and 300 mutations of it, over a file that only imports the library',
    measures: 'time',
    fresh: true,
    steps: 1,
    expected: () => ({ errors: 1 }),
    contestants: {
      escapement: async () => (await types()).escapement,
      xstate: async () => (await types()).xstate,
      'string unions': async () => (await types()).unions,
    },
    aims: [],
  },
]
