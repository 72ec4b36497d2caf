import { systemTimers, type Timers } from '../ports/timers.ts'
import type { Transition } from './transition.ts'
import type { AnyMachine } from './types.ts'

/** A transition, and when it ended. */
export interface HistoryRecord {
  readonly transition: Transition
  /** Milliseconds since the epoch. */
  readonly time: number
  /** Sum of all ticks before and after it. */
  readonly sumBefore: number
  readonly sumAfter: number
}

/** What happened lately. Times are milliseconds since the epoch; what fell out of the ring is not known. */
export interface History<N extends string = string> {
  /** Oldest first. Refused transitions are among them. */
  readonly records: readonly HistoryRecord[]
  /** Did the state become active in the last `ms` milliseconds? Entering again counts. */
  activatedWithin(state: N, ms: number): boolean
  /** Did it become inactive in the last `ms` milliseconds? */
  deactivatedWithin(state: N, ms: number): boolean
  /** Was it active at any moment from `start` to `end`? */
  activeBetween(state: N, start: number, end: number): boolean
  /** Was it inactive at any moment from `start` to `end`? */
  inactiveBetween(state: N, start: number, end: number): boolean
  /** The transitions that moved the sum of all ticks within these bounds: `timeSum()` of two moments. */
  between(startSum: number, endSum: number): readonly HistoryRecord[]
  /** The last transition that changed the state. */
  last(state: N): HistoryRecord | undefined
  /** Stops recording. The records stay. */
  dispose(): void
}

/**
 * Remembers a machine's last transitions, from now on.
 *
 * @param options.limit How many. Default 1000.
 * @param options.timers Default: the platform's clock.
 * @example
 * ```ts
 * const past = history(door, { limit: 100 })
 * door.toggle('Open')
 * past.activatedWithin('Open', 1000) //=> true
 * past.last('Open')?.transition.called //=> ['Open']
 * ```
 */
export function history<N extends string>(
  machine: AnyMachine & { readonly definition: { readonly names: readonly N[] } },
  { limit = 1000, timers = systemTimers }: { readonly limit?: number; readonly timers?: Timers } = {},
): History<N> {
  // A ring: `ring[head]` is the oldest once it is full.
  const ring: HistoryRecord[] = []
  let head = 0
  let sum = machine.timeSum()
  let restarts = machine.machineTick()
  const stop = machine.trace({
    transitionEnd(transition) {
      const { deltas } = transition
      let by = 0
      for (let i = 1; i < deltas.length; i += 2) by += deltas[i]!
      // An import moves the clock without a transition.
      if (restarts !== machine.machineTick()) sum = machine.timeSum() - by
      restarts = machine.machineTick()
      const before = sum
      sum += by
      const record = { transition, time: timers.now(), sumBefore: before, sumAfter: sum }
      if (ring.length < limit) ring.push(record)
      else {
        ring[head] = record
        head = (head + 1) % limit
      }
    },
  })
  const all = () => [...ring.slice(head), ...ring.slice(0, head)]
  const place = (state: N) => {
    const at = machine.definition.names.indexOf(state)
    // Throws UnknownStateError.
    if (at < 0) machine.tick(state)
    return at
  }
  const changed = ({ transition: { deltas } }: HistoryRecord, at: number) => {
    let by = 0
    for (let i = 0; i < deltas.length; i += 2) if (deltas[i] === at) by += deltas[i + 1]!
    return by
  }
  const within = (state: N, ms: number, odd: number) => {
    const at = place(state)
    const since = timers.now() - ms
    return all().some((r) => r.time >= since && changed(r, at) > 0 && r.transition.timeAfter[at]! % 2 === odd)
  }
  const was = (state: N, start: number, end: number, odd: number) => {
    const at = place(state)
    const records = all()
    const inside = records.filter((r) => r.time >= start && r.time <= end)
    // Between two transitions the state is what the next one found.
    const next = records.find((r) => r.time >= start)
    const first = next ? next.transition.timeBefore : machine.time()
    return [first, ...inside.map((r) => r.transition.timeAfter)].some((ticks) => ticks[at]! % 2 === odd)
  }
  return {
    get records() {
      return all()
    },
    activatedWithin: (state, ms) => within(state, ms, 1),
    deactivatedWithin: (state, ms) => within(state, ms, 0),
    activeBetween: (state, start, end) => was(state, start, end, 1),
    inactiveBetween: (state, start, end) => was(state, start, end, 0),
    between: (start, end) => all().filter((r) => r.sumAfter > start && r.sumBefore < end),
    last(state) {
      const at = place(state)
      return all().findLast((r) => changed(r, at) > 0)
    },
    dispose: stop,
  }
}
