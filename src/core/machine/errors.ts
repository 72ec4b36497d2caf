import { DefinitionError, DuplicateIdError, defineErrors, EscapementError, TimeoutError } from '../error.ts'

export { TimeoutError }

/** A name that is not a state of the machine. */
export class UnknownStateError extends EscapementError {
  override name = 'UnknownStateError'
}
/** A mutation's arguments that a state's `args` schema rejects. */
export class ArgsError extends EscapementError {
  override name = 'ArgsError'
}
/** Mutations that keep causing each other. */
export class LoopError extends EscapementError {
  override name = 'LoopError'
}
/** What was waited for can never come: the machine is gone. */
export class DisposedError extends EscapementError {
  override name = 'DisposedError'
}

/** One thing a schema found wrong, with where. */
export interface ArgsIssue {
  readonly path: string
  readonly message: string
}

const list = (lines: readonly string[]) => lines.map((line) => `\n  ${line}`).join('')

/** What can go wrong in a machine. */
export const errors = /* @__PURE__ */ defineErrors({
  MACHINE_INVALID: {
    why: (p: { machine: string; problems: readonly string[] }) =>
      `Machine "${p.machine}" cannot work:${list(p.problems)}`,
    as: DefinitionError,
  },
  STATE_UNKNOWN: {
    why: (p: { machine: string; states: readonly string[] }) =>
      `Machine "${p.machine}" has no state "${p.states.join('", "')}".`,
    fix: 'Declare it in defineMachine().',
    as: UnknownStateError,
  },
  STATE_ARGS: {
    why: (p: { machine: string; state: string; issues: readonly ArgsIssue[] }) =>
      `Wrong args for state "${p.state}" of machine "${p.machine}":${list(
        p.issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)),
      )}`,
    as: ArgsError,
  },
  HANDLER_ASYNC: {
    why: (p: { state: string; handler: string }) => `${p.state}.${p.handler} answered with a promise.`,
    fix: 'Negotiation is synchronous: await in entered(), and refuse there with a mutation.',
  },
  HANDLER_TIMEOUT: {
    why: (p: { machine: string; state: string; handler: string; ms: number }) =>
      `${p.state}.${p.handler} of machine "${p.machine}" still runs after ${p.ms} ms.`,
    fix: 'Raise handlerTimeout, or end the work when event.signal fires.',
    as: TimeoutError,
  },
  MACHINE_LOOP: {
    why: (p: { machine: string; mutations: readonly string[] }) =>
      `Machine "${p.machine}" does not come to rest. These repeat:${list(p.mutations)}`,
    fix: 'A handler, listener or effect answers each of them with another.',
    as: LoopError,
  },
  WAIT_TIMEOUT: {
    why: (p: { machine: string; awaited: string; ms: number; states: string }) =>
      `Machine "${p.machine}": ${p.awaited} did not come within ${p.ms} ms. States: ${p.states}.`,
    as: TimeoutError,
  },
  MACHINE_DISPOSED: {
    why: (p: { machine: string }) => `Machine "${p.machine}" is disposed.`,
    as: DisposedError,
  },
  MACHINE_DUPLICATE: {
    why: (p: { machine: string; id: string }) => `There is a machine "${p.machine}" with the id "${p.id}".`,
    as: DuplicateIdError,
  },
  MACHINE_ID: {
    why: (p: { machine: string; id: string }) => `"${p.id}" cannot be the id of a machine "${p.machine}".`,
    fix: 'Use no control characters, and no "." or ".." between slashes.',
    as: DefinitionError,
  },
  STATES_DROPPED: {
    why: (p: { machine: string; states: readonly string[] }) =>
      `The stored clock of "${p.machine}" has states that are no longer defined: ${p.states.join(', ')}.`,
    fix: 'They were dropped. Add a migration to rename a state.',
  },
  MACHINE_BUSY: {
    why: (p: { machine: string }) => `Machine "${p.machine}" cannot import while it, or its store, is in a transition.`,
    fix: 'Wait for whenIdle() first.',
  },
})
