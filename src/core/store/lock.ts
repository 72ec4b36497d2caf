import type { Draft, Holder } from '../ports/host.ts'
import type { Timers } from '../ports/timers.ts'
import { errors } from './errors.ts'
import { type Patience, patiently } from './patience.ts'

/** What a lock is taken on: a model or row, and the key that orders it among others. */
export interface Target {
  readonly entity: object
  readonly holder: Holder
  readonly key: string
}

interface Place {
  /** Where the present holder took it. */
  by: string
  readonly queue: { take(): void; refuse(error: unknown): void }[]
}

const DEFAULT_TIMEOUT = 10_000

type Drafted = ReturnType<NonNullable<Holder['draft']>>

/** What locks need of the store. */
export interface LockHost {
  readonly timers: Timers
  /** One more (1) or one less (-1) reason to ask before a write. */
  gate(step: 1 | -1): void
  transact(fn: () => void): void
}

/**
 * Exclusive asynchronous access to models and rows. Waiting is first come, first served per target; targets are always
 * taken in the order of their keys, so no two callers can wait for each other. Mutexes over a set of models are an
 * idea of Myosin's.
 */
export class Locks {
  readonly #host: LockHost
  readonly #held = new Map<object, Place>()
  // Callers that wait until nothing at all is held (hydrate, reset).
  #idle: (() => void)[] = []
  // True while a callback's synchronous part runs: the one moment at which a nested lock can be recognised.
  #inside = false

  constructor(host: LockHost) {
    this.#host = host
  }

  // What a holder is publishing right now: its own drafts may pass.
  #publishing: readonly Target[] = []

  /** Where the holder of `entity` took its lock, when there is one that forbids a write. */
  holderOf(entity: object): string | undefined {
    if (this.#publishing.some((target) => target.entity === entity)) return undefined
    return this.#held.get(entity)?.by
  }

  get any(): boolean {
    return this.#held.size > 0
  }

  /** Calls `run` once nothing is held. */
  whenIdle(run: () => void): void {
    this.#idle.push(run)
  }

  async lock<T>(
    targets: readonly Target[],
    fn: (...drafts: Draft[]) => T | Promise<T>,
    { signal, timeout = DEFAULT_TIMEOUT }: Patience,
    by: string,
  ): Promise<T> {
    const models = targets.map((target) => target.key)
    if (this.#inside) throw errors.LOCK_NESTED({ models })
    const ordered = [...new Map(targets.map((t) => [t.entity, t])).values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    const deadline = this.#host.timers.now() + timeout
    const taken: Target[] = []
    try {
      for (const target of ordered) {
        const left = Math.max(0, deadline - this.#host.timers.now())
        await this.#take(target, by, { signal, timeout: left }, () =>
          errors.LOCK_TIMEOUT({ models, ms: timeout, holder: this.holderOf(target.entity) }),
        )
        taken.push(target)
      }
      signal?.throwIfAborted()
      return await this.#hold(targets, fn, signal)
    } finally {
      this.#release(taken)
    }
  }

  /** Refuses everybody who waits. */
  close(error: unknown): void {
    for (const { queue } of this.#held.values()) for (const waiter of queue.splice(0)) waiter.refuse(error)
    for (const run of this.#idle.splice(0)) run()
  }

  /** Runs the callback on drafts, and publishes them when it is done. */
  async #hold<T>(
    targets: readonly Target[],
    fn: (...drafts: Draft[]) => T | Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    // One draft per target, however often it was named.
    const drafts = new Map(targets.map(({ holder, entity }) => [entity, holder.draft?.(entity) as Drafted]))
    const made = targets.map(({ entity }) => drafts.get(entity) as Drafted)
    let stop: () => void = () => {}
    const aborted = new Promise<never>((_, reject) => {
      const abort = () => reject(signal?.reason)
      signal?.addEventListener('abort', abort)
      stop = () => signal?.removeEventListener('abort', abort)
    })
    // Raced below, unless the callback throws before that.
    aborted.catch(() => {})
    try {
      this.#inside = true
      let running: T | Promise<T>
      try {
        running = fn(...made.map(({ draft }) => draft))
      } finally {
        this.#inside = false
      }
      const result = await Promise.race([running, aborted])
      signal?.throwIfAborted()
      this.#publishing = targets
      this.#host.transact(() => {
        for (const { draft } of drafts.values()) draft.commit({ force: true })
      })
      return result
    } finally {
      this.#publishing = []
      stop()
      for (const { kill } of made) kill()
    }
  }

  #take({ entity }: Target, by: string, patience: Patience, late: () => unknown): Promise<void> {
    const place = this.#held.get(entity)
    if (place === undefined) {
      this.#held.set(entity, { by, queue: [] })
      this.#host.gate(1)
      return Promise.resolve()
    }
    return patiently<void>(
      this.#host.timers,
      patience,
      'a lock',
      (resolve, refuse) => {
        const mine = {
          take() {
            place.by = by
            resolve()
          },
          refuse,
        }
        place.queue.push(mine)
        return () => {
          const at = place.queue.indexOf(mine)
          if (at >= 0) place.queue.splice(at, 1)
        }
      },
      late,
    )
  }

  #release(targets: readonly Target[]): void {
    for (const { entity } of targets) {
      const next = this.#held.get(entity)?.queue.shift()
      if (next !== undefined) next.take()
      else if (this.#held.delete(entity)) this.#host.gate(-1)
    }
    if (!this.any) for (const run of this.#idle.splice(0)) run()
  }
}

/** Where the caller of `above` stands, for messages. Only V8 can tell. */
export function whereFrom(above: (...args: never[]) => unknown): string {
  const at: { stack?: string } = {}
  const { captureStackTrace } = Error as { captureStackTrace?: (at: object, above: unknown) => void }
  captureStackTrace?.(at, above)
  return at.stack?.split('\n')[1]?.trim() ?? 'somewhere in this program'
}
