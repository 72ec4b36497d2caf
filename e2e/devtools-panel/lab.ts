import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { type Site, serveFolder } from '../serve.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const source = (path: string) => join(root, 'src', path)

/** What the Vite plugin sends with the panel. */
export const POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'"

/** The app of `./app` with the panel beside it at `__escapement/`, as the Vite plugin has them, and its policy. */
export async function serveLab(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'escapement-panel-'))
  const app = fileURLToPath(new URL('./app', import.meta.url))
  try {
    await build({
      root: app,
      configFile: false,
      logLevel: 'error',
      base: './',
      worker: { format: 'es' },
      build: {
        target: 'es2022',
        minify: false,
        outDir: folder,
        emptyOutDir: true,
        modulePreload: { polyfill: false },
        rollupOptions: { input: [join(app, 'index.html'), join(app, 'many.html')] },
      },
    })
    await build({
      root: source('devtools/panel'),
      configFile: source('devtools/panel/vite.config.ts'),
      logLevel: 'error',
      build: { outDir: join(folder, '__escapement') },
    })
    const site = await serveFolder(folder, { headers: { 'content-security-policy': POLICY } })
    return {
      url: site.url,
      async close() {
        await site.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
