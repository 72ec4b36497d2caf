import type { Holder, Phase } from '../ports/host.ts'
import { errors } from './errors.ts'
import type { CommitRecord } from './record.ts'

/** Called after a commit with what it left behind, in commit order, one call at a time. */
export type Subscriber<S> = (snapshot: S, commit: CommitRecord) => unknown

/** Snapshots of the rows a commit touched; undefined for a deleted one. */
export type RowsSnapshot = ReadonlyMap<string, unknown>

const MOST_WAITING = 1000

/** One subscriber and the calls it has not had yet. */
export class Subscription {
  readonly #key: string
  readonly #fn: Subscriber<unknown>
  readonly #report: (error: unknown, phase: Phase) => void
  // Entries before #head are spent; they are dropped in blocks, so taking one is O(1).
  #head = 0
  #waiting: { snapshot: unknown; commit: CommitRecord }[] = []
  #running = false
  #merging = false

  constructor(key: string, fn: Subscriber<unknown>, report: (error: unknown, phase: Phase) => void) {
    this.#key = key
    this.#fn = fn
    this.#report = report
  }

  /** A commit touched what this is subscribed to. */
  push(snapshot: unknown, commit: CommitRecord): void {
    const last = this.#waiting[this.#waiting.length - 1]
    if (last !== undefined && this.#waiting.length - this.#head >= MOST_WAITING) {
      if (!this.#merging) this.#report(errors.SUBSCRIBER_SLOW({ key: this.#key, waiting: MOST_WAITING }), 'subscriber')
      this.#merging = true
      last.snapshot =
        last.snapshot instanceof Map && snapshot instanceof Map ? new Map([...last.snapshot, ...snapshot]) : snapshot
      last.commit = commit
      return
    }
    this.#waiting.push({ snapshot, commit })
    if (this.#running) return
    this.#running = true
    queueMicrotask(() => this.#run())
  }

  end(): void {
    this.#waiting = []
    this.#head = 0
  }

  async #run(): Promise<void> {
    while (this.#head < this.#waiting.length) {
      const { snapshot, commit } = this.#waiting[this.#head++] as { snapshot: unknown; commit: CommitRecord }
      if (this.#head >= MOST_WAITING) {
        this.#waiting.splice(0, this.#head)
        this.#head = 0
      }
      try {
        await this.#fn(snapshot, commit)
      } catch (error) {
        this.#report(error, 'subscriber')
      }
    }
    this.#waiting = []
    this.#head = 0
    this.#running = false
    this.#merging = false
  }
}

/** All subscribers of one store, by what they are subscribed to: a model, a row, or the holder of a collection. */
export class Subscribers {
  readonly #by = new Map<object, Subscription[]>()
  readonly #report: (error: unknown, phase: Phase) => void
  readonly #changed: () => void

  constructor(report: (error: unknown, phase: Phase) => void, changed: () => void) {
    this.#report = report
    this.#changed = changed
  }

  get any(): boolean {
    return this.#by.size > 0
  }

  add(target: object, key: string, fn: Subscriber<unknown>, signal: AbortSignal | undefined): () => void {
    if (signal?.aborted) return () => {}
    const subscription = new Subscription(key, fn, this.#report)
    this.#by.set(target, [...(this.#by.get(target) ?? []), subscription])
    this.#changed()
    const stop = () => {
      signal?.removeEventListener('abort', stop)
      subscription.end()
      const left = (this.#by.get(target) ?? []).filter((other) => other !== subscription)
      if (left.length > 0) this.#by.set(target, left)
      else this.#by.delete(target)
      this.#changed()
    }
    signal?.addEventListener('abort', stop)
    return stop
  }

  /** Is any of these subscribed to? */
  wants(touched: ReadonlyMap<object, Holder>): boolean {
    if (!this.any) return false
    for (const [entity, holder] of touched) if (this.#by.has(entity) || this.#by.has(holder)) return true
    return false
  }

  /** Takes the snapshots of a commit now; answers how to hand them out later. */
  deliveries(touched: ReadonlyMap<object, Holder>, record: CommitRecord): () => void {
    const calls: [Subscription, unknown][] = []
    const rows = new Map<Holder, Map<string, unknown>>()
    for (const [entity, holder] of touched) {
      const own = this.#by.get(entity)
      const all = this.#by.get(holder)
      if (own === undefined && all === undefined) continue
      const gone = holder.encode(entity, true) === undefined
      const snapshot = gone ? undefined : holder.shown(entity)
      for (const subscription of own ?? []) calls.push([subscription, snapshot])
      if (all === undefined) continue
      const map = rows.get(holder) ?? new Map<string, unknown>()
      rows.set(holder, map.set(holder.keyOf(entity).slice(holder.definition.key.length + 1), snapshot))
    }
    for (const [holder, map] of rows) for (const all of this.#by.get(holder) ?? []) calls.push([all, new Map(map)])
    return () => {
      for (const [subscription, snapshot] of calls) subscription.push(snapshot, record)
    }
  }

  end(): void {
    for (const list of this.#by.values()) for (const subscription of list) subscription.end()
    this.#by.clear()
  }
}
