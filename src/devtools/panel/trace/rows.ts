import { Interned } from './interned.ts'

/** What a row of the trace is. */
export const TX = 0
/** A mutation that never became a transition. */
export const QUEUED = 1
/** A commit of a store. */
export const COMMIT = 2
/** Transitions, or commits, that did not come. */
export const GAP = 3
/** All ticks of a machine: not listed, but what its clock is computed from. */
export const CLOCK = 4
/** A gap that was filled meanwhile. */
export const VOID = 5
export type Kind = 0 | 1 | 2 | 3 | 4 | 5

const FIRST = 1024

/**
 * All rows of all machines and stores, by column, in order of arrival. A row is a number: its place here. Rows never
 * move; what changes is their place in the order of events: `at`, then `place`.
 */
export class Rows {
  length = 0
  kind = new Uint8Array(FIRST)
  /** Index of the machine, or of the store for commits and their gaps. */
  owner = new Uint32Array(FIRST)
  /** `transition.id`, a commit's number, a dropped mutation's own count; of a gap the first missing. */
  seq = new Float64Array(FIRST)
  /** Of a gap: the last missing. Of a dropped mutation: the `seq` it came after. */
  until = new Float64Array(FIRST)
  /** As told: µs since the epoch. */
  time = new Float64Array(FIRST)
  /** As ordered: never before what came before it in its machine, nor before its cause. */
  at = new Float64Array(FIRST)
  /** Order at equal `at`; 0 = not placed yet. */
  place = new Float64Array(FIRST)
  type = new Uint8Array(FIRST)
  flags = new Uint8Array(FIRST)
  /** States put back after a throw: pairs at the end of the deltas. */
  undone = new Uint8Array(FIRST)
  /** Interned lists. */
  called = new Uint32Array(FIRST)
  deltas = new Uint32Array(FIRST)
  targets = new Uint32Array(FIRST)
  /** µs; NaN where it was not measured. */
  us = new Float32Array(FIRST)
  /** Index of the machine whose transition called it, plus 1. */
  sourceOwner = new Uint32Array(FIRST)
  sourceSeq = new Float64Array(FIRST)
  /** Index into `details`, plus 1. */
  detail = new Uint32Array(FIRST)

  readonly lists = new Interned()
  /** What only some rows have: arguments, reasons, changes, ticks. */
  readonly details: unknown[] = []

  /** A new row, all else 0. */
  add(kind: Kind, owner: number, seq: number, time: number): number {
    if (this.length === this.kind.length) this.#grow()
    const row = this.length++
    this.kind[row] = kind
    this.owner[row] = owner
    this.seq[row] = seq
    this.time[row] = time
    this.us[row] = Number.NaN
    return row
  }

  setDetail(row: number, detail: unknown): void {
    this.details.push(detail)
    this.detail[row] = this.details.length
  }
  detailOf<T>(row: number): T | undefined {
    const i = this.detail[row]!
    return i ? (this.details[i - 1] as T) : undefined
  }

  /** Which of two rows comes first in the order of events. */
  compare(a: number, b: number): number {
    return this.at[a]! - this.at[b]! || this.place[a]! - this.place[b]!
  }

  #grow(): void {
    const size = this.kind.length * 2
    for (const [name, column] of Object.entries(this)) {
      if (!ArrayBuffer.isView(column)) continue
      const old = column as Float64Array
      const grown = new (old.constructor as Float64ArrayConstructor)(size)
      grown.set(old)
      ;(this as unknown as Record<string, Float64Array>)[name] = grown
    }
  }
}
