import type { StorageAdapter } from '../../../core/ports/storage.ts'
import { type CrossTab, type CrossTabOptions, CrossTabReplica } from './cross-tab/cross-tab.ts'
import { IndexedDbStorage, type IndexedDbStorageOptions } from './indexeddb-storage.ts'

export { StorageError } from '../../../core/ports/errors.ts'
export type { CrossTab, CrossTabOptions } from './cross-tab/cross-tab.ts'
export { OverwrittenError } from './cross-tab/errors.ts'
export type { Role } from './cross-tab/tab.ts'
export { StorageConflictError } from './errors.ts'
export type { IndexedDbStorageOptions } from './indexeddb-storage.ts'

/**
 * Keeps a store in an IndexedDB database of its own, in a page or a worker: one write is one transaction, acknowledged
 * when that is complete. Importing and calling it touch nothing; `open` looks for `indexedDB`.
 *
 * A connection that the browser closed, or that stood in the way of somebody's upgrade or deletion, is opened again
 * with the next write. Where the database was deleted meanwhile (another tab, "clear site data"), that write restores
 * all of it, and says so to `report`. Two stores on one database never overwrite each other unseen: the one that is
 * behind gets a `StorageConflictError` from its write.
 *
 * @param name of the database. One store each.
 * @throws `StorageError` from `open` where the browser has or gives no IndexedDB (a server, a private window, blocked
 * site data), or when another program's database has the name; from `write` when the quota is used up, the key or
 * value cannot be stored, or the adapter is not open. The write may be tried again.
 * @throws `StorageConflictError` from `write` when somebody else wrote since this one read.
 *
 * @example
 * ```ts
 * const store = await openStore({ storage: indexedDbStorage('board', { fallback: 'memory' }), state: [Flights] })
 * ```
 */
export function indexedDbStorage(name: string, options: IndexedDbStorageOptions = {}): StorageAdapter {
  return new IndexedDbStorage(name, options)
}

/**
 * Keeps the stores of several tabs in step, as an option of `openStore` beside `indexedDbStorage`.
 *
 * What one tab commits appears in the others, whole and in the order of storage, once storage has it. Of two commits
 * that wrote the same model or row, neither having seen the other, the later one stays in every tab, and `onError` of
 * the tab that made the other gets an `OverwrittenError`. Machines are changed in one tab, the owner (Web Locks say
 * which), and follow in the others: a mutation there answers `queued`, is carried out by the owner exactly once, and
 * `settled` says how it ended once storage has it. When the owner goes, or does not answer, another tab takes over.
 *
 * Locks of `store.lock` hold within their tab only. A timeout that ran in the last owner starts anew in the next one.
 * Where there are no Web Locks each tab is `alone`, and says so to `onError`.
 *
 * @throws `DefinitionError` from `openStore` when the storage is not `indexedDbStorage`.
 *
 * @example
 * ```ts
 * const tabs = crossTab()
 * const store = await openStore({ storage: indexedDbStorage('board'), crossTab: tabs, state: [Flights] })
 * effect(() => { if (tabs.role === 'owner') simulate(store) })
 * ```
 *
 * The order of commits is Lamport's ("Time, Clocks, and the Ordering of Events", 1978).
 */
export function crossTab(options: CrossTabOptions = {}): CrossTab {
  return new CrossTabReplica(options)
}
