import { StorageError } from '../core/ports/errors.ts'
import type { StorageAdapter } from '../core/ports/storage.ts'

/** What `faultyStorage` can be told to fail at. */
export type Fallible = 'open' | 'write' | 'sync' | 'close'

/** A storage adapter that fails, or waits, when told to. */
export interface FaultyStorage extends StorageAdapter {
  /** The next `times` calls of `what` reject with `error`, and do nothing. Default: once, with a `StorageError`. */
  fail(what: Fallible, times?: number, error?: unknown): void
  /** Calls from now on wait until the returned function is called. */
  hold(): () => void
  /** What `write` was called with, failed calls included, in order. */
  readonly writes: readonly (readonly ReadonlyMap<string, unknown>[])[]
}

/**
 * Wraps an adapter, to test what a store does when its storage fails or is slow.
 *
 * @example
 * ```ts
 * const storage = faultyStorage(memoryStorage())
 * storage.fail('write', 2) // the first two attempts are refused
 * ```
 */
export function faultyStorage(inner: StorageAdapter): FaultyStorage {
  const failures: Record<Fallible, { times: number; error: unknown }> = {
    open: { times: 0, error: undefined },
    write: { times: 0, error: undefined },
    sync: { times: 0, error: undefined },
    close: { times: 0, error: undefined },
  }
  const writes: (readonly ReadonlyMap<string, unknown>[])[] = []
  let gate: Promise<void> | undefined
  const pass = async <T>(what: Fallible, call: () => Promise<T>): Promise<T> => {
    if (gate) await gate
    const failure = failures[what]
    if (failure.times > 0) {
      failure.times--
      throw failure.error
    }
    return call()
  }
  const { sync } = inner
  return {
    name: inner.name,
    get volatile() {
      return inner.volatile ?? false
    },
    open: () => pass('open', () => inner.open()),
    write(commits) {
      writes.push(commits)
      return pass('write', () => inner.write(commits))
    },
    ...(sync && { sync: () => pass('sync', () => sync.call(inner)) }),
    ...(inner.urgent && { urgent: (hurry) => inner.urgent?.(hurry) }),
    close: () => pass('close', () => inner.close()),
    fail(what, times = 1, error = new StorageError('STORAGE_FAULT', `The test made ${what} fail.`)) {
      failures[what] = { times, error }
    },
    hold() {
      let open = () => {}
      const mine = new Promise<void>((resolve) => {
        open = resolve
      })
      gate = mine
      return () => {
        if (gate === mine) gate = undefined
        open()
      }
    },
    writes,
  }
}
