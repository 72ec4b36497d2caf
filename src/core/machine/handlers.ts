import type { Compiled } from './automaton.ts'
import { errors } from './errors.ts'
import type { HandlerEvent } from './transition.ts'

/** The kinds of handlers, by their number in the table. */
export const KINDS = ['canExit', 'canEnter', 'canStay', 'exited', 'entered', 'canYieldTo'] as const
export const CAN_EXIT = 0
export const CAN_ENTER = 1
export const CAN_STAY = 2
export const EXITED = 3
export const ENTERED = 4
const YIELD = 5

/** One bound handler. */
export interface Binding {
  readonly run: (event: HandlerEvent) => unknown
  /** The state it belongs to; one past the last for `any`. */
  readonly state: number
  readonly handler: string
}

type List = readonly Binding[]

/** A machine's handlers. Lists are replaced, never changed: whoever walks one is not disturbed by (un)binding. */
export class HandlerTable {
  // By state * 8 + kind.
  readonly #lists = new Map<number, List>()
  // By the yielding state, then the other.
  readonly #yields = new Map<number, Map<number, List>>()
  #size = 0
  readonly #compiled: Compiled

  constructor(compiled: Compiled) {
    this.#compiled = compiled
  }

  get size(): number {
    return this.#size
  }

  of(kind: number, state: number): List | undefined {
    return this.#lists.get(state * 8 + kind)
  }
  /** Whom a state may refuse to yield to. */
  yields(state: number): ReadonlyMap<number, List> | undefined {
    return this.#yields.get(state)
  }

  /** Binds all handlers, or, when a name is wrong, none. */
  bind(handlers: Readonly<Record<string, object | undefined>>): () => void {
    const { index, names, machine } = this.#compiled
    const bindings: [map: Map<number, List>, key: number, binding: Binding][] = []
    const unknown: string[] = []
    const find = (name: string) => {
      const state = index.get(name)
      if (state === undefined) unknown.push(name)
      return state ?? 0
    }
    for (const [name, own] of Object.entries(handlers)) {
      const state = name === 'any' ? names.length : find(name)
      for (const [kind, value] of Object.entries(own ?? {})) {
        const number = KINDS.indexOf(kind as 'entered')
        if (number < 0) throw errors.MACHINE_INVALID({ machine, problems: [`${name} has a handler "${kind}"`] })
        if (number === YIELD) {
          let map = this.#yields.get(state)
          if (!map) {
            map = new Map()
            this.#yields.set(state, map)
          }
          for (const [to, run] of Object.entries(value as Record<string, Binding['run'] | undefined>)) {
            if (run) bindings.push([map, find(to), { run, state, handler: `${kind}.${to}` }])
          }
        } else if (value) bindings.push([this.#lists, state * 8 + number, { run: value, state, handler: kind }])
      }
    }
    if (unknown.length) throw errors.STATE_UNKNOWN({ machine, states: unknown })
    for (const [map, key, binding] of bindings) map.set(key, [...(map.get(key) ?? []), binding])
    this.#size += bindings.length
    return () => {
      for (const [map, key, binding] of bindings.splice(0)) {
        const rest = map.get(key)!.filter((b) => b !== binding)
        if (rest.length) map.set(key, rest)
        else map.delete(key)
        this.#size--
      }
    }
  }
}
