import { errors as modelErrors } from '../../../core/model/errors.ts'
import type { Member } from '../../../core/ports/host.ts'
import { errors } from '../errors.ts'
import type { Ref } from '../protocol.ts'
import type { Remote } from './remote.ts'
import type { FieldWriteOptions } from './types.ts'

/** A model or row of the mirror's store. */
interface Live {
  readonly revision: number
  readonly $id: string
  peek(field: string): unknown
  toJSON(): Record<string, unknown>
  listen(fn: () => void): () => void
}

/** A mirrored model or row as it is: `ModelMirror` types it. Its class is made per definition, by `mirroredModel`. */
export class MirroredModel {
  readonly #live: Live
  readonly #remote: Remote
  readonly #member: Member
  readonly #ref: Ref

  constructor(live: Live, remote: Remote, member: Member, ref: Ref) {
    this.#live = live
    this.#remote = remote
    this.#member = member
    this.#ref = ref
    // So that a misspelt field throws, as it does where the model is.
    Object.preventExtensions(this)
  }

  /** What stands behind a mirror, in the mirror's store. */
  static live(model: MirroredModel): object {
    return model.#live
  }

  get $id() {
    return this.#live.$id
  }
  get revision() {
    return this.#live.revision
  }
  peek(field: string) {
    return this.#live.peek(field)
  }
  toJSON() {
    return this.#live.toJSON()
  }
  listen(fn: () => void) {
    return this.#live.listen(fn)
  }
  set(values: Record<string, unknown>, options?: FieldWriteOptions): Promise<void> {
    let own: Record<string, unknown>
    try {
      own = outgoing(this.#member, values)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#write('set', options, [own], { set: own })
  }
  reset(options?: FieldWriteOptions): Promise<void> {
    return this.#write('reset', options, [], 'reset')
  }

  #write(act: string, options: FieldWriteOptions | undefined, args: unknown[], hope: Parameters<Remote['write']>[6]) {
    // There it goes by its id alone, which another row may have by now.
    if (this.#member.entity(this.#live) === undefined) {
      const { name } = this.#member.holder.definition
      return Promise.reject<void>(modelErrors.ROW_DELETED({ model: name, id: this.#live.$id }))
    }
    return this.#remote.write<void>(act, this.#ref, options, args, this.#member, this.#live.$id, hope)
  }
}

/**
 * What is sent of a caller's values: a copy, so that what the caller does to them later changes nothing. On its way an
 * object may lose its class, or be no message at all; so those are looked at here already, as the model there would.
 * @throws ValidationError; an error for a redacted field, which is not to be written from here
 */
export function outgoing({ holder }: Member, values: object): Record<string, unknown> {
  const own: Record<string, unknown> = { ...values }
  const names = Object.keys(own)
  const field = names.find((name) => holder.hidden.has(name))
  if (field !== undefined) throw errors.FIELD_REDACTED({ model: holder.definition.name, field })
  if (names.every((name) => isPrimitive(own[name]))) return own
  const slots = (holder as unknown as Checking).check(own)
  return Object.fromEntries(names.map((name) => [name, slots[holder.names.indexOf(name)]]))
}

/** The part of a model's holder that validates values: it throws one error with every issue. */
interface Checking {
  /** Accepted values, at the places of their fields. */
  check(values: Record<string, unknown>): readonly unknown[]
}

const isPrimitive = (value: unknown) => value === null || !/^(object|function|symbol)$/.test(typeof value)

/** The class of a definition's mirrors: an accessor for each field and derived value of `live`. */
export function mirroredModel(live: object): typeof MirroredModel {
  const Class = class extends MirroredModel {}
  const prototype = Object.getPrototypeOf(live)
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name === 'constructor') continue
    Object.defineProperty(Class.prototype, name, {
      enumerable: true,
      get(this: MirroredModel) {
        return (MirroredModel.live(this) as Record<string, unknown>)[name]
      },
    })
  }
  return Class
}
