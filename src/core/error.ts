/**
 * The one error class of the package. `code` names what happened and is never reused; the message says what, where
 * and what to do; the facts stand on the error itself (`error.model`, `error.state`, …).
 */
export class EscapementError extends Error {
  override name = 'EscapementError'
  readonly code: string
  constructor(code: string, message: string, facts?: object, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    Object.assign(this, facts)
  }
}

/** A definition that cannot work. Thrown where it is defined, listing everything that is wrong. */
export class DefinitionError extends EscapementError {
  override name = 'DefinitionError'
}

/** A row or machine with this id exists already. */
export class DuplicateIdError extends EscapementError {
  override name = 'DuplicateIdError'
}

/** A wait that took longer than its caller allowed. */
export class TimeoutError extends EscapementError {
  override name = 'TimeoutError'
}

type ErrorClass = new (code: string, message: string, facts?: object, cause?: unknown) => EscapementError

/** One row of an error table: why it happened, what to do, and the class a caller would catch. */
export interface ErrorRow {
  // The facts are typed by each row; a table of rows has no common type for them.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  why(facts: any): string
  fix?: string
  as?: ErrorClass
}

type Facts<R extends ErrorRow> = Parameters<R['why']> extends [infer P, ...unknown[]] ? P : undefined
type Made<R extends ErrorRow> = R extends { as: new (...args: never[]) => infer E }
  ? E & Facts<R>
  : EscapementError & Facts<R>

/** What `defineErrors` answers: a maker per code. */
export type Errors<T extends Record<string, ErrorRow>> = {
  readonly [K in keyof T]: (facts: Facts<T[K]>, cause?: unknown) => Made<T[K]>
}

/**
 * Turns a table of codes into makers of errors. One table per folder, so that a bundle carries only its own.
 *
 * @example
 * ```ts
 * const errors = defineErrors({
 *   STATE_UNKNOWN: { why: (p: { machine: string; state: string }) => `Machine "${p.machine}" has no state "${p.state}".`,
 *                    fix: 'Declare it in defineMachine().' },
 * })
 * throw errors.STATE_UNKNOWN({ machine: 'door', state: 'Opne' })
 * ```
 */
export function defineErrors<T extends Record<string, ErrorRow>>(table: T): Errors<T> {
  const makers: Record<string, unknown> = {}
  for (const [code, row] of Object.entries(table)) {
    const Class = row.as ?? EscapementError
    makers[code] = (facts: object, cause?: unknown) =>
      new Class(code, row.why(facts) + (row.fix ? ` ${row.fix}` : ''), facts, cause)
  }
  return makers as Errors<T>
}
