/** What a row is: the low four bits of its tag. */
export const STEP = 0
/** An auto mutation. Its slot, like `STEP`'s, is the edge. */
export const AUTO_STEP = 1
/** The slot is a `Caused`. */
export const CAUSED = 2
/** With arguments, or called by a handler: the slot is the mutation. */
export const CALL = 3
/** The slot is the transition. The last of those that are transitions. */
export const RECORD = 4
/** The slot is a `HandlerEvent`. */
export const HANDLER = 5
/** The slot is a `Dropped`. */
export const QUEUE = 6
/** A clock moved without a transition: the slot is a `Moved`. */
export const MOVED = 7
/** Recording goes on: the slot is a list of `Moved`. */
export const RESUMED = 8
export const GONE = 9
/** A store's commit: the slot is its record, and the tag names the store. */
export const COMMIT = 10

/** How the ring knows the time, and when what runs now has ended. */
export interface Moments {
  /** µs, rising. */
  now(): number
  /** Runs something after what is running. */
  afterwards(run: () => void): void
}

/** A clock is read for the first row of a task, and for every 64th after it. */
const ROWS_PER_READING = 64

/**
 * What happened lately, in rows of numbers with a reference each; the newest overwrites the oldest.
 *
 * Writing one is two stores and a comparison, because a bare transition takes no longer than ten of those: whatever
 * else there is to be done waits until row `#due`, and a machine's transitions are not numbered here but counted
 * by whoever reads, for they come without a gap.
 */
export class Ring {
  readonly slots: unknown[]
  /** What the row is about (a machine, a store), times 16, plus its kind. */
  readonly tags: Uint32Array
  /** µs. Of the rows since the last reading of the clock only after `settle`. */
  readonly times: Float64Array
  /** How long it took, in µs; NaN where nobody measured. Only of kinds that are measured. */
  readonly took: Float32Array
  readonly mask: number
  /** Rows written so far; row `i` is at `i & mask`. */
  head = 0
  /** Where the next row would overwrite one that somebody still wants. */
  #limit = Number.POSITIVE_INFINITY
  #onFull: () => void = () => {}
  /** The row before which there is something to be done. */
  #due = 0
  #on = true
  #now = 0
  /** The first row of the last reading. */
  #since = 0
  #awaited = false
  readonly #moments: Moments

  /** @param capacity a power of two. */
  constructor(capacity: number, moments: Moments) {
    this.mask = capacity - 1
    this.slots = new Array(capacity).fill(undefined)
    this.tags = new Uint32Array(capacity)
    this.times = new Float64Array(capacity)
    this.took = new Float32Array(capacity)
    this.#moments = moments
  }

  get capacity(): number {
    return this.mask + 1
  }
  /** The oldest row there is. */
  get tail(): number {
    return Math.max(0, this.head - this.capacity)
  }
  get on(): boolean {
    return this.#on
  }
  set on(on: boolean) {
    this.#on = on
    this.#due = 0
  }

  /** False: it was not written. */
  push(tag: number, slot: unknown): boolean {
    if (this.head >= this.#due && !this.#ready()) return false
    const i = this.head++ & this.mask
    this.slots[i] = slot
    this.tags[i] = tag
    return true
  }

  /** Gives the rows since the last reading of the clock its time. */
  settle(): void {
    const { mask, head } = this
    const [from, to] = [this.#since & mask, head & mask]
    if (head > this.#since) {
      if (from < to) this.times.fill(this.#now, from, to)
      else this.times.fill(this.#now, from).fill(this.#now, 0, to)
    }
    this.#since = head
  }

  /** Calls `onFull` before a row that is wanted, the one at `oldest` or later, is overwritten. */
  guard(oldest: number, onFull: () => void): void {
    this.#limit = oldest + this.capacity
    this.#onFull = onFull
    this.#due = 0
  }

  /** Lets go of all it refers to. */
  clear(): void {
    this.on = false
    this.slots.fill(undefined)
  }

  #ready(): boolean {
    if (!this.#on) return false
    if (this.head >= this.#limit) this.#onFull()
    this.settle()
    this.#now = this.#moments.now()
    // A whole number to the engine too: what decides between here and there must not become a double.
    this.#due = this.head + (Math.min(ROWS_PER_READING, this.#limit - this.head) | 0)
    if (!this.#awaited) {
      this.#awaited = true
      this.#moments.afterwards(this.#ended)
    }
    return true
  }
  readonly #ended = () => {
    this.#awaited = false
    this.#due = 0
  }
}
