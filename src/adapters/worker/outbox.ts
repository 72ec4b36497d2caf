import { type Holder, type Member, REMOVED } from '../../core/ports/host.ts'
import { ByteWriter } from './bytes.ts'
import { textOf } from './error-text.ts'
import { type Birth, type Item, MAGIC } from './protocol.ts'

/** A machine, by what is read of it here. */
interface Clock {
  readonly ticks: readonly number[]
  readonly compiled: { readonly exception: number }
  queueTick(): number
  machineTick(): number
  error(): unknown
  isDisposed(): boolean
}

/** A clock as the page has it. */
interface Shadow {
  ended: boolean
  ticks: readonly number[]
  queueTick: number
  machineTick: number
}

/** One entity that the page must be told of. */
interface Dirty {
  readonly holder: Holder
  /** The fields that changed. */
  readonly slots: number[]
  /** It came or went, or both. */
  whole: boolean
}

const isClock = (entity: object): entity is Clock => 'ticks' in entity && 'compiled' in entity

/**
 * What one page does not know yet of the definitions it mirrors. Every change only marks what it touched; values are
 * read when a frame is made, so that however slow the page is, this holds no more than the live data has entities.
 */
export class Outbox {
  readonly #members: readonly Member[]
  readonly #places = new Map<Holder, number>()
  // How the page knows an entity. Numbers go up and are never used twice, so a late one can only miss.
  #numbers = new Map<object, number>()
  #next = 0
  #shadows = new Map<object, Shadow>()
  #ordinals = new Map<object, number>()
  #dirty = new Map<object, Dirty>()
  /** Commits since the last frame. */
  #commits = 0
  readonly #writer = new ByteWriter()

  constructor(members: readonly Member[]) {
    this.#members = members
    for (const [place, { holder }] of members.entries()) this.#places.set(holder, place)
  }

  get empty(): boolean {
    return this.#dirty.size === 0
  }

  /** A commit: answers whether it concerns this page. */
  note(touched: ReadonlyMap<object, Holder>, log: readonly unknown[]): boolean {
    let concerns = false
    for (let at = 0; at < log.length; at += 4) {
      const holder = log[at] as Holder | undefined
      if (holder === undefined || !this.#places.has(holder)) continue
      concerns = true
      const entity = log[at + 1] as object
      const slot = log[at + 2] as number
      if (slot === REMOVED && this.#unheard(entity, holder)) {
        this.#dirty.delete(entity)
        continue
      }
      const dirty = this.#mark(entity, holder)
      if (slot < 0) dirty.whole = true
      else if (!dirty.slots.includes(slot)) dirty.slots.push(slot)
    }
    for (const [entity, holder] of touched) {
      if (!isClock(entity) || !this.#places.has(holder) || this.#unheard(entity, holder)) continue
      this.#mark(entity, holder)
      concerns = true
    }
    if (concerns) this.#commits++
    return concerns
  }

  /** What of a machine is no commit: answers whether it concerns this page. */
  aside(holder: Holder, machine: object): boolean {
    if (!this.#places.has(holder)) return false
    this.#mark(machine, holder)
    return true
  }

  /** Nobody is told of anything until the next snapshot. */
  clear(): void {
    this.#numbers = new Map()
    this.#shadows = new Map()
    this.#ordinals = new Map()
    this.#dirty = new Map()
    this.#commits = 0
    this.#next = 0
  }

  /** Everything there is, as births, numbered from 0: the page starts anew. */
  snapshot(): Birth[] {
    this.clear()
    const births: Birth[] = []
    for (const member of this.#members) {
      member.each((entity) => {
        const birth = this.#birth(entity, member.holder)
        if (birth) births.push(birth)
      })
    }
    return births
  }

  /** What a snapshot's births do not say. */
  beside(): Item[] {
    const items: Item[] = []
    for (const [entity, number] of this.#numbers) this.#beside(entity, number, items)
    return items
  }

  /**
   * A frame of all that is dirty, and what of it is no numbers. `executed`: calls that were, as the answer to them, in
   * order of their numbers.
   */
  frame(epoch: number, seq: number, executed: readonly number[]): { bytes: Uint8Array; items: Item[] } {
    const writer = this.#writer
    const items: Item[] = []
    for (const number of [MAGIC, epoch, seq, this.#commits, executed.length]) writer.put(number)
    let before = 0
    for (const id of executed) {
      // Mostly the next one: a byte.
      writer.put(id - before)
      before = id
    }
    for (const [entity, dirty] of this.#dirty) this.#tell(entity, dirty, items)
    this.#dirty = new Map()
    this.#commits = 0
    return { bytes: writer.take(), items }
  }

  /** It has gone before the page heard of it: nothing is to be told. */
  #unheard(entity: object, holder: Holder): boolean {
    return !this.#numbers.has(entity) && holder.encode(entity, true) === undefined
  }

  #mark(entity: object, holder: Holder): Dirty {
    let dirty = this.#dirty.get(entity)
    if (dirty === undefined) {
      dirty = { holder, slots: [], whole: false }
      this.#dirty.set(entity, dirty)
    }
    return dirty
  }

  #tell(entity: object, { holder, slots, whole }: Dirty, items: Item[]): void {
    const number = this.#numbers.get(entity)
    if (number === undefined || whole) {
      if (number !== undefined) for (const map of [this.#numbers, this.#shadows, this.#ordinals]) map.delete(entity)
      const birth = this.#birth(entity, holder)
      // What is there again is the same thing, wherever it is now.
      if (number !== undefined) items.push(birth ? ['-', number, 'moved'] : ['-', number])
      if (birth) {
        items.push(birth)
        this.#beside(entity, this.#numbers.get(entity) as number, items)
      }
    } else if (isClock(entity)) this.#clock(entity, number, items)
    // A row that was moved to another place says so by its first field.
    else if (slots.includes(0) && this.#moved(entity, holder)) this.#tell(entity, { holder, slots, whole: true }, items)
    else {
      const item: unknown[] = [number]
      for (const slot of slots) {
        const { field, after } = holder.change(entity, slot, undefined, true)
        if (!holder.hidden.has(field as string)) item.push(slot, after)
      }
      if (item.length > 1) items.push(item as unknown as Item)
    }
  }

  #moved(entity: object, holder: Holder): boolean {
    return holder.definition.many && holder.encode(entity, true)?.o !== this.#ordinals.get(entity)
  }

  #birth(entity: object, holder: Holder): Birth | undefined {
    const stored = holder.encode(entity, true)
    if (stored === undefined) return undefined
    const { many, key } = holder.definition
    const ordinal = stored.o ?? 0
    this.#numbers.set(entity, this.#next++)
    if (many) this.#ordinals.set(entity, ordinal)
    const id = many ? holder.keyOf(entity).slice(key.length + 1) : ''
    return ['+', this.#places.get(holder) as number, id, ordinal, this.#values(entity, holder)]
  }

  /** Of a machine: its counts and ticks. Of a model: the fields that may be seen. */
  #values(entity: object, holder: Holder): unknown[] {
    if (isClock(entity)) {
      const shadow = {
        ended: false,
        ticks: entity.ticks.slice(),
        queueTick: entity.queueTick(),
        machineTick: entity.machineTick(),
      }
      this.#shadows.set(entity, shadow)
      return [shadow.queueTick, shadow.machineTick, ...shadow.ticks]
    }
    const shown = holder.shown(entity) as Record<string, unknown>
    return holder.names.filter((name) => !holder.hidden.has(name)).map((name) => shown[name])
  }

  /** Number, `queueTick`, how many states follow (and whether `machineTick` does), then state and tick of each. */
  #clock(machine: Clock, number: number, items: Item[]): void {
    const shadow = this.#shadows.get(machine) as Shadow
    const { ticks } = machine
    this.#end(machine, number, items)
    const [queueTick, machineTick] = [machine.queueTick(), machine.machineTick()]
    let changed = 0
    for (let state = 0; state < ticks.length; state++) if (ticks[state] !== shadow.ticks[state]) changed++
    const restarted = machineTick === shadow.machineTick ? 0 : 1
    if (changed + restarted === 0 && queueTick === shadow.queueTick) return
    const writer = this.#writer
    writer.put(number)
    writer.put(queueTick)
    writer.put(changed * 2 + restarted)
    if (restarted) writer.put(machineTick)
    const before = shadow.ticks as number[]
    const { exception } = machine.compiled
    if (ticks[exception] !== before[exception]) items.push(this.#error(machine, number))
    for (let state = 0; state < ticks.length; state++) {
      if (ticks[state] === before[state]) continue
      writer.put(state)
      writer.put(ticks[state] as number)
      before[state] = ticks[state] as number
    }
    shadow.queueTick = queueTick
    shadow.machineTick = machineTick
  }

  /** What a birth does not say of a machine: the error it is in `Exception` with, and that it was disposed. */
  #beside(entity: object, number: number, items: Item[]): void {
    if (!isClock(entity)) return
    if (entity.error() !== undefined) items.push(this.#error(entity, number))
    this.#end(entity, number, items)
  }

  #error(machine: Clock, number: number): Item {
    const error = machine.error()
    return ['!', number, error === undefined ? undefined : textOf(error)]
  }

  #end(machine: Clock, number: number, items: Item[]): void {
    const shadow = this.#shadows.get(machine) as Shadow
    if (shadow.ended || !machine.isDisposed()) return
    shadow.ended = true
    items.push(['x', number])
  }
}
