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
    const refused = redacted(this.#member, values)
    if (refused) return Promise.reject(refused)
    return this.#write('set', options, [values], { set: values })
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

/** Why `values` may not be sent: one of them is redacted. */
export function redacted({ holder }: Member, values: object): Error | undefined {
  const field = Object.keys(values).find((name) => holder.hidden.has(name))
  return field === undefined ? undefined : errors.FIELD_REDACTED({ model: holder.definition.name, field })
}

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
