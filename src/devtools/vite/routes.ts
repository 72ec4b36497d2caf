import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { type AllowedHosts, admits } from './admission.ts'
import type { PanelFile } from './panel-files.ts'

export interface RouteOptions {
  /** Where the panel lives: `/app/__escapement/`. */
  readonly mount: string
  readonly token: string
  readonly hosts: AllowedHosts
  /** What the user wants on every answer: an app that is cross-origin isolated can frame the panel by these alone. */
  readonly headers: OutgoingHttpHeaders
  /** Asked at the first request for a file. */
  panel(): ReadonlyMap<string, PanelFile>
}

/** Answers a request it knows; calls `next` for every other. */
export type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

interface Answer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body?: Buffer
}

/** Styles come by CSSOM and as files, scripts and workers as files; nothing comes from elsewhere, nobody else frames. */
const CSP = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'"
const ONCE = { 'cache-control': 'no-store' }

/**
 * Every route of the devtools, below `mount`. What stands there is ours alone: nothing falls through to the app. The
 * relay's routes are to stand beside `token`, behind the same admission.
 */
export function createRoutes(options: RouteOptions): Handler {
  const { mount, hosts, token } = options
  let files: ReadonlyMap<string, PanelFile> | undefined
  const answer = (name: string, etag: string | undefined): Answer => {
    if (name === 'token') return json({ token })
    files ??= options.panel()
    return fileAnswer(files.get(name === '' ? 'index.html' : name), etag)
  }
  return (request, response, next) => {
    const { url = '', method, headers } = request
    const path = url.split(/[?#]/, 1)[0]!
    if (`${path}/` !== mount && !path.startsWith(mount)) return next()
    if (!admits(headers, hosts)) return refuse(response)
    dress(response, options.headers)
    if (method !== 'GET' && method !== 'HEAD')
      return send(request, response, { status: 405, headers: { ...ONCE, allow: 'GET, HEAD' } })
    // What the page names relatively needs the slash. The query goes along.
    if (!path.startsWith(mount))
      return send(request, response, { status: 302, headers: { ...ONCE, location: mount + url.slice(path.length) } })
    send(request, response, answer(path.slice(mount.length), headers['if-none-match']))
  }
}

function json(value: object): Answer {
  return {
    status: 200,
    headers: { ...ONCE, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value)),
  }
}

function fileAnswer(file: PanelFile | undefined, known: string | undefined): Answer {
  if (!file) return { status: 404, headers: ONCE }
  const { body, etag, immutable, type } = file
  const headers = { etag, 'cache-control': immutable ? 'max-age=31536000, immutable' : 'no-cache' }
  return known === etag
    ? { status: 304, headers }
    : { status: 200, headers: { ...headers, 'content-type': type }, body }
}

/** Nothing: no body, no reason, and not what CORS before us has allowed. */
function refuse(response: ServerResponse): void {
  dropCors(response)
  response.writeHead(403, { ...ONCE, 'content-length': 0 })
  response.end()
}

function dropCors(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) if (name.startsWith('access-control-')) response.removeHeader(name)
}

function dress(response: ServerResponse, headers: OutgoingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value)
  dropCors(response)
  response.setHeader('content-security-policy', CSP)
  response.setHeader('cross-origin-resource-policy', 'same-origin')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('x-content-type-options', 'nosniff')
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, status === 304 ? headers : { ...headers, 'content-length': body?.length ?? 0 })
  response.end(request.method === 'HEAD' ? undefined : body)
}
