import type { HandlerCall } from '../trace.ts'
import { errors } from './errors.ts'
import type { Binding } from './handlers.ts'
import type { Core } from './machine.ts'
import { THREW } from './phases.ts'
import { setRunning } from './running.ts'
import type { Tracers } from './tracers.ts'
import { HandlerEvent, type Transition } from './transition.ts'
import type { ExceptionArgs, Pending } from './types.ts'

/** Adds `Exception` with these args, and the state numbered `extra`. */
export type Raise = (args: ExceptionArgs, source: Transition, extra?: number) => void

/** Calls handlers, follows the asynchronous ones, and turns their errors into `Exception`. */
export class Caller {
  readonly #core: Core
  readonly #tracers: Tracers
  readonly #raise: Raise
  /** Async handlers that run, each with the end of its timer. */
  #running: Map<HandlerCall, (() => void) | undefined> | undefined

  constructor(core: Core, tracers: Tracers, raise: Raise) {
    this.#core = core
    this.#tracers = tracers
    this.#raise = raise
  }

  /** Answers what the handler did, or `THREW`. */
  call(transition: Transition, binding: Binding, final = false): unknown {
    const core = this.#core
    const { unit } = core.options
    const event = new HandlerEvent(core, transition, binding.state)
    const { run, handler } = binding
    // Dry runs are not told of.
    const traced = this.#tracers.size > 0 && !transition.isCheck
    const call: HandlerCall | undefined =
      traced || final ? { machine: core, transition, state: event.state, handler } : undefined
    if (traced) this.#tracers.emit('handlerStart', call!)
    const before = setRunning(transition)
    let answer: unknown
    try {
      if (unit) answer = final ? unit.savepoint(() => run(event)) : unit.guard(() => run(event))
      else answer = run(event)
      if (typeof (answer as PromiseLike<unknown> | undefined | null)?.then === 'function') {
        if (final) return this.#follow(answer as PromiseLike<unknown>, event, call!)
        // It may reject later, and nobody is going to look.
        Promise.resolve(answer).catch(() => {})
        throw errors.HANDLER_ASYNC({ state: event.state, handler })
      }
    } catch (error) {
      if (traced) this.#tracers.emit('handlerEnd', call!, { status: 'failed', error })
      this.#fail(error, final ? 'final' : 'negotiation', event, handler)
      return THREW
    } finally {
      setRunning(before)
    }
    if (traced) this.#tracers.emit('handlerEnd', call!, { status: answer === false && !final ? 'refused' : 'done' })
    return answer
  }

  pending(): Pending['handlers'] {
    return [...(this.#running?.keys() ?? [])].map(({ state, handler, transition }) => ({
      state,
      handler,
      transition: transition.id,
    }))
  }
  dispose(): void {
    for (const stop of this.#running?.values() ?? []) stop?.()
    this.#running = undefined
  }

  #follow(promise: PromiseLike<unknown>, event: HandlerEvent, call: HandlerCall): void {
    const core = this.#core
    const { handlerTimeout: ms } = core.options
    const { state, handler } = call
    const fail = (error: unknown, extra?: number) => this.#fail(error, 'async', event, handler, extra)
    const stop =
      ms === undefined
        ? undefined
        : core.timers.after(ms, () => {
            const late = errors.HANDLER_TIMEOUT({ machine: core.definition.name, state, handler, ms })
            fail(late, core.compiled.index.get('ErrHandlerTimeout'))
          })
    const end = (failed: boolean, error?: unknown) => {
      stop?.()
      this.#running?.delete(call)
      this.#tracers.emit('handlerEnd', call, failed ? { status: 'failed', error } : { status: 'done' })
      if (failed && !event.echoes(error)) fail(error)
    }
    this.#running ??= new Map()
    this.#running.set(call, stop)
    Promise.resolve(promise).then(
      () => end(false),
      (error) => end(true, error),
    )
  }

  #fail(
    error: unknown,
    phase: 'negotiation' | 'final' | 'async',
    event: HandlerEvent,
    handler: string,
    extra?: number,
  ) {
    const { transition, state, isCheck } = event
    this.#tracers.report(error, { phase: 'handler', state, handler })
    const { edge, called, before, targets } = transition
    // No recursion: what goes wrong while an error is handled stays there. And a dry run changes nothing.
    if (isCheck || edge.called.includes(this.#core.compiled.exception)) return
    this.#raise({ error, phase, state, handler, called, before, targets }, transition, extra)
  }
}
