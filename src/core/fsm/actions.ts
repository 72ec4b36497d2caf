import { errors } from './errors.ts'
import type { TransitionResult } from './types.ts'

/** What an action is told about the run it is part of. */
export interface ActionCall {
  readonly action: string
  /** The same at every try, after a crash too: what it reaches should do the same key once. */
  readonly key: string
  readonly entity: string
  readonly eventId: string
  /** From 1; starts over after a crash. */
  readonly attempt: number
  readonly signal: AbortSignal | undefined
}

/** Does something in the world. Runs after the commit, perhaps more than once, under the same key. */
export type Action<C extends object = Record<string, unknown>> = (context: C, call: ActionCall) => unknown

/** How to run the actions of one result. */
export interface ExecuteOptions {
  /** Whom the event concerns: part of each key. */
  readonly entity: string
  /** Which event it was: part of each key. Another event must have another id. */
  readonly eventId: string
  /** What a failed action means for those after it. Default `stop`. */
  readonly onError?: 'stop' | 'continue'
  /** Further tries of an action that failed, at once: one that should wait does so itself, by `attempt`. Default 0. */
  readonly retry?: number
  /** Ends the run: the action under way counts as failed, those after it as skipped. */
  readonly signal?: AbortSignal
}

/** What became of one action. */
export interface ActionReport {
  readonly action: string
  readonly key: string
  readonly attempts: number
}

/** An action that failed at every try. */
export interface FailedAction extends ActionReport {
  /** What its last try threw. */
  readonly error: unknown
}

/** What became of all actions of one result. */
export interface Execution {
  readonly ran: readonly ActionReport[]
  readonly failed: readonly FailedAction[]
  readonly skipped: readonly { readonly action: string; readonly key: string }[]
}

/** Escapes what separates the parts of a key. */
export const part = (text: string) => text.replace(/[%/#]/g, encodeURIComponent)

/**
 * One key for each action of an event: `entity/event/action`, and `…#2` where the same action comes a second time. Parts
 * are escaped, so that two different triples never meet.
 */
export function idempotencyKeys(entity: string, eventId: string, actions: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return actions.map((action) => {
    const times = (seen.get(action) ?? 0) + 1
    seen.set(action, times)
    return [entity, eventId, action].map(part).join('/') + (times > 1 ? `#${times}` : '')
  })
}

/** Actions by name, and how they run. Made by `createExecutor`. */
export class Executor<C extends object = Record<string, unknown>> {
  readonly #actions = new Map<string, Action<C>>()

  /**
   * Names an action.
   * @throws EscapementError (`FSM_TAKEN`) when the name is taken
   */
  register(name: string, action: Action<C>): this {
    if (this.#actions.has(name)) throw errors.FSM_TAKEN({ name })
    this.#actions.set(name, action)
    return this
  }

  has(name: string): boolean {
    return this.#actions.has(name)
  }

  /**
   * Runs `allActions` of a result, one after the other. Call it after you committed. Never rejects: what went wrong is in
   * the answer. An action that nobody registered fails without a further try.
   *
   * @example
   * ```ts
   * const { ran, failed, skipped } = await executor.execute(result, order, { entity: order.id, eventId: event.id, retry: 3 })
   * ```
   */
  async execute(
    result: Pick<TransitionResult, 'allActions'>,
    context: C,
    { entity, eventId, onError, retry = 0, signal }: ExecuteOptions,
  ): Promise<Execution> {
    const ran: ActionReport[] = []
    const failed: FailedAction[] = []
    const skipped: Execution['skipped'][number][] = []
    let stop = () => {}
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal?.reason)
    })
    aborted.catch(() => {})
    signal?.addEventListener('abort', stop, { once: true })
    const run = async (action: string, call: ActionCall) => {
      const registered = this.#actions.get(action)
      if (!registered) throw errors.FSM_MISSING({ guards: [], actions: [action] })
      await registered(context, call)
    }
    const keys = idempotencyKeys(entity, eventId, result.allActions)
    for (const [at, action] of result.allActions.entries()) {
      const key = keys[at] as string
      if (signal?.aborted || (failed.length > 0 && onError !== 'continue')) {
        skipped.push({ action, key })
        continue
      }
      for (let attempts = 1; ; attempts++) {
        try {
          await Promise.race([run(action, { action, key, entity, eventId, attempt: attempts, signal }), aborted])
          ran.push({ action, key, attempts })
          break
        } catch (error) {
          if (attempts > retry || signal?.aborted) {
            failed.push({ action, key, attempts, error })
            break
          }
        }
      }
    }
    signal?.removeEventListener('abort', stop)
    return { ran, failed, skipped }
  }
}

/**
 * An empty registry of actions that can run them. `C` is the context they get.
 *
 * @example
 * ```ts
 * const executor = createExecutor().register('notify_ui', async (order, { key }) => post('/notify', order, key))
 * ```
 */
export const createExecutor = <C extends object = Record<string, unknown>>(): Executor<C> => new Executor<C>()
