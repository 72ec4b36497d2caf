import type { MachineInfo } from '../../protocol/frames.ts'
import type { Schema } from '../relations/schema.ts'
import { CLOCK, GAP, type Rows, TX } from './rows.ts'
import type { RunTrace } from './run-trace.ts'

/** What a `clock` frame told. */
export interface ClockDetail {
  readonly ticks: readonly number[]
  readonly why: string
  readonly queueTick: number
  readonly machineTick: number
}

/** A clock and its counters at some number. */
export interface Known {
  readonly ticks: readonly number[]
  readonly queueTick: number
  readonly machineTick: number
}

/** A handler that ended. */
export interface HandlerRecord {
  readonly n: number
  readonly state: string
  readonly handler: string
  readonly status: 'done' | 'refused' | 'failed' | 'settled' | 'rejected'
  readonly us: number | null
  /** µs since the epoch. */
  readonly time: number
  readonly error?: unknown
}

// Ticks are kept at every so manieth event while a clock is computed, so that the next one near it is at hand.
const EVERY = 256

/**
 * One machine in one run: its transitions in order, and its clock after any of them.
 *
 * `events` holds rows in the machine's own order: transitions, clocks and gaps. Every number from 1 to the last is a
 * transition or lies in a gap. The clock is computed forward from a `clock` by the transitions' deltas, never across a
 * gap.
 */
export class MachineTrace {
  readonly index: number
  readonly run: RunTrace
  readonly m: number
  readonly #rows: Rows
  info: MachineInfo | undefined
  schema: Schema | undefined
  /** µs since the epoch. */
  gone: number | undefined
  readonly events: number[] = []
  /** Transitions by `seq`. */
  readonly bySeq = new Map<number, number>()
  readonly handlers = new Map<number, HandlerRecord[]>()
  /** Rows that each transition caused, of any machine of the run. */
  readonly caused = new Map<number, number[]>()
  /** Dropped mutations already known, by their count. */
  readonly queued = new Set<number>()
  readonly handlersSeen = new Set<number>()
  refused = 0
  /** A `check` that was not what had been computed. */
  mismatches = 0
  // Event index → ticks after it. Emptied when events are put between others.
  #checkpoints = new Map<number, readonly number[]>()

  constructor(index: number, run: RunTrace, m: number, rows: Rows) {
    this.index = index
    this.run = run
    this.m = m
    this.#rows = rows
  }

  get label(): string {
    return this.info?.label ?? `#${this.m}`
  }
  get names(): readonly string[] {
    return this.schema?.names ?? []
  }
  /** The last number that is a transition, or in a gap. */
  get lastSeq(): number {
    const last = this.events.at(-1)
    return last === undefined ? 0 : this.endOf(last)
  }

  /** Where an event ends: the number of the last transition at or before it. */
  endOf(row: number): number {
    return this.#rows.kind[row] === GAP ? this.#rows.until[row]! : this.#rows.seq[row]!
  }

  /** Puts an event at its place. Answers whether it is the last one. */
  insert(row: number): boolean {
    const { events } = this
    let at = events.length
    while (at > 0 && this.#compare(events[at - 1]!, row) > 0) at--
    events.splice(at, 0, row)
    if (at === events.length - 1) return true
    this.#checkpoints.clear()
    return false
  }
  remove(row: number): void {
    this.events.splice(this.events.indexOf(row), 1)
    this.#checkpoints.clear()
  }

  /** The place among `events` of a row of this machine. */
  placeOf(row: number): number {
    const place = firstFrom(this.events, (event) => this.#compare(event, row) >= 0)
    // Clocks may stand at one number; they are in order of arrival.
    return this.events[place] === row ? place : this.events.indexOf(row, place)
  }

  /** The last event at or before a moment: a row of any machine. -1 before all. */
  eventAt(row: number): number {
    return firstFrom(this.events, (event) => this.#rows.compare(event, row) > 0) - 1
  }

  /** All ticks after an event; `undefined` in a gap, or where no clock is known. */
  ticksAfter(place: number): readonly number[] | undefined {
    const rows = this.#rows
    const { events } = this
    let from = place
    let ticks: readonly number[] | undefined
    // Back to what is known …
    for (; from >= 0; from--) {
      const kind = rows.kind[events[from]!]
      if (kind === GAP) return undefined
      ticks = kind === CLOCK ? rows.detailOf<ClockDetail>(events[from]!)!.ticks : this.#checkpoints.get(from)
      if (ticks) break
    }
    if (!ticks || from === place) return ticks
    // … and forward again.
    const now = [...ticks]
    for (let i = from + 1; i <= place; i++) {
      const deltas = rows.lists.get(rows.deltas[events[i]!]!)
      for (let d = 0; d < deltas.length; d += 2) {
        // A number that is no state of this machine was not written by us.
        if (deltas[d]! < now.length) now[deltas[d]!]! += deltas[d + 1]!
      }
      if (i % EVERY === 0) this.#checkpoints.set(i, [...now])
    }
    return now
  }

  /** Queue and machine tick after an event: told by clocks, and each transition counts one more. */
  countersAfter(place: number): { readonly queueTick: number; readonly machineTick: number } | undefined {
    const rows = this.#rows
    const from = this.#clockOrGap(place)
    const row = this.events[from]
    if (row === undefined || rows.kind[row] === GAP) return undefined
    const { queueTick, machineTick } = rows.detailOf<ClockDetail>(row)!
    // Nothing but transitions stands between.
    return { queueTick: queueTick + place - from, machineTick }
  }

  /** Every clock that is known to have stood at a number: after the transition, and after each clock told there. */
  knownAt(seq: number): Known[] {
    const known: Known[] = []
    let place = firstFrom(this.events, (event) => this.endOf(event) >= seq)
    for (; place < this.events.length && this.endOf(this.events[place]!) === seq; place++) {
      const ticks = this.ticksAfter(place)
      if (ticks) known.push({ ticks, ...this.countersAfter(place)! })
    }
    return known
  }
  /** Is the last event a transition? */
  endsInRow(): boolean {
    const last = this.events.at(-1)
    return last !== undefined && this.#rows.kind[last] === TX
  }

  /** The last clock or gap at or before an event. */
  #clockOrGap(place: number): number {
    let at = place
    while (at >= 0 && this.#rows.kind[this.events[at]!] === TX) at--
    return at
  }

  /** By number; at one number a transition, then a gap that ends there, then clocks, by their counters. */
  #compare(a: number, b: number): number {
    const rows = this.#rows
    const kind = rows.kind[a]!
    const difference = this.endOf(a) - this.endOf(b) || rankOf(kind) - rankOf(rows.kind[b]!)
    if (difference || kind !== CLOCK) return difference
    const [one, two] = [rows.detailOf<ClockDetail>(a)!, rows.detailOf<ClockDetail>(b)!]
    return one.machineTick - two.machineTick || one.queueTick - two.queueTick
  }
}

const rankOf = (kind: number) => (kind === TX ? 0 : kind === GAP ? 1 : 2)

/** First place of a sorted list where `test` holds; its length when nowhere. */
export function firstFrom(list: ArrayLike<number>, test: (value: number) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (test(list[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
