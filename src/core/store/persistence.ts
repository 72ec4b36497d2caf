import { type ReadonlySignal, type Signal, signal } from '@preact/signals-core'
import { StorageError } from '../ports/errors.ts'
import type { StorageAdapter } from '../ports/storage.ts'
import type { Timers } from '../ports/timers.ts'
import { errors } from './errors.ts'
import { type Patience, patiently } from './patience.ts'

/**
 * Where the store's data stands: `saved` (storage has all), `saving`, `failed` (kept in memory, tried again),
 * `memory` (nothing outlives the process), `disconnected` (a mirror without its store).
 */
export type Status = 'saved' | 'saving' | 'failed' | 'memory' | 'disconnected'

type Commit = Map<string, unknown>

const FIRST_RETRY = 100
const LAST_RETRY = 30_000

interface Waiter {
  /** The first and last unsaved commit it waits for. */
  readonly first: number
  readonly upTo: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Takes commits in memory at once and brings them to storage in order behind it. */
export class Persistence {
  readonly #adapter: StorageAdapter
  readonly #timers: Timers
  readonly #onFailure: (error: StorageError) => void
  readonly #onStatus: (status: Status) => void
  readonly #onEffect: (error: unknown) => void
  readonly #status: Signal<Status>
  readonly #error: Signal<StorageError | undefined> = signal(undefined)
  // In order, not yet handed to the adapter. After a failure: at most one, everything merged, so that what waits is
  // bounded by the live data.
  #queue: Commit[] = []
  // Commits handed over by the store, and how many of them storage has.
  #taken = 0
  #durable = 0
  // How many commits #queue stands for.
  #queued = 0
  #waiters: Waiter[] = []
  #running = false
  #failures = 0
  #cancelRetry: (() => void) | undefined

  constructor(
    adapter: StorageAdapter,
    timers: Timers,
    onFailure: (error: StorageError) => void,
    onStatus: (status: Status) => void,
    onEffect: (error: unknown) => void,
  ) {
    this.#adapter = adapter
    this.#timers = timers
    this.#onFailure = onFailure
    this.#onStatus = onStatus
    this.#onEffect = onEffect
    this.#status = signal<Status>(adapter.volatile ? 'memory' : 'saved')
    adapter.urgent?.(() => this.#retryNow())
  }

  get status(): ReadonlySignal<Status> {
    return this.#status
  }

  get error(): ReadonlySignal<StorageError | undefined> {
    return this.#error
  }

  get unsaved(): number {
    return this.#taken - this.#durable
  }

  /** Takes one commit. */
  add(commit: Commit): void {
    this.#taken++
    this.#queued++
    if (this.#failures > 0 && this.#queue.length > 0) merge(this.#queue, commit)
    else this.#queue.push(commit)
    if (this.#running || this.#cancelRetry !== undefined) return
    this.#running = true
    this.#say('saving')
    queueMicrotask(() => this.#pump())
  }

  /** Resolves when all that was taken before is durable; rejects as soon as an attempt it waits for fails. */
  flush(patience: Patience): Promise<void> {
    return patiently(this.#timers, patience, 'flush', (resolve, reject) => {
      const done = () => {
        if (this.#adapter.sync === undefined) resolve()
        else this.#adapter.sync().then(resolve, (error) => reject(this.#wrap(error)))
      }
      if (this.unsaved === 0) {
        done()
        return () => {}
      }
      const waiter: Waiter = { first: this.#durable + 1, upTo: this.#taken, resolve: done, reject }
      this.#waiters.push(waiter)
      this.#retryNow()
      return () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
      }
    })
  }

  /** Tries once more, then closes the adapter; rejects when commits stay unsaved. */
  async close(store: string): Promise<void> {
    let cause: unknown
    // An attempt that was under way already is not the one more.
    for (let tries = this.#running ? 2 : 1; tries > 0 && this.unsaved > 0; tries--) {
      await this.flush({}).catch((error: unknown) => {
        cause = error
      })
    }
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    try {
      await this.#adapter.close()
    } catch (error) {
      cause ??= error
      if (this.unsaved === 0) throw this.#wrap(error)
    }
    if (this.unsaved > 0) throw errors.UNSAVED({ store, unsaved: this.unsaved }, cause)
  }

  #retryNow(): void {
    if (this.#cancelRetry === undefined) return
    this.#cancelRetry()
    this.#cancelRetry = undefined
    this.#running = true
    queueMicrotask(() => this.#pump())
  }

  async #pump(): Promise<void> {
    do {
      while (this.#queue.length > 0) {
        const commits = this.#queue
        const count = this.#queued
        this.#queue = []
        this.#queued = 0
        try {
          await this.#adapter.write(commits)
        } catch (error) {
          this.#failed(commits, count, this.#wrap(error))
          return
        }
        this.#durable += count
        this.#failures = 0
        this.#settle()
      }
      this.#show(this.#error, undefined)
      // An effect on the error may have written.
    } while (this.#queue.length > 0)
    this.#running = false
    this.#say('saved')
  }

  #failed(commits: Commit[], count: number, error: StorageError): void {
    const later = this.#queue
    this.#queue = []
    for (const commit of [...commits, ...later]) merge(this.#queue, commit)
    this.#queued += count
    const wait = Math.min(FIRST_RETRY * 2 ** this.#failures++, LAST_RETRY)
    this.#cancelRetry = this.#timers.after(wait, () => {
      this.#cancelRetry = undefined
      this.#running = true
      void this.#pump()
    })
    this.#running = false
    // Those whose commits were not in this attempt wait on: the next one will have them.
    const reached = this.#durable + count
    const waiting = this.#waiters
    this.#waiters = waiting.filter((waiter) => waiter.first > reached)
    for (const waiter of waiting) if (waiter.first <= reached) waiter.reject(error)
    // Told last, when all is in order: whoever hears of it may write.
    this.#show(this.#error, error)
    this.#say('failed')
    this.#onFailure(error)
  }

  #settle(): void {
    const ready = this.#waiters.filter((waiter) => waiter.upTo <= this.#durable)
    if (ready.length === 0) return
    this.#waiters = this.#waiters.filter((waiter) => waiter.upTo > this.#durable)
    for (const waiter of ready) waiter.resolve()
  }

  #say(status: Status): void {
    const now = this.#adapter.volatile && status !== 'failed' ? 'memory' : status
    if (this.#status.peek() === now) return
    this.#show(this.#status, now)
    // An effect that wrote has moved it on already, and told so.
    if (this.#status.peek() === now) this.#onStatus(now)
  }

  /** Sets a signal, whatever the effects on it do. */
  #show<T>(shown: Signal<T>, value: T): void {
    try {
      shown.value = value
    } catch (error) {
      this.#onEffect(error)
    }
  }

  #wrap(error: unknown): StorageError {
    if (error instanceof StorageError) return error
    const message = `Storage "${this.#adapter.name}" failed: ${error instanceof Error ? error.message : String(error)}`
    return new StorageError('STORAGE_FAILED', message, undefined, error)
  }
}

/** Puts `commit` into the last of `queue`: one whole commit stays one, only bigger. */
function merge(queue: Commit[], commit: Commit): void {
  const last = queue[queue.length - 1]
  if (last === undefined) queue.push(new Map(commit))
  else for (const [key, value] of commit) last.set(key, value)
}
