/**
 * Where a store keeps its entries. An adapter implements this; `storageContract` of `escapement/testing`
 * says whether it does so well enough.
 *
 * Keys are `model/<name>`, `model/<name>/<id>`, `machine/<name>`, `machine/<name>/<id>`, `quarantine/…` and
 * `meta/…`. Values are plain, frozen data: whatever a model's field may hold.
 */
export interface StorageAdapter {
  /** Shown in errors. */
  readonly name: string
  /** True when nothing outlives the process (plain memory, or an adapter that fell back to it). Read after `open`. */
  readonly volatile?: boolean
  /** Recovers whatever the last run left, takes ownership, and returns every entry. Releases all it took when it fails. */
  open(): Promise<ReadonlyMap<string, unknown>>
  /**
   * Applies the commits in order; a crash leaves a prefix of whole commits. Resolves when all are durable.
   * A value of `undefined` deletes its key. The store makes one call at a time; what is committed meanwhile
   * goes in the next. After a rejection the same commits come again, perhaps merged with later ones.
   */
  write(commits: readonly ReadonlyMap<string, unknown>[]): Promise<void>
  /** Makes durable what `write` acknowledged without waiting for the disk. Absent where `write` always waits. */
  sync?(): Promise<void>
  /**
   * Calls `hurry`, until `close`, whenever a write that waits for another attempt should not wait any longer: the page
   * is left, say. Called once after each `open`.
   */
  urgent?(hurry: () => void): void
  /** Makes durable what is not yet, and gives up ownership. */
  close(): Promise<void>
}
