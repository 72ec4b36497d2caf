import type {
  ArgsOf,
  EventArgs,
  LeaveArgsOf,
  Machine,
  MachineCollection,
  MachineDefinition,
  OneOrMany,
  Result,
  StateName,
  WaitOptions,
} from '../../../core/machine/types.ts'
import type { CollectionDefinition } from '../../../core/model/collection.ts'
import type { Computed, Fields, Input, ModelDefinition, Output } from '../../../core/model/define-model.ts'
import type { Definition } from '../../../core/ports/host.ts'

/** How a write is to be carried out. */
export interface WriteOptions {
  /** Resolves when the worker's storage has it, not just its memory. Rejects with a `StorageError` when that fails. */
  readonly durable?: boolean
  /** The `id` of a `DisconnectedError`: this is that write again, and the worker it went to applies it once. */
  readonly id?: string | undefined
}

/** How a write of a model or row is to be carried out. */
export interface FieldWriteOptions extends WriteOptions {
  /** Shows the outcome hoped for at once, until the worker's comes. Default: as `connectStore` was told. */
  readonly optimistic?: boolean
}

type Visible<F, R> = Omit<F, R & string>
type Derived<C> = { readonly [K in keyof C]: C[K] extends (...args: never[]) => infer T ? T : never }

/** What a mirrored model can do beside its fields. `R`: the redacted ones, which stay in the worker. */
export interface ModelMirrorMembers<F extends Fields, R> {
  /**
   * Writes several fields, all or none, in the worker.
   * @throws ValidationError, LockedError, DeletedError as if it were here; DisconnectedError
   */
  set(values: Partial<Visible<Input<F>, R>>, options?: FieldWriteOptions): Promise<void>
  /** Reads a field without subscribing. */
  peek<K extends Exclude<keyof F, R>>(field: K): Output<F>[K]
  /** Puts every field back to its initial value, the redacted ones too. */
  reset(options?: FieldWriteOptions): Promise<void>
  /** The fields as plain frozen data, without subscribing; redacted fields carry the marker. */
  toJSON(): Visible<Output<F>, R>
  /** Goes up with every change that the mirror shows, and only then. */
  readonly revision: number
  /** Calls `fn` once after each change of this. Returns a function that stops it. */
  listen(fn: () => void): () => void
}

/** A mirrored model: fields are read as those of the model itself, and written by `set`. */
export type ModelMirror<F extends Fields = Fields, C = Computed<F>, R = never> = Readonly<Visible<Output<F>, R>> &
  Derived<C> &
  ModelMirrorMembers<F, R>

/** A mirrored row. */
export type RowMirror<F extends Fields = Fields, C = Computed<F>, R = never> = ModelMirror<F, C, R> & {
  /** Its id in the collection. */
  readonly $id: string
}

/** A mirrored collection of a model. Reads are reactive and at once, writes happen in the worker. */
export interface CollectionMirror<Row, I, X extends string = string> extends Iterable<Row> {
  /**
   * Adds a row: `initial` over the definition's initial values, under `id` or a random one.
   * @throws DuplicateIdError, ValidationError, DisconnectedError
   */
  add(initial?: Partial<I>, id?: string, options?: FieldWriteOptions): Promise<Row>
  /** Adds the row, or replaces its value; redacted fields keep theirs. */
  put(id: string, value: I, options?: FieldWriteOptions): Promise<Row>
  get(id: string): Row | undefined
  has(id: string): boolean
  /** Deletes a row; answers whether there was one. */
  delete(id: string, options?: FieldWriteOptions): Promise<boolean>
  readonly size: number
  readonly ids: readonly string[]
  /** The rows for which the index function answered `key`, in order of insertion. */
  where(index: X, key: unknown): readonly Row[]
  /** Rows by id as plain data, without subscribing. */
  toJSON(): Record<string, unknown>
  /** Calls `fn` once after each change of any row. Returns a function that stops it. */
  listen(fn: () => void): () => void
}

/** What may follow the states in a mutation from afar: what the machine itself takes, then how to carry it out. */
export type From<A extends readonly unknown[]> =
  | A
  | [args: A extends readonly [] ? undefined : A[0], options: WriteOptions]

/**
 * A mirrored machine. Reads are at once and reactive, as those of the machine itself; mutations happen in the worker,
 * with its handlers, and resolve with how they ended.
 */
export interface MachineMirror<S, G> {
  readonly id: string
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
  /** What `Exception` was last called with, while it is active: a copy. */
  error(): unknown
  /** The active member of a group. */
  switch(group: Extract<keyof G, string>): StateName<S> | undefined
  /** Calls `listener` after each change. Returns its end. */
  listen(listener: () => void): () => void
  /** An `AbortSignal` that fires when the state's tick changes, or the worker is lost. */
  signal(state: StateName<S>): AbortSignal
  /** Clock and counters as plain data. */
  export(): ReturnType<Machine<S, G>['export']>
  toString(): string
  inspect(): string
  isDisposed(): boolean

  /**
   * Activates states, with what they imply.
   * @throws ArgsError, UnknownStateError, DisconnectedError
   */
  add<const K extends StateName<S>>(states: OneOrMany<K>, ...rest: From<ArgsOf<S, K>>): Promise<Result>
  /** Deactivates states. */
  remove<const K extends StateName<S>>(states: OneOrMany<K>, ...rest: From<LeaveArgsOf<S, K>>): Promise<Result>
  /** Activates these and deactivates all others. */
  set<const K extends StateName<S>>(states: OneOrMany<K>, ...rest: From<ArgsOf<S, K>>): Promise<Result>
  /** Removes the states when all are active, else adds them. */
  toggle<const K extends StateName<S>>(states: OneOrMany<K>, ...rest: From<ArgsOf<S, K>>): Promise<Result>
  /** Adds `Exception`, and `state` with it, with `{ ...args, error }`. The error travels as a copy. */
  addError(
    error: unknown,
    options?: { readonly state?: StateName<S>; readonly args?: object } & WriteOptions,
  ): Promise<Result>
  /** What `add` would answer: relations and negotiation handlers are asked in the worker, nothing changes. */
  canAdd<const K extends StateName<S>>(states: OneOrMany<K>, ...args: ArgsOf<S, K>): Promise<Result>
  canRemove<const K extends StateName<S>>(states: OneOrMany<K>, ...args: LeaveArgsOf<S, K>): Promise<Result>
  canSet<const K extends StateName<S>>(states: OneOrMany<K>, ...args: ArgsOf<S, K>): Promise<Result>

  /**
   * All active. Like all waits it is kept in the worker, so that what came and went between two messages is not missed;
   * it rejects on abort, timeout (`TimeoutError`), disposal (`DisposedError`) and loss of the worker (`DisconnectedError`).
   */
  when(states: OneOrMany<StateName<S>>, options?: WaitOptions): Promise<void>
  /** None active. */
  whenNot(states: OneOrMany<StateName<S>>, options?: WaitOptions): Promise<void>
  /** Each state's tick at least the one at its place. */
  whenTime(states: OneOrMany<StateName<S>>, ticks: OneOrMany<number>, options?: WaitOptions): Promise<void>
  /** `n` more ticks of the state than the mirror shows now. */
  whenTicks(state: StateName<S>, n: number, options?: WaitOptions): Promise<void>
  /** The next activation of the state, after what the mirror shows now. */
  whenNext(state: StateName<S>, options?: WaitOptions): Promise<void>
  /** The next accepted call of the state whose arguments hold these. Resolves with a copy, redacted ones as the marker. */
  whenArgs<K extends StateName<S>>(
    state: K,
    partial: Partial<EventArgs<S, K>>,
    options?: WaitOptions,
  ): Promise<EventArgs<S, K>>
  /** Nothing runs and nothing is queued there. */
  whenIdle(options?: WaitOptions): Promise<void>
  /** `Exception` is active. Resolves with a copy of its error. */
  whenError(options?: WaitOptions): Promise<unknown>
}

/** Mirrored machines by id, in order of insertion. */
export interface MachineCollectionMirror<M> extends Iterable<M> {
  /** Adds a machine, all states inactive, under `id` or a random one. */
  add(id?: string, options?: WriteOptions): Promise<M>
  get(id: string): M | undefined
  has(id: string): boolean
  /** Deletes a machine and disposes it; answers whether there was one. */
  delete(id: string, options?: WriteOptions): Promise<boolean>
  readonly size: number
  readonly ids: readonly string[]
}

/** What `get` of a mirror answers for a definition. */
export type Mirrored<D> =
  D extends MachineDefinition<infer S, infer G>
    ? MachineMirror<S, G>
    : D extends ModelDefinition<infer F, infer C, infer R>
      ? ModelMirror<F, C, R>
      : D extends CollectionDefinition<infer F, infer C, infer X, infer R>
        ? CollectionMirror<RowMirror<F, C, R>, Visible<Input<F>, R>, X>
        : D extends Definition<MachineCollection<Machine<infer S, infer G>>>
          ? MachineCollectionMirror<MachineMirror<S, G>>
          : never
