import type { Edge } from './automaton.ts'
import type { Core } from './machine.ts'
import type { Outcome } from './outcome.ts'
import type { MutationType } from './resolve.ts'
import type { AnyMachine, CancelReason } from './types.ts'

const NONE: readonly never[] = /* @__PURE__ */ Object.freeze([])

/** A wish for other states. */
export class Mutation {
  declare readonly type: MutationType
  /** The called states' numbers, as given and without repeats. */
  declare readonly states: readonly number[]
  /** What was given with it; the schema's output when exactly one called state has a schema. */
  declare readonly args: unknown
  /** @internal The same as the caller gave it, before any schema. */
  declare given: unknown
  /** The transition whose handler called it, perhaps another machine's. */
  declare readonly source: Transition | undefined
  declare readonly auto: boolean
  declare readonly isCheck: boolean
  /** @internal What each called state's schema made of `args`. */
  declare readonly outputs: ReadonlyMap<number, unknown> | undefined
  /** @internal What it does if the machine still stands where it was called. */
  declare edge: Edge | undefined
  /** @internal What its caller holds when it had to wait. */
  declare waiting: Outcome | undefined
  /** @internal How it ended. */
  declare result: Outcome | undefined
  readonly #core: Core

  constructor(
    core: Core,
    type: MutationType,
    states: readonly number[],
    args?: unknown,
    source?: Transition,
    outputs?: ReadonlyMap<number, unknown>,
    auto = false,
    isCheck = false,
  ) {
    this.#core = core
    this.type = type
    this.states = states
    this.args = args
    this.given = args
    this.source = source
    this.outputs = outputs
    this.auto = auto
    this.isCheck = isCheck
    this.edge = undefined
    this.waiting = undefined
    this.result = undefined
  }

  get machine(): AnyMachine {
    return this.#core
  }
  /** The called states' names. */
  get called(): readonly string[] {
    return this.#core.names(this.states)
  }
  /** @internal What a handler of the state is given: never what another state's schema let pass. */
  argsOf(state: number): unknown {
    const { states, exception } = this.#core.compiled
    return this.outputs?.get(state) ?? (states[state]?.args && state !== exception ? undefined : this.args)
  }
  /** `add A B`. */
  toString(): string {
    return `${this.type} ${this.called.join(' ')}`
  }
}

/**
 * One transition: what was asked, what came of it. It may be kept; names and ticks are worked out when read.
 *
 * To tell `timeBefore` and `timeAfter` long afterwards without copying the clock each time, each transition points to
 * the next, and the clock is counted back from the newest. Every 64th link is a copy of the clock instead, so one
 * that is kept holds on to 64 others at most.
 */
export class Transition {
  declare readonly mutation: Mutation
  /** From 1, per machine; refused ones count, dry runs do not (theirs is 0). */
  declare readonly id: number
  /** Undefined while it runs. */
  declare accepted: boolean | undefined
  /** Why it was refused, or that a final handler threw. */
  declare reason: CancelReason | undefined
  /** @internal */
  declare edge: Edge
  /** @internal The states that were put back after a throw, a tick each. */
  declare undone: readonly number[]
  /** @internal */
  declare next: Transition | undefined
  /** @internal A copy of the clock after it, where there is no next. */
  declare ticks: readonly number[] | undefined
  #applied: boolean
  readonly #core: Core

  constructor(core: Core, mutation: Mutation, edge: Edge, id: number) {
    this.#core = core
    this.mutation = mutation
    this.edge = edge
    this.id = id
    this.accepted = undefined
    this.reason = undefined
    this.undone = NONE
    this.next = undefined
    this.ticks = undefined
    this.#applied = false
  }

  get machine(): AnyMachine {
    return this.#core
  }
  get type(): MutationType {
    return this.mutation.type
  }
  get args(): unknown {
    return this.mutation.args
  }
  get auto(): boolean {
    return this.mutation.auto
  }
  get isCheck(): boolean {
    return this.mutation.isCheck
  }
  get source(): Transition | undefined {
    return this.mutation.source
  }
  /** The called states; in an auto transition those that were not refused. */
  get called(): readonly string[] {
    return this.#core.names(this.edge.called)
  }
  /** Active before, in definition order. */
  get before(): readonly string[] {
    return this.edge.from.names(this.#core.compiled)
  }
  /** Active afterwards by relations, in handler order. */
  get targets(): readonly string[] {
    return this.#core.names(this.edge.targets)
  }
  get enters(): readonly string[] {
    return this.#core.names(this.edge.enters)
  }
  get exits(): readonly string[] {
    return this.#core.names(this.edge.exits)
  }
  /** State number, ticks added, state number, …: what it did to the clock. */
  get deltas(): readonly number[] {
    if (!this.#applied) return NONE
    return this.undone.length ? [...this.edge.deltas, ...this.undone.flatMap((s) => [s, 1])] : this.edge.deltas
  }
  /** All ticks before it, in definition order. */
  get timeBefore(): readonly number[] {
    return this.#shift(this.#after(), this.deltas, -1)
  }
  /** All ticks after it; while it is negotiated, those it will lead to. */
  get timeAfter(): readonly number[] {
    const ticks = this.#after()
    return this.#applied || this.accepted === false ? ticks : this.#shift(ticks, this.edge.deltas, 1)
  }

  /** @internal The clock has moved. */
  apply(): void {
    this.#applied = true
  }
  /** @internal The next one begins. Falls back to a copy where the chain is to end. */
  link(next?: Transition): void {
    if (next && this.id & 63) this.next = next
    else this.ticks = this.#core.ticks.slice()
  }

  #after(): number[] {
    const later: Transition[] = []
    let last: Transition = this
    while (!last.ticks && last.next) {
      last = last.next
      later.push(last)
    }
    const ticks = (last.ticks ?? this.#core.ticks).slice()
    for (const { deltas } of later) this.#shift(ticks, deltas, -1)
    return ticks
  }

  #shift(ticks: number[], deltas: readonly number[], sign: number): number[] {
    for (let i = 0; i < deltas.length; i += 2) ticks[deltas[i]!]! += sign * deltas[i + 1]!
    return ticks
  }
}

/** What a handler is called with. */
export class HandlerEvent {
  declare readonly transition: Transition
  readonly #core: Core
  readonly #state: number
  readonly #tick: number
  #signal: AbortSignal | undefined

  constructor(core: Core, transition: Transition, state: number) {
    this.#core = core
    this.transition = transition
    this.#state = state
    this.#tick = core.ticks[state] ?? 0
  }

  get machine(): Core {
    return this.#core
  }
  get mutation(): Mutation {
    return this.transition.mutation
  }
  get isCheck(): boolean {
    return this.transition.isCheck
  }
  get state(): string {
    return this.#core.compiled.names[this.#state] ?? 'any'
  }
  get args(): unknown {
    return this.mutation.argsOf(this.#state)
  }
  /** Read late, when the state's tick has already changed, it has already fired. */
  get signal(): AbortSignal {
    this.#signal ??= this.#core.signalAt(this.#state, this.#tick)
    return this.#signal
  }
  /** @internal Is `error` only the echo of this event's signal? */
  echoes(error: unknown): boolean {
    if ((this.#core.ticks[this.#state] ?? 0) === this.#tick && !this.#core.isDisposed()) return false
    return error === this.#signal?.reason || (error as Error | undefined)?.name === 'AbortError'
  }
}
