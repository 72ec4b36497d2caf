import { join } from 'node:path'
import { defineConfig } from 'vite'

/**
 * The agent as one file that imports nothing, `dist/devtools/agent.js`: what the Vite plugin serves as it stands. The
 * entry `escapement/devtools`, for those who start the agent themselves, is built with all the others.
 */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    target: 'es2022',
    outDir: '../../../dist/devtools',
    // What else stands there is of other builds.
    emptyOutDir: false,
    copyPublicDir: false,
    lib: { entry: join(import.meta.dirname, '../index.ts'), formats: ['es'], fileName: () => 'agent.js' },
  },
})
