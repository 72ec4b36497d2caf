import { Automaton, type Compiled } from './automaton.ts'
import type { AnyDefinition, StateOptions } from './types.ts'

export const EXCEPTION = 'Exception'
export const RELATIONS = ['require', 'add', 'remove', 'after'] as const

const compiled = /* @__PURE__ */ new WeakMap<object, Compiled>()

export const many = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T]

/** The compiled form of a definition, made on first use and shared by its machines. */
export function compile(definition: AnyDefinition): Compiled {
  const known = compiled.get(definition)
  if (known) return known
  const { names } = definition as { names: readonly string[] }
  const index = new Map(names.map((name, i) => [name, i]))
  const states = names.map((name) => (definition.states as Record<string, StateOptions>)[name]!)
  const lists = (relation: (typeof RELATIONS)[number]) =>
    states.map((state) => [...new Set(many(state[relation]).map((n) => index.get(n)!))])
  const reverse = (from: number[][]) => {
    const to = states.map((): number[] => [])
    from.forEach((list, i) => {
      for (const s of list) to[s]!.push(i)
    })
    return to
  }
  const others = (list: number[][]) => list.map((l, i) => l.filter((s) => s !== i))
  const require = lists('require')
  const add = lists('add')
  const made = {
    definition,
    machine: definition.name,
    timed: states.some((s) => s.timeout),
    names,
    index,
    states,
    zeros: names.map(() => 0),
    exception: names.length - 1,
    multi: states.map((s) => !!s.multi),
    auto: states.flatMap((s, i) => (s.auto ? [i] : [])),
    require,
    add,
    after: others(lists('after')),
    removers: reverse(others(lists('remove'))),
    adders: reverse(add),
    rank: rank(require),
    automaton: undefined as unknown as Automaton,
  }
  made.automaton = new Automaton(made)
  compiled.set(definition, made)
  return made
}

/** The place of each state when every one comes after its requirements, else in definition order. */
function rank(require: readonly (readonly number[])[]): number[] {
  const places = require.map(() => -1)
  let next = 0
  const visit = (s: number) => {
    if (places[s] !== -1) return
    // Marked before its requirements, so that cycles end.
    places[s] = 0
    require[s]!.forEach(visit)
    places[s] = next++
  }
  require.forEach((_, s) => {
    visit(s)
  })
  return places
}

/** The mutation of a timeout. */
export function delayed(timeout: NonNullable<StateOptions['timeout']>): {
  type: 'add' | 'remove' | 'set'
  states: readonly string[]
} {
  const t = timeout as { add?: string; remove?: string; set?: string }
  const type = t.add ? 'add' : t.remove ? 'remove' : 'set'
  return { type, states: many(t[type]) }
}
