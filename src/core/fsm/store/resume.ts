import type { Definition } from '../../ports/host.ts'
import type { Store } from '../../store/store.ts'
import { type Acted, type AnyExecutor, type AnyFsm, act, type Home } from './act.ts'
import { Outbox } from './records.ts'

/** How `resumeActions` goes about it. */
export interface ResumeOptions {
  /** Where states are kept, and by which machine: what a second transition to a fallback needs. */
  readonly machines?: readonly { readonly model: Definition<unknown>; readonly field: string; readonly fsm: AnyFsm }[]
  readonly onError?: 'stop' | 'continue'
  /** Instead of the `retry_attempts` of the definitions. */
  readonly retry?: number
  /** How many entities at the same time. Default 16. */
  readonly concurrency?: number
  /** Ends the run. What has not run stays in the outbox. */
  readonly signal?: AbortSignal
}

/**
 * Runs what a crash left in the outbox, under the same keys: at least once, in order per entity. Rows that this process
 * runs already are left to it. A row whose action keeps failing is kept if only its machine could commit the fallback.
 *
 * @throws (rejects) StorageError, or the signal's reason; what is left can be resumed again
 * @example
 * ```ts
 * await resumeActions(store, executor, { machines: [{ model: Orders, field: 'status', fsm: orders }] })
 * ```
 */
export async function resumeActions(
  store: Store,
  executor: AnyExecutor,
  { machines = [], concurrency = 16, onError, retry, signal }: ResumeOptions = {},
): Promise<Acted[]> {
  const home = (entity: string): Home | undefined => {
    const at = entity.indexOf(':')
    const [name, id] = at < 0 ? [entity, undefined] : [entity.slice(0, at), entity.slice(at + 1)]
    const machine = machines.find(({ model }) => model.name === name)
    return machine && { fsm: machine.fsm, place: { store, id, model: machine.model, field: machine.field as never } }
  }
  const entities = new Set([...store.load(Outbox)].map(({ entity }) => entity)).values()
  const done: Acted[] = []
  let going = true
  // Each takes the next entity when it is done with one; the first that fails ends them all.
  const worker = async () => {
    for (const entity of entities) {
      if (!going) return
      try {
        signal?.throwIfAborted()
        const rows = act({ store, executor, onError, retry, signal, home }, entity)
        done.push(...(await Promise.all(rows.values())))
      } catch (error) {
        going = false
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return done
}
