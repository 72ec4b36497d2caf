import type { Timers } from '../../core/ports/timers.ts'
import { ByteReader } from './bytes.ts'
import { type Endpoint, type EndpointLike, endpointOf } from './endpoint.ts'
import { errorOf } from './error-text.ts'
import { errors } from './errors.ts'
import { Packer } from './pack.ts'
import {
  type Answers,
  type Birth,
  type Call,
  type Code,
  type Described,
  EXECUTED,
  type Item,
  isCounts,
  isFrame,
  isWelcome,
  isWrite,
  kindOf,
  PROTOCOL,
  WINDOW,
} from './protocol.ts'

/** Pings without any word before the worker counts as dead. */
const MISSED = 3
/** Snapshots asked for without one frame between them, before the channel counts as unusable. */
const FUTILE = 8

/** What the page has of the worker's store: what frames are applied to. All or nothing; a throw means it does not fit. */
export interface Image {
  /** `answered`: the calls that are answered with it. */
  start(births: readonly Birth[], items: readonly Item[], answered: readonly number[]): void
  step(numbers: ByteReader, commits: number, items: readonly Item[], answered: readonly number[]): void
}

export interface LinkOptions {
  readonly name: string
  readonly session: string
  readonly timers: Timers
  /** Milliseconds between pings. */
  readonly heartbeat: number
  readonly described: readonly Described[]
  readonly image: Image
  /** The worker is gone. */
  down(cause: unknown): void
  /** Something went wrong that need not be the end. */
  trouble(cause: unknown): void
}

interface Pending {
  readonly id: number
  readonly call: Call
  readonly settle: (code: Code, payload: unknown) => void
  readonly reject: (error: unknown) => void
  posted: boolean
}

/** A channel that is open, or opening. */
interface Line {
  readonly endpoint: Endpoint
  readonly worker: EndpointLike
  readonly stop: () => void
  /** Of whoever waits for the first welcome. */
  opened: { resolve(): void; reject(error: unknown): void } | undefined
}

// One mirror each: what comes says nothing of whom it is for.
const taken = /* @__PURE__ */ new WeakSet<EndpointLike>()

/**
 * The page's end of the channel: numbers calls and sends those of one tick together, applies frames in order, and finds
 * out what was lost. There is one remedy for whatever is missing, doubled or out of order: a new epoch, that is, a
 * greeting that the worker answers with a snapshot and with all answers the page has not confirmed.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #packer: Packer
  #line: Line | undefined
  #up = false
  // The epoch of the latest welcome, and of the latest greeting.
  #epoch = 0
  #greeted = 0
  // True from a greeting to its welcome: frames are of no use, calls wait.
  #greeting = false
  #applied = 0
  #confirmed = 0
  // From 1: 0 is before all calls.
  #next = 1
  readonly #inFlight = new Map<number, Pending>()
  #queue: Pending[] = []
  #missed = 0
  #futile = 0
  #stopBeat: (() => void) | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    this.#packer = new Packer(options.described)
  }

  /** Has the worker answered? From then on, while its snapshot is being applied too. */
  get up(): boolean {
    return this.#up
  }

  /** Resolves when the worker has answered and its snapshot is applied. Before it, `leave` what there was. */
  connect(worker: EndpointLike, timeout: number): Promise<void> {
    const { timers } = this.#options
    return new Promise((resolve, reject) => {
      const endpoint = endpointOf(worker)
      if (taken.has(worker)) throw errors.ENDPOINT_TAKEN(undefined)
      taken.add(worker)
      const cancel = timers.after(timeout, () => this.#fall(errors.CONNECT_TIMEOUT({ ms: timeout })))
      const line: Line = {
        endpoint,
        worker,
        stop: endpoint.open({
          message: (data) => this.#message(line, data),
          lost: (cause) => {
            if (line === this.#line) this.#fall(line.opened ? this.#unsent(cause) : cause)
          },
          trouble: (cause) => {
            this.#options.trouble(cause)
            this.#ping()
          },
        }),
        opened: {
          resolve: () => {
            cancel()
            line.opened = undefined
            resolve()
          },
          reject: (error) => {
            cancel()
            reject(error)
          },
        },
      }
      this.#line = line
      this.#missed = 0
      this.#futile = 0
      this.#greet()
      this.#beat()
    })
  }

  /** Ends the channel, one that is opening too; what is in flight is rejected. */
  leave(cause: unknown): void {
    this.#line?.endpoint.post(['e:bye'])
    this.#fall(cause)
  }

  /** Sends a call with the others of this tick. `begin` is told its number, before anything else. */
  call(call: Call, settle: Pending['settle'], reject: Pending['reject'], begin?: (id: number) => void): number {
    const id = this.#next++
    const pending: Pending = { id, call, settle, reject, posted: false }
    if (this.#line === undefined) {
      reject(this.#disconnected(pending, undefined))
      return id
    }
    this.#inFlight.set(id, pending)
    if (this.#queue.push(pending) === 1) queueMicrotask(() => this.#flush())
    begin?.(id)
    return id
  }

  /** The caller no longer waits for it. */
  giveUp(id: number): void {
    const pending = this.#inFlight.get(id)
    if (pending === undefined) return
    this.#inFlight.delete(id)
    this.call(
      ['abort', 0, 0, id],
      () => {},
      () => {},
    )
  }

  #flush(): void {
    if (this.#greeting || this.#line === undefined || this.#queue.length === 0) return
    const queue = this.#queue
    this.#queue = []
    this.#send(
      queue.map(({ id, call }) => (this.#inFlight.has(id) ? call : NOTHING)),
      (queue[0] as Pending).id,
    )
    for (const pending of queue) pending.posted = true
  }

  #send(calls: readonly Call[], first: number): void {
    const { endpoint } = this.#line as Line
    this.#confirmed = this.#applied
    try {
      this.#post(endpoint, calls, first)
    } catch (error) {
      if (calls.length > 1) {
        for (const [at, call] of calls.entries()) this.#send([call], first + at)
        return
      }
      // It cannot be cloned; its number must arrive all the same.
      const pending = this.#inFlight.get(first)
      this.#inFlight.delete(first)
      this.#post(endpoint, [NOTHING], first)
      pending?.reject(error)
    }
  }

  #post(endpoint: Endpoint, calls: readonly Call[], first: number): void {
    const { bytes, whole } = this.#packer.pack(calls)
    endpoint.post(['e:calls', this.#epoch, first, this.#applied, bytes, ...whole])
  }

  // --- The worker speaks

  #message(line: Line, message: unknown): void {
    if (line !== this.#line) return
    const kind = kindOf(message)
    if (kind === undefined) return
    this.#missed = 0
    const parts = message as readonly unknown[]
    const current = parts[1] === this.#epoch
    if (kind === 'e:frame') this.#frame(message)
    else if (kind === 'e:welcome') this.#welcome(parts)
    else if (kind === 'e:ready') {
      // It has just come to life: what was said before it did not hear.
      if (this.#greeting) this.#hello()
    } else if (kind === 'e:refuse' && this.#awaits(parts[1])) this.#fall(errorOf(parts[2]))
    else if (kind === 'e:gap' && current) this.#resync()
    else if (kind === 'e:pong' && current && isCounts(parts, 4)) this.#pong(parts[2] as number, parts[3] as number)
    else if (kind === 'e:gone') {
      if (parts[1] === 1) this.#resync()
      else this.#fall(errors.EXITED({ how: 'it no longer serves its store' }))
    }
  }

  /** Is it an answer to a greeting that no newer one has come for? After several greetings there are several. */
  #awaits(epoch: unknown): boolean {
    return (epoch as number) > this.#epoch && (epoch as number) <= this.#greeted
  }

  #welcome(parts: readonly unknown[]): void {
    if (!this.#awaits(parts[2])) return
    if (parts[1] !== PROTOCOL) {
      const differences = [`protocol: ${PROTOCOL} in the page, ${parts[1]} in the worker`]
      this.#fall(errors.MISMATCH({ differences }))
      return
    }
    if (!isWelcome(parts)) {
      // Asked again, it would say the same.
      this.#fall(errors.STALE({ what: 'it is no snapshot' }))
      return
    }
    const [, , , known, last, births, items, answers] = parts
    // Before anybody sees what it brings.
    this.#up = true
    try {
      this.#options.image.start(births, items, answered(answers, []))
    } catch (error) {
      // Nothing better can come.
      this.#fall(error)
      return
    }
    this.#greeting = false
    this.#epoch = parts[2]
    this.#applied = 0
    this.#confirmed = 0
    this.#settle(answers)
    // A worker that has never heard of this session: what it was sent went to another one.
    if (!known) for (const pending of this.#inFlight.values()) if (pending.posted) this.#drop(pending, undefined)
    this.#resend(last)
    this.#line?.opened?.resolve()
  }

  /** Sends what the worker does not have. */
  #resend(last: number): void {
    this.#queue = []
    if (last + 1 >= this.#next) return
    const calls: Call[] = []
    for (let id = last + 1; id < this.#next; id++) {
      const pending = this.#inFlight.get(id)
      calls.push(pending?.call ?? NOTHING)
      if (pending) pending.posted = true
    }
    this.#send(calls, last + 1)
  }

  #frame(message: unknown): void {
    if (this.#greeting) return
    const bare = message instanceof Uint8Array
    if (!bare && !isFrame(message as readonly unknown[])) {
      this.#resync()
      return
    }
    const [, bytes, items, answers] = (bare ? [0, message, [], []] : message) as [0, Uint8Array, Item[], Answers]
    let executed: readonly number[]
    try {
      const reader = new ByteReader(bytes)
      reader.next()
      if (reader.next() !== this.#epoch) return
      const seq = reader.next()
      if (seq <= this.#applied) return
      if (seq > this.#applied + 1) {
        this.#resync()
        return
      }
      const commits = reader.next()
      executed = executedOf(reader)
      this.#options.image.step(reader, commits, items, answered(answers, executed))
      this.#applied = seq
    } catch (error) {
      this.#options.trouble(error)
      this.#resync()
      return
    }
    this.#futile = 0
    for (const id of executed) this.#settleOne(id, EXECUTED, undefined)
    this.#settle(answers)
    // The last one before the worker has to hold back would be too late.
    if (this.#applied - this.#confirmed >= WINDOW / 2) this.#confirm()
  }

  #settle(answers: Answers): void {
    for (let at = 0; at < answers.length; at += 3) {
      this.#settleOne(answers[at] as number, answers[at + 1] as Code, answers[at + 2])
    }
  }

  #settleOne(id: number, code: Code, payload: unknown): void {
    const pending = this.#inFlight.get(id)
    this.#inFlight.delete(id)
    pending?.settle(code, payload)
  }

  #confirm(): void {
    this.#confirmed = this.#applied
    this.#line?.endpoint.post(['e:ack', this.#epoch, this.#applied])
  }

  /** What the worker has sent before this must have come, and what was sent to it before the ping must have arrived. */
  #pong(seq: number, last: number): void {
    if (!this.#greeting && (seq > this.#applied || last < this.#asked)) this.#resync()
  }

  // --- Greeting, and the pulse

  #greet(): void {
    this.#greeting = true
    this.#hello()
  }

  #hello(): void {
    const { session, described } = this.#options
    const [first = this.#next] = this.#inFlight.keys()
    this.#line?.endpoint.post(['e:hello', PROTOCOL, session, ++this.#greeted, first, described])
  }

  #resync(): void {
    if (this.#greeting || this.#line === undefined) return
    if (++this.#futile > FUTILE) this.#fall(errors.STALE({ what: 'what the worker sends does not fit together' }))
    else this.#greet()
  }

  // The newest call that was sent when the last ping was.
  #asked = 0

  #ping(): void {
    if (this.#greeting) {
      this.#hello()
      return
    }
    this.#asked = (this.#queue[0]?.id ?? this.#next) - 1
    this.#confirmed = this.#applied
    this.#line?.endpoint.post(['e:ping', this.#epoch, this.#asked, this.#applied])
  }

  #beat(): void {
    const { timers, heartbeat } = this.#options
    this.#stopBeat?.()
    this.#stopBeat = timers.after(heartbeat, () => {
      // While the first welcome is awaited, its own timeout decides.
      if (this.up && ++this.#missed > MISSED) {
        this.#fall(errors.SILENT({ ms: heartbeat * MISSED }))
        return
      }
      this.#ping()
      this.#beat()
    })
  }

  // --- The end

  #disconnected({ id, call, posted }: Pending, cause: unknown): Error {
    const { name, session } = this.#options
    const outcome = posted ? 'unknown' : 'not-sent'
    return errors.DISCONNECTED({ store: name, outcome, id: isWrite(call[0]) ? `${session}:${id}` : undefined }, cause)
  }

  #drop(pending: Pending, cause: unknown): void {
    this.#inFlight.delete(pending.id)
    pending.reject(this.#disconnected(pending, cause))
  }

  #fall(cause: unknown): void {
    const line = this.#line
    if (line === undefined) return
    this.#line = undefined
    this.#up = false
    this.#greeting = false
    this.#queue = []
    this.#stopBeat?.()
    line.stop()
    taken.delete(line.worker)
    const { opened } = line
    if (!opened) this.#options.down(cause)
    const pendings = [...this.#inFlight.values()]
    for (const pending of pendings) this.#drop(pending, cause)
    opened?.reject(cause ?? this.#unsent(undefined))
  }

  #unsent(cause: unknown): Error {
    return errors.DISCONNECTED({ store: this.#options.name, outcome: 'not-sent', id: undefined }, cause)
  }
}

const NOTHING: Call = ['nothing', 0, 0]

/** The calls that a frame says were executed. */
function executedOf(reader: ByteReader): readonly number[] {
  const executed: number[] = []
  for (let left = reader.next(), id = 0; left > 0; left--) {
    id += reader.next()
    executed.push(id)
  }
  return executed
}

function answered(answers: Answers, executed: readonly number[]): readonly number[] {
  if (answers.length === 0) return executed
  const ids = [...executed]
  for (let at = 0; at < answers.length; at += 3) ids.push(answers[at] as number)
  return ids
}
