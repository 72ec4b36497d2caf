import { fileURLToPath } from 'node:url'
import { escapement } from 'escapement/vite'
import { defineConfig } from 'vitest/config'
import { dataset } from './plugins/dataset.ts'
import { serviceWorker } from './plugins/service-worker.ts'

// `escapement` is this package itself, found by its own name in its `exports`: what `npm run build` made.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [escapement(), dataset(), serviceWorker()],
  worker: { format: 'es', plugins: () => [dataset()] },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1' },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', sourcemap: false },
  test: { name: 'demo', environment: 'node', testTimeout: 60_000 },
})
