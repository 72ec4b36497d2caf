/** What one import costs a user, and what must not come along. */
export interface SizeRow {
  /** As README's table names it. */
  name: string
  program: string
  /** Bytes, minified and gzipped. Moves only in the commit that spends it. */
  ceiling: number
  /** Packages that are not counted. Everything else that the program pulls in is. */
  external: readonly string[]
  /** Folders or files of src of which nothing may be left in the bundle, and packages it must not import at once. */
  without?: readonly string[]
}

/** The peer dependency: never counted. */
export const SIGNALS = '@preact/signals-core'

export const sizes: readonly SizeRow[] = [
  {
    name: '`{ defineModel, collection, openStore }`',
    program: "export { defineModel, collection, openStore } from 'escapement'",
    // The aim is 8 kB.
    ceiling: 16.5 * 1024,
    external: [SIGNALS],
    without: ['src/core/machine/', 'src/core/fsm/', 'src/core/workflow/', 'src/core/store/undoable.ts'],
  },
  {
    name: '`{ defineMachine, createMachine }`',
    program: "export { defineMachine, createMachine } from 'escapement'",
    // The aim is 6 kB.
    ceiling: 15.8 * 1024,
    external: [SIGNALS],
    without: ['src/core/model/', 'src/core/store/', 'src/core/fsm/', 'src/core/workflow/'],
  },
  {
    name: 'all of these together',
    program: "export { defineModel, collection, openStore, defineMachine, createMachine } from 'escapement'",
    // The aim is 14 kB.
    ceiling: 30.5 * 1024,
    external: [SIGNALS],
    without: ['src/core/fsm/', 'src/core/workflow/', 'src/core/store/undoable.ts'],
  },
  {
    name: '`{ defineFsm, createGuards, createExecutor }`',
    program: "export { defineFsm, createGuards, createExecutor } from 'escapement/fsm'",
    ceiling: 6 * 1024,
    external: ['yaml'],
    without: ['src/core/model/', 'src/core/store/', 'src/core/machine/', 'src/core/fsm/store/', 'yaml', SIGNALS],
  },
  {
    name: '`escapement/storage/file`',
    program: "export { fileStorage } from 'escapement/storage/file'",
    ceiling: 12 * 1024,
    external: [SIGNALS],
    without: ['src/core/model/', 'src/core/store/', 'src/core/machine/', 'src/core/fsm/', 'src/testing/'],
  },
  {
    name: '`escapement/storage/indexeddb`',
    program: "export { indexedDbStorage } from 'escapement/storage/indexeddb'",
    ceiling: 3.6 * 1024,
    external: [SIGNALS],
    without: [
      'src/core/model/',
      'src/core/store/store.ts',
      'src/core/machine/',
      'src/core/fsm/',
      'src/testing/',
      SIGNALS,
    ],
  },
  {
    name: '`{ indexedDbStorage, crossTab }`',
    program: "export { indexedDbStorage, crossTab } from 'escapement/storage/indexeddb'",
    ceiling: 10 * 1024,
    external: [SIGNALS],
    without: ['src/core/model/', 'src/core/store/store.ts', 'src/core/machine/', 'src/core/fsm/', 'src/testing/'],
  },
  {
    name: 'the whole browser stack: models, machines, IndexedDB',
    program: `export { defineModel, collection, openStore, defineMachine, createMachine } from 'escapement'
      export { indexedDbStorage } from 'escapement/storage/indexeddb'`,
    // The aim is 19 kB, with the peer dependency and idb-keyval.
    ceiling: 34.4 * 1024,
    external: [],
    without: ['src/core/fsm/', 'src/core/workflow/', 'src/core/store/undoable.ts'],
  },
  {
    name: '`{ connectStore }`',
    program: "export { connectStore } from 'escapement/worker'",
    ceiling: 19.9 * 1024,
    external: [SIGNALS],
    without: [
      'src/core/model/define-model.ts',
      'src/core/fsm/',
      'src/testing/',
      'comlink',
      'src/adapters/worker/serve.ts',
    ],
  },
  {
    name: '`{ serveStore }`',
    program: "export { serveStore } from 'escapement/worker'",
    ceiling: 10.2 * 1024,
    external: [SIGNALS],
    without: [
      'src/core/model/rows.ts',
      'src/core/store/store.ts',
      'src/core/machine/engine.ts',
      'src/core/fsm/',
      'comlink',
    ],
  },
  {
    name: '`{ offload, serveFunctions }`',
    program: "export { offload, serveFunctions } from 'escapement/worker'",
    ceiling: 6.5 * 1024,
    external: [SIGNALS],
    without: ['src/core/model/rows.ts', 'src/core/store/store.ts', 'src/core/machine/engine.ts', 'src/core/fsm/'],
  },
  {
    name: '`escapement/react`',
    program: "export * from 'escapement/react'",
    ceiling: 1.5 * 1024,
    external: [SIGNALS, 'react'],
    without: ['src/core/model/', 'src/core/machine/', 'src/core/fsm/', 'src/core/store/store.ts', 'src/testing/'],
  },
  {
    name: '`escapement/preact`',
    program: "export * from 'escapement/preact'",
    ceiling: 1.5 * 1024,
    external: [SIGNALS, 'preact', 'preact/hooks'],
    without: ['src/core/model/', 'src/core/machine/', 'src/core/fsm/', 'src/core/store/store.ts', 'src/testing/'],
  },
  {
    name: '`escapement/vue`',
    program: "export * from 'escapement/vue'",
    ceiling: 1.5 * 1024,
    external: [SIGNALS, 'vue'],
    without: ['src/core/model/', 'src/core/machine/', 'src/core/fsm/', 'src/core/store/store.ts', 'src/testing/'],
  },
  {
    name: '`escapement/svelte`',
    program: "export * from 'escapement/svelte'",
    ceiling: 1.5 * 1024,
    external: [SIGNALS, 'svelte', 'svelte/reactivity'],
    without: ['src/core/model/', 'src/core/machine/', 'src/core/fsm/', 'src/core/store/store.ts', 'src/testing/'],
  },
  {
    name: '`escapement/solid`',
    program: "export * from 'escapement/solid'",
    ceiling: 1.5 * 1024,
    external: [SIGNALS, 'solid-js', 'solid-js/web'],
    without: ['src/core/model/', 'src/core/machine/', 'src/core/fsm/', 'src/core/store/store.ts', 'src/testing/'],
  },
  {
    name: '`escapement/devtools`',
    program: "export * from 'escapement/devtools'",
    ceiling: 12 * 1024,
    external: [SIGNALS],
    without: [
      'src/core/model/',
      'src/core/store/',
      'src/core/fsm/',
      'src/core/machine/engine.ts',
      'src/devtools/panel/',
    ],
  },
  {
    name: '`escapement/testing`',
    program: "export * from 'escapement/testing'",
    ceiling: 4 * 1024,
    external: [SIGNALS],
    without: ['src/core/model/', 'src/core/store/', 'src/core/machine/', 'src/core/fsm/', 'src/adapters/'],
  },
  {
    name: '`{ undoable }`',
    program: "export { undoable } from 'escapement'",
    ceiling: 1024,
    external: [SIGNALS],
    without: ['src/core/machine/', 'src/core/fsm/'],
  },
]
