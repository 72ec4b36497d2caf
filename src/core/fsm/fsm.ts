import { checkDefinition } from './check.ts'
import { compile } from './compile.ts'
import { errors } from './errors.ts'
import type { Guards } from './guards.ts'
import { plain } from './plain.ts'
import { decide, rowOf, type Table } from './process.ts'
import type { Report } from './shape.ts'
import type { FsmDefinition, FsmEvent, Problem, State, Transition, TransitionResult } from './types.ts'

type Place = (problems: readonly Problem[]) => readonly Problem[]

/** What knows whether an action is registered: an executor. */
export interface ActionNames {
  has(name: string): boolean
}

/** What a definition's guards and actions stand for. */
export interface Bindings<C extends object> {
  readonly guards?: Guards<C>
  readonly actions?: ActionNames
}

/**
 * A finite state machine without a state of its own: it answers what should happen, and you keep the state.
 * Made by `defineFsm` and `loadFsm`. `S`, `T` and `C` are its states, triggers and context.
 */
export class Fsm<S extends string = string, T extends string = string, C extends object = Record<string, unknown>> {
  /** `meta.machine_name`; `fsm` when it has none. */
  readonly name: string
  /** `meta.version`. */
  readonly version: string | undefined
  /** False: an event that means nothing here is a success that does nothing. */
  readonly strict: boolean
  readonly initialState: S
  /** In the order of the definition. */
  readonly stateNames: readonly S[]
  /** In the order of the definition. */
  readonly terminalStates: readonly S[]
  /** Sorted. */
  readonly triggerNames: readonly T[]
  /** In the order of the definition, which is the order in which `process` tries them. */
  readonly transitions: readonly Transition<S, T>[]
  /** `error_policy.default_fallback`. */
  readonly fallback: S | undefined
  /** `error_policy.retry_attempts`. */
  readonly retryAttempts: number
  /** @internal Adds lines and columns, and sorts by them, for what was loaded from text. */
  readonly place: Place
  readonly #definition: FsmDefinition
  readonly #table: Table

  /** @internal */
  constructor(definition: FsmDefinition, place: Place, guards?: Guards<never>) {
    const { table, states, transitions } = compile(definition, (guard) => guards?.get(guard))
    const of = (type: string) => states.filter((state) => state.type === type).map(({ name }) => name as S)
    this.#definition = definition
    this.#table = table
    this.name = table.name
    this.version = definition.meta?.version
    this.strict = table.strict
    this.initialState = of('initial')[0] as S
    this.stateNames = Object.freeze(states.map(({ name }) => name as S))
    this.terminalStates = Object.freeze(of('terminal'))
    this.triggerNames = table.triggers as readonly T[]
    this.transitions = Object.freeze(transitions) as readonly Transition<S, T>[]
    this.fallback = table.fallback?.name as S | undefined
    this.retryAttempts = definition.error_policy?.retry_attempts ?? 0
    this.place = place
  }

  /**
   * Gives the names of guards and actions their meaning. This one stays as it is; the answer is bound.
   *
   * @throws BindingError naming every guard and action that is not registered
   * @example
   * ```ts
   * const orders = loadFsm(text).bind({ guards, actions: executor })
   * ```
   */
  bind<D extends object = C>({ guards, actions }: Bindings<D>): Fsm<S, T, D> {
    const states = this.stateNames.map((name) => this.state(name))
    const named = [...this.transitions, ...states].flatMap((one) =>
      'dest' in one ? one.actions : [...one.onEnter, ...one.onExit],
    )
    const asked = this.transitions.flatMap((one) => one.guards)
    const missing = {
      guards: [...new Set(asked)].filter((name) => !guards?.get(name)),
      actions: [...new Set(named)].filter((name) => actions && !actions.has(name)),
    }
    if (missing.guards.length + missing.actions.length > 0) throw errors.FSM_MISSING(missing)
    return new Fsm(this.#definition, this.place, guards as Guards<never> | undefined)
  }

  /**
   * What should happen to an entity in `state` on `event`. Pure: no clock, no I/O, nothing is changed. The first
   * transition in the order of the definition whose guards pass wins. Refusals are results, with `error` saying why.
   *
   * @throws UndefinedStateError, and nothing else once its guards are bound
   * @example
   * ```ts
   * const { success, targetState, allActions } = orders.process('OPEN', 'execution_report', { filled: 10 })
   * ```
   */
  process(state: S, event: T | FsmEvent<T>, context?: C): TransitionResult<S, T> {
    return decide(this.#table, state, event, context) as TransitionResult<S, T>
  }

  /** @throws UndefinedStateError */
  state(name: S): State<S> {
    return rowOf(this.#table, name).state as State<S>
  }

  /** @throws UndefinedStateError */
  isTerminal(state: S): boolean {
    return this.state(state).type === 'terminal'
  }

  /**
   * The transitions that lead out of a state, guards ignored.
   * @throws UndefinedStateError
   */
  availableTransitions(state: S): readonly Transition<S, T>[] {
    this.state(state)
    return this.transitions.filter(({ source }) => source.includes(state))
  }

  /**
   * The triggers with a transition from a state, sorted. Without a context guards are ignored; with one, only those
   * that `process` would take now: no no-op, no fallback.
   *
   * @throws UndefinedStateError
   */
  availableTriggers(state: S, context?: C): readonly T[] {
    const { candidates } = rowOf(this.#table, state)
    const triggers = this.triggerNames.filter((_, number) => candidates[number])
    return context ? triggers.filter((trigger) => this.canTransition(state, trigger, context)) : triggers
  }

  /**
   * Whether the trigger has a transition from a state; with a context, whether `process` would take one now.
   * @throws UndefinedStateError
   */
  canTransition(state: S, trigger: T, context?: C): boolean {
    const { candidates } = rowOf(this.#table, state)
    const known = candidates[this.#table.numbers.get(trigger) ?? -1] !== undefined
    if (!known || context === undefined) return known
    const { success, fallback } = this.process(state, trigger, context)
    return success && !fallback
  }

  /** The definition as plain, frozen data, variables filled in: what `defineFsm`, JSON and YAML take. */
  toJSON(): FsmDefinition {
    return this.#definition
  }
}

/**
 * Checks plain data and makes an fsm of it. `place` adds lines and columns; `text` fills variables.
 * @throws FsmDefinitionError with every error
 */
export function build(
  input: unknown,
  text?: (report: Report) => Parameters<typeof plain>[2],
  place: Place = (problems) => problems,
): Fsm {
  const problems: Problem[] = []
  const report: Report = (kind, path, message) => problems.push({ kind, path, message })
  const definition = plain(input, report, text?.(report))
  checkDefinition(definition, report)
  if (problems.length > 0) throw errors.FSM_INVALID({ problems: place(problems) })
  return new Fsm(definition as FsmDefinition, place)
}

type StateOf<D extends FsmDefinition> = D['states'][number]['name']
type TriggerOf<D extends FsmDefinition> = D['transitions'][number]['trigger']

/**
 * Makes a machine of a typed object, or of anything that was parsed from JSON. The states and triggers of a literal
 * become the types of `process`. The object is copied: changing it later changes nothing.
 *
 * @throws FsmDefinitionError with every error, each with its path
 * @example
 * ```ts
 * const door = defineFsm({
 *   states: [{ name: 'closed', type: 'initial' }, { name: 'open' }],
 *   transitions: [{ trigger: 'push', source: 'closed', dest: 'open' }, { trigger: 'pull', source: 'open', dest: 'closed' }],
 * })
 * door.process('closed', 'push').targetState //=> 'open'
 * ```
 * The idea of a pure decision over a definition in a file: PyGubernator.
 */
export function defineFsm<const D extends FsmDefinition>(
  definition: D & Record<Exclude<keyof D, keyof FsmDefinition>, never>,
): Fsm<StateOf<D>, TriggerOf<D>> {
  return build(definition) as unknown as Fsm<StateOf<D>, TriggerOf<D>>
}
