import { effect } from '@preact/signals-core'
import type { Member } from '../../core/ports/host.ts'
import { systemTimers, type Timers } from '../../core/ports/timers.ts'
import type { Store } from '../../core/store/store.ts'
import { Client } from './client.ts'
import { describe, differences } from './definitions.ts'
import { type Endpoint, type EndpointLike, endpointOf, hostEndpoints } from './endpoint.ts'
import { textOf } from './error-text.ts'
import { errors } from './errors.ts'
import { Outbox } from './outbox.ts'
import { type Answer, type Hello, type Item, isCalls, isCounts, isHello, kindOf, PROTOCOL } from './protocol.ts'

/** Sessions that are remembered after their page has left, for what it may send again. */
const SESSIONS = 64
/** A page that says nothing for so long has gone without a word. One that comes back is welcomed again. */
const FORGOTTEN_MS = 5 * 60_000

/** How a store is served. */
export interface ServeOptions {
  /** Where to listen: a port, or anything that `connectStore` takes too. Default: the worker this runs in. */
  endpoint?: EndpointLike
  /** Clock and timers; tests drive them by hand. */
  timers?: Timers
}

/** A store being served. */
export interface Serving {
  /** Serves one more page, at this port. */
  accept(endpoint: EndpointLike): void
  /** How many pages are connected. */
  readonly pages: number
  /** Ends the serving; the store goes on. */
  close(): void
}

/**
 * Serves a store to pages: they keep mirrors of it by `connectStore`.
 *
 * In a SharedWorker, or wherever pages may come before the store is open, hand over the promise:
 * `serveStore(openStore(…))`. A store that cannot be opened is then told to every page that connects.
 *
 * @throws EscapementError outside of a worker, without an `endpoint`
 * @example
 * ```ts
 * // worker.ts
 * serveStore(openStore({ storage: indexedDbStorage('app'), state: [Telemetry, Connection] }))
 * ```
 */
export function serveStore(store: Store | Promise<Store>, options: ServeOptions = {}): Serving {
  const server = new Server(store, options.timers ?? systemTimers)
  if (options.endpoint) server.accept(options.endpoint)
  else server.ending(hostEndpoints((endpoint, forgetful) => server.accept(endpoint, forgetful)))
  return server
}

type Opened = { readonly store: Store } | { readonly error: unknown }

/** One way to a page. */
interface Line {
  /** What it greeted with before the store was open. */
  greeting: Hello | undefined
  client: Client | undefined
  /** When it last spoke. */
  at: number
  readonly close: () => void
  unannounce?: () => void
}

class Server implements Serving {
  readonly #timers: Timers
  readonly #sessions = new Map<string, Client>()
  readonly #ends: (() => void)[] = []
  readonly #lines = new Map<Endpoint, Line>()
  #opened: Opened | undefined
  // Writes that were sent again, by name, and how they ended.
  readonly #resent = new Map<string, Answer | Promise<Answer>>()
  #status: Item = ['status', 'memory', undefined]
  #stopSweep: (() => void) | undefined
  #closed = false

  constructor(store: Store | Promise<Store>, timers: Timers) {
    this.#timers = timers
    if (!(store instanceof Promise)) this.#open(store)
    else
      store.then(
        (opened) => this.#open(opened),
        (error) => this.#settle({ error }),
      )
  }

  get pages(): number {
    return [...this.#lines.values()].filter(({ client }) => client !== undefined).length
  }

  ending(end: () => void): void {
    this.#ends.push(end)
  }

  /** @param forgetful what was said before anybody listened is lost */
  accept(source: EndpointLike, forgetful = false): void {
    const endpoint = endpointOf(source)
    const close = endpoint.open({
      message: (data) => this.#message(endpoint, data),
      lost: () => this.#lost(endpoint),
    })
    const line: Line = { greeting: undefined, client: undefined, at: this.#timers.now(), close }
    this.#lines.set(endpoint, line)
    if (forgetful) {
      // Unless the page is about to be heard all the same.
      line.unannounce = this.#timers.after(0, () => {
        if (!line.client && !line.greeting) endpoint.post(['e:ready'])
      })
    }
    this.#stopSweep ??= this.#timers.after(FORGOTTEN_MS, () => this.#sweep())
  }

  close(): void {
    this.#closed = true
    this.#stopSweep?.()
    for (const end of this.#ends.splice(0)) end()
    for (const endpoint of [...this.#lines.keys()]) {
      endpoint.post(['e:gone', 0])
      this.#lost(endpoint)
    }
    this.#sessions.clear()
  }

  #open(store: Store): void {
    if (this.#closed) return
    this.ending(
      store.watch({
        commit: (touched, log) => {
          for (const { client } of this.#lines.values()) client?.note(touched, log)
        },
        aside: (holder, machine) => {
          for (const { client } of this.#lines.values()) client?.aside(holder, machine)
        },
      }),
    )
    this.ending(
      effect(() => {
        const { status, storageError } = store
        this.#status = ['status', status, storageError && textOf(storageError)]
        for (const { client } of this.#lines.values()) client?.tell(this.#status)
      }),
    )
    this.#settle({ store })
  }

  #settle(opened: Opened): void {
    this.#opened = opened
    for (const [endpoint, { greeting }] of this.#lines) if (greeting) this.#hello(endpoint, greeting)
  }

  #lost(endpoint: Endpoint): void {
    const line = this.#lines.get(endpoint)
    line?.unannounce?.()
    line?.client?.leave(endpoint)
    line?.close()
    this.#lines.delete(endpoint)
  }

  /** Pages that have gone without a word, and sessions beyond those that are remembered. */
  #sweep(): void {
    const old = this.#timers.now() - FORGOTTEN_MS
    for (const [endpoint, line] of this.#lines) {
      if (line.at > old) continue
      line.client?.leave(endpoint)
      line.client = undefined
    }
    for (const [session, client] of this.#sessions) {
      if (this.#sessions.size <= SESSIONS) break
      if (!client.here) this.#sessions.delete(session)
    }
    this.#stopSweep = this.#timers.after(FORGOTTEN_MS, () => this.#sweep())
  }

  #message(endpoint: Endpoint, message: unknown): void {
    const kind = kindOf(message)
    const line = this.#lines.get(endpoint)
    if (kind === undefined || line === undefined) return
    line.at = this.#timers.now()
    const parts = message as readonly unknown[]
    if (kind === 'e:hello') {
      if (!isHello(parts)) return
      if (this.#opened) this.#hello(endpoint, parts)
      // Of several only the newest.
      else line.greeting = parts
      return
    }
    const { client } = line
    if (kind === 'e:bye') {
      client?.leave(endpoint)
      line.client = undefined
      return
    }
    const epoch = parts[1] as number
    if (client === undefined) {
      // It was taken for gone: it is to greet again.
      if (this.#opened) endpoint.post(['e:gone', 1])
      return
    }
    // Of a time before its latest greeting: sent again, if it matters.
    if (epoch !== client.epoch) return
    if (kind === 'e:calls' && isCalls(parts)) {
      const [, , first, applied, bytes, ...whole] = parts
      client.heard(epoch, applied)
      if (!client.calls(first, bytes, whole)) endpoint.post(['e:gap', epoch])
    } else if (kind === 'e:ping' && isCounts(parts, 4)) {
      client.heard(epoch, parts[3] as number)
      endpoint.post(['e:pong', epoch, ...client.position])
    } else if (kind === 'e:ack' && isCounts(parts, 3)) client.heard(epoch, parts[2] as number)
    else endpoint.post(['e:gap', epoch])
  }

  #hello(endpoint: Endpoint, [, protocol, session, epoch, next, described]: Hello): void {
    const line = this.#lines.get(endpoint)
    const opened = this.#opened
    if (line === undefined || opened === undefined) return
    const refuse = (error: unknown) => endpoint.post(['e:refuse', epoch, textOf(error)])
    if ('error' in opened) {
      refuse(opened.error)
      return
    }
    const { store } = opened
    const held = new Map([...store.members()].map((member) => [member.holder.definition.key, member]))
    const found =
      protocol === PROTOCOL ? differences(described, [...held.values()].map(describe)) : [versions(protocol)]
    if (found.length > 0) {
      refuse(errors.MISMATCH({ differences: found }))
      return
    }
    const known = this.#sessions.get(session)
    // It came twice, or late.
    if (known && epoch <= known.epoch) return
    const members = described.map(({ key }) => held.get(key) as Member)
    const client = known ?? new Client({ store, members }, new Outbox(members), this.#sessions, this.#resent)
    this.#sessions.set(session, client)
    // It has come by another way; what still comes by the old one is not for it.
    for (const other of this.#lines.values()) if (other.client === client) other.client = undefined
    line.client = client
    client.welcome(endpoint, epoch, next, known !== undefined, [this.#status])
  }
}

const versions = (protocol: number) => `protocol: ${protocol} in the page, ${PROTOCOL} in the worker`
