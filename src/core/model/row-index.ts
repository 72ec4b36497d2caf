import { computed, type Signal, signal } from '@preact/signals-core'
import { type Instance, ordinalOf, quietly } from './instance.ts'

interface Bucket {
  readonly rows: Set<Instance>
  readonly version: Signal<number>
  /** In order of insertion; made by `where`, dropped by a change. */
  sorted: readonly Instance[] | undefined
}

/** Rows by what a function answers for each, kept up per changed row. */
export class RowIndex {
  readonly #keyOf: (row: never) => unknown
  readonly #keys = new Map<Instance, unknown>()
  // Only keys that have rows: a reader of an empty one waits for #fresh.
  readonly #buckets = new Map<unknown, Bucket>()
  readonly #fresh: Signal<number> = signal(0)
  // Counted apart: adding to a signal's value would subscribe whoever adds.
  #changes = 0
  #ended = false

  constructor(keyOf: (row: never) => unknown) {
    this.#keyOf = keyOf
  }

  add(row: Instance): void {
    const key = quietly(this.#keyOf, row)
    this.#keys.set(row, key)
    this.#move(key, (rows) => rows.add(row))
  }

  remove(row: Instance): void {
    const key = this.#keys.get(row)
    this.#keys.delete(row)
    this.#move(key, (rows) => rows.delete(row))
  }

  /** The row has another place in the order. */
  moved(row: Instance): void {
    this.#move(this.#keys.get(row), (rows) => rows.add(row))
  }

  update(row: Instance): void {
    if (!this.#keys.has(row)) return
    const key = quietly(this.#keyOf, row)
    if (Object.is(key, this.#keys.get(row))) return
    this.remove(row)
    this.add(row)
  }

  where(key: unknown): readonly Instance[] {
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      void computed(() => this.#fresh.value >= 0 && (this.#ended || this.#buckets.has(key))).value
      return NONE
    }
    void bucket.version.value
    bucket.sorted ??= Object.freeze([...bucket.rows].sort((a, b) => ordinalOf(a) - ordinalOf(b)))
    return bucket.sorted
  }

  /** It is kept up no longer: wakes whoever reads it. */
  end(): void {
    this.#ended = true
    for (const { version } of this.#buckets.values()) version.value = ++this.#changes
    this.#fresh.value = ++this.#changes
  }

  #move(key: unknown, change: (rows: Set<Instance>) => void): void {
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = { rows: new Set(), version: signal(0), sorted: undefined }
      this.#buckets.set(key, bucket)
      this.#fresh.value = ++this.#changes
    }
    change(bucket.rows)
    bucket.sorted = undefined
    bucket.version.value = ++this.#changes
    if (bucket.rows.size === 0) this.#buckets.delete(key)
  }
}

const NONE: readonly Instance[] = /* @__PURE__ */ Object.freeze([])
