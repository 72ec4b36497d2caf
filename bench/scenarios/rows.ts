import type { Scenario } from '../scenario.ts'
import { changedEntries, entriesOf, IDS, ROWS, rowAt, storedOf, titleAt } from './todo.ts'

const escapement = () => import('../contestants/escapement-rows.ts')
const plain = () => import('../contestants/plain.ts')
const signals = () => import('../contestants/signals-core.ts')
const mobx = () => import('../contestants/mobx.ts')
const mst = () => import('../contestants/mobx-state-tree.ts')
const keystone = () => import('../contestants/mobx-keystone.ts')
const valtio = () => import('../contestants/valtio.ts')

const text = () => JSON.stringify(storedOf(entriesOf(ROWS)))

export const rows: readonly Scenario[] = [
  {
    name: 'row-bytes',
    what: '10,000 rows of three fields added to a collection: bytes held by each',
    measures: 'bytes',
    steps: ROWS,
    expected: (steps) => ({ size: steps, last: rowAt(steps - 1) }),
    contestants: {
      escapement: async () => (await escapement()).added,
      'plain objects in a Map': async () => (await plain()).rows,
      'signals-core, a signal per field': async () => async () => (await signals()).rows(IDS, rowAt),
      valtio: async () => async () => (await valtio()).rows(IDS, rowAt),
      mobx: async () => async () => (await mobx()).rows(IDS, rowAt),
      'mobx-state-tree': async () => async () => (await mst()).rows(IDS, rowAt),
      'mobx-keystone': async () => async () => (await keystone()).rows(IDS, rowAt),
    },
    aims: [{ atMost: 200 }],
  },
  {
    name: 'row-bytes-hydrated',
    what: '10,000 rows hydrated from text, none touched: bytes held by each, the parsed text included',
    measures: 'bytes',
    steps: ROWS,
    expected: (steps) => entriesOf(steps),
    contestants: {
      escapement: async () => async () => (await escapement()).hydrated(text()),
      'JSON.parse': async () => async () => (await plain()).parsed(text()),
    },
    aims: [],
  },
  {
    name: 'row-add',
    what: 'a row added to a collection of up to 10,000, then all deleted; per row',
    measures: 'time',
    per: ROWS,
    steps: 1,
    expected: () => ({ size: 0, most: ROWS }),
    contestants: {
      escapement: async () => (await escapement()).addAll,
      'plain objects in a Map': async () => (await plain()).addAll,
    },
    aims: [],
  },
  {
    name: 'snapshot-text',
    what: 'the snapshot of 10,000 rows as text, after one of them changed',
    measures: 'time',
    expected: changedEntries,
    contestants: {
      escapement: async () => async () => (await escapement()).snapshotText(entriesOf(ROWS), titleAt),
      'JSON.stringify': async () => async () => (await plain()).snapshotText(entriesOf(ROWS), titleAt),
      'mobx-state-tree': async () => async () => (await mst()).snapshotText(entriesOf(ROWS), titleAt),
    },
    aims: [{ beside: 'JSON.stringify', atLeast: 3 }],
  },
  {
    name: 'hydrate',
    what: 'a store of 10,000 rows made from snapshot text, every row validated',
    measures: 'time',
    steps: 1,
    expected: () => entriesOf(ROWS),
    contestants: {
      escapement: async () => async () => (await escapement()).hydrated(text()),
      'escapement, from storage': async () => async () => (await escapement()).opened(text()),
      'JSON.parse': async () => async () => (await plain()).parsed(text()),
      'mobx-state-tree': async () => async () => (await mst()).hydrate(JSON.stringify(entriesOf(ROWS))),
    },
    aims: [{ beside: 'JSON.parse', atLeast: 0.7 }],
  },
]
