import type { Edge } from './automaton.ts'
import { type Binding, CAN_ENTER, CAN_EXIT, CAN_STAY, ENTERED, EXITED, type HandlerTable } from './handlers.ts'
import { dropUnmet, type Relations } from './resolve.ts'

const NONE: readonly never[] = []

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
  let no: Objection | undefined
  const asks = (list: readonly Binding[] | undefined, toward?: number): boolean => {
    for (const binding of list ?? NONE) {
      if (asked?.has(binding)) continue
      asked?.add(binding)
      const answer = call(binding)
      if (answer === false || answer === THREW) {
        no = { binding, toward, threw: answer === THREW }
        return true
      }
    }
    return false
  }
  // Each answers true when someone objects, which ends the round.
  const yields = (s: number) => {
    const to = handlers.yields(s)
    return !!to && targets.some((t) => t !== s && asks(to.get(t), t))
  }
  const stays = (s: number) => {
    const list = handlers.of(CAN_STAY, s)
    return !!list && targets.includes(s) && asks(list)
  }
  exits.some((s) => asks(handlers.of(CAN_EXIT, s))) ||
    enters.some((s) => asks(handlers.of(CAN_ENTER, s), s)) ||
    (type !== 'remove' && from.active.some(stays)) ||
    from.active.some(yields) ||
    asks(handlers.of(CAN_ENTER, any))
  return no
}

/**
 * Runs the final handlers: exits in definition order, enters in handler order, `any` last.
 *
 * @returns How many of exits and enters were done with when one threw; -1 when none did.
 */
export function finish(edge: Edge, handlers: HandlerTable, any: number, call: (binding: Binding) => unknown): number {
  const { exits, enters } = edge
  const fails = (kind: number, s: number) => (handlers.of(kind, s) ?? NONE).some((binding) => call(binding) === THREW)
  const exit = exits.findIndex((s) => fails(EXITED, s))
  if (exit >= 0) return exit
  const enter = enters.findIndex((s) => fails(ENTERED, s))
  if (enter >= 0 || fails(ENTERED, any)) return exits.length + (enter < 0 ? enters.length : enter)
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
