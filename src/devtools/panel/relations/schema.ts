import type { Compiled } from '../../../core/machine/automaton.ts'
import { compile } from '../../../core/machine/compile.ts'
import type { AnyDefinition, StateOptions } from '../../../core/machine/types.ts'

/** One state as the panel knows it: what a `schema` frame told of it. */
export interface SchemaState {
  readonly name: string
  readonly auto: boolean
  readonly multi: boolean
  readonly require: readonly string[]
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly after: readonly string[]
  /** It takes arguments, which the panel cannot fill in. */
  readonly args: boolean
  readonly timeout?: { readonly ms: number; readonly type: string; readonly states: readonly string[] } | undefined
  readonly description?: string | undefined
  readonly tags?: readonly string[] | undefined
}

/** A definition of machines, read from a trace. */
export interface Schema {
  readonly hash: string
  readonly name: string
  readonly names: readonly string[]
  readonly states: readonly SchemaState[]
  readonly groups: readonly (readonly [name: string, members: readonly string[]])[]
  /** Core's own compiled form: what transitions are recomputed with. */
  readonly compiled: Compiled
  readonly index: ReadonlyMap<string, number>
}

/**
 * Makes a schema from states in definition order. Relations to states that are not there are left out: a trace may
 * come from a newer version, or from anybody.
 */
export function schemaOf(
  hash: string,
  name: string,
  given: readonly SchemaState[],
  groups: Schema['groups'] = [],
): Schema {
  const index = new Map(given.map((state, i) => [state.name, i]))
  const known = (list: readonly string[], own: string) => list.filter((n) => index.has(n) && n !== own)
  const states = given.map((state) => ({
    ...state,
    require: state.require.filter((n) => index.has(n)),
    add: state.add.filter((n) => index.has(n)),
    remove: known(state.remove, state.name),
    after: known(state.after, state.name),
  }))
  const options: Record<string, StateOptions> = Object.create(null)
  for (const { name, auto, multi, require, add, remove, after } of states) {
    options[name] = { auto, multi, require, add, remove, after }
  }
  const names = states.map((state) => state.name)
  // The compiler looks at names and states alone.
  const compiled = compile({ name, names, states: options } as unknown as AnyDefinition)
  return { hash, name, names, states, groups, compiled, index }
}

/** Numbers of the active states of a clock: odd ticks. */
export function activeIn(ticks: ArrayLike<number>): number[] {
  const active: number[] = []
  for (let s = 0; s < ticks.length; s++) if (ticks[s]! % 2 === 1) active.push(s)
  return active
}
