import type { StorageAdapter } from '../../../core/ports/storage.ts'
import { FileStorage, type FileStorageOptions } from './file-storage.ts'
import { nodeFileSystem } from './file-system.ts'
import { nodePlatform } from './platform.ts'

export { StorageError } from '../../../core/ports/errors.ts'
export { CorruptionError, type Holder, StorageLockedError } from './errors.ts'
export type { FileStorageOptions } from './file-storage.ts'

/**
 * Keeps a store in a directory of its own: every commit is appended to a journal and on disk when acknowledged, many
 * at once with one `fdatasync`; now and then a snapshot replaces the journals. Survives a kill at any moment.
 *
 * One process owns the directory; after it died, however it died, the next one may have it at once. Where the machine
 * that died was another one (a shared volume), or the platform tells neither boot nor start of a process (macOS,
 * Windows, when the process id is in use again), after 15 seconds of silence.
 *
 * What `open` returns must not be changed: later snapshots are written from it. Loss of whole lines at the very end
 * of the newest journal (a disk that acknowledged and forgot) cannot be seen.
 *
 * Ideas from public sources: group commit and write-ahead logging (Mohan et al., ARIES), sums per record and reading
 * to the first bad one (SQLite's WAL), distrust of a file after a failed fsync (Rebello et al., USENIX ATC 2020).
 *
 * @param directory is made when missing, with mode 0700; files get 0600.
 * @throws `StorageLockedError` from `open` when another process, or this one, has the directory; from `write` when
 * ownership was lost.
 * @throws `CorruptionError` from `open` when acknowledged data does not read; nothing is changed then.
 * @throws `StorageError` when the system refuses (full disk, permission, not a directory), the key or value cannot be
 * stored, or the adapter is not open. The write may be tried again.
 *
 * @example
 * ```ts
 * const store = await openStore({ storage: fileStorage('./data'), state: [Telemetry] })
 * ```
 */
export function fileStorage(directory: string, options: FileStorageOptions = {}): StorageAdapter {
  return new FileStorage(directory, options, nodeFileSystem, nodePlatform)
}
