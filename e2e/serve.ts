import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type InlineConfig } from 'vite'

/** Pages at an address of their own, on this machine alone. */
export interface Site {
  /** Ends with a slash. */
  readonly url: string
  /** Stops serving, and removes what was built for it. */
  close(): Promise<void>
}

/** How a site answers. */
export interface SiteOptions {
  /** Sent with every answer: a Content-Security-Policy, say. */
  readonly headers?: Readonly<Record<string, string>>
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Serves the files of a folder, as they are at each request. `/` is `index.html`. */
export async function serveFolder(folder: string, { headers = {} }: SiteOptions = {}): Promise<Site> {
  const base = resolve(folder)
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = resolve(base, `.${decodeURIComponent(pathname)}${pathname.endsWith('/') ? 'index.html' : ''}`)
    const body = file.startsWith(base + sep) ? await readFile(file).catch(() => undefined) : undefined
    response.writeHead(body ? 200 : 404, {
      'content-type': body ? (TYPES[extname(file)] ?? 'application/octet-stream') : 'text/plain',
      'cache-control': 'no-store',
      ...headers,
    })
    response.end(body ?? 'not found')
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(0, '127.0.0.1', listening)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

/**
 * Builds a program with Vite and serves it on a page that holds `<div id="root">` and nothing else. `escapement` and
 * its entries are what stands in `dist`.
 *
 * @param program a TypeScript file: `new URL('./fixtures/notes.ts', import.meta.url)`
 */
export function serveProgram(program: URL, options: SiteOptions = {}): Promise<Site> {
  const virtual = {
    name: 'page of a program',
    enforce: 'pre' as const,
    generateBundle(this: { emitFile(file: { type: 'asset'; fileName: string; source: string }): unknown }) {
      const source = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>test</title>
<link rel="icon" href="data:,"></head><body><div id="root"></div><script type="module" src="./page.js"></script></body></html>`
      this.emitFile({ type: 'asset', fileName: 'index.html', source })
    },
  }
  return serveBuilt(
    {
      plugins: [virtual],
      build: {
        rollupOptions: { input: { page: fileURLToPath(program) }, output: { entryFileNames: '[name].js' } },
      },
    },
    options,
  )
}

/** Builds an application, a folder with an `index.html`, with Vite, and serves it. */
export function serveApp(folder: URL, config: InlineConfig = {}, options: SiteOptions = {}): Promise<Site> {
  return serveBuilt({ ...config, root: fileURLToPath(folder) }, options)
}

async function serveBuilt(config: InlineConfig, options: SiteOptions): Promise<Site> {
  const outDir = await mkdtemp(join(tmpdir(), 'escapement-site-'))
  try {
    await build({
      root,
      configFile: false,
      publicDir: false,
      logLevel: 'error',
      base: './',
      ...config,
      resolve: { ...config.resolve, alias: [...published(), ...((config.resolve?.alias as []) ?? [])] },
      build: { target: 'es2022', minify: false, ...config.build, outDir, emptyOutDir: true },
    })
    const site = await serveFolder(outDir, options)
    return {
      url: site.url,
      async close() {
        await site.close()
        await rm(outDir, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(outDir, { recursive: true, force: true })
    throw error
  }
}

/** The published names, as files of `dist`. */
function published(): { find: RegExp; replacement: string }[] {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, string | { default: string }>
  }
  return Object.entries(exports).map(([path, target]) => ({
    find: new RegExp(`^${name}${path.slice(1)}$`),
    replacement: join(root, typeof target === 'string' ? target : target.default),
  }))
}
