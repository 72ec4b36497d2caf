import { computed, type Signal, signal, untracked } from '@preact/signals-core'
import {
  ADDED,
  type Change,
  type Definition,
  EntryRefused,
  type Host,
  type Member,
  REMOVED,
  type Source,
  type Stored,
} from '../ports/host.ts'
import { randomId } from '../ports/ids.ts'
import { isStorageKey } from '../ports/storage-key.ts'
import { tracked } from '../ports/tracked.ts'
import type { Indexes, Shape } from './define-model.ts'
import { errors } from './errors.ts'
import { Home, KEEP } from './home.ts'
import { flip, Instance, listenOn, ordinalOf, putSlot, setOrdinal, slotsOf, watchOf } from './instance.ts'
import { RowIndex } from './row-index.ts'
import { seal } from './sealed.ts'

const LONGEST_ID = 512
// What most ids are; for those no more needs to be looked at.
const PLAIN_ID = /^[\w-]+$/

/** A row as storage gave it: validated, and nothing more until somebody touches it. */
type Parked = Stored & { readonly o: number; readonly d: Record<string, unknown> }

/** A row's place; it keeps it while it is deleted. */
const placeOf = (row: Instance | Parked) => {
  const o = row instanceof Instance ? ordinalOf(row) : row.o
  return o < 0 ? ~o : o
}

/** A caller's data as our own; undefined for what is no plain data. */
function ownCopy(data: Record<string, unknown>): Record<string, unknown> | undefined {
  const copy = { ...data }
  try {
    for (const name in copy) if (typeof copy[name] === 'object') copy[name] = seal(copy[name])
    return copy
  } catch {
    return undefined
  }
}

/** The live collection, and the holder of its rows. */
export class Rows extends Home {
  // By id, in order of insertion. A deleted row keeps its place (its ordinal is negative) until the commit is past
  // undoing, so that a rollback has nothing to move.
  #rows = new Map<string, Instance | Parked>()
  #size = 0
  #nextOrdinal = 0
  // True when an undo or a load may have left rows out of order; the next read of the order sorts, once.
  #unsorted = false
  // Goes up whenever rows come or go. Counted apart: adding to a signal's value would subscribe whoever adds.
  readonly #order: Signal<number> = signal(0)
  #moves = 0
  #ids: readonly string[] = []
  #idsAt = -1
  readonly #functions: Indexes
  // Made by the first `where`, kept up from then on.
  readonly #indexes = new Map<string, RowIndex>()
  // In a mirror: goes up with each change once an index could not be made, so that whoever asked asks again.
  #retry: Signal<number> | undefined

  constructor(host: Host, definition: Definition, shape: Shape, functions: Indexes) {
    super(host, definition, shape)
    this.#functions = functions
  }

  add(values: Record<string, unknown> = {}, id: string = randomId()): Instance {
    if (this.#row(id) !== undefined) throw errors.ROW_DUPLICATE({ model: this.shape.name, id })
    this.#mayAdd(id)
    return this.#insert(id, this.#fill(values))
  }

  put(id: string, values: Record<string, unknown>): Instance {
    const row = this.#row(id)
    if (row === undefined) return this.add(values, id)
    this.mayWrite(row)
    this.putAll(row, this.#fill(values))
    return row
  }

  get(id: string): Instance | undefined {
    const row = this.#row(id)
    if (!tracked()) return row
    if (row !== undefined) {
      const watch = watchOf(row, true)
      watch.presence ??= signal(true)
      void watch.presence.value
    } else {
      // Wakes a reader when this id comes, and at no other row: the computed one stays false until then.
      void computed(() => this.#order.value >= 0 && this.#row(id) !== undefined).value
    }
    return row
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  delete(id: string): boolean {
    const row = this.#row(id)
    if (row === undefined) return false
    this.mayWrite(row)
    this.host.run(() => this.#remove(row))
    return true
  }

  get size(): number {
    return this.#order.value >= 0 ? this.#size : 0
  }

  get ids(): readonly string[] {
    const at = this.#order.value
    if (this.#idsAt !== at) {
      this.#idsAt = at
      this.#sort()
      this.#ids = Object.freeze([...this.#rows.keys()].filter((id) => this.#alive(this.#rows.get(id))))
    }
    return this.#ids
  }

  *[Symbol.iterator](): Iterator<Instance> {
    void this.#order.value
    yield* this.present()
  }

  where(name: string, key: unknown): readonly Instance[] {
    let index = this.#indexes.get(name)
    if (index === undefined) {
      const keyOf = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined
      if (keyOf === undefined) throw errors.INDEX_UNKNOWN({ model: this.shape.name, index: name })
      const made = new RowIndex(keyOf)
      try {
        // Whoever asks first must not be subscribed to all that the making touches.
        untracked(() => {
          for (const row of this.present()) made.add(row)
        })
      } catch (error) {
        if (this.host.mirror) {
          this.#retry ??= signal(0)
          void this.#retry.value
        }
        throw error
      }
      index = made
      this.#indexes.set(name, made)
      // From now on a write may throw in an index function, and must be undone then.
      this.careful = true
    }
    return index.where(key)
  }

  toJSON(): Record<string, unknown> {
    return Object.fromEntries(Array.from(this.present(), (row) => [row.$id, row.toJSON()]))
  }

  listen(fn: () => void): () => void {
    return listenOn(this, fn)
  }

  // --- for the store's transactions -------------------------------------------------------------------------------

  override tell(row: Instance, slot: number): void {
    super.tell(row, slot)
    this.#index(row, 0)
  }

  override undo(row: Instance, slot: number, old: unknown): void {
    if (slot === ADDED) {
      if (this.#rows.get(row.$id) === row) this.#rows.delete(row.$id)
      flip(row)
      this.#came(row, -1, -1)
    } else if (slot === REMOVED) this.#revive(row, -1)
    else super.undo(row, slot, old)
  }

  override change(row: Instance, slot: number, old: unknown, outward: boolean): Change {
    if (slot >= 0) return super.change(row, slot, old, outward)
    const value = Object.freeze(this.plain(row, outward))
    const [before, after] = slot === ADDED ? [undefined, value] : [value, undefined]
    return { key: this.keyOf(row), before, after }
  }

  override settle(row: Instance): void {
    if (ordinalOf(row) < 0 && this.#rows.get(row.$id) === row) this.#rows.delete(row.$id)
  }

  move(row: Instance, step: 1 | -1): void {
    if (this.host.gate !== 0) this.host.refuse(this, row)
    if (step < 0) this.#remove(row)
    else {
      // Somebody else may have added its id since.
      if (this.#row(row.$id)) throw errors.ROW_DUPLICATE({ model: this.shape.name, id: row.$id })
      this.#revive(row, 1)
      this.host.log.push(this, row, ADDED, undefined)
    }
  }

  // --- for the member ---------------------------------------------------------------------------------------------

  /** A row, before the store is handed out. `own`: the data is ours to keep. */
  loadSilently(id: string, stored: Stored, own: boolean): void {
    if (!own) this.#admitId(id)
    const data = this.data(stored)
    const o = this.#placeIn(stored) ?? this.#nextOrdinal
    // Fit as it is, a row waits as plain data: its instance is made when somebody touches it.
    const asItIs = data === stored.d && !this.careful
    const parked = asItIs && (own ? data : ownCopy(data))
    if (parked && this.fits(parked))
      this.#rows.set(id, own && o === stored.o ? (stored as Parked) : { v: 0, d: parked, o })
    else this.#rows.set(id, this.admit(id, o, this.parse(data, this.shape.initial)))
    if (o < this.#nextOrdinal) this.#unsorted = true
    else this.#nextOrdinal = o + 1
    this.#size++
  }

  /** A row from a snapshot or a peer: like any write. */
  loadLogged(id: string, stored: Stored, from: Source): void {
    const row = this.#row(id)
    this.#admitId(id)
    const slots = this.parse(this.data(stored), row === undefined ? this.shape.initial : slotsOf(row), from)
    this.admit(id, 0, slots)
    if (row !== undefined) {
      this.putAll(row, slots)
      this.#place(row, this.#placeIn(stored) ?? ordinalOf(row))
    } else {
      this.#mayAdd(id)
      this.#insert(id, slots, this.#placeIn(stored))
    }
  }

  /** Everything is loaded. */
  reorder(): void {
    if (this.#unsorted) this.#order.value = ++this.#moves
  }

  /** Deletes all rows but those. */
  clear(keep?: ReadonlySet<string>): void {
    for (const row of [...this.present()]) if (!keep?.has(row.$id)) this.#remove(row)
  }

  *present(): Iterable<Instance> {
    this.#sort()
    for (const [id, known] of this.#rows) {
      const row = known instanceof Instance && ordinalOf(known) >= 0 ? known : this.#row(id)
      if (row !== undefined) yield row
    }
  }

  /** `present`, for those who look at every row: a generator costs as much again. */
  eachRow(visit: (row: Instance) => void): void {
    this.#sort()
    this.#rows.forEach((known, id) => {
      const row = known instanceof Instance && ordinalOf(known) >= 0 ? known : this.#row(id)
      if (row !== undefined) visit(row)
    })
  }

  owns(handle: object): boolean {
    return handle instanceof this.shape.Instance && this.#row(handle.$id) === handle
  }

  /** The place a stored row says it has, if it is one. */
  #placeIn({ o }: Stored): number | undefined {
    return Number.isSafeInteger(o) && (o as number) >= 0 ? o : undefined
  }

  #sort(): void {
    if (!this.#unsorted) return
    this.#unsorted = false
    // Two holders of the same state may have given one place to two rows: they agree on who comes first.
    this.#rows = new Map([...this.#rows].sort(([i, a], [j, b]) => placeOf(a) - placeOf(b) || (i < j ? -1 : 1)))
  }

  /** Moves a row to another place in the order, as part of the commit under way. */
  #place(row: Instance, ordinal: number): void {
    const before = ordinalOf(row)
    if (before === ordinal) return
    const move = (to: number) => {
      setOrdinal(row, to)
      this.#unsorted = true
      this.#order.value = ++this.#moves
      for (const index of this.#indexes.values()) index.moved(row)
    }
    this.host.onUndo(() => move(before))
    move(ordinal)
    this.#nextOrdinal = Math.max(this.#nextOrdinal, ordinal + 1)
    // No field changes, yet the row must be stored again.
    this.logged(row, 0, slotsOf(row)[0])
  }

  #alive(row: Instance | Parked | undefined): boolean {
    return row !== undefined && (!(row instanceof Instance) || ordinalOf(row) >= 0)
  }

  /** The row, made now if nobody touched it before. */
  #row(id: string): Instance | undefined {
    const row = this.#rows.get(id)
    if (row === undefined || row instanceof Instance) return this.#alive(row) ? (row as Instance) : undefined
    const slots = this.shape.fields.map(({ name }) => {
      const value = row.d[name]
      return typeof value === 'object' ? seal(value) : value
    })
    const made = new this.shape.Instance(this, id, row.o, slots)
    this.#rows.set(id, made)
    return made
  }

  #mayAdd(id: string): void {
    if (this.host.gate !== 0) this.host.refuse(this, this)
    try {
      this.#admitId(id)
    } catch (error) {
      throw this.invalid((error as EntryRefused).issues, id)
    }
  }

  /** Throws `EntryRefused` for an id that no storage could hold. */
  #admitId(id: string): void {
    if (typeof id === 'string' && id.length <= LONGEST_ID) {
      if (PLAIN_ID.test(id) || isStorageKey(`${this.definition.key}/${id}`)) return
    }
    const message = `an id has 1 to ${LONGEST_ID} characters, no control characters, no "." or ".." between slashes`
    throw new EntryRefused([{ path: ['$id'], message }])
  }

  /** `values` over the initial ones, by slot. */
  #fill(values: Record<string, unknown>): unknown[] {
    const slots = this.check(values)
    return this.shape.initial.map((value, slot) => {
      return slot < slots.length && slots[slot] !== KEEP ? slots[slot] : value
    })
  }

  #insert(id: string, slots: unknown[], ordinal = this.#nextOrdinal): Instance {
    const row = new this.shape.Instance(this, id, ordinal, slots)
    this.host.run(() => {
      // A row of this id that was deleted in this very transaction: the new one goes to the end.
      this.#rows.delete(id)
      this.#rows.set(id, row)
      if (ordinal < this.#nextOrdinal) this.#unsorted = true
      else this.#nextOrdinal = ordinal + 1
      this.host.log.push(this, row, ADDED, undefined)
      this.#came(row, 1, 1)
    })
    return row
  }

  #remove(row: Instance): void {
    flip(row)
    this.host.log.push(this, row, REMOVED, undefined)
    this.#came(row, -1, 1)
  }

  #revive(row: Instance, revision: 1 | -1): void {
    flip(row)
    // Its place is taken only when the id was added again meanwhile, and that was undone just before.
    if (this.#rows.get(row.$id) !== row) {
      this.#rows.set(row.$id, row)
      this.#unsorted = true
    }
    this.#came(row, 1, revision)
  }

  /** A row came (1) or went (-1); its revision moves up, or back when that is an undo. */
  #came(row: Instance, step: 1 | -1, revision: 1 | -1): void {
    this.#size += step
    this.#order.value = ++this.#moves
    putSlot(row, -1, undefined, revision)
    const presence = watchOf(row)?.presence
    if (presence !== undefined) presence.value = step > 0
    this.#index(row, step)
  }

  /**
   * A row came (1), went (-1) or changed (0): keeps the indexes up. In a mirror that has happened, whatever an index
   * function says to it: an index that throws is dropped, and whoever reads it hears why when it is made again.
   */
  #index(row: Instance, step: 1 | 0 | -1): void {
    for (const [name, index] of this.#indexes) {
      try {
        if (step === 0) index.update(row)
        else step > 0 ? index.add(row) : index.remove(row)
      } catch (error) {
        if (!this.host.mirror) throw error
        this.#indexes.delete(name)
        index.end()
      }
    }
    if (this.#retry !== undefined) this.#retry.value = ++this.#moves
  }
}

/** One collection of a model in one store. */
export class CollectionMember implements Member<Rows> {
  readonly live: Rows
  readonly holder: Rows

  constructor(host: Host, definition: Definition, shape: Shape, functions: Indexes) {
    this.live = this.holder = new Rows(host, definition, shape, functions)
  }

  load(id: string, stored: Stored, from: Source): void {
    if (from === 'commit' || from === 'peer') this.live.loadLogged(id, stored, from)
    else this.live.loadSilently(id, stored, from === 'storage')
  }

  loaded(): void {
    this.live.reorder()
  }

  reset(keep?: ReadonlySet<string>): void {
    this.live.clear(keep)
  }

  drop(id: string): void {
    this.live.delete(id)
  }

  each(visit: (entity: object) => void): void {
    this.live.eachRow(visit)
  }

  entity(handle: object): object | undefined {
    return this.live.owns(handle) ? handle : undefined
  }
}
