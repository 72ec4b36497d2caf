import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/** Every published entry: its name in `dist`, and its source. `package.json` lists the same in `exports`. */
const entries = {
  'core/index': 'src/core/index.ts',
  'core/fsm/index': 'src/core/fsm/index.ts',
  'core/fsm/store/index': 'src/core/fsm/store/index.ts',
  'cli/index': 'src/cli/index.ts',
  'adapters/storage/file/index': 'src/adapters/storage/file/index.ts',
  'adapters/storage/indexeddb/index': 'src/adapters/storage/indexeddb/index.ts',
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
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'test/*.test.ts'],
          typecheck: { enabled: true, only: false, include: ['src/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
        },
      },
      {
        // The artefact: what stands in dist, by its published names. `npm run build` first.
        test: {
          name: 'dist',
          environment: 'node',
          include: ['test/dist/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
    ],
  },
})
