import { many } from './check.ts'
import { type BoundGuard, NONE, type Row, success, type Table } from './process.ts'
import type { FsmDefinition, State, StateDefinition, Transition, TransitionDefinition } from './types.ts'

type Test = BoundGuard['test']

const names = (value: unknown): readonly string[] => (value === undefined ? NONE : Object.freeze([...many(value)]))

function toState({ name, type, on_enter, on_exit, timeout, ...metadata }: StateDefinition): State {
  return Object.freeze({
    name,
    type: type ?? 'stable',
    onEnter: names(on_enter),
    onExit: names(on_exit),
    timeout,
    metadata: Object.freeze(metadata),
  })
}

function toTransition({ trigger, source, dest, guards, actions, ...metadata }: TransitionDefinition): Transition {
  return Object.freeze({
    trigger,
    source: names(source),
    dest,
    guards: names(guards),
    actions: names(actions),
    metadata: Object.freeze(metadata),
  })
}

/** What a definition says, filled in; and the table `process` looks up. */
export interface Compiled {
  readonly table: Table
  readonly states: readonly State[]
  readonly transitions: readonly Transition[]
}

/** Compiles a definition without errors. O(states + sources of transitions). */
export function compile(definition: FsmDefinition, test: (guard: string) => Test): Compiled {
  const { meta, error_policy } = definition
  const states = definition.states.map(toState)
  const transitions = definition.transitions.map(toTransition)
  const triggers = Object.freeze([...new Set(transitions.map(({ trigger }) => trigger))].sort())
  const numbers = new Map(triggers.map((trigger, at) => [trigger, at]))
  const rows = new Map<string, Row>(
    states.map((state) => [state.name, { state, sure: [], candidates: [], refused: [] }]),
  )
  const stateOf = (name: string | undefined) => rows.get(name as string)?.state as State

  const bound = (name: string): BoundGuard => ({
    name,
    test: test(name),
    yes: Object.freeze({ name, passed: true }),
    no: Object.freeze({ name, passed: false }),
  })

  for (const transition of transitions) {
    for (const source of new Set(transition.source)) {
      const { state, sure, candidates } = rows.get(source) as Row
      const number = numbers.get(transition.trigger) as number
      const guards = transition.guards.map(bound)
      const guardsEvaluated = Object.freeze(guards.map(({ yes }) => yes))
      const taken = Object.freeze(
        success(state, stateOf(transition.dest), transition.trigger, transition.actions, { guardsEvaluated }),
      )
      // By number, not filled: with thousands of triggers the engine keeps such a list as a table of its few entries.
      candidates[number] ??= []
      if (candidates[number].push({ guards, taken }) === 1 && guards.length === 0) sure[number] = taken
    }
  }
  const table: Table = {
    name: meta?.machine_name ?? 'fsm',
    strict: meta?.strict_mode ?? true,
    fallback: error_policy?.default_fallback === undefined ? undefined : stateOf(error_policy.default_fallback),
    rows,
    triggers,
    numbers,
  }
  return { table, states, transitions }
}
