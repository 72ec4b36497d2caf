import { TimeoutError } from '../error.ts'
import type { Timers } from '../ports/timers.ts'

/** How long a caller is willing to wait. */
export interface Patience {
  /** Aborting rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Milliseconds. */
  timeout?: number | undefined
}

/**
 * A promise that settles by itself, by abort or by timeout, and cleans up after itself whichever it is. `start` gets the
 * promise's ends and answers how to give up.
 */
export function patiently<T>(
  timers: Timers,
  { signal, timeout }: Patience,
  what: string,
  start: (resolve: (value: T | PromiseLike<T>) => void, reject: (error: unknown) => void) => () => void,
  late: () => unknown = () => new TimeoutError('TIMEOUT', `Waited ${timeout} ms for ${what}.`),
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    let giveUp: (() => void) | undefined
    let cancel: (() => void) | undefined
    let ended = false
    const end = () => {
      ended = true
      cancel?.()
      signal?.removeEventListener('abort', abort)
    }
    const abort = () => {
      end()
      giveUp?.()
      reject(signal?.reason)
    }
    giveUp = start(
      (value) => {
        end()
        resolve(value)
      },
      (error) => {
        end()
        reject(error)
      },
    )
    if (ended) return
    signal?.addEventListener('abort', abort)
    if (timeout !== undefined && timeout !== Number.POSITIVE_INFINITY) {
      cancel = timers.after(timeout, () => {
        end()
        giveUp?.()
        reject(late())
      })
    }
  })
}
