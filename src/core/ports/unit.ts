import type { Answer, Errand } from './replica.ts'

/**
 * How a store joins the transitions of its machines to its commits. A machine outside a store has none.
 *
 *     run        a mutation waits to be drained: now, or at the end of the commit under way
 *     savepoint  a handler that may write models: its writes are undone when it throws
 *     guard      a negotiation handler: may read, must not write
 *     later      after the commit, with the listeners
 *     changed    what the commit must write
 *     stepped    a machine that nobody handles has moved while the store was idle: a commit of its own
 *     aside      what is no commit: a mutation left a clock as it was, or a machine was disposed
 *     forward    a mutation of a machine that is changed elsewhere
 */
export interface Unit {
  /**
   * Runs `drain` as part of a commit. When the store is idle it opens a commit, runs `drain` and everything that was
   * submitted meanwhile, commits, and returns true. Otherwise it returns false, and `drain` runs in the commit under
   * way, after the outermost function. If a transaction that was open at the call is undone before that, `drain` never
   * runs for this call and `abort` is called instead. (A handler that throws does not take back what it asked for.)
   */
  run(drain: () => void, abort: () => void): boolean
  /** Runs `fn`; when it throws, or breaks the `check` of a model it wrote, undoes its model writes and throws. */
  savepoint<T>(fn: () => T): T
  /** Runs `fn`; a model write inside throws a `TransactionError`. */
  guard<T>(fn: () => T): T
  /** Calls `run` once, however often it is given, after the commit under way has reached the effects; at once when there is none. */
  later(run: () => void): void
  /** The clock of `machine` has changed in the commit under way, or by an import. May be told many times. */
  changed?(machine: object): void
  /** No commit is under way, and nobody wants a record of the next: a machine that nobody handles moves by `stepped`. */
  readonly idle?: boolean
  /** The clock of `machine` has changed while `idle`: that is a commit. `told`: whom to call after it. */
  stepped?(machine: object, told: readonly (() => void)[] | undefined): void
  /**
   * No commit, but whoever mirrors the store must know: `machine` was disposed, or its counters moved alone, for a mutation
   * that was refused or had nothing to change. May be told of a change as well.
   */
  aside?(machine: object): void
  /** The store's name, and the machine's key in it: for tools. */
  readonly store?: string
  keyOf?(machine: object): string
  /** Machines are changed elsewhere, and only follow here. */
  readonly following?: boolean
  /** While `following`: takes a mutation to where its machine is changed. */
  forward?(machine: object, errand: Errand): Promise<Answer>
}
