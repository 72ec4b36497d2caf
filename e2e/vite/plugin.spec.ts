import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, type Page } from '@playwright/test'
import { CONTROL_CHANNEL, VERSION } from '../../src/devtools/protocol/identity.ts'
import { serveFolder } from '../serve.ts'
import { type Major, majors, reportOf, serve, test, watch } from './lab.ts'
import { cli, type How, load } from './projects.ts'

const run = promisify(execFile)
const ways: How[] = ['installed', 'linked', 'self-referenced']
const everywhere = (agent: boolean) => ({ page: { agent, open: true }, worker: { agent, open: true } })

for (const major of Object.keys(majors).map(Number) as Major[]) {
  test.describe(`Vite ${major}, in dev`, () => {
    for (const how of ways)
      test(`the agent is on before the app's first module, page and worker, ${how}; nothing loads twice`, async ({
        page,
        projects,
      }) => {
        const { server, url } = await serve(major, projects.roots[how], projects.scratch())
        const seen = watch(page)
        await page.goto(url)
        expect(await reportOf(page)).toEqual(everywhere(true))
        await server.close()
        // A dependency that the optimizer meets late is asked for under a version of its own, then all are made anew.
        expect(seen.versions.size).toBe(1)
        expect([seen.loads, seen.errors]).toEqual([1, []])
      })

    test('a dependency met late would be seen', async ({ page, projects }) => {
      const { server, url } = await serve(major, projects.roots['self-referenced'], projects.scratch())
      const seen = watch(page)
      await page.goto(url)
      await reportOf(page)
      const late = page.waitForRequest(/\/deps\/devalue/)
      // Whether Vite then has the page reload depends on what else the dependency needs, and on the major.
      await Promise.all([late, page.evaluate(() => import(`${location.origin}/late.ts`)).catch(() => undefined)])
      expect(seen.versions.size).toBe(2)
      await server.close()
    })

    test('the panel opens and finds page and worker; another port gets nothing', async ({ context, projects }) => {
      const { server, url } = await serve(major, projects.roots.installed, projects.scratch())
      const stranger = await serveFolder(projects.scratch())
      const [app, panel, other] = [await context.newPage(), await context.newPage(), await context.newPage()]
      await app.goto(url)
      await reportOf(app)
      await other.goto(stranger.url)
      await listen(other)

      const address = `${url}__escapement/`
      const seen = watch(panel)
      await panel.goto(address, { waitUntil: 'networkidle' })
      await listen(panel)
      await panel.waitForFunction(() => new Set(heard.map(({ kind }) => kind)).size === 2)
      expect(seen.errors).toEqual([])
      expect(seen.requests.filter((one) => !one.startsWith(address) && !one.startsWith('data:'))).toEqual([])
      expect(await panel.evaluate(async () => (await (await fetch('token')).json()).token)).toMatch(/^[\w-]{43}$/)

      const answers = new Set<number>()
      other.on('response', (response) => response.url().startsWith(address) && answers.add(response.status()))
      expect(await attempts(other, address)).toEqual({
        token: 'TypeError',
        unread: 'opaque',
        script: 'error',
        module: 'TypeError',
        frame: 'nothing to see',
      })
      expect([...answers]).toEqual([403])
      expect(await other.evaluate(() => heard)).toEqual([])
      await server.close()
      await stranger.close()
    })
  })

  test(`Vite ${major}: builds and previews hold nothing of it, whatever NODE_ENV says`, async ({ page, projects }) => {
    const root = projects.roots.installed
    const { preview } = await load(major)
    const environments = ['production', 'development'].map((NODE_ENV) => ({ NODE_ENV, outDir: projects.scratch() }))
    await Promise.all(
      environments.map(({ NODE_ENV, outDir }) =>
        run(process.execPath, [cli(major), 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'error'], {
          cwd: root,
          env: { ...process.env, NODE_ENV },
        }),
      ),
    )
    for (const { outDir } of environments) {
      const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((file) => /\.\w+$/.test(file))
      expect(files.map((file) => file.replace(/-[\w-]+\./, '.').replaceAll('\\', '/')).sort()).toEqual([
        'assets/index.js',
        'assets/worker.js',
        'index.html',
      ])
      const text = files.map((file) => readFileSync(join(outDir, file), 'utf8')).join('\n')
      expect(text.match(/connectDevtools|escapement-agent|__escapement/g)).toBe(null)

      const server = await preview({
        root,
        configFile: join(root, 'vite.config.ts'),
        build: { outDir },
        preview: { host: '127.0.0.1' },
      })
      const url = server.resolvedUrls!.local[0]!
      await page.goto(url)
      expect(await reportOf(page)).toEqual(everywhere(false))
      expect(await (await page.request.get(`${url}__escapement/token`)).text()).not.toContain('token')
      await server.close()
    }
  })
}

declare global {
  var heard: { kind: string }[]
}

/** Asks who is there, as a panel does. Who answers is in `heard`. */
function listen(page: Page) {
  return page.evaluate(
    ([name, who]) => {
      globalThis.heard = []
      const channel = new BroadcastChannel(name)
      channel.onmessage = ({ data }) => {
        for (const line of data.split('\n').filter(Boolean)) {
          const frame = JSON.parse(line)
          if (frame.k === 'here') heard.push(frame.target)
        }
      }
      channel.postMessage(who)
    },
    [CONTROL_CHANNEL, JSON.stringify({ k: 'who', v: VERSION, at: 0 })] as const,
  )
}

/** What a page of another port gets when it tries to read the devtools at `address`. */
function attempts(page: Page, address: string) {
  return page.evaluate(async (address) => {
    const name = (error: unknown) => (error as Error).name
    const loads = (element: HTMLScriptElement | HTMLIFrameElement, src: string) =>
      new Promise<string>((settled) => {
        element.onload = () => settled('load')
        element.onerror = () => settled('error')
        element.src = src
        document.body.append(element)
      })
    const token = await fetch(`${address}token`).then((answer) => answer.text(), name)
    const unread = await fetch(`${address}token`, { mode: 'no-cors' }).then(({ type }) => type, name)
    const script = await loads(document.createElement('script'), `${address}token`)
    const module = await import(`${address}index.html`).then(() => 'module', name)
    const frame = document.createElement('iframe')
    await loads(frame, address)
    const see = () => frame.contentWindow?.document.body.innerHTML
    let seen: string | undefined = 'nothing to see'
    try {
      seen = see() || seen
    } catch {
      // Another origin, as it should be.
    }
    return { token, unread, script, module, frame: seen }
  }, address)
}
