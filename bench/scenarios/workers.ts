import type { Scenario } from '../scenario.ts'
import { stateAt } from './cycle.ts'

const threads = () => import('../contestants/workers.ts')
const COMLINK = 'comlink'

const inFlight = (width: number, aims: Scenario['aims']): Scenario => ({
  name: `worker-mutate-${width}`,
  what: `a mutation in a worker thread and its result, ${width} in flight; per mutation. The others mirror nothing`,
  measures: 'time',
  per: width,
  expected: (steps) => ({ executed: steps * width }),
  contestants: {
    escapement: async () => (await threads()).escapement(width),
    'raw postMessage': async () => (await threads()).raw(width),
    'raw, one message a tick': async () => (await threads()).batch(width),
    [COMLINK]: async () => (await threads()).comlink(width),
  },
  aims,
})

/** 2,000 machines; a move is two ticks: out of one state, into the next. */
const TICKS = 4000

const mirrored = (steps: number, rounds: number) => ({ flights: 2000, state: stateAt(steps * rounds - 1) })

export const workers: readonly Scenario[] = [
  // One in flight is the waking up of two threads, for everybody.
  inFlight(1, []),
  inFlight(100, [{ beside: COMLINK, atLeast: 4 }]),
  {
    name: 'worker-mirror',
    what: '2,000 machines in a worker thread move once each, and the mirror shows it; per tick, all threads',
    measures: 'time',
    per: TICKS,
    expected: (steps) => mirrored(steps, 1),
    contestants: { escapement: async () => (await threads()).mirror(1) },
    // One million a second.
    aims: [{ atMost: 1000 }],
  },
  {
    name: 'worker-mirror-busy',
    what: 'the same, ten moves between two frames, which the mirror sees as one change of each',
    measures: 'time',
    per: TICKS * 10,
    expected: (steps) => mirrored(steps, 10),
    contestants: { escapement: async () => (await threads()).mirror(10) },
    aims: [{ atMost: 1000 }],
  },
  {
    name: 'worker-page',
    what: 'as worker-mirror, the time of the page alone; per 1,000 ticks',
    measures: 'time',
    per: TICKS / 1000,
    expected: (steps) => mirrored(steps, 1),
    contestants: { escapement: async () => (await threads()).mirror(1, true) },
    aims: [],
  },
  {
    name: 'worker-bytes',
    what: 'one state of one machine of 2,000 changes: bytes of the message, as structured clone writes it',
    measures: 'sent',
    steps: 1000,
    expected: () => ({ changed: 1000 }),
    contestants: { escapement: async () => (await threads()).frames },
    aims: [{ atMost: 32 }],
  },
]
