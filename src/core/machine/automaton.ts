import { Outcome } from './outcome.ts'
import { autoCalled, type MutationType, type Relations, resolve, resolveAuto } from './resolve.ts'
import type { AnyDefinition, StateOptions } from './types.ts'

/** What the compiled form keeps beside relations: what only a transition needs to know of a state. */
export interface Compiled extends Relations {
  readonly definition: AnyDefinition
  readonly machine: string
  /** Some state has a timeout. */
  readonly timed: boolean
  readonly index: ReadonlyMap<string, number>
  readonly states: readonly StateOptions[]
  readonly exception: number
  /** The clock at birth, shared until a machine first changes. */
  readonly zeros: readonly number[]
  readonly automaton: Automaton
}

export type Request = MutationType | 'toggle'

/** Between the names of a list in an edge's key. A state's name cannot hold it. */
export const BETWEEN = '\n'

/** Neighbours that a set remembers at most. */
const NEAR = 64

/** One set of active states: a node of the automaton, shared by all machines of the definition. */
export class ActiveSet {
  /** In definition order. */
  declare readonly active: readonly number[]
  declare readonly edges: Record<Request, Map<string, Edge>>
  /** The auto mutation due in this set; `null` when none is. */
  declare auto: Edge | null | undefined
  /** The sets that differ in one or two states, by these: what a machine that follows moves along. */
  near: Map<number, ActiveSet> | undefined = undefined
  #names?: readonly string[]

  constructor(active: readonly number[]) {
    this.active = active
    this.edges = { add: new Map(), remove: new Map(), set: new Map(), toggle: new Map() }
    this.auto = undefined
  }

  names(relations: Relations): readonly string[] {
    this.#names ??= Object.freeze(this.active.map((s) => relations.names[s]!))
    return this.#names
  }
}

/** What a mutation does in one active set. Shared and never changed. */
export class Edge {
  declare readonly from: ActiveSet
  declare readonly to: ActiveSet
  declare readonly type: MutationType
  declare readonly called: readonly number[]
  declare readonly targets: readonly number[]
  /** In handler order; a called multi state that is active already enters again. */
  declare readonly enters: readonly number[]
  /** In definition order. */
  declare readonly exits: readonly number[]
  /** State, ticks, state, ticks, …: what is added to the clock. */
  declare readonly deltas: readonly number[]
  /** Set when relations refuse. */
  declare readonly refusal: Outcome | undefined
  /** `Exception` enters. */
  declare readonly errs: boolean
  /** No called state has arguments to check. */
  declare readonly bare: boolean
  /** An auto mutation may follow. */
  declare readonly stirs: boolean

  constructor(
    compiled: Compiled,
    from: ActiveSet,
    type: MutationType,
    called: readonly number[],
    targets: readonly number[],
    refusal?: Outcome,
  ) {
    const before = new Set(from.active)
    const after = new Set(targets)
    const again = type === 'remove' ? [] : called.filter((s) => before.has(s) && compiled.multi[s])
    const exits = refusal ? [] : from.active.filter((s) => !after.has(s))
    const enters = refusal ? [] : targets.filter((s) => !before.has(s) || again.includes(s))
    this.from = from
    this.type = type
    this.called = called
    this.targets = targets
    this.refusal = refusal
    this.exits = exits
    this.enters = enters
    this.deltas = [...exits.flatMap((s) => [s, 1]), ...enters.flatMap((s) => [s, before.has(s) ? 2 : 1])]
    this.to = refusal || enters.length + exits.length === 0 ? from : compiled.automaton.set(targets)
    this.errs = enters.includes(compiled.exception)
    this.bare = !called.some((s) => compiled.states[s]!.args)
    // asyncmachine's rule: a lone health check is no reason to look for work.
    const [first] = called
    const health = type === 'add' && called.length === 1 && /^(Healthcheck|Heartbeat)$/.test(compiled.names[first!]!)
    this.stirs = compiled.auto.length > 0 && this.deltas.length > 0 && !health
  }
}

/**
 * The transitions of a definition, worked out once each: active sets are nodes, mutations are edges, built when
 * first asked for, as regular expression engines build their automata. `limit` bounds it: past so many edges all is
 * forgotten and built anew.
 */
export class Automaton {
  limit = 5000
  readonly root: ActiveSet
  readonly #compiled: Compiled
  #sets = new Map<string, ActiveSet>()
  #size = 0

  constructor(compiled: Compiled) {
    this.#compiled = compiled
    this.root = new ActiveSet([])
  }

  /** The node of some active states. */
  set(active: readonly number[]): ActiveSet {
    if (!active.length) return this.root
    const sorted = active.toSorted((a, b) => a - b)
    const key = sorted.join()
    let found = this.#sets.get(key)
    if (!found) {
      this.#grow()
      found = new ActiveSet(sorted)
      this.#sets.set(key, found)
    }
    return found
  }

  /** The set in which these states are the other way round. */
  flipped(from: ActiveSet, states: readonly number[]): ActiveSet {
    const [a, b = -1] = states as [number, number?]
    const key = a * 2 ** 16 + b
    const known = states.length < 3 ? from.near?.get(key) : undefined
    if (known) return known
    const flips = new Set(states)
    const stay = from.active.filter((s) => !flips.delete(s))
    const found = this.set([...stay, ...flips])
    if (states.length > 2) return found
    from.near ??= new Map()
    // A set may outlive its automaton's memory; what it leads to must not pile up with it.
    if (from.near.size >= NEAR) from.near.clear()
    from.near.set(key, found)
    return found
  }

  /** The edge of a mutation. `called` without repeats; `key` is what the caller looked for in vain. */
  edge(from: ActiveSet, type: Request, called: readonly number[], key = this.key(called)): Edge {
    const known = from.edges[type].get(key)
    if (known) return known
    // A machine may stand on a set that was forgotten meanwhile: what it learns belongs to the new one.
    const set = this.set(from.active)
    if (set !== from) return this.edge(set, type, called, key)
    const compiled = this.#compiled
    let edge: Edge
    if (type === 'toggle') {
      edge = this.edge(from, called.every((s) => from.active.includes(s)) ? 'remove' : 'add', called)
    } else {
      const { targets, refusal } = resolve(compiled, from.active, type, called)
      const { names } = compiled
      edge = new Edge(
        compiled,
        from,
        type,
        called,
        targets,
        refusal &&
          new Outcome('canceled', {
            kind: 'relation',
            state: names[refusal.state]!,
            relation: refusal.relation,
            by: refusal.by.map((s) => names[s]!),
          }),
      )
    }
    this.#grow()
    from.edges[type].set(key, edge)
    return edge
  }

  /** The auto mutation due in `from`, if any. */
  auto(from: ActiveSet): Edge | null {
    if (from.auto === undefined) from.auto = this.autoWithout(from, autoCalled(this.#compiled, from.active))
    return from.auto
  }

  /** The auto mutation that calls `called`, with handlers' refusals so far: not shared, as handlers differ. */
  autoWithout(from: ActiveSet, called: readonly number[], banned?: ReadonlySet<number>): Edge | null {
    const found = resolveAuto(this.#compiled, from.active, called, banned)
    return found ? new Edge(this.#compiled, from, 'add', found.called, found.targets) : null
  }

  /** One name is its own key, so that the quickest path looks up what it was given. */
  key(called: readonly number[]): string {
    return called.map((s) => this.#compiled.names[s]!).join(BETWEEN)
  }

  // Sets that machines stand on outlive this, without their edges.
  #grow(): void {
    if (++this.#size <= this.limit) return
    this.#size = 1
    for (const set of [this.root, ...this.#sets.values()]) {
      for (const map of Object.values(set.edges)) map.clear()
      set.auto = undefined
      set.near = undefined
    }
    this.#sets = new Map()
  }
}
