import { join } from 'node:path'
import { test as base, type Page } from '@playwright/test'
import type { Report } from './fixtures/app/main.ts'
import { load, type Major, makeProjects, type Projects } from './projects.ts'

export { type Major, majors } from './projects.ts'

/** With the app in every way it can have the package, made once. */
export const test = base.extend<object, { projects: Projects }>({
  projects: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are needed from the pattern
    async ({}, use) => {
      const projects = makeProjects()
      await use(projects)
      projects.remove()
    },
    { scope: 'worker' },
  ],
})

/** What the app says of itself, once it and its worker ran. */
export async function reportOf(page: Page): Promise<Report> {
  const handle = await page.waitForFunction(() => (globalThis as { report?: Report }).report)
  return (await handle.jsonValue()) as Report
}

/** A dev server of a major for an app, by the app's own `vite.config.ts`, its optimizer knowing of nothing. */
export async function serve(major: Major, root: string, cacheDir: string) {
  const { createServer } = await load(major)
  const server = await createServer({
    root,
    configFile: join(root, 'vite.config.ts'),
    cacheDir,
    logLevel: 'error',
    server: { host: '127.0.0.1', watch: null },
  })
  await server.listen()
  return { server, url: server.resolvedUrls!.local[0]! }
}

/** What a page does from now on. */
export function watch(page: Page) {
  const seen = { loads: 0, versions: new Set<string>(), errors: [] as string[], requests: [] as string[] }
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) seen.loads++
  })
  page.on('request', (request) => {
    seen.requests.push(request.url())
    const version = /\/deps\/.*[?&]v=(\w+)/.exec(request.url())?.[1]
    if (version) seen.versions.add(version)
  })
  page.on('pageerror', (error) => seen.errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text())
  })
  return seen
}
