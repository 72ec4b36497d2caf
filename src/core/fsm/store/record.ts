import type { Store } from '../../store/store.ts'
import { part } from '../actions.ts'
import type { TransitionResult } from '../types.ts'
import type { Entity } from './entity.ts'
import { Audit, Outbox } from './records.ts'

/** The id under which an event of an entity stands in audit and outbox. */
export const recordId = (entity: string, eventId: string): string => `${entity}/${part(eventId)}`

/** A decision with what must be known to act on it later, in another process. */
export interface Decision {
  readonly result: TransitionResult
  readonly eventId: string
  readonly time: number
  readonly source: string | null
  readonly context: Record<string, unknown>
  /** Where a failing action leads; null when it led there already. */
  readonly fallback: string | null
  readonly retry: number
}

/** Writes the new state, the audit row and the outbox row, as part of the transaction under way. */
export function record(store: Store, entity: Entity, decision: Decision): void {
  const { result, eventId, time, source, context, fallback, retry } = decision
  const { allActions, sourceState: from, targetState: to, trigger, noOp } = result
  const id = recordId(entity.name, eventId)
  const about = { entity: entity.name, eventId, actions: [...allActions] }
  if (to !== null && result.stateChanged) entity.state = to
  store
    .load(Audit)
    .add(
      { ...about, trigger, source, time, from, to, noOp, fallback: result.fallback, error: result.error?.name ?? null },
      id,
    )
  if (allActions.length > 0) store.load(Outbox).add({ ...about, context, fallback, retry }, id)
}
