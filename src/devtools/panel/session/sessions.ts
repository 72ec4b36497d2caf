import type { Timers } from '../../../core/ports/timers.ts'
import type { Answer, Deny, Here, Pending, ToAgent, ToPanel, Value } from '../../protocol/frames.ts'
import { CONTROL_CHANNEL, sessionChannel, VERSION } from '../../protocol/identity.ts'
import { line, linesOf } from '../../protocol/line.ts'
import { readToPanel } from '../../protocol/read.ts'

/** A BroadcastChannel, or a MessagePort: what goes in comes out elsewhere. */
export interface Channel {
  postMessage(message: string): void
  onmessage: ((event: { readonly data: unknown }) => void) | null
  close(): void
}

export type Health = 'live' | 'frozen' | 'gone'

/** One run of a target that has answered. */
export interface Peer {
  readonly run: string
  here: Here
  /** Local ms when it was last heard. */
  heard: number
  health: Health
  recording: boolean
  attached: boolean
  /** Refused to be attached to, and why. */
  denied: string | undefined
  /** Rows received in all its sessions. */
  received: number
}

/** A line of a session, checked. */
export interface Received {
  readonly text: string
  readonly frame: ToPanel
}

export interface SessionsOptions {
  readonly open: (name: string) => Channel
  /** The page that frames the panel, if one does. */
  readonly port?: Channel | undefined
  readonly timers: Timers
  /** A new random name. */
  readonly name: () => string
  readonly visible: () => boolean
  /** Data of a run, a message at a time. */
  readonly onData: (peer: Peer, lines: readonly Received[]) => void
  /** Something about a peer changed that is no data. */
  readonly onChange: () => void
}

/** Rows an agent may send ahead of what was read. */
const WINDOW = 20_000
const SILENT_MS = 3000
const ASK_MS = 1000
/** Agents close sessions that say nothing for 30 s; a panel that slept so long attaches anew. */
const SLEPT_MS = 25_000
const ANSWER_MS = 5000
/** So long a framed panel waits for its page to answer by the port, before it takes to the common channel. */
const PORT_MS = 1000
const PULSE = { visible: 1000 / 60, hidden: 250 }

type Question =
  | { readonly k: 'value'; readonly s: number; readonly key: string; readonly path: readonly (string | number)[] }
  | { readonly k: 'pending'; readonly m: number }
  | { readonly k: 'why'; readonly m: number; readonly states: readonly string[] }
export type Reply = Value | Pending | Answer | Deny

interface Link {
  readonly peer: Peer
  readonly control: Channel
  session: string
  data: Channel | undefined
  /** Rows received in this session: credit counts from its start. */
  rows: number
  lastCredit: number
}

/**
 * Finds agents, attaches to each, and keeps the credit flowing: agents send only what was granted, and flush when it
 * comes. A target that falls silent is frozen, not gone: hidden tabs and breakpoints stand still for long.
 */
export class Sessions {
  readonly peers = new Map<string, Peer>()
  readonly #options: SessionsOptions
  readonly #control: Channel
  readonly #links = new Map<string, Link>()
  readonly #waiting = new Map<number, { readonly run: string; readonly settle: (reply: Reply | undefined) => void }>()
  readonly #stops = new Set<() => void>()
  #q = 0
  #closed = false
  // Until then the common channel is not used: the page that frames the panel answers there too.
  #ready: boolean

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#control = options.open(CONTROL_CHANNEL)
    this.#ready = !options.port
    if (options.port) this.#once(PORT_MS, () => this.#beReady())
    for (const channel of [this.#control, options.port]) {
      if (channel) channel.onmessage = ({ data }) => this.#onMessage(channel, data)
    }
    this.#every(
      () => ASK_MS,
      () => this.#who(),
    )
    this.#every(
      () => (options.visible() ? PULSE.visible : PULSE.hidden),
      () => this.#credit(),
    )
    this.#who()
  }

  /** Asks a live run. `undefined`: no answer, because it is frozen or gone. */
  ask(run: string, question: Question): Promise<Reply | undefined> {
    const link = this.#links.get(run)
    if (!link?.peer.attached) return Promise.resolve(undefined)
    const q = ++this.#q
    return new Promise((resolve) => {
      const stop = this.#options.timers.after(ANSWER_MS, () => settle(undefined))
      const settle = (reply: Reply | undefined) => {
        stop()
        this.#waiting.delete(q)
        resolve(reply)
      }
      this.#waiting.set(q, { run, settle })
      this.#send(link, { ...question, q } as ToAgent)
    })
  }

  /** Lets every attached agent record, or pauses them. The apps run on. */
  record(on: boolean): void {
    for (const link of this.#links.values()) this.#send(link, { k: 'record', on })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const link of this.#links.values()) this.#leave(link)
    for (const stop of this.#stops) stop()
    for (const { settle } of [...this.#waiting.values()]) settle(undefined)
    this.#control.close()
    this.#options.port?.close()
  }

  #who(): void {
    const { now } = this.#options.timers
    const who = line({ k: 'who', v: VERSION, at: Math.round(now()) })
    this.#control.postMessage(who)
    this.#options.port?.postMessage(who)
    let changed = false
    for (const peer of this.peers.values()) {
      if (peer.health === 'live' && now() - peer.heard > SILENT_MS) {
        peer.health = 'frozen'
        changed = true
      }
    }
    if (changed) this.#options.onChange()
  }

  #credit(): void {
    const now = this.#options.timers.now()
    for (const link of this.#links.values()) {
      if (link.peer.health === 'gone' || !link.peer.attached) continue
      if (now - link.lastCredit > SLEPT_MS) this.#attach(link)
      else {
        link.lastCredit = now
        this.#send(link, { k: 'credit', rows: link.rows + WINDOW })
      }
    }
  }

  #onMessage(channel: Channel, data: unknown): void {
    const received: Received[] = []
    for (const text of linesOf(data)) {
      const frame = readToPanel(text)
      if (!frame) continue
      if (frame.k === 'here') this.#onHere(channel, frame)
      else if (frame.k === 'attached') this.#onAttached(frame.run, frame.session)
      else if (frame.k === 'deny' && frame.q === undefined) this.#onDeny(frame)
      else if (frame.k === 'bye') this.#onBye(frame.run)
      else received.push({ text, frame })
    }
    // Only a port carries both.
    const link = received.length ? [...this.#links.values()].find((one) => one.data === channel) : undefined
    if (link) this.#onData(link, received)
  }

  #onHere(channel: Channel, here: Here): void {
    if (channel === this.#options.port) this.#beReady()
    else if (!this.#ready) return
    const { run } = here.target
    const known = this.#links.get(run)
    if (!known) {
      const peer: Peer = {
        run,
        here,
        heard: this.#options.timers.now(),
        health: 'live',
        recording: here.recording,
        attached: false,
        denied: undefined,
        received: 0,
      }
      this.peers.set(run, peer)
      const link: Link = { peer, control: channel, session: '', data: undefined, rows: 0, lastCredit: 0 }
      this.#links.set(run, link)
      this.#attach(link)
    } else {
      const { peer } = known
      // The page that frames the panel is told apart by its port; what it says on the common channel is the same.
      if (known.control !== channel && channel === this.#options.port) {
        this.#leave(known)
        const link: Link = { ...known, control: channel, data: undefined }
        this.#links.set(run, link)
        this.#attach(link)
      }
      peer.here = here
      peer.recording = here.recording
      this.#hear(peer)
      if (!peer.attached && !peer.denied) this.#attach(this.#links.get(run)!)
    }
    this.#options.onChange()
  }

  #beReady(): void {
    if (this.#ready) return
    this.#ready = true
    this.#who()
  }

  #attach(link: Link): void {
    const options = this.#options
    const session = options.name()
    if (link.data && link.data !== options.port) link.data.close()
    link.session = session
    link.rows = 0
    link.peer.attached = false
    link.lastCredit = options.timers.now()
    // Opened first: data may follow at once.
    link.data = link.control === options.port ? link.control : options.open(sessionChannel(session))
    if (link.data !== options.port) {
      const data = link.data
      data.onmessage = (event) => this.#onMessage(data, event.data)
    }
    link.control.postMessage(line({ k: 'attach', v: VERSION, run: link.peer.run, session }))
  }

  #onAttached(run: string, session: string): void {
    const link = this.#links.get(run)
    if (link?.session !== session) return
    link.peer.attached = true
    link.peer.denied = undefined
    this.#hear(link.peer)
    this.#credit()
    this.#options.onChange()
  }
  #onDeny({ run, session, reason }: Deny): void {
    const link = this.#links.get(run)
    if (link?.session !== session) return
    link.peer.denied = reason
    this.#options.onChange()
  }
  #onBye(run: string): void {
    const link = this.#links.get(run)
    if (!link) return
    link.peer.health = 'gone'
    link.peer.attached = false
    if (link.data !== this.#options.port) link.data?.close()
    link.data = undefined
    for (const waiting of [...this.#waiting.values()]) if (waiting.run === run) waiting.settle(undefined)
    this.#options.onChange()
  }

  #onData(link: Link, received: readonly Received[]): void {
    const { peer } = link
    this.#hear(peer)
    const data: Received[] = []
    for (const one of received) {
      const { frame } = one
      if (frame.k === 'value' || frame.k === 'pending' || frame.k === 'answer' || frame.k === 'deny') {
        this.#waiting.get(frame.q!)?.settle(frame)
      } else if (frame.k === 'record') {
        peer.recording = frame.on
        this.#options.onChange()
      } else {
        if ('rows' in frame && Array.isArray(frame.rows)) link.rows += frame.rows.length
        data.push(one)
      }
    }
    peer.received += data.length
    if (data.length) this.#options.onData(peer, data)
  }

  #hear(peer: Peer): void {
    peer.heard = this.#options.timers.now()
    if (peer.health === 'live') return
    // Gone ones may come back too: from the back/forward cache.
    peer.health = 'live'
    this.#options.onChange()
  }

  #send(link: Link, frame: ToAgent): void {
    link.data?.postMessage(line(frame))
  }
  #leave(link: Link): void {
    if (link.session) link.control.postMessage(line({ k: 'bye', v: VERSION, session: link.session }))
    if (link.data && link.data !== this.#options.port) link.data.close()
    link.data = undefined
    link.peer.attached = false
  }

  #every(ms: () => number, run: () => void): void {
    this.#once(ms(), () => {
      run()
      if (!this.#closed) this.#every(ms, run)
    })
  }
  #once(ms: number, run: () => void): void {
    const stop = this.#options.timers.after(ms, () => {
      this.#stops.delete(stop)
      run()
    })
    this.#stops.add(stop)
  }
}
