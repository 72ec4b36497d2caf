import { systemTimers, type Timers } from '../ports/timers.ts'
import type { Fsm } from './fsm.ts'
import { checkTimeout, type TIMEOUT } from './timeouts.ts'
import type { TransitionResult } from './types.ts'

interface Entry<S extends string> {
  readonly entity: string
  readonly state: S
  readonly enteredAt: number
  readonly due: number
  /** Where it stands in the heap. */
  at: number
  /** Among equals the one tracked first comes first. */
  readonly order: number
}

/** What a manager watches for, and whom it calls. */
export interface TimeoutManagerOptions<S extends string> {
  /**
   * Called once for each entity that is due, which is then forgotten: commit the result, and `track` the entity again in
   * its new state.
   */
  readonly onTimeout: (entity: string, result: TransitionResult<S, typeof TIMEOUT>) => unknown
  /** Gets what `onTimeout` threw or rejected with; the others are called all the same. Default: `console.error`. */
  readonly onError?: (error: unknown, entity: string) => void
  /** The clock. Default: the platform's. */
  readonly timers?: Timers
}

// What setTimeout can count to. Longer, it fires at once.
const LONGEST = 2 ** 31 - 1

/**
 * Watches many entities for the timeouts of their states, with one timer for the one that is due next.
 *
 * @example
 * ```ts
 * const timeouts = new TimeoutManager(orders, { onTimeout: (id, result) => save(id, result.targetState) })
 * timeouts.track('order-1', 'PENDING_NEW', Date.now())
 * ```
 */
export class TimeoutManager<S extends string = string> {
  readonly #fsm: Fsm<S, string, never>
  readonly #options: TimeoutManagerOptions<S>
  readonly #timers: Timers
  // A binary heap by due time: each entry is due no earlier than the one at (at - 1) >> 1. O(log n) to track or untrack.
  readonly #heap: Entry<S>[] = []
  readonly #entries = new Map<string, Entry<S>>()
  #order = 0
  #disposed = false
  /** When the timer is set for; so that an earlier entity alone sets it anew. */
  #wake = Number.POSITIVE_INFINITY
  #cancel = () => {}

  constructor(fsm: Fsm<S, string, never>, options: TimeoutManagerOptions<S>) {
    this.#fsm = fsm
    this.#options = options
    this.#timers = options.timers ?? systemTimers
  }

  /** How many entities are watched. */
  get size(): number {
    return this.#heap.length
  }

  /** When the next one is due, in milliseconds; undefined when none is watched. */
  get nextDue(): number | undefined {
    return this.#heap[0]?.due
  }

  /**
   * Watches an entity, in place of what was known of it. A state without a timeout is not watched. One that is due
   * already is called back soon, never before this returns.
   *
   * @throws UndefinedStateError; EscapementError (`FSM_TIME`) for what is not a finite number
   */
  track(entity: string, state: S, enteredAt: number): void {
    checkTimeout(this.#fsm, state, enteredAt, 0)
    this.#remove(entity)
    const { timeout } = this.#fsm.state(state)
    if (timeout && !this.#disposed) {
      const due = enteredAt + timeout.seconds * 1000
      const entry = { entity, state, enteredAt, due, at: this.#heap.length, order: this.#order++ }
      this.#entries.set(entity, entry)
      this.#rise(entry, entry.at)
    }
    this.#arm()
  }

  /** Forgets an entity; answers whether it was watched. */
  untrack(entity: string): boolean {
    const known = this.#remove(entity)
    this.#arm()
    return known
  }

  /** Forgets all entities and ends the timer. */
  dispose(): void {
    this.#disposed = true
    this.#heap.length = 0
    this.#entries.clear()
    this.#arm()
  }

  /** One timer, for the first of the heap. */
  #arm(): void {
    const due = this.#heap[0]?.due ?? Number.POSITIVE_INFINITY
    if (due === this.#wake) return
    this.#cancel()
    this.#wake = due
    if (due === Number.POSITIVE_INFINITY) return
    const ms = Math.ceil(due - this.#timers.now())
    this.#cancel = this.#timers.after(Math.min(Math.max(ms, 0), LONGEST), () => this.#ring())
  }

  #ring(): void {
    const now = this.#timers.now()
    // No more than there are now: an entity that is tracked again and due at once must not keep this from ending.
    for (let left = this.#heap.length; left > 0; left--) {
      const first = this.#heap[0]
      const { result } = first ? checkTimeout(this.#fsm, first.state, first.enteredAt, now) : { result: null }
      if (!first || !result) break
      this.#remove(first.entity)
      this.#call(first.entity, result)
    }
    this.#wake = Number.POSITIVE_INFINITY
    this.#arm()
  }

  #call(entity: string, result: TransitionResult<S, typeof TIMEOUT>): void {
    const failed = this.#options.onError ?? console.error
    try {
      const answer = this.#options.onTimeout(entity, result)
      Promise.resolve(answer).catch((error) => failed(error, entity))
    } catch (error) {
      failed(error, entity)
    }
  }

  #remove(entity: string): boolean {
    const entry = this.#entries.get(entity)
    if (!entry) return false
    this.#entries.delete(entity)
    const last = this.#heap.pop() as Entry<S>
    if (last !== entry) {
      this.#rise(last, entry.at)
      this.#sink(last)
    }
    return true
  }

  /** Puts an entry at a place, or as far above as it belongs. */
  #rise(entry: Entry<S>, place: number): void {
    let at = place
    for (let up = (at - 1) >> 1; at > 0 && before(entry, this.#heap[up] as Entry<S>); up = (at - 1) >> 1) {
      this.#put(this.#heap[up] as Entry<S>, at)
      at = up
    }
    this.#put(entry, at)
  }

  /** Moves an entry as far down as it belongs. */
  #sink(entry: Entry<S>): void {
    const heap = this.#heap
    for (;;) {
      const at = entry.at
      let child = 2 * at + 1
      const right = heap[child + 1]
      if (right && before(right, heap[child] as Entry<S>)) child++
      const next = heap[child]
      if (!next || before(entry, next)) return
      this.#put(next, at)
      this.#put(entry, child)
    }
  }

  #put(entry: Entry<S>, at: number): void {
    this.#heap[at] = entry
    entry.at = at
  }
}

const before = <S extends string>(a: Entry<S>, b: Entry<S>): boolean =>
  a.due < b.due || (a.due === b.due && a.order < b.order)
