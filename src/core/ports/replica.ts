import type { StorageAdapter } from './storage.ts'
import type { Timers } from './timers.ts'

/** A mutation as it travels to where its machine is changed. */
export interface Errand {
  readonly type: 'add' | 'remove' | 'set'
  readonly called: readonly string[]
  readonly args: unknown
}

/** How a mutation ended, as plain data: what of a `Result` can travel. */
export interface Answer {
  readonly status: 'executed' | 'canceled' | 'queued'
  readonly reason?: object
}

/** Which machines are changed elsewhere, and only follow here: none, all, or those that are kept in storage. */
export type Following = boolean | 'stored'

/** A store, as what keeps it in step with others of its kind sees it. */
export interface Site {
  /** The store's. */
  readonly name: string
  readonly timers: Timers
  /** To `onError`, as of storage. */
  report(error: unknown): void
  /**
   * Becomes, in one commit of origin `remote` that is not stored here, what these entries say; `undefined` deletes.
   * Waits, and answers a promise, only while a lock is held. Throws `HydrationError` for what does not fit; no model is
   * changed then.
   */
  receive(entries: Iterable<readonly [string, unknown]>): void | Promise<void>
  /** Mutates the machine under a storage key, here and now. A machine that is not there answers `disposed`. */
  mutate(key: string, errand: Errand): Answer
  /** Machines are changed here from now on (true), or only follow. `following` says so already. */
  own(here: boolean): void
}

/**
 * Keeps a store in step with others that hold the same state: `crossTab()` is one. The store hands it each commit on
 * its way to storage, and asks it where machines are changed.
 */
export interface Replica {
  /**
   * The storage to use in place of the one given. Called once, before that is opened; its `close` is the end of the
   * replica too.
   */
  storage(given: StorageAdapter | undefined): StorageAdapter
  /** Known when the storage has opened. */
  readonly following: Following
  /** Redacted values are not here, and rules are asked elsewhere. */
  readonly mirror?: boolean
  /** The store stands. */
  start(site: Site): void
  /** The store is about to close: its machines are changed no more, though what they did may yet have to be stored. */
  closing?(): void
  /** A commit on its way to storage; answers what storage is to be given instead. */
  outgoing(commit: Map<string, unknown>): Map<string, unknown>
  /** While `following`: sends a mutation to where its machine is changed, once the commit under way is stored. */
  forward(key: string, errand: Errand): Promise<Answer>
}
