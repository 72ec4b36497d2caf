import type { Edge } from './automaton.ts'
import { type Binding, CAN_ENTER, CAN_EXIT, CAN_STAY, ENTERED, EXITED, type HandlerTable } from './handlers.ts'
import { dropUnmet, type Relations } from './resolve.ts'

/** What a handler that threw is taken to have answered. */
export const THREW = /* @__PURE__ */ Symbol()

/** A negotiation handler that refused or threw. */
export interface Objection {
  readonly binding: Binding
  /** The state whose coming it prevents, if it is about one. */
  readonly toward: number | undefined
  readonly threw: boolean
}

/**
 * Negotiates: asks, in the order of the design, everyone a mutation concerns, until one objects.
 *
 * @param asked Who was asked before in this transition; whoever is asked now is put in.
 */
export function negotiate(
  edge: Edge,
  handlers: HandlerTable,
  any: number,
  call: (binding: Binding) => unknown,
  asked?: Set<Binding>,
): Objection | undefined {
  const { exits, enters, targets, from, type } = edge
  function* lists(): Generator<[list: readonly Binding[] | undefined, toward?: number]> {
    for (const s of exits) yield [handlers.of(CAN_EXIT, s)]
    for (const s of enters) yield [handlers.of(CAN_ENTER, s), s]
    if (type !== 'remove') for (const s of from.active) if (targets.includes(s)) yield [handlers.of(CAN_STAY, s)]
    for (const s of from.active) {
      const yields = handlers.yields(s)
      if (yields) for (const t of targets) if (t !== s) yield [yields.get(t), t]
    }
    yield [handlers.of(CAN_ENTER, any)]
  }
  for (const [list, toward] of lists()) {
    for (const binding of list ?? []) {
      if (asked?.has(binding)) continue
      asked?.add(binding)
      const answer = call(binding)
      if (answer === false || answer === THREW) return { binding, toward, threw: answer === THREW }
    }
  }
  return
}

/**
 * Runs the final handlers: exits in definition order, enters in handler order, `any` last.
 *
 * @returns How many of exits and enters were done with when one threw; -1 when none did.
 */
export function finish(edge: Edge, handlers: HandlerTable, any: number, call: (binding: Binding) => unknown): number {
  const { exits, enters } = edge
  const states = [...exits, ...enters, any]
  for (const [i, s] of states.entries()) {
    const list = handlers.of(i < exits.length ? EXITED : ENTERED, s)
    if (list) for (const binding of list) if (call(binding) === THREW) return i
  }
  return -1
}

/**
 * What is put back when a final handler threw after `done` states: the states whose handlers did not run, and then
 * whatever lacks a requirement.
 *
 * @returns Each state that changes, as often as it does, and the active ones that result.
 */
export function putBack(
  edge: Edge,
  relations: Relations,
  active: readonly number[],
  done: number,
): { undone: number[]; active: number[] } {
  const { exits, enters } = edge
  const back = exits.slice(done)
  const out = enters.slice(Math.max(done - exits.length, 0))
  const restored = [...active.filter((s) => !out.includes(s)), ...back]
  const kept = dropUnmet(relations, restored)
  return { undone: [...back, ...out, ...restored.filter((s) => !kept.includes(s))], active: [...kept] }
}
