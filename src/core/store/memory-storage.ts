import { storageErrors } from '../ports/errors.ts'
import type { StorageAdapter } from '../ports/storage.ts'
import { isStorageKey } from '../ports/storage-key.ts'

/**
 * Storage in plain memory: for tests, and for stores that need none. The entries live as long as the adapter, so a
 * second store opened on the same one finds what the first one wrote.
 *
 * @example
 * ```ts
 * const store = await openStore({ storage: memoryStorage(), state: [Telemetry] })
 * ```
 */
export function memoryStorage(): StorageAdapter {
  const entries = new Map<string, unknown>()
  let isOpen = false
  return {
    name: 'memory',
    volatile: true,
    open() {
      isOpen = true
      return Promise.resolve(new Map(entries))
    },
    write(commits) {
      if (!isOpen) return Promise.reject(storageErrors.STORAGE_CLOSED({ storage: 'memory' }))
      for (const commit of commits) {
        for (const key of commit.keys()) {
          if (!isStorageKey(key)) return Promise.reject(storageErrors.STORAGE_KEY({ storage: 'memory', key }))
        }
      }
      for (const commit of commits) {
        for (const [key, value] of commit) {
          if (value === undefined) entries.delete(key)
          else entries.set(key, value)
        }
      }
      return Promise.resolve()
    },
    close() {
      isOpen = false
      return Promise.resolve()
    },
  }
}
