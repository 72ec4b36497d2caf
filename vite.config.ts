import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { svelteFiles } from './test/bindings/svelte-files.ts'

/** Every published entry: its name in `dist`, and its source. `package.json` lists the same in `exports`. */
const entries = {
  'core/index': 'src/core/index.ts',
  'core/fsm/index': 'src/core/fsm/index.ts',
  'core/fsm/store/index': 'src/core/fsm/store/index.ts',
  'cli/index': 'src/cli/index.ts',
  'adapters/storage/file/index': 'src/adapters/storage/file/index.ts',
  'adapters/storage/indexeddb/index': 'src/adapters/storage/indexeddb/index.ts',
  'adapters/react/index': 'src/adapters/react/index.ts',
  'adapters/preact/index': 'src/adapters/preact/index.ts',
  'adapters/vue/index': 'src/adapters/vue/index.ts',
  'adapters/svelte/index': 'src/adapters/svelte/index.ts',
  'adapters/solid/index': 'src/adapters/solid/index.ts',
  'adapters/worker/index': 'src/adapters/worker/index.ts',
  'devtools/index': 'src/devtools/index.ts',
  'devtools/vite/index': 'src/devtools/vite/index.ts',
  'testing/index': 'src/testing/index.ts',
}

/** Files that are published as they are. */
const asIs = {
  name: 'as is',
  apply: 'build' as const,
  generateBundle(this: { emitFile(file: { type: 'asset'; fileName: string; source: string }): unknown }) {
    this.emitFile({
      type: 'asset',
      fileName: 'core/fsm/schema.json',
      source: readFileSync(new URL('src/core/fsm/schema.json', import.meta.url), 'utf8'),
    })
  },
}

/** Milliseconds after which a test hangs. Not how fast it should be: the machine may be busy. */
const testTimeout = 120_000

/** Tests that mount real components in a page. */
const MOUNTED = 'src/adapters/*/mounted*.test.ts'

/** What runs as a page: a DOM, and of each package the files that a browser would get. */
const mounted = (name: string, alias: Record<string, string>) => ({
  plugins: [svelteFiles],
  resolve: { conditions: ['browser', 'development'], alias },
  test: {
    name,
    environment: 'happy-dom',
    testTimeout,
    include: [MOUNTED],
    // Through Vite, for its conditions; and so that a test can have a second copy of one.
    server: { deps: { inline: [/svelte/, /solid-js/, /preact/, /signals-core/] } },
  },
})

export default defineConfig({
  plugins: [asIs],
  build: {
    target: 'es2022',
    minify: false,
    sourcemap: true,
    emptyOutDir: true,
    lib: { entry: entries, formats: ['es'] },
    rollupOptions: {
      // Everything that is not ours stays an import: the user's package manager decides its version.
      external: (id) => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('src/'),
      // One file per module, so that `sideEffects: false` lets a bundler drop what is not used, file by file.
      output: { preserveModules: true, preserveModulesRoot: 'src', entryFileNames: '[name].js' },
    },
  },
  test: {
    // Vitest takes one core less than there are; what takes long here waits for disks and other processes.
    maxWorkers: 2,
    projects: [
      {
        plugins: [svelteFiles],
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'test/*.test.ts'],
          exclude: [MOUNTED],
          testTimeout,
          typecheck: { enabled: true, only: false, include: ['src/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
        },
      },
      mounted('bindings', {}),
      // The oldest that `peerDependencies` promise to work with.
      mounted('bindings, older frameworks', { preact: 'preact10' }),
      {
        // The artefact: what stands in dist, by its published names. `npm run build` first.
        test: {
          name: 'dist',
          environment: 'node',
          include: ['test/dist/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout,
        },
      },
      // By the published names too.
      './demo/vite.config.ts',
    ],
  },
})
