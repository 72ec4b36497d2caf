import type {
  GuardError,
  GuardsFailedError,
  NoTransitionError,
  TerminalStateError,
  UndefinedTriggerError,
} from './errors.ts'

/** What a state is: where entities start, where they rest, where they end, or where failures go. */
export type StateType = 'initial' | 'stable' | 'terminal' | 'error'

type OneOrMany = string | readonly string[]

/** A state, as a file or a typed object writes it. Further keys become its `metadata`. */
export interface StateDefinition {
  readonly name: string
  /** Default `stable`. */
  readonly type?: StateType
  readonly on_enter?: OneOrMany
  readonly on_exit?: OneOrMany
  /** Where an entity goes that stayed for `seconds`. */
  readonly timeout?: { readonly seconds: number; readonly destination: string }
  readonly [further: string]: unknown
}

/** A transition, as a file or a typed object writes it. Further keys become its `metadata`. */
export interface TransitionDefinition {
  readonly trigger: string
  readonly source: OneOrMany
  readonly dest: string
  readonly guards?: OneOrMany
  readonly actions?: OneOrMany
  readonly [further: string]: unknown
}

/** A whole definition, in the keys of a PyGubernator file. */
export interface FsmDefinition {
  readonly meta?: {
    readonly version?: string
    readonly machine_name?: string
    /** Default true: an event without a transition is a failure. False: it is a success that does nothing. */
    readonly strict_mode?: boolean
    readonly [further: string]: unknown
  }
  readonly states: readonly StateDefinition[]
  readonly transitions: readonly TransitionDefinition[]
  readonly error_policy?: {
    /** Where a guard that throws, or an action that keeps failing, leads. */
    readonly default_fallback?: string
    /** Further tries of an action that failed. Default 0. */
    readonly retry_attempts?: number
    readonly [further: string]: unknown
  }
}

/** A state, as `fsm.state(name)` answers it: everything filled in, and frozen. */
export interface State<S extends string = string> {
  readonly name: S
  readonly type: StateType
  readonly onEnter: readonly string[]
  readonly onExit: readonly string[]
  readonly timeout: { readonly seconds: number; readonly destination: S } | undefined
  /** The further keys of its definition. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A transition, as queries answer it: everything filled in, and frozen. */
export interface Transition<S extends string = string, T extends string = string> {
  readonly trigger: T
  readonly source: readonly S[]
  readonly dest: S
  readonly guards: readonly string[]
  readonly actions: readonly string[]
  /** The further keys of its definition. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** An event with more than its trigger. */
export interface FsmEvent<T extends string = string> {
  readonly trigger: T
  /** Laid over the context for guards (and, by `applyEvent`, for actions). */
  readonly payload?: object
  /** Makes the event recognisable: part of the idempotency key of each action. */
  readonly id?: string
  /** Milliseconds since the epoch. Kept for the record; `process` does not look at it. */
  readonly time?: number
  /** Where the event came from. Kept for the record. */
  readonly source?: string
}

/** How one guard answered. */
export interface GuardVerdict {
  readonly name: string
  readonly passed: boolean
}

/** Why a transition did not happen. */
export type TransitionError =
  | TerminalStateError
  | UndefinedTriggerError
  | NoTransitionError
  | GuardsFailedError
  | GuardError

/**
 * What should happen. Plain data, and read only: results may be shared between calls. An `error` is made once for its
 * kind of refusal, so its stack shows where that was first seen.
 */
export interface TransitionResult<S extends string = string, T extends string = string> {
  readonly success: boolean
  readonly sourceState: S
  /** Null when it failed. */
  readonly targetState: S | null
  readonly trigger: T
  /** Of the transition. */
  readonly actions: readonly string[]
  readonly onExitActions: readonly string[]
  readonly onEnterActions: readonly string[]
  /** In the order they are to run: exit, transition, enter. */
  readonly allActions: readonly string[]
  /** Why it failed; beside a success only after a fallback. */
  readonly error: TransitionError | null
  readonly stateChanged: boolean
  /** A success whose target is the source: declared, timed out, or a no-op. */
  readonly isSelfTransition: boolean
  /** Lenient mode had nothing to do. */
  readonly noOp: boolean
  /** A guard threw, and the definition has a fallback. */
  readonly fallback: boolean
  readonly guardsEvaluated: readonly GuardVerdict[]
}

/** What kind of mistake a definition holds. */
export type ProblemKind =
  | 'syntax'
  | 'limit'
  | 'variable'
  | 'shape'
  | 'duplicate-state'
  | 'no-initial'
  | 'many-initial'
  | 'unknown-source'
  | 'unknown-dest'
  | 'unknown-fallback'
  | 'unknown-timeout-destination'
  | 'from-terminal'
  | 'shadowed-transition'
  | 'unreachable-state'
  | 'no-way-out'

/** One mistake in a definition, and where it is. */
export interface Problem {
  readonly kind: ProblemKind
  readonly path: readonly (string | number)[]
  readonly message: string
  /** From 1; only for what was loaded from text. */
  readonly line?: number
  /** From 1, in UTF-16 units; only for what was loaded from text. */
  readonly column?: number
}
