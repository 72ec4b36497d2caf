import { type Remote, transfer, wrap } from 'comlink'
import { comlinkEndpoint } from './comlink-endpoint.ts'
import { type Endpoint, type EndpointLike, endpointOf, type Handover } from './endpoint.ts'
import { errorOf } from './error-text.ts'
import { errors } from './errors.ts'
import { isList, isRecord, isText } from './protocol.ts'
import { FUNCTIONS, type Functions } from './serve-functions.ts'

export { transfer }

/** How a call is to be carried out. */
export interface CallOptions {
  /** Aborting rejects with the signal's reason; a call that runs is cut short, by ending its worker. */
  readonly signal?: AbortSignal
  /** Handed over to the worker instead of copied: no longer usable here. */
  readonly transfer?: readonly Handover[]
}

/** How a pool works. */
export interface OffloadOptions {
  /** Workers at most; they are made when they are needed. Default: one less than the processors, 1 to 4. */
  readonly size?: number
  /** Calls that may wait for a worker; more are refused. Default 1,000. */
  readonly queueLimit?: number
}

type Called<F extends Functions, K extends keyof F> = Promise<Awaited<ReturnType<F[K]>>>

/** A pool of workers that serve the same functions. */
export interface Pool<F extends Functions> {
  /**
   * Calls a function in a worker that is free, or will be.
   * @throws what the function throws, with its stack; DisconnectedError when its worker ends; the signal's reason
   */
  call<K extends keyof F & string>(name: K, args: Parameters<F[K]>, options?: CallOptions): Called<F, K>
  /** One of the functions, to be called like any other. */
  fn<K extends keyof F & string>(name: K): (...args: Parameters<F[K]>) => Called<F, K>
  /** Workers that live. */
  readonly workers: number
  /** Calls that wait for a worker. */
  readonly waiting: number
  /** Ends all workers; what runs or waits is rejected. */
  close(): void
}

interface Job {
  readonly name: string
  readonly args: readonly unknown[]
  readonly transfer: readonly Handover[]
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  /** No longer to be aborted. */
  readonly end: () => void
}

type Api = Record<string, (args: readonly unknown[]) => unknown>

/** A worker of the pool. */
interface Hand {
  readonly endpoint: Endpoint
  readonly remote: Remote<Api>
  readonly stop: () => void
  /** What it offers, once it has said so. */
  names: readonly string[] | undefined
  job: Job | undefined
}

/**
 * Carries heavy, pure functions out in a pool of workers. Nothing is sent but names and values: the functions are those
 * that the worker's module gives to `serveFunctions`. Calls travel by comlink.
 *
 * @param make makes a worker; called when one more is needed, also after one has crashed
 * @example
 * ```ts
 * const pool = offload<typeof heavy>(() => new Worker(new URL('./heavy.ts', import.meta.url), { type: 'module' }))
 * await pool.call('total', [rows], { signal })
 * ```
 */
export function offload<F extends Functions>(make: () => EndpointLike, options: OffloadOptions = {}): Pool<F> {
  return new WorkerPool(make, options) as unknown as Pool<F>
}

class WorkerPool implements Pool<Record<string, (...args: unknown[]) => unknown>> {
  readonly #make: () => EndpointLike
  readonly #size: number
  readonly #queueLimit: number
  readonly #hands = new Set<Hand>()
  #queue: Job[] = []
  #closed = false

  constructor(make: () => EndpointLike, { size = defaultSize(), queueLimit = 1000 }: OffloadOptions) {
    this.#make = make
    this.#size = size
    this.#queueLimit = queueLimit
  }

  get workers(): number {
    return this.#hands.size
  }

  get waiting(): number {
    return this.#queue.length
  }

  fn(name: string): (...args: unknown[]) => Promise<never> {
    return (...args) => this.call(name, args)
  }

  call(name: string, args: readonly unknown[], { signal, transfer = [] }: CallOptions = {}): Promise<never> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#closed) return Promise.reject(errors.POOL_CLOSED(undefined))
    if (this.#queue.length >= this.#queueLimit) return Promise.reject(errors.POOL_FULL({ waiting: this.#queueLimit }))
    return new Promise((resolve, reject) => {
      const abort = () => {
        reject(signal?.reason)
        this.#drop(job)
      }
      const end = () => signal?.removeEventListener('abort', abort)
      const job: Job = { name, args, transfer, resolve, reject, end }
      signal?.addEventListener('abort', abort, { once: true })
      this.#queue.push(job)
      this.#assign()
    })
  }

  close(): void {
    this.#closed = true
    const reason = errors.POOL_CLOSED(undefined)
    for (const hand of [...this.#hands]) this.#dismiss(hand, reason)
    for (const job of this.#queue.splice(0)) fail(job, reason)
  }

  /** Gives waiting jobs to idle workers, and makes workers while there may be more. */
  #assign(): void {
    for (const hand of this.#hands) if (hand.names && !hand.job && this.#queue.length > 0) this.#start(hand)
    // One that is starting will take a job too.
    let starting = [...this.#hands].filter(({ names }) => !names).length
    while (this.#queue.length > starting && this.#hands.size < this.#size) {
      if (!this.#hire()) return
      starting++
    }
  }

  /** Answers whether there is one more worker now. */
  #hire(): boolean {
    let endpoint: Endpoint
    try {
      endpoint = endpointOf(this.#make())
    } catch (error) {
      for (const job of this.#queue.splice(0)) fail(job, error)
      return false
    }
    const guarded = comlinkEndpoint(endpoint)
    const lost = (cause: unknown) => this.#dismiss(hand, cause)
    const hand: Hand = {
      endpoint,
      remote: wrap<Api>(guarded),
      // What goes wrong in there without being caught leaves it in an unknown state.
      stop: endpoint.open({ message: (data) => this.#heard(hand, data, guarded.receive), lost, trouble: lost }),
      names: undefined,
      job: undefined,
    }
    this.#hands.add(hand)
    return true
  }

  #heard(hand: Hand, data: unknown, receive: (data: unknown) => void): void {
    if (isList(data) && data[0] === FUNCTIONS) {
      hand.names = data.slice(1).filter(isText)
      this.#assign()
    } else if (isAnswer(data)) receive(data)
  }

  #start(hand: Hand): void {
    const job = this.#queue.shift() as Job
    if (!hand.names?.includes(job.name)) {
      fail(job, errors.FUNCTION_UNKNOWN({ name: job.name, known: hand.names ?? [] }))
      this.#assign()
      return
    }
    hand.job = job
    const done = (settle: () => void) => {
      // Comlink never settles what a dead worker was asked; whoever waited has been told already.
      if (hand.job !== job) return
      hand.job = undefined
      job.end()
      settle()
      this.#assign()
    }
    const call = hand.remote[job.name] as unknown as (args: unknown) => Promise<never>
    call(transfer([...job.args], job.transfer as Transferable[])).then(
      (value) => done(() => job.resolve(value)),
      (error) => done(() => job.reject(error instanceof Error ? error : errorOf(error))),
    )
  }

  /** A job that nobody wants any more. */
  #drop(job: Job): void {
    const rest = this.#queue.filter((other) => other !== job)
    if (rest.length < this.#queue.length) {
      this.#queue = rest
      return
    }
    for (const hand of this.#hands) if (hand.job === job) this.#dismiss(hand, undefined)
  }

  /** Ends a worker; another takes its place when there is something to do. */
  #dismiss(hand: Hand, cause: unknown): void {
    if (!this.#hands.delete(hand)) return
    hand.stop()
    hand.endpoint.close()
    const { job } = hand
    hand.job = undefined
    if (job) fail(job, this.#closed ? cause : errors.POOL_WORKER_LOST({ name: job.name, outcome: 'unknown' }, cause))
    // One that never came to life took no job. The one it was made for fails, or this would go on for ever.
    else if (!hand.names && this.#queue.length > 0 && !this.#closed) {
      const next = this.#queue.shift() as Job
      fail(next, errors.POOL_WORKER_LOST({ name: next.name, outcome: 'not-sent' }, cause))
    }
    if (!this.#closed) this.#assign()
  }
}

function fail(job: Job, error: unknown): void {
  job.end()
  job.reject(error)
}

/** Is it comlink's answer to a call: a value, or what was thrown? Proxies are not wanted. */
const isAnswer = (data: unknown): boolean =>
  isRecord(data) &&
  isText(data.id) &&
  (data.type === 'RAW' || (data.type === 'HANDLER' && data.name === 'throw' && isRecord(data.value)))

function defaultSize(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } }
  return Math.min(4, Math.max(1, (navigator?.hardwareConcurrency ?? 4) - 1))
}
