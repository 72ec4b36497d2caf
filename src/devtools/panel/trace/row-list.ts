import { firstFrom } from './machine-trace.ts'
import { CLOCK, VOID } from './rows.ts'
import type { Trace } from './trace.ts'

/** Chosen rows of a trace in the order of events, kept up as the trace grows. */
export class RowList {
  readonly rows: number[] = []
  // Where in the order each of them stands. What stands before a change keeps its place.
  readonly #places: number[] = []
  readonly #trace: Trace
  readonly #wants: (row: number) => boolean
  #read = 0

  /** @param wants Asked once for each row; clocks and filled gaps are no rows of a list. */
  constructor(trace: Trace, wants: (row: number) => boolean) {
    this.#trace = trace
    this.#wants = wants
    this.update(0)
  }

  /** Reads on. `changed`: what `Trace.settle` answered; the order before it is as it was. */
  update(changed: number): void {
    const { sorted } = this.#trace.order
    const { kind: kinds } = this.#trace.rows
    if (changed < this.#read) {
      this.rows.length = firstFrom(this.#places, (place) => place >= changed)
      this.#places.length = this.rows.length
      this.#read = changed
    }
    for (; this.#read < sorted.length; this.#read++) {
      const row = sorted[this.#read]!
      if (kinds[row] === CLOCK || kinds[row] === VOID || !this.#wants(row)) continue
      this.rows.push(row)
      this.#places.push(this.#read)
    }
  }

  /** The place of a row, or of the last one before it; -1 when all come later. */
  placeOf(row: number): number {
    return firstFrom(this.rows, (one) => this.#trace.rows.compare(one, row) > 0) - 1
  }
}
