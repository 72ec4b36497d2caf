import { firstFrom } from './machine-trace.ts'
import type { Rows } from './rows.ts'

/** What comes before a row whatever the times say: its predecessor in its machine or store, and its cause. */
export type Before = (row: number) => readonly number[]
/** Rows that this one caused. */
export type After = (row: number) => readonly number[]

/**
 * All rows in the order of events: cause first, time second, arrival third.
 *
 * Rows of one task share a time, and a caused transition may be told before its cause. So each row gets a key
 * (`at`, `place`): `at` is its time, but never less than those of what comes before it; `place` counts as rows are
 * placed, each after what comes before it. Sorted by that, every row stands behind its cause and its predecessor.
 * Rows nearly always arrive in order, and then this costs one push.
 */
export class Order {
  /** Every row, clocks and void ones too. */
  readonly sorted: number[] = []
  readonly #rows: Rows
  readonly #before: Before
  readonly #after: After
  #pending: number[] = []
  #counter = 0
  // The first row whose place was given without something that must come before it.
  #wrong: number | undefined

  constructor(rows: Rows, before: Before, after: After) {
    this.#rows = rows
    this.#before = before
    this.#after = after
  }

  add(row: number): void {
    this.#pending.push(row)
  }
  /** A placed row must be placed anew, and all that stand behind it. */
  distrust(row: number): void {
    if (this.#rows.place[row] === 0) return
    if (this.#wrong === undefined || this.#rows.compare(row, this.#wrong) < 0) this.#wrong = row
  }

  /** Puts what was added at its place. Answers from where on `sorted` changed. */
  settle(): number {
    let changed = this.sorted.length
    // Twice where a cause came late; a trace in which rows cause each other must not hold us up.
    for (let round = 0; round < 4 && (this.#pending.length || this.#wrong !== undefined); round++) {
      if (this.#wrong !== undefined) changed = Math.min(changed, this.#lift(this.#wrong))
      this.#wrong = undefined
      const batch = this.#pending
      this.#pending = []
      for (const row of batch) this.#placeFrom(row)
      changed = Math.min(changed, this.#merge(batch))
      for (const row of batch) {
        for (const effect of this.#after(row)) {
          if (this.#rows.place[effect] !== 0 && this.#rows.compare(effect, row) < 0) this.distrust(effect)
        }
      }
    }
    this.#wrong = undefined
    return changed
  }

  /** Takes a row and all behind it back to those that wait for a place. */
  #lift(row: number): number {
    const { sorted } = this
    const from = firstFrom(sorted, (one) => this.#rows.compare(one, row) >= 0)
    const lifted = sorted.splice(from)
    for (const one of lifted) this.#rows.place[one] = 0
    this.#pending = [...lifted, ...this.#pending].sort((a, b) => a - b)
    return from
  }

  #placeFrom(row: number): void {
    const { place } = this.#rows
    if (place[row] !== 0) return
    // A stack of our own: a chain of causes may be long. NaN marks what is on it, so that circles end.
    const stack = [row]
    while (stack.length) {
      const top = stack.at(-1)!
      this.#rows.place[top] = Number.NaN
      const first = this.#before(top).find((one) => this.#rows.place[one] === 0)
      if (first === undefined) {
        this.#place(top)
        stack.pop()
      } else stack.push(first)
    }
  }

  #place(row: number): void {
    const rows = this.#rows
    let at = rows.time[row]!
    for (const one of this.#before(row)) if (rows.place[one]! > 0) at = Math.max(at, rows.at[one]!)
    rows.at[row] = at
    rows.place[row] = ++this.#counter
  }

  #merge(batch: number[]): number {
    const { sorted } = this
    if (!batch.length) return sorted.length
    const rows = this.#rows
    const compare = (a: number, b: number) => rows.compare(a, b)
    batch.sort(compare)
    const from = firstFrom(sorted, (one) => rows.compare(one, batch[0]!) > 0)
    const tail = sorted.splice(from)
    let t = 0
    for (const row of batch) {
      while (t < tail.length && rows.compare(tail[t]!, row) <= 0) sorted.push(tail[t++]!)
      sorted.push(row)
    }
    while (t < tail.length) sorted.push(tail[t++]!)
    return from
  }
}
