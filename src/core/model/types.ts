import type { Issue } from '../ports/host.ts'
import type { Computed, Fields, Input, Output } from './define-model.ts'

type Derived<C> = { readonly [K in keyof C]: C[K] extends (...args: never[]) => infer R ? R : never }

/** What every model and row can do beside its fields. */
export interface ModelMembers<F extends Fields> {
  /**
   * Writes several fields at once, all or none.
   * @throws ValidationError, LockedError, ClosedError; DeletedError on a deleted row
   */
  set(values: Partial<Input<F>>): void
  /** Reads a field without subscribing. */
  peek<K extends keyof F>(field: K): Output<F>[K]
  /** Puts every field back to its initial value. */
  reset(): void
  /** The fields as plain frozen data, without subscribing; redacted fields carry the marker. */
  toJSON(): Output<F>
  /** Goes up with every change, and only then. */
  readonly revision: number
  /** Calls `fn` once after each commit that changed this. Returns a function that stops it. */
  listen(fn: () => void): () => void
}

/**
 * A live model: reading a field is a signal read, writing one validates it first.
 * Values read are frozen; write a changed copy.
 */
export type Model<F extends Fields = Fields, C = Computed<F>> = Output<F> & Derived<C> & ModelMembers<F>

/** A model in a collection. */
export type Row<F extends Fields = Fields, C = Computed<F>> = Model<F, C> & {
  /** Its id in the collection. */
  readonly $id: string
}

/** Rows by id, in order of insertion. All reads are reactive. */
export interface Collection<R, I, X extends string = string> extends Iterable<R> {
  /**
   * Adds a row: `initial` over the definition's initial values, under `id` or a random one.
   * @throws DuplicateIdError, ValidationError
   */
  add(initial?: Partial<I>, id?: string): R
  /** Adds the row, or replaces its whole value. */
  put(id: string, value: I): R
  get(id: string): R | undefined
  has(id: string): boolean
  /** Deletes a row; answers whether there was one. */
  delete(id: string): boolean
  readonly size: number
  readonly ids: readonly string[]
  /** The rows for which the index function answered `key`, in order of insertion. */
  where(index: X, key: unknown): readonly R[]
  /** Rows by id as plain data, without subscribing. */
  toJSON(): Record<string, unknown>
  /** Calls `fn` once after each commit that changed any row. Returns a function that stops it. */
  listen(fn: () => void): () => void
}

/** A detached, writable copy of a model or row. */
export type Drafted<M> = M & {
  /**
   * Publishes the changes.
   * @throws ConflictError when the original changed since; `{ force: true }` overwrites it with this copy whole
   */
  commit(options?: { force?: boolean }): void
  /** Takes over the newest values, keeping the changes made here. */
  rebase(): void
  /** What differs from the values this started from. */
  changes(): { [K in keyof M]?: { before: M[K]; after: M[K] } }
}

export type { Issue }
