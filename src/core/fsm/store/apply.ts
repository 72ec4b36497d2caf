import { randomId } from '../../ports/ids.ts'
import type { Executor } from '../actions.ts'
import type { Fsm } from '../fsm.ts'
import { checkTimeout, TIMEOUT } from '../timeouts.ts'
import type { FsmEvent, TransitionResult } from '../types.ts'
import { type Acted, act } from './act.ts'
import { type Entity, find, type Place } from './entity.ts'
import { record, recordId } from './record.ts'
import { Audit } from './records.ts'

interface Options<L, S extends string, T extends string, C extends object> extends Place<L> {
  readonly fsm: Fsm<S, T, C>
  readonly executor: Executor<C>
  /** What guards and actions see, as plain data that can be stored. Default: the fields of the entity. */
  readonly context?: C
  /** What a failed action means for those after it. Default `stop`. */
  readonly onError?: 'stop' | 'continue'
  /** Instead of the `retry_attempts` of the definition. */
  readonly retry?: number
  /** Ends waiting and acting. What was committed stays so, and what has not run stays in the outbox. */
  readonly signal?: AbortSignal
}

/** What `applyEvent` takes. */
export interface ApplyOptions<L, S extends string, T extends string, C extends object> extends Options<L, S, T, C> {
  /**
   * Without an `id` it gets a random one. The same id for the same entity again is not applied again: give events that
   * may come twice the id they have where they come from.
   */
  readonly event: T | FsmEvent<T>
}

/** What `applyTimeout` takes. */
export interface ApplyTimeoutOptions<L, S extends string, T extends string, C extends object>
  extends Options<L, S, T, C> {
  /** When the entity entered its state, in milliseconds. */
  readonly enteredAt: number
  /** Default: the store's clock. */
  readonly now?: number
}

/** What came of an event. */
export interface Applied<S extends string = string, T extends string = string> {
  /** The decision; null when this event was applied earlier. */
  readonly result: TransitionResult<S, T> | null
  /** True: this event was applied earlier, and nothing was done now. */
  readonly duplicate: boolean
  /** What became of the actions; null when there were none. */
  readonly acted: Acted | null
}

/**
 * Load, decide, commit, act. The new state, an audit row and an outbox row with the actions are one commit; the actions
 * run when it is durable, in order per entity; then the outbox row is cleared. A refused event is recorded too, and
 * changes nothing else; one whose guard threw is not, and may come again. When an action fails at every try and the
 * definition has a fallback, a second transition leads there.
 *
 * The commit is made before this returns its promise.
 *
 * @throws (rejects) NotRegisteredError, EscapementError (`FSM_NO_ENTITY`, `FSM_NO_FIELD`), UndefinedStateError,
 *   ValidationError for a context that cannot be stored, LockedError: nothing was committed. StorageError, or the
 *   signal's reason: it was, and `resumeActions` runs what is left.
 * @example
 * ```ts
 * const { result, acted } = await applyEvent({
 *   store, model: Orders, id: 'order-1', field: 'status', fsm: orders, executor,
 *   event: { trigger: 'execution_report', id: 'fill-7', payload: { filled: 10 } },
 * })
 * ```
 * The order of steps is PyGubernator's; the outbox is the pattern of that name.
 */
export async function applyEvent<L, S extends string, T extends string, C extends object>(
  options: ApplyOptions<L, S, T, C>,
): Promise<Applied<S, T>> {
  const { event, fsm } = options
  const whole: FsmEvent<T> = typeof event === 'string' ? { trigger: event } : event
  const applied = await apply(options, { id: randomId(), ...whole }, (entity, context) =>
    fsm.process(entity.state as S, whole.trigger, context as C),
  )
  return applied as Applied<S, T>
}

/**
 * The same sandwich for the timeout of the entity's state. Null while it has not expired. A timeout has the time it
 * began as its event id, so it is applied once, however often and by how many it is asked for.
 *
 * @throws as `applyEvent`
 * @example
 * ```ts
 * await applyTimeout({ store, model: Orders, id, field: 'status', fsm: orders, executor, enteredAt: order.enteredAt })
 * ```
 */
export async function applyTimeout<L, S extends string, T extends string, C extends object>(
  options: ApplyTimeoutOptions<L, S, T, C>,
): Promise<Applied<S, typeof TIMEOUT> | null> {
  const { enteredAt, fsm, now = options.store.timers.now() } = options
  const event = { trigger: TIMEOUT, id: `${TIMEOUT}@${enteredAt}`, time: now }
  const applied = await apply(options, event, (entity) => checkTimeout(fsm, entity.state as S, enteredAt, now).result)
  return applied as Applied<S, typeof TIMEOUT> | null
}

type Decide = (entity: Entity, context: Record<string, unknown>) => TransitionResult | null

async function apply<L, S extends string, T extends string, C extends object>(
  options: Options<L, S, T, C>,
  event: FsmEvent & { readonly id: string },
  decide: Decide,
): Promise<Applied | null> {
  const { store, fsm, executor, onError, retry, signal } = options
  signal?.throwIfAborted()
  const place = options as unknown as Place
  const entity = find(place)
  const id = recordId(entity.name, event.id)
  const audit = store.load(Audit)
  if (audit.has(id)) return { result: null, duplicate: true, acted: null }
  const result = store.transaction(() => {
    const context: Record<string, unknown> = { ...((options.context as object) ?? entity.data), ...event.payload }
    const decided = decide(entity, context)
    // A guard that threw decided nothing: the event may come again when the guard has been put right.
    if (!decided || (!decided.success && decided.error?.name === 'GuardError')) return decided
    record(store, entity, {
      result: decided,
      eventId: event.id,
      time: event.time ?? store.timers.now(),
      source: event.source ?? null,
      context,
      fallback: decided.targetState === fsm.fallback ? null : (fsm.fallback ?? null),
      retry: fsm.retryAttempts,
    })
    return decided
  })
  if (!result) return null
  const home = (name: string) => (name === entity.name ? { fsm, place } : undefined)
  const acted = await act({ store, executor, onError, retry, signal, home }, entity.name).get(id)
  return { result, duplicate: false, acted: acted ?? null }
}
