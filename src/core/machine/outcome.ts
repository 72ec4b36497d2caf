import type { Answer } from '../ports/replica.ts'
import type { CancelReason, Result } from './types.ts'

/**
 * A mutation's result. `settled` is a getter, so that a result nobody waits for costs no promise; private fields, so
 * that the shared ones can be frozen and still remember theirs.
 */
export class Outcome {
  declare readonly status: Result['status']
  declare readonly reason?: CancelReason
  declare readonly queueTick?: number
  #final: Outcome | undefined
  #settled: Promise<Result> | undefined
  #resolve: ((result: Result) => void) | undefined

  constructor(status: Result['status'], reason?: CancelReason, queueTick?: number) {
    this.status = status
    if (reason) this.reason = Object.freeze(reason)
    if (queueTick !== undefined) this.queueTick = queueTick
    if (status === 'queued') return
    this.#final = this
    Object.freeze(this)
  }

  get settled(): Promise<Result> {
    this.#settled ??= this.#final
      ? Promise.resolve(this.#final as Result)
      : new Promise((resolve) => {
          this.#resolve = resolve
        })
    return this.#settled
  }

  /** Ends as `away` says; an answer that never comes is a failure. */
  follow(away: Promise<Answer>): void {
    away.then(
      ({ status, reason }) =>
        this.finish(status === 'executed' ? EXECUTED : new Outcome('canceled', reason as CancelReason)),
      () => this.finish(FAILED),
    )
  }

  /** Says how a queued mutation ended. */
  finish(final: Outcome): void {
    this.#final = final
    this.#resolve?.(final as Result)
  }
}

/** The one result of everything that went well. */
export const EXECUTED = /* @__PURE__ */ new Outcome('executed')
export const FAILED = /* @__PURE__ */ new Outcome('canceled', { kind: 'error' })
export const DISPOSED = /* @__PURE__ */ new Outcome('canceled', { kind: 'disposed' })
export const ABORTED = /* @__PURE__ */ new Outcome('canceled', { kind: 'aborted' })
export const FULL = /* @__PURE__ */ new Outcome('canceled', { kind: 'queue-full' })
export const CHECK = /* @__PURE__ */ new Outcome('canceled', { kind: 'check' })
