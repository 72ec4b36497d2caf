import { DefinitionError } from '../error.ts'
import type { Definition, Host, Member } from '../ports/host.ts'
import type { Computed, Fields, Input, ModelDefinition, Output } from './define-model.ts'
import type { Collection, Row } from './types.ts'

/** Functions that answer, for a row, the key under which `where` finds it. */
export type IndexFunctions<F extends Fields> = Record<string, (row: Readonly<Output<F>>) => unknown>

/** The collection of a model, defined. */
export interface CollectionDefinition<
  F extends Fields = Fields,
  C extends Computed<F> = Computed<F>,
  X extends string = string,
  R extends keyof F & string = keyof F & string,
> extends Definition<Collection<Row<F, C>, Input<F>, X>> {
  /** What it collects, for types alone. */
  readonly $model?: ModelDefinition<F, C, R>
}

/** What can be collected: it knows how to make its collection. */
interface Collectable<Live> {
  readonly name: string
  readonly version: number
  readonly persist: boolean
  readonly key: string
  readonly many: boolean
  makeMany(host: Host, definition: Definition, options: Record<string, never>): Member<Live>
}

/**
 * Defines the collection of a model (or machine): many of it, each with a string id. The collection has the name of
 * what it collects.
 *
 * @param options.index Functions that answer a key per row, for `where`.
 * @throws DefinitionError when given a collection, or anything else that cannot be collected
 * @example
 * ```ts
 * const Todos = collection(Todo, { index: { byOwner: (row) => row.owner } })
 * store.get(Todos).add({ title: 'wind the clock' })
 * ```
 */
export function collection<
  F extends Fields,
  C extends Computed<F>,
  R extends keyof F & string,
  X extends IndexFunctions<F> = Record<never, never>,
>(
  model: ModelDefinition<F, C, R>,
  options?: { index?: X & IndexFunctions<NoInfer<F>> },
): CollectionDefinition<F, C, keyof X & string, R>
export function collection<Live>(machine: Collectable<Live>): Definition<Live>
export function collection(element: Collectable<unknown>, options: { index?: object } = {}): Definition<unknown> {
  if (typeof element?.makeMany !== 'function') {
    throw new DefinitionError('NOT_COLLECTABLE', `"${element?.name}" cannot be collected. Give a model or machine.`)
  }
  const { name, version, persist, key } = element
  const definition: Definition<unknown> = {
    name,
    version,
    persist,
    key,
    many: true,
    make: (host) => element.makeMany(host, definition, (options.index ?? {}) as Record<string, never>),
  }
  return Object.freeze(definition)
}
