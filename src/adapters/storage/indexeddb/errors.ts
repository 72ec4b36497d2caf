import { defineErrors } from '../../../core/error.ts'
import { StorageError } from '../../../core/ports/errors.ts'

/** Somebody else, another tab mostly, has written to the database what this store has not seen: `database`. Nothing was overwritten. */
export class StorageConflictError extends StorageError {
  override name = 'StorageConflictError'
  declare readonly database: string
}

const REASONS: Record<string, string> = {
  QuotaExceededError: 'the quota is used up',
  SecurityError: 'the browser forbids it here (cookies or site data are blocked, or a sandboxed frame)',
  InvalidStateError: 'the browser offers none here (a private window)',
  UnknownError: 'the browser could not read or write its files',
  AbortError: 'the browser closed the connection (site data cleared, or the database deleted)',
}

export const errors = /* @__PURE__ */ defineErrors({
  STORAGE_UNAVAILABLE: {
    why: (p: { database: string; reason: string }) => `IndexedDB cannot be used for "${p.database}": ${p.reason}.`,
    fix: "Give { fallback: 'memory' } to run without it.",
    as: StorageError,
  },
  STORAGE_FOREIGN: {
    why: (p: { database: string }) => `The database "${p.database}" was made by another program, or a newer version.`,
    fix: 'Use another name.',
    as: StorageError,
  },
  STORAGE_FAILED: {
    why: (p: { database: string; reason: string }) => `Cannot write to the database "${p.database}": ${p.reason}.`,
    fix: 'Nothing acknowledged is lost; the write may be tried again.',
    as: StorageError,
  },
  STORAGE_VALUE: {
    why: (p: { database: string; key: string; reason: string }) =>
      `The value of "${p.key}" cannot be stored in the database "${p.database}": ${p.reason}.`,
    fix: 'Store plain data.',
    as: StorageError,
  },
  STORAGE_CONFLICT: {
    why: (p: { database: string }) =>
      `The database "${p.database}" was written to by another tab or store since this one read it. Nothing was overwritten.`,
    fix: 'Open the store again to see what is there.',
    as: StorageConflictError,
  },
  STORAGE_RESTORED: {
    why: (p: { database: string; entries: number }) =>
      `The database "${p.database}" was deleted while it was open. Its ${p.entries} entries were written anew.`,
    fix: 'Close the store first, where the data is to go.',
    as: StorageError,
  },
})

const nameOf = (error: unknown): string => (error as { name?: string } | undefined)?.name ?? ''

/** Why, in words; the platform's own ones where we have none. */
export function reasonOf(error: unknown): string {
  return REASONS[nameOf(error)] ?? (error instanceof Error ? error.message : String(error))
}

/** What the platform threw while opening the database, or writing to it, as a `StorageError`. */
export function asStorageError(database: string, doing: 'open' | 'write', error: unknown): StorageError {
  if (error instanceof StorageError) return error
  // A database of a higher version, or one without our object store.
  if (/^(Version|NotFound)Error$/.test(nameOf(error))) return errors.STORAGE_FOREIGN({ database }, error)
  const facts = { database, reason: reasonOf(error) }
  return doing === 'open' ? errors.STORAGE_UNAVAILABLE(facts, error) : errors.STORAGE_FAILED(facts, error)
}
