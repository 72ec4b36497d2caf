import type { Store } from '../../store/store.ts'
import type { Execution, Executor } from '../actions.ts'
import type { Fsm } from '../fsm.ts'
import { success } from '../process.ts'
import type { State, TransitionResult } from '../types.ts'
import { type Place, seek } from './entity.ts'
import { record, recordId } from './record.ts'
import { Audit, Outbox } from './records.ts'

// Executors and machines of any context: what a row holds was checked when it was put there.
export type AnyExecutor = Pick<Executor<never>, 'execute'>
export type AnyFsm = Pick<Fsm, 'fallback' | 'retryAttempts'> & { state(name: never): State }

/** The machine of an entity, and where its state is. */
export interface Home {
  readonly fsm: AnyFsm
  readonly place: Place
}

/** How to run actions, and what to do when one keeps failing. */
export interface Acting {
  readonly store: Store
  readonly executor: AnyExecutor
  readonly onError?: 'stop' | 'continue' | undefined
  /** Instead of the `retry_attempts` of the definition. */
  readonly retry?: number | undefined
  /** Ends the run. What has not run stays in the outbox. */
  readonly signal?: AbortSignal | undefined
  /** The machine and the place of an entity, for a second transition to the fallback. */
  home(entity: string): Home | undefined
}

/** What became of the actions of one event. */
export interface Acted {
  readonly entity: string
  readonly eventId: string
  readonly execution: Execution
  /** The second transition, to the fallback, and what became of its actions. */
  readonly fallback?: { readonly result: TransitionResult; readonly execution: Execution | null }
  /** True: an action failed for good, but without the entity's machine the fallback could not be committed. */
  readonly kept: boolean
}

interface Lanes {
  /** Rows somebody runs already. */
  readonly taken: Set<string>
  /** By entity: what must settle before its next row may run. */
  readonly tails: Map<string, Promise<unknown>>
}

// Of each store, since its outbox is what they guard.
const lanesOf = /* @__PURE__ */ new WeakMap<Store, Lanes>()

function lanesFor(store: Store): Lanes {
  const lanes = lanesOf.get(store) ?? { taken: new Set(), tails: new Map() }
  lanesOf.set(store, lanes)
  return lanes
}

/** The trigger of a transition that failing actions caused. */
export const FALLBACK = '_fallback'

/**
 * Runs everything in the outbox of one entity, oldest first, one at a time, save what is under way already.
 * Answers by row id.
 */
export function act(acting: Acting, entity: string): Map<string, Promise<Acted>> {
  const { store } = acting
  const lanes = lanesFor(store)
  const started = new Map<string, Promise<Acted>>()
  for (const { $id } of store.load(Outbox).where('byEntity', entity)) {
    if (lanes.taken.has($id)) continue
    lanes.taken.add($id)
    const run = Promise.resolve(lanes.tails.get(entity)).then(() => runRow(acting, $id))
    const tail = run
      .catch(() => {})
      .then(() => {
        lanes.taken.delete($id)
        if (lanes.tails.get(entity) === tail) lanes.tails.delete(entity)
      })
    lanes.tails.set(entity, tail)
    started.set($id, run)
  }
  return started
}

/** Runs the actions of one row once it is durable, and clears it. @throws StorageError, ClosedError, the signal's reason */
async function runRow(acting: Acting, id: string): Promise<Acted> {
  const { store, executor, onError = 'stop', signal } = acting
  const outbox = store.load(Outbox)
  const { entity, eventId, actions: allActions, context, fallback, retry } = outbox.get(id)!.toJSON()
  await store.flush(signal ? { signal } : {})
  const options = { entity, eventId, onError, retry: acting.retry ?? retry, ...(signal && { signal }) }
  const execution = await executor.execute({ allActions }, context as never, options)
  // Interrupted: the row stays, as after a crash.
  if (execution.ran.length < allActions.length) signal?.throwIfAborted()
  const failed = execution.failed.map(({ action }) => action)
  const home = failed.length > 0 && fallback !== null ? acting.home(entity) : undefined
  const acted = { entity, eventId, execution, kept: failed.length > 0 && fallback !== null && !home }
  if (acted.kept) return acted
  const result = store.transaction(() => {
    outbox.delete(id)
    if (failed.length > 0) store.load(Audit).get(id)?.set({ failed })
    return home ? fallBack(acting, home, eventId, context) : null
  })
  if (!result) return acted
  const next = recordId(entity, fallbackId(eventId))
  return { ...acted, fallback: { result, execution: outbox.has(next) ? (await runNow(acting, next)).execution : null } }
}

/** Runs a row that was committed in the turn of another one. */
async function runNow(acting: Acting, id: string): Promise<Acted> {
  const { taken } = lanesFor(acting.store)
  taken.add(id)
  try {
    return await runRow(acting, id)
  } finally {
    taken.delete(id)
  }
}

const fallbackId = (eventId: string) => `${eventId}#fallback`

/** The second transition, from wherever the entity is by now; null when it is in the fallback already, or gone. */
function fallBack(
  { store }: Acting,
  home: Home,
  eventId: string,
  context: Record<string, unknown>,
): TransitionResult | null {
  const { fsm, place } = home
  const entity = seek(place)
  if (!entity || entity.state === fsm.fallback) return null
  const [source, target] = [entity.state, fsm.fallback].map((name) => fsm.state(name as never)) as [State, State]
  const result = success(source, target, FALLBACK, [], { fallback: true })
  const about = { eventId: fallbackId(eventId), time: store.timers.now(), source: null, context }
  record(store, entity, { result, ...about, fallback: null, retry: fsm.retryAttempts })
  return result
}
