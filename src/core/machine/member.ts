import { computed, type Signal, signal } from '@preact/signals-core'
import {
  ADDED,
  type Change,
  type Definition,
  EntryRefused,
  type Holder,
  type Host,
  type Member,
  REMOVED,
  type Source,
  type Stored,
} from '../ports/host.ts'
import { randomId } from '../ports/ids.ts'
import { migrate } from '../ports/migrate.ts'
import { REDACTED } from '../ports/redacted.ts'
import { isStorageKey } from '../ports/storage-key.ts'
import type { Unit } from '../ports/unit.ts'
import type { MachineTracer } from '../trace.ts'
import { errors } from './errors.ts'
import { type Core, createMachine } from './machine.ts'
import type { Transition } from './transition.ts'
import type { AnyDefinition, CancelReason, MachineCollection, MachineExport, StateOptions } from './types.ts'

/** A clock as it is stored: only ticks that are not 0. */
interface Clock {
  readonly ticks: Readonly<Record<string, number>>
  readonly queueTick: number
  readonly machineTick: number
}

/** A transition in a commit record: plain, frozen, and without what the definition redacts. */
export interface TransitionSummary {
  /** The machine's storage key. */
  readonly key: string
  readonly id: number
  readonly type: string
  readonly called: readonly string[]
  readonly args: unknown
  readonly auto: boolean
  readonly accepted: boolean
  readonly reason: CancelReason | undefined
  readonly enters: readonly string[]
  readonly exits: readonly string[]
  /** The clock after it, in definition order. */
  readonly time: readonly number[]
}

function summary(key: string, core: Core, transition: Transition): TransitionSummary {
  const { id, type, called, auto, accepted, reason, enters, exits, timeAfter: time, args } = transition
  const shown = redactArgs(core.compiled.definition, called, args)
  return Object.freeze({
    key,
    id,
    type,
    called,
    args: shown,
    auto,
    accepted: accepted === true,
    reason,
    enters,
    exits,
    time,
  })
}

/** Arguments without what the called states' `redact` hides. */
function redactArgs({ states }: AnyDefinition, called: readonly string[], args: unknown): unknown {
  let shown = args
  for (const state of called) {
    const { redact } = (states as Record<string, StateOptions>)[state] ?? {}
    if (redact === undefined || typeof shown !== 'object' || shown === null) continue
    if (redact === true) return REDACTED
    const hidden = redact.filter((name) => name in (shown as object))
    shown = { ...shown, ...Object.fromEntries(hidden.map((name) => [name, REDACTED])) }
  }
  return shown
}

/** How a store holds machines of one definition: one, or a collection of them. */
abstract class Machines implements Holder<Core>, Member<unknown> {
  readonly careful = false
  readonly definition: Definition
  listeners: Holder['listeners'] = undefined
  abstract readonly live: unknown
  protected readonly host: Host
  readonly #machine: AnyDefinition
  readonly #unit: Unit
  // Tracers of the store, and how to detach them from each machine that lives.
  readonly #tracers = new Map<MachineTracer, Map<Core, () => void>>()

  constructor(host: Host, definition: Definition, machine: AnyDefinition) {
    this.host = host
    this.definition = definition
    this.#machine = machine
    const { unit } = host
    this.#unit = {
      run: (drain, abort) => unit.run(drain, abort),
      savepoint: (fn) => unit.savepoint(fn),
      guard: (fn) => unit.guard(fn),
      later: (run) => unit.later(run),
      changed: (core) => host.touch(this, core),
    }
  }

  get holder(): Holder {
    return this as unknown as Holder
  }

  abstract keyOf(core: Core): string
  abstract each(visit: (entity: object) => void): void
  abstract load(id: string, stored: Stored, from: Source): void
  abstract entity(handle: object): object | undefined
  abstract reset(keep?: ReadonlySet<string>): void

  encode(core: Core, _outward: boolean): Stored | undefined {
    const ticks: Record<string, number> = {}
    core.ticks.forEach((tick, state) => {
      if (tick > 0) ticks[core.compiled.names[state] as string] = tick
    })
    const d: Clock = { ticks, queueTick: core.queueTick(), machineTick: core.machineTick() }
    return { v: this.definition.version, d }
  }

  shown(core: Core): MachineExport {
    return Object.freeze(core.export())
  }

  change(core: Core, slot: number, _old: unknown, _outward: boolean): Change {
    const value = this.shown(core)
    const [before, after] = slot === ADDED ? [undefined, value] : [value, undefined]
    return { key: this.keyOf(core), before, after }
  }

  verify(): void {}
  undo(_core: Core, _slot: number, _old?: unknown): void {}
  settle(_core: Core): void {}

  // A machine's own listeners are its business: it calls them once per commit, through the unit.
  heard(): undefined {}

  trace(tracer: MachineTracer): () => void {
    const stops = new Map<Core, () => void>()
    this.#tracers.set(tracer, stops)
    this.each((core) => stops.set(core as Core, (core as Core).trace(tracer)))
    return () => {
      this.#tracers.delete(tracer)
      for (const stop of stops.values()) stop()
    }
  }

  // Attached only while somebody wants commit records.
  readonly #recorder: MachineTracer = {
    transitionEnd: (transition) => {
      const core = transition.machine as Core
      this.host.touch(this, core, summary(this.keyOf(core), core, transition))
    },
  }
  #stopRecording: (() => void) | undefined

  record(on: boolean): void {
    if (on) this.#stopRecording ??= this.trace(this.#recorder)
    else {
      this.#stopRecording?.()
      this.#stopRecording = undefined
    }
  }

  dispose(): void {
    this.each((core) => (core as Core).dispose())
  }

  protected born(id: string): Core {
    const core = createMachine(this.#machine, {
      id,
      unit: this.#unit,
      timers: this.host.timers,
      onError: (error, { phase }) =>
        this.host.report(error, phase === 'loop' || phase === 'timeout' ? 'handler' : phase, true),
    }) as unknown as Core
    for (const [tracer, stops] of this.#tracers) stops.set(core, core.trace(tracer))
    return core
  }

  protected gone(core: Core): void {
    for (const stops of this.#tracers.values()) stops.delete(core)
    core.dispose()
  }

  /** The clock of a stored entry, in the present version. Throws `EntryRefused`. */
  protected clockOf(stored: Stored): Clock {
    const { name, version, migrate: steps } = this.#machine
    const { ticks: old, queueTick, machineTick } = (stored?.d ?? {}) as Clock
    const ticks = migrate(name, version, steps as never, stored && { ...stored, d: old }) as Clock['ticks']
    const counts = typeof ticks === 'object' && ticks !== null ? Object.values(ticks) : [Number.NaN]
    if (![...counts, queueTick, machineTick].every((count) => Number.isSafeInteger(count) && count >= 0)) {
      throw new EntryRefused([{ path: ['ticks'], message: 'is not a clock' }])
    }
    return { ticks: { ...ticks }, queueTick, machineTick }
  }

  /** Gives a machine its stored clock, as part of the commit under way or as its own. */
  protected restore(core: Core, clock: Clock): void {
    this.#unit.run(
      () => {
        const states = core.restore(clock)
        if (states.length > 0) {
          this.host.report(errors.STATES_DROPPED({ machine: this.definition.name, states }), 'recovery')
        }
      },
      () => {},
    )
  }

  /** Everything inactive, a tick each for what was not. */
  protected calm(core: Core): void {
    const { names } = core.compiled
    const ticks = Object.fromEntries(core.ticks.map((tick, state) => [names[state], tick + (tick & 1)]))
    this.restore(core, { ticks, queueTick: core.queueTick(), machineTick: core.machineTick() })
  }
}

/** One machine in one store. */
export class MachineMember extends Machines {
  readonly live: Core

  constructor(host: Host, machine: AnyDefinition) {
    super(host, machine as unknown as Definition, machine)
    this.live = this.born(machine.name)
  }

  // What storage had, until everything is loaded.
  #clock: Clock | undefined

  load(_id: string, stored: Stored): void {
    this.#clock = this.clockOf(stored)
  }

  loaded(): void {
    const clock = this.#clock
    this.#clock = undefined
    if (clock !== undefined) this.restore(this.live, clock)
  }

  keyOf(): string {
    return this.definition.key
  }

  each(visit: (entity: object) => void): void {
    visit(this.live)
  }

  entity(handle: object): object | undefined {
    return handle === this.live ? handle : undefined
  }

  reset(): void {
    this.calm(this.live)
  }
}

/** One id of a collection: where it stands, and the machine, once somebody touched it. */
interface Place {
  readonly ordinal: number
  readonly clock: Clock | undefined
  core: Core | undefined
  gone: boolean
  presence: Signal<boolean> | undefined
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

  add(id: string = randomId()): Core {
    if (this.host.gate !== 0) this.host.refuse(this.holder, this)
    const { name, key } = this.definition
    if (this.#at(id) !== undefined) throw errors.MACHINE_DUPLICATE({ machine: name, id })
    if (!isStorageKey(`${key}/${id}`)) throw errors.MACHINE_ID({ machine: name, id })
    const core = this.born(id)
    this.host.run(() => {
      this.#put(id, { ordinal: this.#nextOrdinal++, clock: undefined, core, gone: false, presence: undefined })
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
      this.loaded()
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
    const clock = this.clockOf(stored)
    const known = this.#at(id)
    if (from !== 'commit') {
      const ordinal = stored.o ?? this.#nextOrdinal
      this.#nextOrdinal = Math.max(this.#nextOrdinal, ordinal + 1)
      this.#put(id, { ordinal, clock, core: undefined, gone: false, presence: undefined })
    } else this.restore(known === undefined ? this.add(id) : this.#touch(id, known), clock)
  }

  loaded(): void {
    const places = [...this.#places].sort(([, a], [, b]) => a.ordinal - b.ordinal)
    this.#places.clear()
    for (const [id, place] of places) this.#places.set(id, place)
  }

  each(visit: (entity: object) => void): void {
    for (const [id, place] of this.#places) if (!place.gone) visit(this.#touch(id, place))
  }

  override dispose(): void {
    for (const { core } of this.#places.values()) core?.dispose()
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
      if (place.clock !== undefined) this.restore(place.core, place.clock)
    }
    return place.core
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
