import { apply } from './commit-text.ts'

/**
 * The acknowledged entries. Between `freeze` and `thaw` the map of before stands still, to be walked in slices, and
 * what changes meanwhile is kept beside it. So capturing is O(1), whatever the number of entries.
 *
 *     #settled  a:1 b:2 c:3     being walked
 *     #changes  b:7 c:–         what was written since (– is undefined: deleted)
 */
export class Entries {
  readonly #settled: Map<string, unknown>
  #changes: Map<string, unknown> | undefined

  constructor(entries: Map<string, unknown>) {
    this.#settled = entries
  }

  apply(commits: readonly ReadonlyMap<string, unknown>[]): void {
    for (const commit of commits) {
      for (const [key, value] of commit) {
        if (this.#changes) this.#changes.set(key, value)
        else apply(this.#settled, key, value)
      }
    }
  }

  /** The entries as they are now, unchanged until `thaw` is first called. */
  freeze(): ReadonlyMap<string, unknown> {
    this.#changes = new Map()
    return this.#settled
  }

  /** Takes up to `limit` of what changed into the map; call until it answers true. Writes may come in between. */
  thaw(limit: number): boolean {
    for (const [key, value] of this.#changes ?? []) {
      if (limit-- === 0) return false
      apply(this.#settled, key, value)
      this.#changes?.delete(key)
    }
    this.#changes = undefined
    return true
  }
}
