import { defineErrors, EscapementError } from '../../../core/error.ts'
import { StorageError } from '../../../core/ports/errors.ts'

/** Who holds a directory. `boot`, `namespace` and `start` are absent where the platform does not tell. */
export interface Holder {
  readonly host: string
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly token: string
  readonly boot?: string
  readonly namespace?: string
  readonly start?: string
}

/** Somebody else owns the directory: `directory`, `holder`. */
export class StorageLockedError extends EscapementError {
  override name = 'StorageLockedError'
  declare readonly directory: string
  declare readonly holder: Holder | undefined
}

/** What was acknowledged can no longer be read: `directory`, `file`, `line`. Nothing on disk was changed. */
export class CorruptionError extends EscapementError {
  override name = 'CorruptionError'
  declare readonly directory: string
  declare readonly file: string
  declare readonly line: number
}

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'it is a file, not a directory',
}

interface Place {
  directory: string
  file: string
  line: number
}

export const errors = /* @__PURE__ */ defineErrors({
  STORAGE_FAILED: {
    why: (p: { directory: string; doing: string; errno: string | undefined }) =>
      `Cannot ${p.doing} in "${p.directory}": ${REASONS[p.errno ?? ''] ?? 'the system refused'} (${p.errno}).`,
    fix: 'Nothing acknowledged is lost.',
    as: StorageError,
  },
  STORAGE_VALUE: {
    why: (p: { directory: string; reason: string }) => `A value cannot be stored in "${p.directory}": ${p.reason}.`,
    fix: 'Store plain data.',
    as: StorageError,
  },
  STORAGE_LOCKED: {
    why: (p: { directory: string; holder: Holder | undefined }) =>
      `"${p.directory}" belongs to ${p.holder ? `process ${p.holder.pid} on ${p.holder.host}, since ${new Date(p.holder.since).toISOString()}` : 'another process'}.`,
    fix: 'Close it there first, or use another directory.',
    as: StorageLockedError,
  },
  STORAGE_CORRUPT: {
    why: (p: Place & { reason: string }) => `"${p.directory}" is damaged: ${p.file}, line ${p.line}: ${p.reason}.`,
    fix: 'Restore the directory from a copy, or open it with { repair: true } to keep what reads.',
    as: CorruptionError,
  },
  STORAGE_CUT: {
    why: (p: Place & { bytes: number }) =>
      `"${p.directory}": cut ${p.bytes} bytes off ${p.file} at line ${p.line}: a write that was interrupted, and never acknowledged.`,
  },
  STORAGE_REPAIRED: {
    why: (p: Place & { reason: string; moved: string }) =>
      `"${p.directory}" was repaired: ${p.file}, line ${p.line}: ${p.reason}. Kept what reads; set aside: ${p.moved || 'nothing'}.`,
    as: CorruptionError,
  },
  COMPACTION_FAILED: {
    why: (p: { directory: string }) => `Cannot compact "${p.directory}"; its journals go on growing.`,
    fix: 'It is tried again later.',
    as: StorageError,
  },
})

/** A system error as a `StorageError`; any other error as it is. */
export function asStorageError(directory: string, doing: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  return errors.STORAGE_FAILED({ directory, doing, errno: (error as NodeJS.ErrnoException).code }, error)
}
