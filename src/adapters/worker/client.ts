import type { Holder } from '../../core/ports/host.ts'
import { carryOut, type Ground, type Work } from './acts.ts'
import { AnswerBook } from './answers.ts'
import type { Endpoint } from './endpoint.ts'
import { textOf } from './error-text.ts'
import { errors } from './errors.ts'
import type { Outbox } from './outbox.ts'
import { unpack } from './pack.ts'
import { type Answer, type Call, FAILED, type Item, isWrite, PROTOCOL, type Ref, VALUE, WINDOW } from './protocol.ts'

/** Names of this many writes that were sent again are kept. */
const REMEMBERED = 4096

/** A call at work. */
class Job implements Work {
  readonly store: Work['store']
  readonly members: Work['members']
  readonly ref: Ref
  /** Made when a wait asks for its signal. */
  controller: AbortController | undefined = undefined

  constructor({ store, members }: Ground, ref: Ref) {
    this.store = store
    this.members = members
    this.ref = ref
  }

  signal(): AbortSignal {
    this.controller ??= new AbortController()
    return this.controller.signal
  }
}

const NOTHING: Answer = [VALUE, undefined]

/** A session of one page in the worker: what it asked, what it must be told. */
export class Client {
  readonly #ground: Ground
  readonly #outbox: Outbox
  readonly #sessions: ReadonlyMap<string, Client>
  readonly #resent: Map<string, Answer | Promise<Answer>>
  #endpoint: Endpoint | undefined
  #epoch = 0
  // Frames sent in this epoch, and those the page said it applied.
  #seq = 0
  #applied = 0
  /** The newest call carried out. */
  #last = 0
  /** Numbers that were never sent: the page gave up on them. */
  #skipped: [from: number, to: number][] = []
  readonly #running = new Map<number, AbortController | undefined>()
  readonly #answers = new AnswerBook()
  // The worker's status, where the page has not been told.
  #status: Item | undefined
  #scheduled = false
  #inBatch = false

  /**
   * @param sessions all of them, by name: a write of one may be sent again in another
   * @param resent how such writes ended
   */
  constructor(
    ground: Ground,
    outbox: Outbox,
    sessions: ReadonlyMap<string, Client>,
    resent: Map<string, Answer | Promise<Answer>>,
  ) {
    this.#ground = ground
    this.#outbox = outbox
    this.#sessions = sessions
    this.#resent = resent
  }

  /** The page (again): from here on it starts from a snapshot. */
  welcome(endpoint: Endpoint, epoch: number, next: number, known: boolean, items: readonly Item[]): void {
    this.#endpoint = endpoint
    this.#epoch = epoch
    this.#seq = 0
    this.#applied = 0
    this.#skipTo(next, known)
    const births = this.#outbox.snapshot()
    this.#status = undefined
    // What is below `next` the page no longer waits for.
    for (const [id, controller] of this.#running) if (id < next) controller?.abort()
    const answers = this.#answers.all()
    const all = [...this.#outbox.beside(), ...items]
    post(endpoint, ['e:welcome', PROTOCOL, epoch, known, this.#last, births, all, answers], answers)
  }

  /**
   * The page left this endpoint, or was lost. What it waited for is given up; answers are kept, in case it comes back.
   * It may have come back already, by another one.
   */
  leave(endpoint: Endpoint): void {
    if (this.#endpoint !== endpoint) return
    this.#endpoint = undefined
    this.#outbox.clear()
    const facts = { store: this.#ground.store.name, outcome: 'unknown', id: undefined } as const
    for (const controller of this.#running.values()) controller?.abort(errors.DISCONNECTED(facts))
  }

  /** Is its page connected? */
  get here(): boolean {
    return this.#endpoint !== undefined
  }

  get epoch(): number {
    return this.#epoch
  }

  /** The newest frame sent and the newest call received: by these the page finds out what was lost. */
  get position(): readonly [seq: number, last: number] {
    return [this.#seq, this.#last]
  }

  note(touched: ReadonlyMap<object, Holder>, log: readonly unknown[]): void {
    if (this.#endpoint !== undefined && this.#outbox.note(touched, log)) this.#schedule()
  }

  aside(holder: Holder, machine: object): void {
    if (this.#endpoint !== undefined && this.#outbox.aside(holder, machine)) this.#schedule()
  }

  tell(item: Item): void {
    if (this.#endpoint === undefined) return
    this.#status = item
    this.#schedule()
  }

  /** The page has applied the frames up to `seq` of this epoch. */
  heard(epoch: number, seq: number): void {
    if (epoch !== this.#epoch) return
    this.#applied = Math.max(this.#applied, Math.min(seq, this.#seq))
    // The snapshot's answers count as frame 0: whatever of this epoch the page says, it has the snapshot.
    this.#answers.heard(this.#applied)
    if (this.#pending) this.#schedule()
  }

  /** Calls, packed, numbered from `first` on. Answers whether they are calls, and fit to those before. */
  calls(first: number, bytes: unknown, whole: readonly unknown[]): boolean {
    if (first > this.#last + 1) return false
    let calls: readonly Call[]
    try {
      calls = unpack(bytes, whole, this.#namesOf)
    } catch {
      return false
    }
    this.#inBatch = true
    for (const [at, call] of calls.entries()) {
      const id = first + at
      // Sent again because an answer got lost, or doubled on the way: once is enough.
      if (id <= this.#last) continue
      this.#last = id
      this.#carryOut(id, call)
    }
    this.#inBatch = false
    this.#flush()
    return true
  }

  readonly #namesOf = (place: number) => this.#ground.members[place]?.holder.names

  /** Calls before this number that did not come never will. */
  #skipTo(next: number, known: boolean): void {
    if (next - 1 <= this.#last) return
    if (known) this.#skipped = [...this.#skipped.slice(-63), [this.#last + 1, next - 1]]
    this.#last = next - 1
  }

  #carryOut(id: number, [act, ref, terms, ...args]: Call): void {
    if (act === 'abort') {
      this.#running.get(args[0] as number)?.abort()
      this.#answers.add(id, NOTHING)
      return
    }
    const job = new Job(this.#ground, ref)
    const again = terms === 0 ? undefined : terms.again
    let answer = (again === undefined ? undefined : this.#before(again)) ?? carryOut(act, job, args)
    if (terms !== 0 && terms.durable) answer = this.#durable(answer)
    const write = isWrite(act)
    if (write) this.#answers.remember(id, answer)
    if (again !== undefined) remember(this.#resent, again, answer)
    if (!(answer instanceof Promise)) {
      this.#answers.add(id, answer)
      return
    }
    this.#running.set(id, job.controller)
    answer.then((final) => {
      this.#running.delete(id)
      if (write) this.#answers.remember(id, final)
      this.#answers.add(id, final)
      this.#schedule()
    })
  }

  async #durable(answer: Answer | Promise<Answer>): Promise<Answer> {
    const final = await answer
    if (final[0] === FAILED) return final
    try {
      await this.#ground.store.flush()
      return final
    } catch (error) {
      return [FAILED, textOf(error)]
    }
  }

  /** What a write that is sent again came to, if it was carried out before. */
  #before(name: string): Answer | Promise<Answer> | undefined {
    const at = name.lastIndexOf(':')
    const client = this.#sessions.get(name.slice(0, at))
    return this.#resent.get(name) ?? client?.outcome(Number(name.slice(at + 1)), name)
  }

  /** What a write of this session came to; undefined when it never came. */
  outcome(id: number, name: string): Answer | Promise<Answer> | undefined {
    const known = this.#answers.recall(id)
    if (known !== undefined) return known
    if (id > this.#last || this.#skipped.some(([from, to]) => id >= from && id <= to)) return undefined
    return [FAILED, textOf(errors.RESEND_UNKNOWN({ id: name }))]
  }

  get #pending(): boolean {
    return !this.#outbox.empty || !this.#answers.empty || this.#status !== undefined
  }

  // By microtask: what one task commits goes in one frame.
  #schedule(): void {
    if (this.#scheduled || this.#inBatch) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  /** Sends a frame, unless the page has enough on its way: then what is dirty waits, and merges with what comes. */
  #flush(): void {
    const endpoint = this.#endpoint
    if (endpoint === undefined || !this.#pending || this.#seq - this.#applied >= WINDOW) return
    this.#seq++
    const { executed, others } = this.#answers.take(this.#seq)
    const { bytes, items } = this.#outbox.frame(this.#epoch, this.#seq, executed)
    if (this.#status) items.push(this.#status)
    this.#status = undefined
    if (items.length + others.length === 0) endpoint.post(bytes)
    else post(endpoint, ['e:frame', bytes, items, others], others)
  }
}

/** Posts a message that holds these answers. One that cannot be cloned must not take the rest with it. */
function post(endpoint: Endpoint, message: readonly unknown[], answers: unknown[]): void {
  try {
    endpoint.post(message)
  } catch (error) {
    const text = textOf(error)
    for (let at = 0; at < answers.length; at += 3) {
      if (cloneable(answers[at + 2])) continue
      answers[at + 1] = FAILED
      answers[at + 2] = text
    }
    endpoint.post(message)
  }
}

type Answers = Map<string, Answer | Promise<Answer>>

function remember(answers: Answers, name: string, answer: Answer | Promise<Answer>): void {
  answers.set(name, answer)
  if (answers.size <= REMEMBERED) return
  const [oldest] = answers.keys()
  answers.delete(oldest as string)
}

function cloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
