import { errors as machineErrors } from '../../../core/machine/errors.ts'
import type { Core } from '../../../core/machine/machine.ts'
import { errors as modelErrors } from '../../../core/model/errors.ts'
import type { Member } from '../../../core/ports/host.ts'
import { randomId } from '../../../core/ports/ids.ts'
import type { Ref } from '../protocol.ts'
import { MirroredMachine } from './machine.ts'
import { type MirroredModel, mirroredModel, outgoing } from './model.ts'
import type { Remote } from './remote.ts'
import type { FieldWriteOptions, WriteOptions } from './types.ts'

/** A collection of the mirror's store. */
interface Many extends Iterable<object> {
  readonly size: number
  readonly ids: readonly string[]
  get(id: string): object | undefined
  has(id: string): boolean
  where(index: string, key: unknown): readonly object[]
  toJSON(): Record<string, unknown>
  listen(fn: () => void): () => void
}

/** What mirrored collections have in common: a mirror for each thing in them, made when it is asked for. */
export abstract class MirroredMany<Live extends object, M> {
  protected readonly live: Many
  protected readonly remote: Remote
  protected readonly member: Member
  protected readonly place: number
  readonly #made = new WeakMap<object, M>()

  constructor(remote: Remote, member: Member, place: number) {
    this.live = member.live as Many
    this.remote = remote
    this.member = member
    this.place = place
  }

  /** What stands behind a mirror, in the mirror's store. */
  static live(many: MirroredMany<never, unknown>): object {
    return many.live
  }

  protected abstract make(live: Live, ref: Ref): M
  protected abstract idOf(live: Live): string

  get size(): number {
    return this.live.size
  }
  get ids(): readonly string[] {
    return this.live.ids
  }
  has(id: string): boolean {
    return this.live.has(id)
  }
  get(id: string): M | undefined {
    const live = this.live.get(id)
    return live && this.of(live as Live)
  }
  *[Symbol.iterator](): Iterator<M> {
    for (const live of this.live) yield this.of(live as Live)
  }

  protected of(live: Live): M {
    let mirror = this.#made.get(live)
    if (mirror === undefined) {
      mirror = this.make(live, [this.place, this.idOf(live)])
      this.#made.set(live, mirror)
    }
    return mirror
  }
}

/** A mirrored collection of a model as it is: `CollectionMirror` types it. */
export class MirroredRows extends MirroredMany<MirroredModel & object, MirroredModel> {
  #Class: typeof MirroredModel | undefined
  // What `where` answered, by what stands behind it: that stays the same list while no row comes, goes or moves.
  readonly #found = new WeakMap<object, readonly MirroredModel[]>()

  async add(values: object = {}, id: string = randomId(), options?: FieldWriteOptions): Promise<MirroredModel> {
    const own = outgoing(this.member, values)
    await this.#write('add', options, [id, own], id, { add: own })
    return this.#row(id)
  }
  async put(id: string, values: object, options?: FieldWriteOptions): Promise<MirroredModel> {
    const own = outgoing(this.member, values)
    await this.#write('put', options, [id, own], id, { put: own })
    return this.#row(id)
  }
  delete(id: string, options?: FieldWriteOptions): Promise<boolean> {
    return this.#write('delete', options, [id], id, 'delete')
  }
  where(index: string, key: unknown): readonly MirroredModel[] {
    const lives = this.live.where(index, key)
    let found = this.#found.get(lives)
    if (found === undefined) {
      found = Object.freeze(lives.map((live) => this.of(live as never)))
      this.#found.set(lives, found)
    }
    return found
  }
  toJSON() {
    return this.live.toJSON()
  }
  listen(fn: () => void) {
    return this.live.listen(fn)
  }

  protected make(live: MirroredModel, ref: Ref): MirroredModel {
    this.#Class ??= mirroredModel(live)
    return new this.#Class(live, this.remote, this.member, ref)
  }
  protected idOf(live: MirroredModel): string {
    return live.$id
  }
  #write<T>(
    act: string,
    options: FieldWriteOptions | undefined,
    args: unknown[],
    id: string,
    hope: Parameters<Remote['write']>[6],
  ): Promise<T> {
    return this.remote.write<T>(act, this.place, options, args, this.member, id, hope)
  }
  /** It came with the answer; it may have been deleted in the same frame. */
  #row(id: string): MirroredModel {
    const row = this.get(id)
    if (row === undefined) throw modelErrors.ROW_DELETED({ model: this.member.holder.definition.name, id })
    return row
  }
}

/** A mirrored collection of a machine as it is: `MachineCollectionMirror` types it. */
export class MirroredMachines extends MirroredMany<Core, MirroredMachine> {
  async add(id: string = randomId(), options?: WriteOptions): Promise<MirroredMachine> {
    await this.remote.call('add', this.place, options, id)
    const machine = this.get(id)
    if (machine === undefined) throw machineErrors.MACHINE_DISPOSED({ machine: this.member.holder.definition.name })
    return machine
  }
  delete(id: string, options?: WriteOptions): Promise<boolean> {
    return this.remote.call('delete', this.place, options, id)
  }

  protected make(live: Core, ref: Ref): MirroredMachine {
    return new MirroredMachine(live, this.remote, ref)
  }
  protected idOf(live: Core): string {
    return live.id
  }
}
