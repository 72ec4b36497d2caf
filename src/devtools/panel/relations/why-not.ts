import { resolve } from '../../../core/machine/resolve.ts'
import { activeIn, type Schema } from './schema.ts'

/** A state that is inactive and that the asked one needs, directly or through others. */
export interface Missing {
  readonly state: number
  /** Who requires it: the asked state, or others of this list. */
  readonly neededBy: readonly number[]
  /** Active states that remove it. */
  readonly removedBy: readonly number[]
  /** Adding the asked state adds it too, relations allowing. */
  readonly implied: boolean
}

/** Why a state is not active, as far as relations know. */
export interface WhyNot {
  readonly state: number
  /** `active`: it is. `possible`: relations would let an `add` of it pass. `refused`: they would not. */
  readonly verdict: 'active' | 'possible' | 'refused'
  /** What an `add` of it would be refused for, as core's `canAdd` would word it. */
  readonly refusal?: { readonly state: number; readonly relation: 'require' | 'remove'; readonly by: readonly number[] }
  /** Every missing requirement, transitively; nearest first. */
  readonly missing: readonly Missing[]
  /** Every active state that removes it. `leaves`: an `add` would end that one, so it does not stand in the way. */
  readonly removedBy: readonly { readonly state: number; readonly leaves: boolean }[]
  /** States that an `add` of it together with its missing requirements would call, when that would pass. */
  readonly together?: readonly number[]
}

/**
 * Why is `state` not active, and what would it take? Relations alone, from a schema and a clock, so it answers for any
 * moment of a trace; handlers' refusals are recorded, not computed. Pure. Costs the states and their relations.
 */
export function whyNot({ compiled }: Schema, ticks: ArrayLike<number>, state: number): WhyNot {
  const active = activeIn(ticks)
  const here = new Set(active)
  const implied = impliedBy(compiled.add, state, here)
  const missing = missingFor(compiled.require, state, here).map(([needed, neededBy]) => ({
    state: needed,
    neededBy,
    removedBy: compiled.removers[needed]!.filter((r) => here.has(r)),
    implied: implied.has(needed),
  }))
  const { targets, refusal } = resolve(compiled, active, 'add', [state])
  const removedBy = compiled.removers[state]!.filter((r) => here.has(r)).map((r) => ({
    state: r,
    leaves: !refusal && !targets.includes(r),
  }))
  const verdict = here.has(state) ? 'active' : refusal ? 'refused' : 'possible'
  const all = [state, ...missing.map((one) => one.state)]
  const helps = verdict === 'refused' && all.length > 1 && !resolve(compiled, active, 'add', all).refusal
  return {
    state,
    verdict,
    missing,
    removedBy,
    ...(refusal && verdict === 'refused' ? { refusal } : {}),
    ...(helps ? { together: all } : {}),
  }
}

/** Inactive requirements with who needs them, breadth first. Cycles end: each is listed once. */
function missingFor(require: readonly (readonly number[])[], state: number, here: ReadonlySet<number>) {
  const found = new Map<number, number[]>()
  const list = [state]
  // The list grows while it is walked.
  for (const s of list) {
    for (const needed of require[s]!) {
      if (here.has(needed) || needed === state) continue
      const by = found.get(needed)
      if (by) by.push(s)
      else {
        found.set(needed, [s])
        list.push(needed)
      }
    }
  }
  return [...found]
}

/** What an `add` of the state brings along by `add` relations, transitively through states that newly enter. */
function impliedBy(add: readonly (readonly number[])[], state: number, here: ReadonlySet<number>): Set<number> {
  const seen = new Set([state])
  for (const s of seen) {
    if (here.has(s) && s !== state) continue
    for (const implied of add[s]!) seen.add(implied)
  }
  seen.delete(state)
  return seen
}
