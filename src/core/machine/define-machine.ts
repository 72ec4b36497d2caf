import type { Definition, Host } from '../ports/host.ts'
import { delayed, EXCEPTION, many, RELATIONS } from './compile.ts'
import { errors } from './errors.ts'
import { MachineMember } from './member.ts'
import { MachinesMember } from './members.ts'
import type { AnyDefinition, DefinitionOptions, MachineDefinition, StateName, StateOptions } from './types.ts'

// `any` is no state in handlers; a line break separates names in the automaton's keys.
const NAME = /^(?!any$|__proto__$)[^\s,]+$/

/**
 * Defines a machine: its states and how they relate. The answer is frozen data, for `createMachine` and stores.
 *
 * `Exception` is built in, multi and last; restate it to give it relations or arguments.
 *
 * @throws DefinitionError that lists everything wrong: unknown names, and a `remove` of what `add` or `require` names.
 * @example
 * ```ts
 * const Door = defineMachine('door', {
 *   Open: { remove: ['Closed'] },
 *   Closed: { auto: true, remove: ['Open'] },
 *   Locked: { require: ['Closed'] },
 * })
 * ```
 */
export function defineMachine<
  const S extends { readonly [K in keyof S]: StateOptions<Extract<keyof S, string> | 'Exception'> },
  const G extends {
    readonly [name: string]: readonly StateName<S>[] | Partial<Record<StateName<S>, unknown>>
  } = Record<never, never>,
>(name: string, states: S, options: DefinitionOptions<G> = {}): MachineDefinition<S, G> {
  const given: Record<string, StateOptions> = { ...states }
  const { [EXCEPTION]: exception, ...rest } = given
  const all: Record<string, StateOptions> = { ...rest, [EXCEPTION]: { ...exception, multi: true } }
  const groups: Record<string, readonly string[]> = {}
  for (const [group, members] of Object.entries(options.groups ?? {})) {
    groups[group] = Object.freeze(Array.isArray(members) ? [...members] : Object.keys(members))
  }
  const problems = findProblems(all, groups)
  if (problems.length) throw errors.MACHINE_INVALID({ machine: name, problems })

  for (const [state, value] of Object.entries(all)) all[state] = freezeState(state, value)
  const definition: MachineDefinition<S, G> = Object.freeze({
    kind: 'machine',
    name,
    names: Object.freeze(Object.keys(all)),
    states: Object.freeze(all),
    groups: Object.freeze(groups),
    version: options.version ?? 1,
    migrate: Object.freeze({ ...options.migrate }),
    persist: options.persist ?? true,
    key: `machine/${name}`,
    many: false,
    // A store makes its machines by these, and so needs no import of them.
    make: (host: Host) => new MachineMember(host, definition as unknown as AnyDefinition),
    makeMany: (host: Host, many: Definition) => new MachinesMember(host, many, definition as unknown as AnyDefinition),
  }) as unknown as MachineDefinition<S, G>
  return definition
}

/**
 * The states of a group in which at most one is active, to be spread into a definition.
 *
 * @example
 * ```ts
 * const phases = exclusive('Idle', 'Busy', 'Done')
 * defineMachine('job', { ...phases, Busy: { ...phases.Busy, timeout: { ms: 5000, add: 'Idle' } } },
 *   { groups: { phase: phases } })
 * ```
 */
export function exclusive<const N extends string>(
  ...names: N[]
): { readonly [K in N]: { readonly remove: readonly N[] } } {
  const remove = Object.freeze(names)
  return Object.fromEntries(names.map((name) => [name, { remove }])) as never
}

function findProblems(states: Record<string, StateOptions>, groups: Record<string, readonly string[]>): string[] {
  const problems: string[] = []
  const check = (where: string, names: readonly string[]) => {
    for (const n of names) if (!Object.hasOwn(states, n)) problems.push(`${where} names "${n}", which is not a state`)
  }
  for (const [name, state] of Object.entries(states)) {
    if (!NAME.test(name)) problems.push(`"${name}" cannot be the name of a state`)
    for (const relation of RELATIONS) check(`${name}.${relation}`, many(state[relation]))
    const { timeout, args } = state
    if (timeout) check(`${name}.timeout`, many(delayed(timeout).states))
    if (args && (args as { async?: unknown }).async) problems.push(`${name}.args is an asynchronous schema`)
    for (const relation of ['add', 'require'] as const) {
      for (const n of many(state[relation])) {
        if (n !== name && many(state.remove).includes(n))
          problems.push(`${name} removes "${n}", which its ${relation} names`)
      }
    }
  }
  for (const [group, names] of Object.entries(groups)) check(`group "${group}"`, names)
  return problems
}

function freezeState(name: string, state: StateOptions): StateOptions {
  const copy: Record<string, unknown> = { ...state }
  for (const relation of RELATIONS) {
    const own = state[relation]
    // A state's own name in a list spread into a whole group means the others.
    const cleaned = relation === 'remove' || relation === 'after' ? own?.filter((n) => n !== name) : own
    if (cleaned) copy[relation] = Object.freeze([...cleaned])
  }
  if (state.timeout) copy.timeout = Object.freeze({ ...state.timeout })
  return Object.freeze(copy) as StateOptions
}
