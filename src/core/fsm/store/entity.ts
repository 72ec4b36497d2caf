import type { Collection } from '../../model/types.ts'
import type { Definition } from '../../ports/host.ts'
import type { Store } from '../../store/store.ts'
import { errors } from './errors.ts'

/** The fields of a model, or of the rows of a collection. */
export type FieldOf<L> = (L extends Collection<infer R, infer _I, infer _X> ? keyof R : keyof L) & string

/** Where the state of an entity is kept. */
export interface Place<L = unknown> {
  readonly store: Store
  readonly model: Definition<L>
  /** The row, when the model is a collection. */
  readonly id?: string | undefined
  /** The field that holds the name of the state. */
  readonly field: FieldOf<L>
}

/** An entity, as far as this folder knows it. */
export interface Entity {
  /** `order`, or `order:17` for a row: its name in keys, audit and outbox. */
  readonly name: string
  state: string
  /** Its fields, as plain data. */
  readonly data: Record<string, unknown>
}

interface Live {
  peek(field: string): unknown
  set(values: Record<string, unknown>): void
  toJSON(): Record<string, unknown>
}

/**
 * Finds an entity in its store.
 * @throws NotRegisteredError; EscapementError (`FSM_NO_ENTITY`, `FSM_NO_FIELD`)
 */
export function find(place: Place): Entity {
  const entity = seek(place)
  if (!entity) throw errors.FSM_NO_ENTITY({ model: place.model.name, id: place.id })
  return entity
}

/** The same; undefined when there is no such row. */
export function seek({ store, model, id, field }: Place): Entity | undefined {
  const { name, many } = model
  const live = store.get(model) as unknown
  const one = many ? id !== undefined && (live as Collection<Live, unknown>).get(id) : (live as Live)
  if (!one) return undefined
  if (typeof one.toJSON()[field] !== 'string') throw errors.FSM_NO_FIELD({ model: name, field })
  return {
    name: many ? `${name}:${id}` : name,
    get state() {
      return one.peek(field) as string
    },
    set state(state) {
      one.set({ [field]: state })
    },
    get data() {
      return one.toJSON()
    },
  }
}
