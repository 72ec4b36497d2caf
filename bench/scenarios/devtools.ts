import type { Scenario } from '../scenario.ts'
import { cycleAfter } from './cycle.ts'

const devtools = () => import('../contestants/escapement-devtools.ts')
const board = () => import('../contestants/flight-board.ts')

/** What being looked at costs. The first row is with the agent, so "x" is what is left of the speed. */
export const seen: readonly Scenario[] = [
  {
    name: 'agent-toggle',
    what: 'one state on, off, on, recorded by the agent while no panel is attached',
    measures: 'time',
    expected: (steps) => ({ on: steps % 2 === 1 }),
    contestants: {
      'with the agent': async () => async () => (await devtools()).toggle('agent'),
      'no agent': async () => async () => (await devtools()).toggle('nobody'),
    },
    aims: [{ beside: 'no agent', atLeast: 1 / 1.6 }],
  },
  {
    name: 'agent-elsewhere',
    what: 'the same on a machine that was made before the agent came',
    measures: 'time',
    expected: (steps) => ({ on: steps % 2 === 1 }),
    contestants: {
      'agent elsewhere': async () => async () => (await devtools()).toggle('elsewhere'),
      'no agent': async () => async () => (await devtools()).toggle('nobody'),
    },
    aims: [{ beside: 'no agent', atLeast: 0.9 }],
  },
  {
    name: 'agent-create',
    what: 'making a machine of the two-state definition, and making its first move',
    measures: 'time',
    expected: (steps) => ({ on: steps }),
    contestants: {
      'with the agent': async () => async () => (await devtools()).birth('agent'),
      'no agent': async () => async () => (await devtools()).birth('nobody'),
    },
    aims: [],
  },
  {
    name: 'agent-handlers',
    what: 'ten states that exclude each other, with handlers for entering and leaving each',
    measures: 'time',
    expected: cycleAfter('handlers'),
    contestants: {
      'with the agent': async () => async () => (await devtools()).around('handlers', 'agent'),
      'no agent': async () => async () => (await devtools()).around('handlers', 'nobody'),
    },
    aims: [],
  },
  {
    name: 'agent-board',
    what: 'a minute of a day of the flight board: 2,000 machines in a store, their handlers, totals and commits',
    steps: 2,
    per: 1920,
    measures: 'time',
    expected: (steps) => ({ day: steps - 1, minute: 2160 }),
    contestants: {
      'with the agent': async () => async () => (await board()).play(true),
      'no agent': async () => async () => (await board()).play(false),
    },
    aims: [{ beside: 'no agent', atLeast: 1 / 1.03 }],
  },
]
