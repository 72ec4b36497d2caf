import { errors } from './errors.ts'
import type { FsmEvent, GuardVerdict, State, Transition, TransitionError, TransitionResult } from './types.ts'

/** A guard, bound: with its two verdicts made once. */
export interface BoundGuard {
  readonly name: string
  /** Undefined while nobody bound it. */
  readonly test: ((context: never) => unknown) | undefined
  readonly yes: GuardVerdict
  readonly no: GuardVerdict
}

/** A transition as a choice for one state and trigger, with its answer made once. */
export interface Candidate {
  readonly transition: Transition
  readonly guards: readonly BoundGuard[]
  /** The answer when all its guards pass, and no earlier candidate was tried. */
  readonly taken: TransitionResult
}

/** What can happen to one trigger in one state. */
export interface Cell {
  readonly candidates: Candidate[]
  /** The answer, when no guard has a say in it. */
  readonly sure: TransitionResult | undefined
}

/** A state, with its row of the table. */
export interface Row {
  readonly state: State
  readonly cells: Map<string, Cell>
  /** Answers to known triggers that mean nothing here, made when first asked for. Never more than there are triggers. */
  readonly refusals: Map<string, TransitionResult>
}

/**
 * A definition, compiled.
 *
 *     rows:  OPEN ─► cells:  fill ─► candidates: [is_full] FILLED, [is_part] OPEN
 *                            cancel ─► sure: CANCELED
 */
export interface Table {
  readonly name: string
  readonly strict: boolean
  readonly fallback: State | undefined
  readonly rows: ReadonlyMap<string, Row>
  /** Sorted. */
  readonly triggers: readonly string[]
  readonly known: ReadonlySet<string>
}

export const NONE: readonly never[] = /* @__PURE__ */ Object.freeze([])

// Every result is made from this one, so that all have the same form.
const BLANK: TransitionResult = {
  success: false,
  sourceState: '',
  targetState: null,
  trigger: '',
  actions: NONE,
  onExitActions: NONE,
  onEnterActions: NONE,
  allActions: NONE,
  error: null,
  stateChanged: false,
  isSelfTransition: false,
  noOp: false,
  fallback: false,
  guardsEvaluated: NONE,
}

/** A success that runs the actions of the transition between those of the states. */
export function success(
  source: State,
  target: State,
  trigger: string,
  actions: readonly string[] = NONE,
  more?: Partial<TransitionResult>,
): TransitionResult {
  const all = [...source.onExit, ...actions, ...target.onEnter]
  return {
    ...BLANK,
    success: true,
    sourceState: source.name,
    targetState: target.name,
    trigger,
    actions,
    onExitActions: source.onExit,
    onEnterActions: target.onEnter,
    allActions: Object.freeze(all),
    stateChanged: source !== target,
    isSelfTransition: source === target,
    ...more,
  }
}

const failure = (
  sourceState: string,
  trigger: string,
  error: TransitionError,
  guardsEvaluated: readonly GuardVerdict[] = NONE,
): TransitionResult => ({ ...BLANK, sourceState, trigger, error, guardsEvaluated })

/** The row of a state. @throws UndefinedStateError */
export function rowOf(table: Table, state: string): Row {
  const row = table.rows.get(state)
  if (row === undefined) throw errors.FSM_STATE({ state, fsm: table.name })
  return row
}

/**
 * What should happen in `state` on `event`: two look-ups and, where guards have a say, their answers in file order.
 * Pure as the guards are. Allocates nothing unless a guard refused, threw, or needs to see a payload.
 *
 * @throws UndefinedStateError; BindingError where a guard is needed and not bound. All else is a result.
 */
export function decide(table: Table, state: string, event: string | FsmEvent, context?: object): TransitionResult {
  const row = table.rows.get(state) ?? rowOf(table, state)
  const trigger = typeof event === 'string' ? event : event.trigger
  const cell = row.cells.get(trigger)
  if (cell === undefined) return row.refusals.get(trigger) ?? refuse(table, row, trigger)
  if (cell.sure !== undefined) return cell.sure
  const payload = typeof event === 'string' ? undefined : event.payload
  return judge(table, row, trigger, cell.candidates, payload ? { ...context, ...payload } : (context ?? {}))
}

/** No transition from here: terminal, unknown or meaningless, in this order. */
function refuse(table: Table, { state, refusals }: Row, trigger: string): TransitionResult {
  const { name } = state
  const known = table.known.has(trigger)
  const made =
    state.type === 'terminal'
      ? failure(name, trigger, errors.FSM_TERMINAL({ state: name, trigger }))
      : !table.strict
        ? { ...BLANK, success: true, sourceState: name, targetState: name, trigger, isSelfTransition: true, noOp: true }
        : known
          ? failure(name, trigger, errors.FSM_NO_TRANSITION({ state: name, trigger }))
          : failure(name, trigger, errors.FSM_TRIGGER({ trigger, known: table.triggers }))
  // Only known triggers: what comes from outside must not fill the memory.
  if (known) refusals.set(trigger, Object.freeze(made))
  return made
}

function judge(
  table: Table,
  { state }: Row,
  trigger: string,
  candidates: readonly Candidate[],
  context: object,
): TransitionResult {
  // The verdicts of the candidates that were refused so far.
  let trail: GuardVerdict[] | undefined
  next: for (const { guards, taken } of candidates) {
    for (let at = 0; at < guards.length; at++) {
      const guard = guards[at] as BoundGuard
      let passed: boolean
      try {
        passed = ask(guard, context)
      } catch (cause) {
        if (guard.test === undefined) throw cause
        const error = errors.FSM_GUARD_THREW({ guard: guard.name, state: state.name, trigger }, cause)
        const guardsEvaluated = [...(trail ?? NONE), ...guards.slice(0, at).map(({ yes }) => yes), guard.no]
        if (table.fallback === undefined) return failure(state.name, trigger, error, guardsEvaluated)
        return success(state, table.fallback, trigger, NONE, { fallback: true, error, guardsEvaluated })
      }
      if (!passed) {
        trail ??= []
        for (let before = 0; before < at; before++) trail.push((guards[before] as BoundGuard).yes)
        trail.push(guard.no)
        continue next
      }
    }
    return trail ? { ...taken, guardsEvaluated: [...trail, ...taken.guardsEvaluated] } : taken
  }
  return failure(state.name, trigger, errors.FSM_GUARDS({ state: state.name, trigger }), trail)
}

/** @throws BindingError, what the guard throws, and TypeError for a guard that answers a promise: it would always pass */
function ask({ name, test }: BoundGuard, context: object): boolean {
  if (test === undefined) throw errors.FSM_MISSING({ guards: [name], actions: NONE })
  const answer = test(context as never)
  if (typeof answer === 'object' && typeof (answer as PromiseLike<unknown> | null)?.then === 'function') {
    ;(answer as PromiseLike<unknown>).then(undefined, () => {})
    throw new TypeError('A guard must be synchronous.')
  }
  return Boolean(answer)
}
