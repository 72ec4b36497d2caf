import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Definition, Host, Member } from '../ports/host.ts'
import type { Timers } from '../ports/timers.ts'
import type { Unit } from '../ports/unit.ts'
import type { MachineTracer } from '../trace.ts'
import type { Mutation, Transition } from './transition.ts'

/** One, or a list of them. */
export type OneOrMany<T> = T | readonly T[]

/** What a state is and how it relates to others. `N`: the names of the definition's states. */
export interface StateOptions<N extends string = string> {
  /** Tried whenever something changed. */
  readonly auto?: boolean
  /** May be entered again while active: +2 ticks, and its handlers run. */
  readonly multi?: boolean
  /** All of these must be active for this one to be. */
  readonly require?: readonly N[]
  /** Activated along with this one, where relations allow. */
  readonly add?: readonly N[]
  /** Deactivated by this one. */
  readonly remove?: readonly N[]
  /** Handlers of this one run after those of these. */
  readonly after?: readonly N[]
  /** A synchronous Standard Schema for the arguments of mutations that call this state. */
  readonly args?: StandardSchemaV1
  /** A mutation `ms` milliseconds after the state became active, unless its tick changes before. */
  readonly timeout?: { readonly ms: number } & (
    | { readonly add: OneOrMany<N> }
    | { readonly remove: OneOrMany<N> }
    | { readonly set: OneOrMany<N> }
  )
  /** Arguments that are shown nowhere outside: all, or these keys. */
  readonly redact?: true | readonly string[]
  /** Keys of the arguments that are shown although their names sound secret. */
  readonly expose?: readonly string[]
  readonly description?: string
  readonly tags?: readonly string[]
}

/** The states of a definition, by name. */
export type States = { readonly [name: string]: StateOptions }

/** The names of a definition's states; `Exception` is built in. */
export type StateName<S> = Extract<keyof S, string> | 'Exception'

/** A definition's further options. */
export interface DefinitionOptions<G> {
  /** Names for lists of states of which at most one is active: `machine.switch(name)` returns it. */
  readonly groups?: G
  /** Version of the stored clock, from 1. */
  readonly version?: number
  /** From which version: the clock by name of that version to the clock of the next. */
  readonly migrate?: { readonly [from: number]: (clock: Record<string, number>) => Record<string, number> }
  /** `false` keeps the machine out of storage. */
  readonly persist?: boolean
}

/** A machine, defined: frozen data. */
export interface MachineDefinition<S = States, G = Record<string, readonly string[]>> {
  readonly kind: 'machine'
  readonly name: string
  /** In definition order; `Exception` last. */
  readonly names: readonly StateName<S>[]
  readonly states: Readonly<Record<StateName<S>, StateOptions<StateName<S>>>>
  readonly groups: { readonly [K in keyof G]: readonly StateName<S>[] }
  readonly version: number
  readonly migrate: NonNullable<DefinitionOptions<G>['migrate']>
  readonly persist: boolean
  /** The definition as it was written, for its types alone. */
  readonly $states?: S
  /** Its key in storage. */
  readonly key: string
  readonly many: boolean
  /** Makes it inside a store. */
  make(host: Host): Member<Machine<S, G>>
  /** Makes the collection of it inside a store. */
  makeMany(host: Host, definition: Definition): Member<MachineCollection<Machine<S, G>>>
}

/** Machines by id, in order of insertion. All reads are reactive. */
export interface MachineCollection<M = Machine> extends Iterable<M> {
  /**
   * Adds a machine, all states inactive, under `id` or a random one.
   * @throws DuplicateIdError; DefinitionError when the id cannot be stored
   */
  add(id?: string): M
  get(id: string): M | undefined
  has(id: string): boolean
  /** Deletes a machine and disposes it; answers whether there was one. */
  delete(id: string): boolean
  readonly size: number
  readonly ids: readonly string[]
}

/** Any definition. */
export type AnyDefinition = MachineDefinition<never, never>

type Schema<S, K> = K extends keyof S
  ? S[K] extends { readonly args: infer A extends StandardSchemaV1 }
    ? A
    : never
  : never
type WithArgs<S> = { [K in keyof S]: S[K] extends { readonly args: StandardSchemaV1 } ? K : never }[keyof S]
type All<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never
type InputOf<S, K> = K extends unknown ? StandardSchemaV1.InferInput<Schema<S, K>> : never
type OutputOf<S, K> = K extends WithArgs<S> ? StandardSchemaV1.InferOutput<Schema<S, K>> : unknown

/** The arguments a mutation of `K` must, may or must not be given. */
export type ArgsOf<S, K> = string extends keyof S
  ? [args?: unknown]
  : [Extract<K, WithArgs<S>>] extends [never]
    ? 'Exception' extends K
      ? [args?: Partial<ExceptionArgs>]
      : []
    : [args: All<InputOf<S, Extract<K, WithArgs<S>>>>]

/** The states that may be called without arguments. */
export type WithoutArgs<S> = Exclude<StateName<S>, WithArgs<S>>

/** As `ArgsOf`, for leaving states: never required. */
export type LeaveArgsOf<S, K> = string extends keyof S
  ? [args?: unknown]
  : [Extract<K, WithArgs<S>>] extends [never]
    ? []
    : [args?: All<InputOf<S, Extract<K, WithArgs<S>>>>]

/** What `Exception` is called with. */
export interface ExceptionArgs {
  readonly error: unknown
  /** Where the error came from; absent after `addError`. */
  readonly phase?: 'negotiation' | 'final' | 'async' | 'loop'
  readonly state?: string
  readonly handler?: string
  readonly called?: readonly string[]
  readonly before?: readonly string[]
  readonly targets?: readonly string[]
}

/** What a handler of `K` finds in `event.args`: the schema's output. */
export type EventArgs<S, K> = K extends 'Exception'
  ? ExceptionArgs & OutputOf<S, K>
  : K extends WithArgs<S>
    ? OutputOf<S, K>
    : unknown

/** What a handler is called with. */
export interface HandlerEvent<S, G, K extends string, A> {
  readonly machine: Machine<S, G>
  /** Whose handler this is. */
  readonly state: K
  /** What the mutation was called with, through the state's schema. */
  readonly args: A
  /** Fires when the state's tick changes (again). */
  readonly signal: AbortSignal
  readonly transition: Transition
  readonly mutation: Mutation
  /** True in `canAdd`, `canRemove` and `canSet`. */
  readonly isCheck: boolean
}

// Nothing returned is a yes, so plain statements may be handlers.
// biome-ignore lint/suspicious/noConfusingVoidType: see above
type Verdict = boolean | void
type Negotiator<E> = (event: E) => Verdict
type Finalizer<E> = (event: E) => unknown

/** The handlers of one state. `can…` answer `false` to refuse, at once; `entered` and `exited` may be async. */
export interface StateHandlers<S, G, K extends string> {
  readonly canEnter?: Negotiator<HandlerEvent<S, G, K, EventArgs<S, K>>>
  readonly canExit?: Negotiator<HandlerEvent<S, G, K, Leaving<EventArgs<S, K>>>>
  readonly canStay?: Negotiator<HandlerEvent<S, G, K, Leaving<EventArgs<S, K>>>>
  /** By the other state's name. */
  readonly canYieldTo?: {
    readonly [T in StateName<S>]?: Negotiator<HandlerEvent<S, G, K, Leaving<EventArgs<S, K>>>>
  }
  readonly entered?: Finalizer<HandlerEvent<S, G, K, EventArgs<S, K>>>
  readonly exited?: Finalizer<HandlerEvent<S, G, K, Leaving<EventArgs<S, K>>>>
}
/** Whoever leaves or stays was seldom called: there may be no arguments. */
type Leaving<A> = unknown extends A ? A : A | undefined

/** Handlers by state; `any` is asked in, and told of, every transition. */
export type Handlers<S, G> = {
  readonly [K in StateName<S>]?: StateHandlers<S, G, K>
} & {
  readonly any?: {
    readonly canEnter?: Negotiator<HandlerEvent<S, G, 'any', unknown>>
    readonly entered?: Finalizer<HandlerEvent<S, G, 'any', unknown>>
  }
}

/** Why a mutation did not happen. */
export type CancelReason =
  | {
      readonly kind: 'relation'
      /** The called state that cannot be. */
      readonly state: string
      readonly relation: 'require' | 'remove'
      /** What it lacks, or who removes it. */
      readonly by: readonly string[]
    }
  | { readonly kind: 'handler'; readonly state: string; readonly handler: string }
  | { readonly kind: 'queue-full' | 'disposed' | 'error' | 'aborted' | 'check' }

interface Settling {
  /** How it ended, once it did. */
  readonly settled: Promise<Result>
}

/** What a mutation answers. */
export type Result =
  | ({ readonly status: 'executed' } & Settling)
  | ({ readonly status: 'canceled'; readonly reason: CancelReason } & Settling)
  | ({
      readonly status: 'queued'
      /** What `queueTick()` will show once it was processed, unless something is put before it. */
      readonly queueTick: number
    } & Settling)

/** How long to wait. */
export interface WaitOptions {
  /** Rejects with its reason. */
  readonly signal?: AbortSignal
  /** Milliseconds; rejects with a `TimeoutError`. */
  readonly timeout?: number
}

/** A machine's clock and counters as plain data. */
export interface MachineExport {
  readonly id: string
  readonly name: string
  readonly states: readonly string[]
  readonly time: readonly number[]
  readonly queueTick: number
  readonly machineTick: number
}

/** What runs and what waits in a machine. */
export interface Pending {
  /** Asynchronous handlers that have not settled. */
  readonly handlers: readonly { readonly state: string; readonly handler: string; readonly transition: number }[]
  /** Open waits, once for each state they look at; `state` is absent for `whenQuery` and `whenIdle`. */
  readonly waits: readonly { readonly state?: string; readonly wait: string }[]
}

/** Where an error was met. */
export interface ErrorPlace {
  readonly phase: 'handler' | 'listener' | 'effect' | 'tracer' | 'timeout' | 'loop'
  readonly machine: AnyMachine
  readonly state?: string
  readonly handler?: string
}

/** Options of `createMachine`. */
export interface MachineOptions {
  /** Default: random. */
  readonly id?: string
  readonly parent?: AnyMachine
  readonly tags?: readonly string[]
  /** Mutations that may wait. Default 1000. */
  readonly queueLimit?: number
  /** Milliseconds an async `entered` or `exited` may take. Default: any. */
  readonly handlerTimeout?: number
  /** Told of every error of a handler, listener, effect or tracer, once. Default: `console.error`. */
  readonly onError?: (error: unknown, place: ErrorPlace) => void
  readonly tracers?: readonly MachineTracer[]
  /** Default: the platform's. */
  readonly timers?: Timers
  /** @internal */
  readonly unit?: Unit
}

/** What every machine offers, whatever its states: what pipes, tracers, histories and stores work with. */
export interface AnyMachine {
  readonly id: string
  readonly definition: { readonly name: string; readonly names: readonly string[] }
  readonly parent: AnyMachine | undefined
  readonly tags: readonly string[]
  tick(state: string): number
  time(): readonly number[]
  timeSum(): number
  queueTick(): number
  machineTick(): number
  active(): readonly string[]
  isDisposed(): boolean
  listen(listener: () => void): () => void
  trace(tracer: MachineTracer): () => void
  pending(): Pending
  export(): MachineExport
  toString(): string
}

// As signals-core does it: `using` works where the platform and the compiler know of it.
type DisposeSymbol = typeof Symbol extends { readonly dispose: infer D } ? D : never
type Disposable = { [K in DisposeSymbol & PropertyKey]: () => void }

/**
 * A machine: states, each active or inactive, that mutations change under relations and handlers.
 *
 * Reads are reactive: inside an `effect` or `computed` of signals-core they subscribe to the states they looked at.
 * Any name that is not a state is a type error, and throws `UnknownStateError`.
 */
export interface Machine<S = States, G = Record<string, readonly string[]>> extends AnyMachine, Disposable {
  readonly definition: MachineDefinition<S, G>
  /** Are all of these active? */
  is(states: OneOrMany<StateName<S>>): boolean
  /** Is none of these active? */
  not(states: OneOrMany<StateName<S>>): boolean
  /** Is at least one of these active? */
  any(states: OneOrMany<StateName<S>>): boolean
  /** How often the state changed: odd = active, even = inactive. */
  tick(state: StateName<S>): number
  /** All ticks, in definition order. */
  time(): readonly number[]
  /** All ticks, by name. */
  clock(): Record<StateName<S>, number>
  timeSum(): number
  /** Counts processed mutations; 1 at the start. */
  queueTick(): number
  /** Counts imports. */
  machineTick(): number
  /** Names of the active states, in definition order. */
  active(): readonly StateName<S>[]
  /** Is `Exception` active? */
  isError(): boolean
  /** What `Exception` was last called with, while it is active. */
  error(): unknown
  /** The active member of a group. */
  switch(group: Extract<keyof G, string>): StateName<S> | undefined

  /**
   * Activates states, with what they imply.
   *
   * @throws ArgsError, before anything happened, when a state's schema rejects `args`.
   * @example
   * ```ts
   * const result = door.add('Open')
   * if (result.status === 'canceled') console.log(result.reason) // who refused, and by what rule
   * ```
   */
  add<const K extends StateName<S>>(states: OneOrMany<K>, ...args: ArgsOf<S, K>): Result
  /** Deactivates states. */
  remove<const K extends StateName<S>>(states: OneOrMany<K>, ...args: LeaveArgsOf<S, K>): Result
  /** Activates these and deactivates all others. */
  set<const K extends StateName<S>>(states: OneOrMany<K>, ...args: ArgsOf<S, K>): Result
  /** Removes the states when all are active, else adds them. */
  toggle<const K extends StateName<S>>(states: OneOrMany<K>, ...args: ArgsOf<S, K>): Result
  /** Adds `Exception`, and `state` with it, with `{ ...args, error }`. */
  addError(error: unknown, options?: { readonly state?: StateName<S>; readonly args?: object }): Result
  /** What `add` would answer: relations and negotiation handlers are asked, nothing changes. */
  canAdd<const K extends StateName<S>>(states: OneOrMany<K>, ...args: ArgsOf<S, K>): Result
  /** What `remove` would answer. */
  canRemove<const K extends StateName<S>>(states: OneOrMany<K>, ...args: LeaveArgsOf<S, K>): Result
  /** What `set` would answer. */
  canSet<const K extends StateName<S>>(states: OneOrMany<K>, ...args: ArgsOf<S, K>): Result

  /** Binds handlers; several for one event run in the order of binding. Returns their unbinding. */
  handle(handlers: Handlers<S, G>): () => void
  /** Calls `listener` after each accepted transition; in a store once after the commit. Returns its end. */
  listen(listener: () => void): () => void
  /** Attaches a tracer. Returns its detachment. */
  trace(tracer: MachineTracer): () => void

  /** An `AbortSignal` that fires when the state's tick changes. */
  signal(state: StateName<S>): AbortSignal
  /** All active. Like all waits: rejects on abort, timeout (`TimeoutError`) and disposal (`DisposedError`). */
  when(states: OneOrMany<StateName<S>>, options?: WaitOptions): Promise<void>
  /** None active. */
  whenNot(states: OneOrMany<StateName<S>>, options?: WaitOptions): Promise<void>
  /** Each state's tick at least the one at its place. */
  whenTime(states: OneOrMany<StateName<S>>, ticks: OneOrMany<number>, options?: WaitOptions): Promise<void>
  /** `n` more ticks of the state. */
  whenTicks(state: StateName<S>, n: number, options?: WaitOptions): Promise<void>
  /** The next activation of the state. */
  whenNext(state: StateName<S>, options?: WaitOptions): Promise<void>
  /** The next accepted call of the state whose arguments hold these (compared by `Object.is`). Resolves with them. */
  whenArgs<K extends StateName<S>>(
    state: K,
    partial: Partial<EventArgs<S, K>>,
    options?: WaitOptions,
  ): Promise<EventArgs<S, K>>
  /** `query` answers true. It is asked after each change, with the ticks by name. */
  whenQuery(query: (clock: Readonly<Record<StateName<S>, number>>) => boolean, options?: WaitOptions): Promise<void>
  /** Nothing runs and nothing is queued. Async handlers do not count. */
  whenIdle(options?: WaitOptions): Promise<void>
  /** `Exception` is active. Resolves with its error. */
  whenError(options?: WaitOptions): Promise<unknown>

  /** What runs and what waits, by state. */
  pending(): Pending
  /** Clock and counters as plain data. */
  export(): MachineExport
  /**
   * Takes over an export: by name; states the data does not know start at 0. Raises `machineTick`, then adds
   * `MachineRestored` where the definition has it.
   *
   * @throws DefinitionError when the data knows states that the definition does not, unless `dropUnknown`.
   */
  import(data: MachineExport, options?: { readonly dropUnknown?: boolean }): void
  /** States that ever changed: `(Foo:1 Bar:3) [Baz:2]`, the active ones first. */
  toString(): string
  /** Every state with its tick and relations, a line each. */
  inspect(): string
  /** Drops the queue, fires all signals, rejects all waits, detaches everything. Reads go on. */
  dispose(): void
  isDisposed(): boolean
}
