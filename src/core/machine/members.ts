import { computed, type Signal, signal } from '@preact/signals-core'
import { ADDED, EntryRefused, REMOVED, type Source, type Stored } from '../ports/host.ts'
import { randomId } from '../ports/ids.ts'
import { isStorageKey } from '../ports/storage-key.ts'
import { errors } from './errors.ts'
import { type Clock, Machines } from './held.ts'
import type { Core } from './machine.ts'
import type { MachineCollection } from './types.ts'

/** One id of a collection: where it stands, and the machine, once somebody touched it. */
interface Place {
  ordinal: number
  clock: Clock | undefined
  core: Core | undefined
  gone: boolean
  presence: Signal<boolean> | undefined
  /** The clock is that of a machine that lives elsewhere, and not one that was stored: it is taken as it is. */
  living: boolean
}

/** A collection of machines in one store. */
export class MachinesMember extends Machines implements MachineCollection<Core> {
  readonly live = this
  readonly #places = new Map<string, Place>()
  // Counted apart: adding to a signal's value would subscribe whoever adds.
  readonly #order: Signal<number> = signal(0)
  #moves = 0
  #size = 0
  #nextOrdinal = 0

  add(id: string = randomId(), ordinal = this.#nextOrdinal): Core {
    if (this.host.gate !== 0) this.host.refuse(this.holder, this)
    const { name, key } = this.definition
    if (this.#at(id) !== undefined) throw errors.MACHINE_DUPLICATE({ machine: name, id })
    if (!isStorageKey(`${key}/${id}`)) throw errors.MACHINE_ID({ machine: name, id })
    const core = this.born(id)
    this.host.run(() => {
      this.#put(id, { ordinal, clock: undefined, core, gone: false, presence: undefined, living: false })
      if (ordinal < this.#nextOrdinal) this.#sort()
      else this.#nextOrdinal = ordinal + 1
      this.host.log.push(this, core, ADDED, undefined)
    })
    return core
  }

  get(id: string): Core | undefined {
    const place = this.#at(id)
    if (place === undefined) {
      void computed(() => this.#order.value >= 0 && this.#at(id) !== undefined).value
      return undefined
    }
    place.presence ??= signal(true)
    void place.presence.value
    return this.#touch(id, place)
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  delete(id: string): boolean {
    const place = this.#at(id)
    if (place === undefined) return false
    if (this.host.gate !== 0) this.host.refuse(this.holder, this)
    const core = this.#touch(id, place)
    this.host.run(() => {
      this.#came(place, false)
      this.host.log.push(this, core, REMOVED, place)
    })
    return true
  }

  get size(): number {
    return this.#order.value >= 0 ? this.#size : 0
  }

  get ids(): readonly string[] {
    void this.#order.value
    return [...this.#places].flatMap(([id, { gone }]) => (gone ? [] : [id]))
  }

  *[Symbol.iterator](): Iterator<Core> {
    for (const id of this.ids) yield this.#touch(id, this.#places.get(id) as Place)
  }

  keyOf(core: Core): string {
    return `${this.definition.key}/${core.id}`
  }

  override encode(core: Core, outward: boolean): Stored | undefined {
    const place = this.#places.get(core.id)
    if (place === undefined || place.core !== core || place.gone) return undefined
    return { ...(super.encode(core, outward) as Stored), o: place.ordinal }
  }

  override undo(core: Core, slot: number, old?: unknown): void {
    const place = this.#places.get(core.id)
    if (slot === ADDED) {
      if (place?.core === core) {
        this.#places.delete(core.id)
        this.#came(place, false)
      }
      this.gone(core)
      return
    }
    const before = old as Place
    if (place !== before) {
      // Its id was added again meanwhile, and that was undone just before.
      this.#places.set(core.id, before)
      this.#sort()
    }
    this.#came(before, true)
  }

  override settle(core: Core): void {
    const place = this.#places.get(core.id)
    if (place?.core === core) {
      if (!place.gone) return
      this.#places.delete(core.id)
    }
    this.gone(core)
  }

  load(id: string, stored: Stored, from: Source): void {
    if (!isStorageKey(`${this.definition.key}/${id}`)) {
      throw new EntryRefused([{ path: ['id'], message: 'is no storable id' }])
    }
    const clock = this.clockOf(stored)
    const known = this.#at(id)
    if (from === 'peer') this.#meet(id, clock, stored.o)
    else if (from !== 'commit') {
      const ordinal = stored.o ?? this.#nextOrdinal
      this.#nextOrdinal = Math.max(this.#nextOrdinal, ordinal + 1)
      this.#put(id, { ordinal, clock, core: undefined, gone: false, presence: undefined, living: this.follows })
    } else {
      const core = known === undefined ? this.add(id) : this.#touch(id, known)
      this.restore(core, clock)
      this.host.touch(this, core)
    }
  }

  loaded(): void {
    this.#sort()
    if (!this.follows) this.#wake()
  }

  override own(here: boolean): void {
    if (here) this.#wake()
    super.own(here)
  }

  /** Makes the machines whose timeouts run: those cannot wait until somebody touches them. */
  #wake(): void {
    for (const [id, place] of this.#places) {
      if (place.core === undefined && place.clock !== undefined && this.ticking(place.clock)) this.#touch(id, place)
    }
  }

  #sort(): void {
    // Two holders of the same state may have given one place to two machines: they agree on who comes first.
    const places = [...this.#places].sort(([i, a], [j, b]) => a.ordinal - b.ordinal || (i < j ? -1 : 1))
    this.#places.clear()
    for (const [id, place] of places) this.#places.set(id, place)
  }

  each(visit: (entity: object) => void): void {
    for (const [id, place] of this.#places) if (!place.gone) visit(this.#touch(id, place))
  }

  drop(id: string): void {
    this.delete(id)
  }

  protected *made(): Iterable<Core> {
    for (const { core } of this.#places.values()) if (core !== undefined) yield core
  }

  protected at(id: string): Core | undefined {
    const place = this.#at(id)
    return place && this.#touch(id, place)
  }

  entity(handle: object): object | undefined {
    const { id } = handle as Core
    return this.#at(id)?.core === handle ? handle : undefined
  }

  reset(keep?: ReadonlySet<string>): void {
    for (const id of [...this.#places.keys()]) if (!keep?.has(id)) this.delete(id)
  }

  #at(id: string): Place | undefined {
    const place = this.#places.get(id)
    return place?.gone ? undefined : place
  }

  /** The machine of a place, made and given its stored clock now if nobody touched it before. */
  #touch(id: string, place: Place): Core {
    if (place.core === undefined) {
      place.core = this.born(id)
      if (place.clock !== undefined) {
        if (place.living) this.adopt(place.core, place.clock)
        else this.restore(place.core, place.clock)
      }
    }
    return place.core
  }

  /** A peer says where a machine stands. One that nobody has touched goes on waiting. */
  #meet(id: string, clock: Clock, ordinal: number | undefined): void {
    const known = this.#at(id)
    if (known === undefined) {
      this.follow(this.add(id, ordinal), clock)
      return
    }
    if (known.core !== undefined) this.follow(known.core, clock)
    else {
      known.clock = clock
      known.living = true
    }
    if (ordinal === undefined || ordinal === known.ordinal) return
    // There it was deleted and added again.
    known.ordinal = ordinal
    this.#nextOrdinal = Math.max(this.#nextOrdinal, ordinal + 1)
    this.#sort()
    this.#order.value = ++this.#moves
  }

  #put(id: string, place: Place): void {
    // An id that was deleted in this very transaction goes to the end.
    this.#places.delete(id)
    this.#places.set(id, place)
    this.#size++
    this.#order.value = ++this.#moves
  }

  #came(place: Place, comes: boolean): void {
    place.gone = !comes
    this.#size += comes ? 1 : -1
    this.#order.value = ++this.#moves
    if (place.presence !== undefined) place.presence.value = comes
  }
}
