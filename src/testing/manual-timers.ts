import type { Timers } from '../core/ports/timers.ts'

/** Time that moves when told to. */
export interface ManualTimers extends Timers {
  /** Moves time on by `ms` milliseconds, and calls what falls due on the way, in order of its time. */
  advance(ms: number): void
  /** How many calls are waiting. A test that ends with 0 left no timer behind. */
  readonly pending: number
}

/**
 * Timers for tests: nothing happens until `advance`.
 *
 * @param start milliseconds since the epoch; default 0.
 *
 * @example
 * ```ts
 * const timers = manualTimers()
 * timers.after(100, () => console.log('due'))
 * timers.advance(99)
 * timers.advance(1) //=> due
 * ```
 */
export function manualTimers(start = 0): ManualTimers {
  let now = start
  // Unsorted: tests have few. Of equal times the one asked for first is first.
  const waiting = new Set<{ at: number; run: () => void }>()
  const first = (until: number) => {
    let found: { at: number; run: () => void } | undefined
    for (const one of waiting) if (one.at <= until && (!found || one.at < found.at)) found = one
    return found
  }
  return {
    now: () => now,
    after(ms, run) {
      const one = { at: now + Math.max(0, ms), run }
      waiting.add(one)
      return () => waiting.delete(one)
    },
    advance(ms) {
      const until = now + ms
      for (let one = first(until); one; one = first(until)) {
        waiting.delete(one)
        now = one.at
        one.run()
      }
      now = until
    },
    get pending() {
      return waiting.size
    },
  }
}
