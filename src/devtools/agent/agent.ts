import type { Store } from '../../core/store/store.ts'
import type { Agent as Place } from '../../core/trace.ts'
import type { Attach, DenyReason, Frame, Here, PanelBye, ToAgent } from '../protocol/frames.ts'
import { CONTROL_CHANNEL, sessionChannel, VERSION } from '../protocol/identity.ts'
import { line, linesOf } from '../protocol/line.ts'
import { readRival, readToAgent } from '../protocol/read-by-agent.ts'
import { type Question, reply } from './commands.ts'
import type { Platform, Wire } from './platform.ts'
import { Recorder } from './recorder.ts'
import { Rows } from './rows.ts'
import { Session } from './session.ts'

/** What an agent is told. */
export interface AgentOptions {
  /** Rows the ring holds, a power of two. */
  readonly capacity: number
  /** Panels may mutate machines, and ask them. */
  readonly commands: boolean
  /** Values are shown by their types only. */
  readonly types: boolean
}

/** Between two flushes, where no credit comes. */
const FLUSH_MS = 100
/** A panel that says nothing for so long has gone. */
const SILENCE_MS = 30_000

/** One panel that looks on. */
interface Guest {
  readonly name: string
  readonly session: Session
  readonly wire: Wire
  /** When it was last heard, in ms. */
  heard: number
  /** It has paused recording. */
  paused: boolean
}

/** Meets panels, and tells them what the recorder wrote down. */
export class Agent {
  readonly #platform: Platform
  readonly #options: AgentOptions
  readonly #recorder: Recorder
  readonly #rows: Rows
  readonly #control: Wire
  readonly #run: string
  #id: string
  /** `who.at` of the question whether the id is another's too. */
  #asked: number | undefined
  readonly #guests = new Map<string, Guest>()
  readonly #ports = new Set<Wire>()
  readonly #stops: (() => void)[]
  #stopTimer: (() => void) | undefined
  #step: number | undefined

  constructor(platform: Platform, options: AgentOptions) {
    this.#platform = platform
    this.#options = options
    this.#recorder = new Recorder(options.capacity, platform.moments)
    this.#rows = new Rows(this.#recorder.ring, options.types)
    this.#run = platform.random()
    const known = platform.id.get()
    this.#id = known ?? platform.random()
    if (!known) platform.id.set(this.#id)
    this.#control = platform.open(CONTROL_CHANNEL)
    this.#control.hear((message) => this.#hear(message, this.#control))
    // A tab that was duplicated has the other's id.
    if (known && platform.kind === 'page') {
      this.#asked = platform.timers.now()
      this.#control.post(line({ k: 'who', v: VERSION, at: this.#asked, run: this.#run, id: known }))
    }
    this.#control.post(line(this.#here()))
    this.#stops = [
      platform.ports((port) => {
        this.#ports.add(port)
        port.hear((message) => this.#hear(message, port))
      }),
      platform.life(
        () => this.#leave(),
        () => this.#control.post(line(this.#here())),
      ),
    ]
  }

  /** What core finds at its one global place. Nothing in here reaches the app as an error. */
  readonly place: Place = {
    kind: (base) => this.#recorder.kind(base),
    machine: (machine) => quietly(() => this.#recorder.machine(machine)),
    store: (store) => quietly(() => this.#recorder.store(store as Store)),
  }

  /** Leaves no timer, listener or channel behind. */
  stop(): void {
    this.#leave()
    for (const stop of this.#stops) stop()
    for (const port of this.#ports) port.close()
    this.#control.close()
    this.#recorder.stop()
  }

  /** Sends what is unsent, as far as there is credit, and says goodbye. */
  #leave(): void {
    for (const { session } of this.#guests.values()) session.flush()
    const bye = line({ k: 'bye', v: VERSION, run: this.#run })
    for (const port of this.#ports) port.post(bye)
    this.#control.post(bye)
    for (const guest of [...this.#guests.values()]) this.#end(guest)
  }

  // --- Messages

  #hear(message: unknown, from: Wire): void {
    for (const text of linesOf(message)) {
      const frame = readToAgent(text)
      if (frame) quietly(() => this.#take(frame, from))
      else if (this.#asked !== undefined) this.#meet(text)
    }
  }

  #take(frame: ToAgent, from: Wire): void {
    switch (frame.k) {
      case 'who':
        if (frame.run !== this.#run) from.post(line(this.#here(frame.at)))
        return
      case 'attach':
        if (frame.run === this.#run) this.#attach(frame, from)
        return
      case 'bye':
        this.#bye(frame)
        return
      default:
        // Over a port all else comes this way too.
        for (const guest of this.#guests.values()) if (guest.wire === from) this.#ask(frame, guest)
    }
  }

  /** Somebody answered: if it has this id too, this one takes another. */
  #meet(text: string): void {
    const rival = readRival(text)
    if (rival?.at !== this.#asked || rival?.target.id !== this.#id || rival.target.run === this.#run) return
    this.#asked = undefined
    this.#id = this.#platform.random()
    this.#platform.id.set(this.#id)
    this.#control.post(line(this.#here()))
  }

  #here(at?: number): Here {
    const { kind, moments, origin } = this.#platform
    const { machines, ring, errors, recording } = this.#recorder
    this.#step ??= stepOf(moments.now)
    return {
      k: 'here',
      v: VERSION,
      target: { id: this.#id, run: this.#run, kind, label: this.#platform.label().slice(0, 200) },
      ...(at !== undefined && { at }),
      origin,
      time: Math.round(moments.now()),
      step: this.#step,
      machines: machines.alive,
      rows: ring.head,
      errors,
      recording,
      commands: this.#options.commands,
    }
  }

  // --- Sessions

  #attach({ session: name }: Attach, from: Wire): void {
    const attached = line({ k: 'attached', v: VERSION, run: this.#run, session: name })
    if (this.#guests.has(name)) {
      from.post(attached)
      return
    }
    this.#recorder.catchUp()
    const own = from === this.#control
    const wire = own ? this.#platform.open(sessionChannel(name)) : from
    const session = new Session(this.#recorder, this.#rows, (message) => wire.post(message))
    const guest: Guest = { name, session, wire, heard: this.#platform.timers.now(), paused: false }
    if (own) {
      wire.hear((message) => {
        for (const text of linesOf(message)) {
          const frame = readToAgent(text)
          if (frame?.k === 'bye') this.#bye(frame)
          else if (frame) this.#ask(frame, guest)
        }
      })
    }
    this.#guests.set(name, guest)
    from.post(attached)
    session.open()
    session.say({ k: 'record', on: this.#recorder.recording })
    this.#watch()
  }

  #bye({ session }: PanelBye): void {
    const guest = this.#guests.get(session)
    if (guest) this.#end(guest)
  }

  #end(guest: Guest): void {
    this.#guests.delete(guest.name)
    if (!this.#ports.has(guest.wire)) guest.wire.close()
    // Nobody would ever let it go on.
    if (guest.paused) this.#record(true)
    this.#watch()
  }

  /** Sees to it that rows are kept, times taken and flushes made for whoever looks on. */
  #watch(): void {
    const { ring } = this.#recorder
    this.#recorder.timing = this.#guests.size > 0
    const oldest = [...this.#guests.values()].reduce((least, { session }) => Math.min(least, session.cursor), Infinity)
    ring.guard(oldest, () => this.#makeRoom())
    if (this.#guests.size === 0) {
      this.#stopTimer?.()
      this.#stopTimer = undefined
    } else this.#stopTimer ??= this.#platform.timers.after(FLUSH_MS, () => this.#beat())
  }

  /** The ring is full: called in the middle of the app's own work. */
  #makeRoom(): void {
    const { ring } = this.#recorder
    const until = ring.tail + ring.capacity / 16
    for (const guest of [...this.#guests.values()]) {
      try {
        guest.session.skip(until)
      } catch {
        this.#end(guest)
      }
    }
    this.#watch()
  }

  #beat(): void {
    this.#stopTimer = undefined
    const now = this.#platform.timers.now()
    for (const guest of [...this.#guests.values()]) {
      if (now - guest.heard > SILENCE_MS) this.#end(guest)
      else this.#flush(guest)
    }
    this.#watch()
  }

  #flush(guest: Guest): void {
    try {
      guest.session.flush()
    } catch {
      // What cannot be told to one panel must not stop the others, nor the app.
      this.#end(guest)
    }
  }

  #ask(frame: ToAgent, guest: Guest): void {
    guest.heard = this.#platform.timers.now()
    switch (frame.k) {
      case 'credit':
        guest.session.grant(frame.rows)
        this.#flush(guest)
        this.#watch()
        return
      case 'record':
        guest.paused = !frame.on
        this.#record(frame.on)
        return
      case 'who':
      case 'attach':
      case 'bye':
        return
      default:
        guest.session.say(this.#answer(frame, guest))
    }
  }

  #answer(question: Question, { name }: Guest): Frame {
    const { commands, types } = this.#options
    const deny = (reason: DenyReason): Frame => {
      return { k: 'deny', v: VERSION, run: this.#run, session: name, q: question.q, reason }
    }
    try {
      const answer = reply(question, { recorder: this.#recorder, rows: this.#rows, commands, types })
      return typeof answer === 'string' ? deny(answer) : answer
    } catch {
      return deny('unknown')
    }
  }

  #record(on: boolean): void {
    if (on === this.#recorder.recording) return
    if (on) {
      this.#recorder.resume()
      for (const guest of this.#guests.values()) guest.paused = false
    } else this.#recorder.pause()
    for (const { session } of this.#guests.values()) session.say({ k: 'record', on })
  }
}

/** Whatever fails in here is not the app's affair. */
function quietly(run: () => void): void {
  try {
    run()
  } catch {}
}

/** The smallest step of a clock, in µs: browsers make it coarse. */
function stepOf(now: () => number): number {
  let least = 1000
  for (let i = 0, last = now(); i < 2000; i++) {
    const time = now()
    if (time > last) least = Math.min(least, time - last)
    last = time
  }
  return Math.max(1, Math.round(least))
}
