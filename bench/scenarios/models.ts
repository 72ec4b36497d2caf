import type { Scenario } from '../scenario.ts'
import { INITIAL, patchAt, sumOf } from './numbers.ts'
import { heardAfter, seenAfter } from './telemetry.ts'

const escapement = () => import('../contestants/escapement-models.ts')
const signals = () => import('../contestants/signals-core.ts')
const zustand = () => import('../contestants/zustand.ts')
const mobx = () => import('../contestants/mobx.ts')
const mst = () => import('../contestants/mobx-state-tree.ts')
const keystone = () => import('../contestants/mobx-keystone.ts')
const valtio = () => import('../contestants/valtio.ts')
const xstateStore = () => import('../contestants/xstate-store.ts')
const immer = () => import('../contestants/immer.ts')

export const models: readonly Scenario[] = [
  {
    name: 'write-effect',
    what: 'a validated write of one field, seen by an effect',
    measures: 'time',
    expected: seenAfter,
    contestants: {
      escapement: async () => (await escapement()).writeEffect,
      'signals-core, check by hand': async () => (await signals()).writeEffectByHand,
      'signals-core, valibot': async () => (await signals()).writeEffectValibot,
      'signals-core, zod': async () => (await signals()).writeEffectZod,
      'mobx, check by hand': async () => (await mobx()).writeEffect,
      'mobx-state-tree': async () => (await mst()).writeEffect,
      'mobx-keystone': async () => (await keystone()).writeEffect,
    },
    aims: [{ beside: 'signals-core, check by hand', atLeast: 0.7 }],
  },
  {
    name: 'write-listener',
    what: 'a validated write of one field, told to a listener, which counts',
    measures: 'time',
    expected: heardAfter,
    contestants: {
      escapement: async () => (await escapement()).writeListener,
      'zustand, zod': async () => (await zustand()).writeListenerZod,
      'zustand, zod on that field': async () => (await zustand()).writeListenerZodField,
      zustand: async () => (await zustand()).writeListener,
      'valtio, check by hand': async () => (await valtio()).writeListener,
      '@xstate/store, check by hand': async () => (await xstateStore()).writeListener,
      'mobx, check by hand': async () => (await mobx()).writeListener,
      'mobx-state-tree': async () => (await mst()).writeListener,
      'mobx-keystone': async () => (await keystone()).writeListener,
    },
    aims: [
      { beside: 'zustand, zod', atLeast: 15 },
      { beside: 'zustand', atLeast: 0.9 },
      { beside: 'mobx-state-tree', atLeast: 100 },
      { beside: 'mobx-keystone', atLeast: 100 },
    ],
  },
  {
    name: 'write-read',
    what: 'the same; the listener reads the field, as a binding would',
    measures: 'time',
    expected: seenAfter,
    contestants: {
      escapement: async () => (await escapement()).writeRead,
      'zustand, zod': async () => (await zustand()).writeReadZod,
      zustand: async () => (await zustand()).writeRead,
      'mobx-state-tree': async () => (await mst()).writeRead,
      'mobx-keystone': async () => (await keystone()).writeRead,
    },
    aims: [{ beside: 'zustand', atLeast: 0.9 }],
  },
  {
    name: 'write-wide',
    what: 'a validated write of one of a hundred fields, told to a listener',
    measures: 'time',
    expected: (steps) => ({ calls: steps, sum: sumOf({ ...INITIAL, f0: steps - 1 }), refused: true }),
    contestants: {
      escapement: async () => (await escapement()).writeWide,
      'zustand, zod': async () => (await zustand()).writeWideZod,
      zustand: async () => (await zustand()).writeWide,
      'mobx-state-tree': async () => (await mst()).writeWide,
    },
    aims: [
      { beside: 'zustand, zod', atLeast: 15 },
      { beside: 'mobx-state-tree', atLeast: 100 },
    ],
  },
  {
    name: 'read-tracked',
    what: 'a tracked read: an effect over a hundred fields runs again because one changed; per read',
    measures: 'time',
    per: 100,
    expected: (steps) => ({ runs: steps, sum: sumOf({ ...INITIAL, f0: steps - 1 }) }),
    contestants: {
      escapement: async () => (await escapement()).readTracked,
      'signals-core': async () => (await signals()).readTracked,
      mobx: async () => (await mobx()).readTracked,
      'mobx-state-tree': async () => (await mst()).readTracked,
    },
    aims: [{ beside: 'signals-core', atLeast: 0.5 }],
  },
  {
    name: 'read-plain',
    what: 'reading a hundred fields outside of any effect; per read',
    measures: 'time',
    per: 100,
    expected: (steps) => ({ sum: steps * sumOf(patchAt(0)) }),
    contestants: {
      escapement: async () => (await escapement()).readPlain,
      'signals-core': async () => (await signals()).readPlain,
      mobx: async () => (await mobx()).readPlain,
      valtio: async () => (await valtio()).readPlain,
      zustand: async () => (await zustand()).readPlain,
    },
    aims: [],
  },
  {
    name: 'fan-out-effects',
    what: 'one validated write, seen by 1,000 effects',
    measures: 'time',
    expected: (steps) => ({ ...seenAfter(steps), calls: steps * 1000, sum: seenAfter(steps).sum * 1000 }),
    contestants: {
      escapement: async () => (await escapement()).fanOutEffects,
      'signals-core, check by hand': async () => (await signals()).fanOutEffects,
      'mobx, check by hand': async () => (await mobx()).fanOutEffects,
    },
    aims: [{ beside: 'signals-core, check by hand', atLeast: 0.85 }],
  },
  {
    name: 'fan-out-listeners',
    what: 'one write, told to 1,000 listeners',
    measures: 'time',
    expected: (steps) => ({ ...heardAfter(steps), calls: steps * 1000 }),
    contestants: {
      escapement: async () => (await escapement()).fanOutListeners,
      zustand: async () => (await zustand()).fanOutListeners,
      'valtio, check by hand': async () => (await valtio()).fanOutListeners,
    },
    aims: [{ beside: 'zustand', atLeast: 0.9 }],
  },
  {
    name: 'set-100',
    what: 'set({ … }) of 100 changed fields at once, told to a listener',
    measures: 'time',
    expected: (steps) => ({ calls: steps, sum: sumOf(patchAt(steps - 1)), refused: true }),
    contestants: {
      escapement: async () => (await escapement()).setHundred,
      zustand: async () => (await zustand()).setHundred,
      'zustand, zod': async () => (await zustand()).setHundredZod,
      'mobx, check by hand': async () => (await mobx()).setHundred,
      'mobx-state-tree': async () => (await mst()).setHundred,
    },
    aims: [{ beside: 'zustand', atLeast: 0.65 }],
  },
  {
    name: 'rollback',
    what: 'ten fields written, then a throw: all as before',
    measures: 'time',
    expected: (steps) => ({ thrown: steps, sum: sumOf(INITIAL) }),
    contestants: {
      escapement: async () => (await escapement()).rollback,
      immer: async () => (await immer()).rollback,
    },
    aims: [{ beside: 'immer', atLeast: 1.5 }],
  },
]
