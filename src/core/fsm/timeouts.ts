import { errors } from './errors.ts'
import type { Fsm } from './fsm.ts'
import { success } from './process.ts'
import type { TransitionResult } from './types.ts'

/** The trigger of a transition that nobody triggered. */
export const TIMEOUT = '_timeout'

/** How an entity stands to the timeout of its state. */
export interface TimeoutCheck<S extends string = string> {
  readonly expired: boolean
  /** Null when it expired, and when the state has no timeout. */
  readonly remainingMs: number | null
  /** The transition to its destination; null while it has not expired. */
  readonly result: TransitionResult<S, typeof TIMEOUT> | null
}

/**
 * Whether an entity that entered `state` at `enteredAt` has stayed too long `now`, both in milliseconds. Pure.
 *
 * @throws UndefinedStateError; EscapementError (`FSM_TIME`) for what is not a finite number
 * @example
 * ```ts
 * const { expired, result } = checkTimeout(orders, 'PENDING_NEW', order.enteredAt, Date.now())
 * ```
 */
export function checkTimeout<S extends string, T extends string, C extends object>(
  fsm: Fsm<S, T, C>,
  state: NoInfer<S>,
  enteredAt: number,
  now: number,
): TimeoutCheck<S> {
  const source = fsm.state(state)
  const stayed = now - enteredAt
  if (!Number.isFinite(stayed)) throw errors.FSM_TIME({ enteredAt, now })
  if (!source.timeout) return { expired: false, remainingMs: null, result: null }
  const remainingMs = source.timeout.seconds * 1000 - stayed
  if (stayed < source.timeout.seconds * 1000) return { expired: false, remainingMs, result: null }
  const result = success(source, fsm.state(source.timeout.destination), TIMEOUT)
  return { expired: true, remainingMs: null, result: result as TransitionResult<S, typeof TIMEOUT> }
}
