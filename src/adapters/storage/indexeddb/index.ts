import type { StorageAdapter } from '../../../core/ports/storage.ts'
import { IndexedDbStorage, type IndexedDbStorageOptions } from './indexeddb-storage.ts'

export { StorageError } from '../../../core/ports/errors.ts'
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
