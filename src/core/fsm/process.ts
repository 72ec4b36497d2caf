import { errors } from './errors.ts'
import type { FsmEvent, GuardVerdict, State, TransitionError, TransitionResult } from './types.ts'

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
  readonly guards: readonly BoundGuard[]
  /** The answer when all its guards pass, and no earlier candidate was tried. */
  readonly taken: TransitionResult
}

/** A state, with its row of the table. Each list is by the number of the trigger. */
export interface Row {
  readonly state: State
  /** Answers in which no guard has a say; those to what means nothing here are made when first asked for. */
  readonly sure: (TransitionResult | undefined)[]
  /** What can happen, in file order. */
  readonly candidates: (Candidate[] | undefined)[]
  /** Made when guards first refused: an error costs a hundred times what the rest of an answer does. */
  readonly refused: (TransitionError | undefined)[]
}

/**
 * A definition, compiled. Triggers are numbered, so that one small map serves all states.
 *
 *     numbers:  cancel 0, fill 1
 *     rows:     OPEN ─► sure:       [CANCELED, -]
 *                       candidates: [[CANCELED], [FILLED if is_full, OPEN if is_part]]
 */
export interface Table {
  readonly name: string
  readonly strict: boolean
  readonly fallback: State | undefined
  readonly rows: ReadonlyMap<string, Row>
  /** Sorted. */
  readonly triggers: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
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
  const number = table.numbers.get(trigger)
  // Not kept: what comes from outside must not fill the memory.
  if (number === undefined) return refuse(table, row.state, trigger)
  const sure = row.sure[number]
  if (sure !== undefined) return sure
  if (row.candidates[number] === undefined) {
    const refused = Object.freeze(refuse(table, row.state, trigger, true))
    row.sure[number] = refused
    return refused
  }
  const payload = typeof event === 'string' ? undefined : event.payload
  return judge(table, row, number, payload ? { ...context, ...payload } : (context ?? {}))
}

/** No transition from here: terminal, unknown or meaningless, in this order. */
function refuse(table: Table, state: State, trigger: string, known = false): TransitionResult {
  const { name } = state
  if (state.type === 'terminal') return failure(name, trigger, errors.FSM_TERMINAL({ state: name, trigger }))
  if (!table.strict) {
    const to = { sourceState: name, targetState: name, trigger }
    return { ...BLANK, ...to, success: true, isSelfTransition: true, noOp: true }
  }
  if (known) return failure(name, trigger, errors.FSM_NO_TRANSITION({ state: name, trigger }))
  return failure(name, trigger, errors.FSM_TRIGGER({ trigger, known: table.triggers }))
}

function judge(table: Table, { state, candidates, refused }: Row, number: number, context: object): TransitionResult {
  const trigger = table.triggers[number] as string
  // The verdicts of the candidates that were refused so far.
  let trail: GuardVerdict[] | undefined
  next: for (const { guards, taken } of candidates[number] as Candidate[]) {
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
  refused[number] ??= errors.FSM_GUARDS({ state: state.name, trigger })
  return failure(state.name, trigger, refused[number], trail)
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
