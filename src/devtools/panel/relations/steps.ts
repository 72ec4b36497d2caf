import type { MutationType } from '../../../core/machine/resolve.ts'
import { activeIn, type Schema } from './schema.ts'

/** Why one state came, went or was kept out in a transition. */
export type Because =
  | { readonly kind: 'called' }
  /** Named in the `add` of these. */
  | { readonly kind: 'added'; readonly by: readonly number[] }
  | { readonly kind: 'removed'; readonly by: readonly number[] }
  /** It lost, or lacked, these requirements. */
  | { readonly kind: 'unmet'; readonly by: readonly number[] }
  /** A `set` that did not name it. */
  | { readonly kind: 'unset' }
  /** Nothing of the above: what had added it is no longer wanted. */
  | { readonly kind: 'unwanted' }

export interface Step {
  readonly state: number
  readonly because: Because
}

/** A transition worked out again from the clock before it. */
export interface Steps {
  /** In handler order. */
  readonly targets: readonly number[]
  /** In handler order; of an active multi state: it enters again. */
  readonly enters: readonly Step[]
  /** In definition order. */
  readonly exits: readonly Step[]
  /** By relations: which called state cannot be, and why. */
  readonly refusal?:
    | { readonly state: number; readonly relation: 'require' | 'remove'; readonly by: readonly number[] }
    | undefined
}

/**
 * The steps of a transition, from schema and the clock before it, by core's own resolver. For one that was refused:
 * what would have happened.
 *
 * @param deltas What the recorded transition did to the clock (state, ticks, …); when it did something, enters and
 *   exits are those, as handlers may have taken states off an auto mutation.
 */
export function stepsOf(
  schema: Schema,
  before: ArrayLike<number>,
  type: MutationType,
  called: readonly number[],
  deltas: readonly number[] = [],
): Steps {
  const { automaton, names, index } = schema.compiled
  const edge = automaton.edge(automaton.set(activeIn(before)), type, [...called])
  const was = (s: number) => before[s]! % 2 === 1
  let { enters, exits, targets } = edge
  if (deltas.length) {
    const ticks = new Map<number, number>()
    for (let i = 0; i < deltas.length; i += 2) ticks.set(deltas[i]!, (ticks.get(deltas[i]!) ?? 0) + deltas[i + 1]!)
    const moved = [...ticks.keys()]
    // Ticks beyond the first of a state that was put back after a throw: it entered and left again.
    enters = moved.filter((s) => !was(s) || ticks.get(s)! > 1)
    exits = moved.filter((s) => was(s) && ticks.get(s)! === 1).sort((a, b) => a - b)
    const left = new Set(exits)
    const kept = targets.filter((s) => !left.has(s) && (was(s) || ticks.has(s)))
    targets = [...kept, ...enters.filter((s) => !kept.includes(s))]
  }
  const after = new Set(targets)
  const { reason } = (edge.refusal ?? {}) as {
    reason?: { state: string; relation: 'require' | 'remove'; by: string[] }
  }
  return {
    targets,
    enters: enters.map((state) => ({ state, because: whyEnters(schema, state, called, after) })),
    exits: exits.map((state) => ({ state, because: whyExits(schema, state, type, called, after) })),
    refusal: reason && {
      state: index.get(reason.state)!,
      relation: reason.relation,
      by: reason.by.map((name) => names.indexOf(name)),
    },
  }
}

function whyEnters({ compiled }: Schema, state: number, called: readonly number[], after: Set<number>): Because {
  if (called.includes(state)) return { kind: 'called' }
  return { kind: 'added', by: compiled.adders[state]!.filter((s) => after.has(s)) }
}

function whyExits(
  { compiled }: Schema,
  state: number,
  type: MutationType,
  called: readonly number[],
  after: Set<number>,
): Because {
  if (type === 'remove' && called.includes(state)) return { kind: 'called' }
  const removers = compiled.removers[state]!.filter((s) => after.has(s))
  if (removers.length) return { kind: 'removed', by: removers }
  const lost = compiled.require[state]!.filter((s) => !after.has(s))
  if (lost.length) return { kind: 'unmet', by: lost }
  return type === 'set' ? { kind: 'unset' } : { kind: 'unwanted' }
}
