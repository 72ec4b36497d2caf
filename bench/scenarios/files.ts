import type { Scenario } from '../scenario.ts'
import { commitAt, keptAfter } from './commits.ts'

const escapement = () => import('../contestants/escapement-files.ts')
const plain = () => import('../contestants/plain-files.ts')
const sqlite = () => import('../contestants/better-sqlite3.ts')
const lmdb = () => import('../contestants/lmdb.ts')

/** How many commits the files of the reopening scenarios have seen. */
const MANY = 100_000

const inFlight = (width: number, aims: Scenario['aims']): Scenario => ({
  name: `commit-${width}`,
  what: `a durable commit of one row, ${width.toLocaleString('en')} in flight; per commit`,
  measures: 'time',
  disk: true,
  per: width,
  steps: 3,
  expected: (steps) => keptAfter(steps * width),
  contestants: {
    escapement: async () => async () => (await escapement()).commits(width),
    'group append + fdatasync': async () => async () => (await plain()).groupAppend(width),
    'SQLite (WAL, synchronous FULL)': async () => async () => (await sqlite()).commits(width),
    'SQLite, one transaction for all in flight': async () => async () => (await sqlite()).commits(width, true),
    lmdb: async () => async () => (await lmdb()).commits(width),
  },
  aims,
})

export const files: readonly Scenario[] = [
  {
    name: 'commit-alone',
    what: 'a durable commit of one row, the next after the last is on disk',
    measures: 'time',
    disk: true,
    expected: keptAfter,
    contestants: {
      escapement: async () => async () => (await escapement()).commits(1),
      'append + fdatasync': async () => (await plain()).append,
      'append + fdatasync, blocking': async () => (await plain()).appendSync,
      'SQLite (WAL, synchronous FULL)': async () => async () => (await sqlite()).commits(1),
      lmdb: async () => async () => (await lmdb()).commits(1),
    },
    aims: [{ beside: 'append + fdatasync', atLeast: 0.75 }],
  },
  inFlight(64, [{ beside: 'group append + fdatasync', atLeast: 1 }]),
  inFlight(1024, [
    // "SQLite" can be read both ways: the same promise per commit, or the best it can do.
    { beside: 'SQLite (WAL, synchronous FULL)', atLeast: 1.2 },
    { beside: 'SQLite, one transaction for all in flight', atLeast: 1.2 },
  ]),
  {
    name: 'reopen',
    what: 'opening a store of 100,000 rows from a journal of 100,000 commits',
    measures: 'time',
    disk: true,
    steps: 1,
    expected: () => ({ rows: MANY, last: commitAt(MANY - 1) }),
    contestants: {
      escapement: async () => async () => (await escapement()).reopen(MANY),
      'reading and parsing that file': async () => async () => (await plain()).readJournal(MANY),
      'reading and parsing, and a Map': async () => async () => (await plain()).readJournal(MANY, true),
    },
    aims: [{ beside: 'reading and parsing that file', atLeast: 1 / 1.3 }],
  },
  {
    name: 'reopen-compacted',
    what: 'opening a store of 1,000 rows that has seen 100,000 commits',
    measures: 'time',
    disk: true,
    steps: 1,
    expected: () => ({ rows: 1000 }),
    contestants: {
      escapement: async () => async () => (await escapement()).reopenCompacted(MANY),
      'escapement, seen 12,000': async () => async () => (await escapement()).reopenCompacted(12_000),
    },
    aims: [{ beside: 'escapement, seen 12,000', atLeast: 0.5 }],
  },
]
