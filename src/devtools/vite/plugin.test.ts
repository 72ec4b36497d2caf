import { createServer as createHttpServer } from 'node:http'
import { stripVTControlCharacters } from 'node:util'
import type { ViteDevServer } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { AGENT, ask, majors, portOf, project } from './fixtures/dev-server.ts'

const { folder, config, plugin, remove } = project()
afterAll(remove)

const mount = '/__escapement/'
const agentUrl = '/@id/__x00__escapement-agent'
const stranger = { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }

describe.each(majors)('Vite %s', (_, vite) => {
  const open: { close(): Promise<unknown> | unknown }[] = []
  afterEach(async () => {
    vi.unstubAllEnvs()
    for (const one of open.splice(0)) await one.close()
  })

  async function start(more?: Parameters<typeof config>[0]) {
    const server = await vite.createServer(config(more))
    await server.listen()
    open.push(server)
    return { server, port: portOf(server) }
  }

  describe('by default', () => {
    let server: ViteDevServer
    let port: number
    beforeAll(async () => {
      ;({ server, port } = await start({ server: { headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' } } }))
      open.length = 0
    })
    afterAll(() => server.close())

    test('the agent is the first script of a page', async () => {
      const { body } = await ask(port, '/', { accept: 'text/html' })
      expect(body.match(/<script[^>]*src="([^"]*)"/g)).toEqual([
        `<script type="module" src="${agentUrl}"`,
        '<script type="module" src="/@vite/client"',
        '<script type="module" src="/main.ts"',
      ])
    })
    test('and is what was prebuilt, started with the options', async () => {
      const { body } = await ask(port, agentUrl)
      expect(body).toContain('connectDevtools(JSON.parse("{}"))')
      const code = /from "([^"]*)"/.exec(body)?.[1]
      expect(code).toBe('/@id/__x00__escapement-agent-code')
      expect((await ask(port, code!)).body).toContain(AGENT.split('\n', 1)[0])
    })
    test('it is the first import of a module worker, and of nothing else', async () => {
      const worker = await ask(port, '/worker.ts?worker_file&type=module')
      const imports = worker.body.match(/import[^;]*?"[^"]*"/g)?.map((one) => /"(.*)"/.exec(one)?.[1])
      expect(imports).toEqual([agentUrl, expect.stringMatching(/vite\/env|client\/env\.mjs/), '/dep.ts'])
      for (const path of ['/main.ts', '/dep.ts', '/worker.ts'])
        expect((await ask(port, path)).body).not.toContain('escapement-agent')
    })
    test('what is rendered on the server is left alone', async () => {
      const rendered = await server.transformRequest('/worker.ts?worker_file&type=module', { ssr: true })
      expect(rendered?.code).not.toContain('escapement-agent')
    })

    test('the panel is served, and nothing but the panel', async () => {
      const page = await ask(port, mount, { accept: 'text/html' })
      expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
      expect(page.body).toContain('./assets/panel-DUMMY_1x.js')
      // Not the app's page: the agent has no place in its own panel.
      expect(page.body).not.toContain('escapement-agent')
      expect(await ask(port, `${mount}index.html?a`)).toMatchObject({ status: 200, body: page.body })
      expect(await ask(port, `${mount}assets/panel-DUMMY_1x.js`)).toMatchObject({
        status: 200,
        headers: { 'content-type': 'text/javascript; charset=utf-8' },
        body: 'export const panel = 1\n',
      })
      expect((await ask(port, `${mount}assets/panel-DUMMY_1x.css`)).headers['content-type']).toBe(
        'text/css; charset=utf-8',
      )
      expect((await ask(port, `${mount}none`, { accept: 'text/html' })).status).toBe(404)
    })
    test('without its slash it is redirected', async () => {
      expect(await ask(port, '/__escapement?a=1')).toMatchObject({ status: 302, headers: { location: `${mount}?a=1` } })
      expect((await ask(port, '/__escapementx', { accept: 'text/html' })).body).toContain('/main.ts')
    })
    test.each([
      '../secret.txt',
      '..%2fsecret.txt',
      '%2e%2e/secret.txt',
      '..\\secret.txt',
      'assets/../../secret.txt',
      'assets/..%5c..%5csecret.txt',
      '/etc/passwd',
      '%00',
      '%',
      '../agent.js',
      'constructor',
      '__proto__',
      './index.html',
    ])('the path %s is none', async (path) => {
      expect(await ask(port, mount + path)).toMatchObject({ status: 404, body: '' })
    })

    test('files that never change are kept, the page is asked for again', async () => {
      const file = await ask(port, `${mount}assets/panel-DUMMY_1x.js`)
      expect(file.headers['cache-control']).toBe('max-age=31536000, immutable')
      const { headers } = await ask(port, mount)
      expect(headers['cache-control']).toBe('no-cache')
      expect(await ask(port, mount, { 'if-none-match': headers.etag })).toMatchObject({ status: 304, body: '' })
      expect((await ask(port, mount, { 'if-none-match': '"x"' })).status).toBe(200)
    })
    test('HEAD has the head of GET, and other methods have no answer', async () => {
      const [head, get] = [await ask(port, mount, {}, 'HEAD'), await ask(port, mount)]
      const { date: _, ...rest } = get.headers
      expect(head).toMatchObject({ status: 200, body: '', headers: rest })
      for (const method of ['POST', 'PUT', 'DELETE'])
        expect(await ask(port, mount, {}, method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    })
    test('the policy is the panel’s, and the user’s own headers come along', async () => {
      for (const path of ['', 'token', 'none'])
        expect((await ask(port, mount + path)).headers).toMatchObject({
          'content-security-policy':
            "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'",
          'cross-origin-embedder-policy': 'require-corp',
          'cross-origin-resource-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        })
    })

    test('the token is there, and is kept nowhere', async () => {
      const { status, headers, body } = await ask(port, `${mount}token`, { 'sec-fetch-site': 'same-origin' })
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'application/json', 'no-store'])
      expect(JSON.parse(body)).toEqual({ token: expect.stringMatching(/^[\w-]{43}$/) })
    })
    test.each(['', 'index.html', 'assets/panel-DUMMY_1x.js', 'token', 'none'])(
      'a stranger gets nothing of "%s"',
      async (path) => {
        for (const headers of [stranger, { origin: stranger.origin }, { 'sec-fetch-site': 'cross-site' }])
          for (const method of ['GET', 'HEAD', 'POST']) {
            const reply = await ask(port, mount + path, headers, method)
            expect(reply).toMatchObject({ status: 403, body: '' })
            expect(Object.keys(reply.headers).filter((name) => /^access-control|etag|content-type/.test(name))).toEqual(
              [],
            )
          }
        expect((await ask(port, '/__escapement', stranger)).status).toBe(403)
      },
    )
    test('nor does a page whose name was rebound to this address', async () => {
      const rebound = { host: `evil.example:${port}`, 'sec-fetch-site': 'same-origin' }
      const { status, body } = await ask(port, `${mount}token`, rebound)
      // Later majors answer before us, with a sentence of their own.
      expect([status, body.includes('token')]).toEqual([403, false])
    })
    test('a page of this server may read nothing by CORS', async () => {
      const { headers } = await ask(port, `${mount}token`, { origin: `http://127.0.0.1:${port}` })
      expect(headers['access-control-allow-origin']).toBeUndefined()
    })

    test('a restart keeps the token', async () => {
      const before = (await ask(port, `${mount}token`)).body
      // As Vite's own restart does: the server is made anew from its configuration.
      await server.restart()
      expect((await ask(portOf(server), `${mount}token`)).body).toBe(before)
    })
  })

  test('CORS headers that the user adds are not ours', async () => {
    const { port } = await start({ server: { cors: true, headers: { 'Access-Control-Allow-Origin': '*' } } })
    for (const path of ['', 'token']) {
      const { status, headers } = await ask(port, mount + path)
      expect([status, headers['access-control-allow-origin']]).toEqual([200, undefined])
    }
  })
  test('another project has another token', async () => {
    const tokens = [await start(), await start({ root: folder })].map(({ port }) => ask(port, `${mount}token`))
    const [one, other] = await Promise.all(tokens)
    expect(one?.body).not.toBe(other?.body)
  })
  test('a base comes before everything', async () => {
    const { port } = await start({ base: '/app/' })
    const { body } = await ask(port, '/app/', { accept: 'text/html' })
    expect(body.match(/src="([^"]*)"/)?.[1]).toBe(`/app${agentUrl}`)
    expect((await ask(port, `/app${agentUrl}`)).body).toContain('/app/@id/__x00__escapement-agent-code')
    expect((await ask(port, '/app/worker.ts?worker_file&type=module')).body).toMatch(
      new RegExp(`^import "/app${agentUrl}"`),
    )
    expect((await ask(port, `/app${mount}`)).body).toContain('./assets/panel-DUMMY_1x.js')
    expect((await ask(port, '/app/__escapement')).headers.location).toBe(`/app${mount}`)
    expect((await ask(port, mount)).body).not.toContain('./assets/panel-DUMMY_1x.js')
  })
  test('in middleware mode the panel is served by whoever listens', async () => {
    const server = await vite.createServer(config({ appType: 'custom', server: { middlewareMode: true } }))
    const http = createHttpServer(server.middlewares).listen(0, '127.0.0.1')
    await new Promise((resolve) => http.once('listening', resolve))
    open.push(server, { close: () => new Promise((resolve) => http.close(resolve)) })
    const { port } = http.address() as { port: number }
    expect((await ask(port, mount)).body).toContain('./assets/panel-DUMMY_1x.js')
    expect((await ask(port, `${mount}token`, stranger)).status).toBe(403)
    expect((await ask(port, agentUrl)).body).toContain('connectDevtools')
    expect(await server.transformIndexHtml('/', '<html><head></head></html>')).toContain(agentUrl)
  })
  test('its address is printed with Vite’s own', async () => {
    const printed: string[] = []
    const customLogger = { ...vite.createLogger('silent'), info: (text: string) => void printed.push(text) }
    const { server, port } = await start({ base: '/app/', customLogger })
    server.printUrls()
    expect(printed.map(stripVTControlCharacters).filter((line) => line.includes('➜'))).toEqual([
      `  ➜  Local:   http://127.0.0.1:${port}/app/`,
      `  ➜  Escapement: http://127.0.0.1:${port}/app/__escapement/`,
    ])
  })
  test('options reach the agent as they are', async () => {
    const options = JSON.parse('{ "values": "types", "label": "</script>\\u2028`\\"\'", "__proto__": { "a": 1 } }')
    const { port } = await start({ plugins: [plugin(options)] })
    const { body } = await ask(port, agentUrl)
    expect(body).not.toContain('</script>')
    const text = /JSON\.parse\((".*")\)/s.exec(body)?.[1] ?? ''
    expect(JSON.parse(JSON.parse(text))).toEqual(options)
  })

  const absent = async (more: Parameters<typeof config>[0]) => {
    const { port } = await start(more)
    expect((await ask(port, '/', { accept: 'text/html' })).body).not.toContain('escapement')
    expect((await ask(port, '/worker.ts?worker_file&type=module')).body).not.toContain('escapement')
    // The app's own page, as for every path that is nobody's.
    expect((await ask(port, `${mount}token`, { accept: 'text/html' })).body).toContain('/main.ts')
  }
  test('it is off when told so', () => absent({ plugins: [plugin({ enabled: false })] }))
  test('it is off under Vitest', () => absent({ plugins: [plugin({ enabled: undefined as never })] }))
  test('it is off in mode test', () => {
    vi.stubEnv('VITEST', undefined)
    return absent({ mode: 'test', plugins: [plugin({ enabled: undefined as never })] })
  })
  test('and on elsewhere', async () => {
    vi.stubEnv('VITEST', undefined)
    const { port } = await start({ plugins: [plugin({ enabled: undefined as never })] })
    expect((await ask(port, '/', { accept: 'text/html' })).body).toContain(agentUrl)
  })
})
