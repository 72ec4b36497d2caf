import { computed, type Signal, signal } from '@preact/signals-core'
import { ADDED, type Change, type Definition, type Host, type Member, REMOVED, type Stored } from '../ports/host.ts'
import { randomId } from '../ports/ids.ts'
import { isStorageKey } from '../ports/storage-key.ts'
import type { Indexes, Shape } from './define-model.ts'
import { errors } from './errors.ts'
import { Home } from './home.ts'
import {
  type Instance,
  idOf,
  moveRevision,
  ordinalOf,
  presenceOf,
  setOrdinal,
  slotsOf,
  watchOf,
  without,
} from './instance.ts'
import { RowIndex } from './row-index.ts'

const LONGEST_ID = 512

/** The live collection, and the holder of its rows. */
export class Rows extends Home {
  // By id, in order of insertion. A deleted row keeps its place (its ordinal is negative) until the commit is past
  // undoing, so that a rollback has nothing to move.
  #rows = new Map<string, Instance>()
  #size = 0
  #nextOrdinal = 0
  // Goes up whenever rows come or go.
  #order: Signal<number> = signal(0)
  #ids: { readonly at: number; readonly ids: readonly string[] } | undefined
  #listeners: readonly (() => void)[] | undefined
  readonly #functions: Indexes
  // Made by the first `where`, kept up from then on.
  readonly #indexes = new Map<string, RowIndex>()

  constructor(host: Host, definition: Definition, shape: Shape, functions: Indexes) {
    super(host, definition, shape)
    this.#functions = functions
  }

  override get careful(): boolean {
    return this.shape.check !== undefined || this.#indexes.size > 0
  }

  add(values: Record<string, unknown> = {}, id: string = randomId()): Instance {
    this.#mayAdd(id)
    if (this.#at(id) !== undefined) throw errors.ROW_DUPLICATE({ model: this.shape.name, id })
    return this.#insert(id, this.#fill(values))
  }

  put(id: string, values: Record<string, unknown>): Instance {
    const row = this.#at(id)
    if (row === undefined) return this.add(values, id)
    this.mayWrite(row)
    const slots = this.#fill(values)
    this.assignSlots(row, slots)
    return row
  }

  get(id: string): Instance | undefined {
    const row = this.#at(id)
    if (row === undefined) this.#awaitAny(id)
    else void presenceOf(row).value
    return row
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  delete(id: string): boolean {
    const row = this.#at(id)
    if (row === undefined) return false
    this.mayWrite(row)
    this.host.run(() => this.#remove(row))
    return true
  }

  get size(): number {
    void this.#order.value
    return this.#size
  }

  get ids(): readonly string[] {
    const at = this.#order.value
    if (this.#ids?.at !== at) this.#ids = { at, ids: Object.freeze(Array.from(this.#present(), idOf)) }
    return this.#ids.ids
  }

  *[Symbol.iterator](): Iterator<Instance> {
    void this.#order.value
    yield* this.#present()
  }

  where(name: string, key: unknown): readonly Instance[] {
    let index = this.#indexes.get(name)
    if (index === undefined) {
      const keyOf = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined
      if (keyOf === undefined) throw errors.INDEX_UNKNOWN({ model: this.shape.name, index: name })
      index = new RowIndex(this.shape, keyOf)
      for (const row of this.#present()) index.add(row)
      this.#indexes.set(name, index)
    }
    return index.where(key)
  }

  toJSON(): Record<string, unknown> {
    return Object.fromEntries(Array.from(this.#present(), (row) => [idOf(row), row.toJSON()]))
  }

  listen(fn: () => void): () => void {
    this.#listeners = [...(this.#listeners ?? []), fn]
    return () => {
      this.#listeners = without(this.#listeners, fn)
    }
  }

  // --- for the store's transactions -------------------------------------------------------------------------------

  override all(): readonly (() => void)[] | undefined {
    return this.#listeners
  }

  override tell(row: Instance, slot: number): void {
    super.tell(row, slot)
    for (const index of this.#indexes.values()) index.update(row)
  }

  override undo(row: Instance, slot: number, old: unknown): void {
    if (slot === ADDED) {
      if (this.#rows.get(idOf(row)) === row) this.#rows.delete(idOf(row))
      this.#came(row, -1, -1)
    } else if (slot === REMOVED) this.#revive(row)
    else super.undo(row, slot, old)
  }

  override change(row: Instance, slot: number, old: unknown, outward: boolean): Change {
    if (slot >= 0) return super.change(row, slot, old, outward)
    const value = Object.freeze(this.plain(row, outward))
    const [before, after] = slot === ADDED ? [undefined, value] : [value, undefined]
    return { key: this.keyOf(row), before, after }
  }

  override settle(row: Instance): void {
    if (ordinalOf(row) < 0 && this.#rows.get(idOf(row)) === row) this.#rows.delete(idOf(row))
  }

  // --- for the member ---------------------------------------------------------------------------------------------

  /** A row from storage, before the store is handed out. */
  loadSilently(id: string, stored: Stored): void {
    const row = new this.shape.Instance(this, id, stored.o ?? this.#nextOrdinal, this.parse(stored, this.shape.initial))
    if (this.shape.check !== undefined) this.admit(row)
    this.#nextOrdinal = Math.max(this.#nextOrdinal, ordinalOf(row) + 1)
    this.#rows.set(id, row)
    this.#size++
  }

  /** A row from a snapshot: like any write. */
  loadLogged(id: string, stored: Stored): void {
    const row = this.#at(id)
    const slots = this.parse(stored, row === undefined ? this.shape.initial : slotsOf(row))
    if (row === undefined) {
      this.#mayAdd(id)
      this.#insert(id, slots, stored.o)
    } else
      this.assignSlots(row, slots)
  }

  /** Rows in order of their ordinals, whatever order they came in. */
  sort(): void {
    const rows = [...this.#rows.values()]
    const place = (row: Instance) => (ordinalOf(row) < 0 ? ~ordinalOf(row) : ordinalOf(row))
    if (rows.every((row, i) => i === 0 || place(rows[i - 1] as Instance) <= place(row))) return
    rows.sort((a, b) => place(a) - place(b))
    this.#rows = new Map(rows.map((row) => [idOf(row), row]))
    this.#order.value++
  }

  /** Deletes all rows but those. */
  clear(keep?: ReadonlySet<string>): void {
    for (const row of [...this.#present()]) if (!keep?.has(idOf(row))) this.#remove(row)
  }

  owns(handle: object): boolean {
    return handle instanceof this.shape.Instance && this.#at(idOf(handle)) === handle
  }

  present(): Iterable<Instance> {
    return this.#present()
  }

  #at(id: string): Instance | undefined {
    const row = this.#rows.get(id)
    return row !== undefined && ordinalOf(row) >= 0 ? row : undefined
  }

  *#present(): Iterable<Instance> {
    for (const row of this.#rows.values()) if (ordinalOf(row) >= 0) yield row
  }

  #mayAdd(id: string): void {
    if (this.host.gate !== 0) this.host.refuse(this, this)
    // Room for the longer key it has in quarantine, should it ever have to go there.
    if (typeof id !== 'string' || !isStorageKey(`${this.definition.key}/${id}`) || id.length > LONGEST_ID) {
      const message = `must be 1 to ${LONGEST_ID} characters, without control characters or "." and ".." between slashes`
      throw this.invalid([{ path: ['$id'], message }], id)
    }
  }

  /** `values` over the initial ones, by slot. */
  #fill(values: Record<string, unknown>): unknown[] {
    const slots = this.shape.initial.slice()
    const accepted = this.check(values)
    for (let at = 0; at < accepted.length; at += 2) slots[accepted[at] as number] = accepted[at + 1]
    return slots
  }

  #insert(id: string, slots: unknown[], ordinal = this.#nextOrdinal): Instance {
    const row = new this.shape.Instance(this, id, ordinal, slots)
    this.host.run(() => {
      // A row of this id that was deleted in this very transaction: the new one goes to the end.
      this.#rows.delete(id)
      this.#rows.set(id, row)
      this.#nextOrdinal = Math.max(this.#nextOrdinal, ordinal + 1)
      this.host.log.push(this, row, ADDED, undefined)
      this.#came(row, 1, 1)
    })
    return row
  }

  #remove(row: Instance): void {
    setOrdinal(row, ~ordinalOf(row))
    this.host.log.push(this, row, REMOVED, undefined)
    this.#came(row, -1, 1)
  }

  #revive(row: Instance): void {
    setOrdinal(row, ~ordinalOf(row))
    // Its place is taken only when the id was added again meanwhile, and that was undone just before.
    if (this.#rows.get(idOf(row)) !== row) {
      this.#rows.set(idOf(row), row)
      this.sort()
    }
    this.#came(row, 1, -1)
  }

  /** A row came (1) or went (-1); its revision moves up, or back when that is an undo. */
  #came(row: Instance, step: 1 | -1, revision: 1 | -1): void {
    this.#size += step
    this.#order.value++
    moveRevision(row, revision)
    const presence = watchOf(row)?.presence
    if (presence !== undefined) presence.value = step > 0
    for (const index of this.#indexes.values()) step > 0 ? index.add(row) : index.remove(row)
  }

  /** Subscribes the reader to the coming of `id`, and to nothing else: the computed one stays false until then. */
  #awaitAny(id: string): void {
    void computed(() => this.#order.value >= 0 && this.#at(id) !== undefined).value
  }
}

/** One collection of a model in one store. */
export class CollectionMember implements Member<Rows> {
  readonly live: Rows
  readonly holder: Rows

  constructor(host: Host, definition: Definition, shape: Shape, functions: Indexes) {
    this.live = this.holder = new Rows(host, definition, shape, functions)
  }

  load(id: string, stored: Stored, silent: boolean): void {
    if (silent) this.live.loadSilently(id, stored)
    else this.live.loadLogged(id, stored)
  }

  loaded(): void {
    this.live.sort()
  }

  reset(keep?: ReadonlySet<string>): void {
    this.live.clear(keep)
  }

  each(visit: (entity: object) => void): void {
    for (const row of this.live.present()) visit(row)
  }

  entity(handle: object): object | undefined {
    return this.live.owns(handle) ? handle : undefined
  }
}
