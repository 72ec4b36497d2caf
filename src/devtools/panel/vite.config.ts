import { defineConfig } from 'vite'

/**
 * The panel as files to be served, `dist/devtools/panel/`: whatever the base they are served at, and under a policy
 * that allows nothing inline.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    target: 'es2022',
    outDir: '../../../dist/devtools/panel',
    emptyOutDir: true,
    // The policy has `data:` for images alone.
    assetsInlineLimit: (file) => (/\.(svg|png)$/.test(file) ? undefined : false),
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
})
