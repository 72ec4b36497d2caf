import { DefinitionError, defineErrors, EscapementError } from '../error.ts'
import type { Problem } from './types.ts'

/** A definition with mistakes: all of them, in `problems`. */
export class FsmDefinitionError extends DefinitionError {
  override name = 'FsmDefinitionError'
  declare readonly problems: readonly Problem[]
}

/** Guards or actions that a definition names and nobody registered. */
export class BindingError extends EscapementError {
  override name = 'BindingError'
  declare readonly guards: readonly string[]
  declare readonly actions: readonly string[]
}

/** The only mistake that `process` and the queries throw: no such state. */
export class UndefinedStateError extends EscapementError {
  override name = 'UndefinedStateError'
  declare readonly state: string
}

/** An event for an entity that has come to its end. */
export class TerminalStateError extends EscapementError {
  override name = 'TerminalStateError'
  declare readonly state: string
  declare readonly trigger: string
}

/** An event that no transition anywhere answers to. */
export class UndefinedTriggerError extends EscapementError {
  override name = 'UndefinedTriggerError'
  declare readonly trigger: string
  declare readonly known: readonly string[]
}

/** An event that means nothing in this state. */
export class NoTransitionError extends EscapementError {
  override name = 'NoTransitionError'
  declare readonly state: string
  declare readonly trigger: string
}

/** Every transition for this event had a guard that said no. */
export class GuardsFailedError extends EscapementError {
  override name = 'GuardsFailedError'
  declare readonly state: string
  declare readonly trigger: string
}

/** A guard threw; what it threw is the `cause`. */
export class GuardError extends EscapementError {
  override name = 'GuardError'
  declare readonly state: string
  declare readonly trigger: string
  declare readonly guard: string
}

interface Refused {
  state: string
  trigger: string
}

// A hostile file can have a hundred thousand; all of them are in `problems`.
const SHOWN = 50

/** `states.2.type: must be …`, with line and column when they are known. */
export const problemText = ({ path, message, line, column }: Problem): string =>
  `${line === undefined ? '' : `${line}:${column} `}${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`

export const errors = /* @__PURE__ */ defineErrors({
  FSM_INVALID: {
    why: ({ problems }: { problems: readonly Problem[] }) =>
      `${problems.length} error(s) in the definition:\n${problems.slice(0, SHOWN).map(problemText).join('\n')}`,
    as: FsmDefinitionError,
  },
  FSM_MISSING: {
    why: ({ guards, actions }: { guards: readonly string[]; actions: readonly string[] }) =>
      `Not registered: guards [${guards.join(', ')}], actions [${actions.join(', ')}].`,
    fix: 'Register them, then use the answer of bind().',
    as: BindingError,
  },
  FSM_TAKEN: {
    why: ({ name }: { name: string }) => `"${name}" is registered already: choose another name.`,
  },
  FSM_TIME: {
    why: ({ enteredAt, now }: { enteredAt: unknown; now: unknown }) =>
      `Not milliseconds: enteredAt ${enteredAt}, now ${now}.`,
  },
  FSM_STATE: {
    why: ({ state, fsm }: { state: string; fsm: string }) => `"${fsm}" has no state "${state}": see stateNames.`,
    as: UndefinedStateError,
  },
  FSM_TERMINAL: {
    why: ({ state, trigger }: Refused) => `"${trigger}" can do nothing in "${state}": it is terminal.`,
    as: TerminalStateError,
  },
  FSM_TRIGGER: {
    why: ({ trigger, known }: { trigger: string; known: readonly string[] }) =>
      `"${trigger}" has no transition at all. Known: ${known.join(', ')}.`,
    as: UndefinedTriggerError,
  },
  FSM_NO_TRANSITION: {
    why: ({ state, trigger }: Refused) => `"${trigger}" has no transition from "${state}": see availableTriggers().`,
    as: NoTransitionError,
  },
  FSM_GUARDS: {
    why: ({ state, trigger }: Refused) => `Guards refused "${trigger}" in "${state}": see guardsEvaluated.`,
    as: GuardsFailedError,
  },
  FSM_GUARD_THREW: {
    why: ({ guard, state, trigger }: Refused & { guard: string }) =>
      `Guard "${guard}" threw for "${trigger}" in "${state}".`,
    as: GuardError,
  },
})
