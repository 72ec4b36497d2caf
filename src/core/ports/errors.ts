import { defineErrors, EscapementError } from '../error.ts'

/**
 * Storage could not do what was asked: full, forbidden, closed, or given a key or value it cannot hold. `cause` is
 * the platform's own error. Memory is kept, and the write is tried again.
 */
export class StorageError extends EscapementError {
  override name = 'StorageError'
}

/** What every adapter says alike. */
export const storageErrors = /* @__PURE__ */ defineErrors({
  STORAGE_CLOSED: {
    why: (p: { storage: string }) => `Storage "${p.storage}" is not open.`,
    fix: 'Call open() first, and nothing after close().',
    as: StorageError,
  },
  STORAGE_KEY: {
    why: (p: { storage: string; key: string }) =>
      `Storage "${p.storage}" cannot hold the key ${JSON.stringify(p.key.slice(0, 80))}.`,
    fix: 'Keys are model/…, machine/…, quarantine/… or meta/…, up to 1024 characters, without control characters or "." and ".." segments.',
    as: StorageError,
  },
})
