import {
  ADDED,
  type Change,
  type Definition,
  EntryRefused,
  type Holder,
  type Host,
  type Member,
  type Source,
  type Stored,
} from '../ports/host.ts'
import { migrate } from '../ports/migrate.ts'
import type { Answer, Errand } from '../ports/replica.ts'
import type { Unit } from '../ports/unit.ts'
import type { MachineTracer } from '../trace.ts'
import { compile } from './compile.ts'
import { errors } from './errors.ts'
import { type Core, createMachine } from './machine.ts'
import { summary } from './summary.ts'
import type { AnyDefinition, MachineExport } from './types.ts'

/** A clock as it is stored: only ticks that are not 0. */
export interface Clock {
  readonly ticks: Readonly<Record<string, number>>
  readonly queueTick: number
  readonly machineTick: number
}

const NOTHING_HIDDEN: ReadonlySet<string> = /* @__PURE__ */ new Set()

/** How a store holds machines of one definition: one, or a collection of them. */
export abstract class Machines implements Holder<Core>, Member<unknown> {
  readonly careful = false
  readonly hidden: ReadonlySet<string> = NOTHING_HIDDEN
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
      changed: (core) => {
        if (!this.#quiet) host.touch(this, core)
      },
      get idle() {
        return host.idle && !this.following
      },
      stepped: (core, told) => host.stepped(this.holder, core, told),
      aside: (core) => {
        // That one is gone its deletion says.
        if (host.watched && !this.#quiet && this.encode(core as Core, true)) host.aside(this.holder, core)
      },
      store: host.name,
      keyOf: (core) => this.keyOf(core as Core),
      get following() {
        return host.following === 'stored' ? definition.persist : host.following
      },
      forward: (core, errand) => host.forward(this.keyOf(core as Core), errand),
    }
  }

  get names(): readonly string[] {
    return this.#machine.names
  }

  get holder(): Holder {
    return this as unknown as Holder
  }

  abstract keyOf(core: Core): string
  abstract each(visit: (entity: object) => void): void
  abstract load(id: string, stored: Stored, from: Source): void
  abstract entity(handle: object): object | undefined
  abstract reset(keep?: ReadonlySet<string>): void
  /** Every machine that was made so far. */
  protected abstract made(): Iterable<Core>
  /** The machine of an id, made now if nobody touched it before. */
  protected abstract at(id: string): Core | undefined

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
    for (const core of this.made()) core.dispose()
  }

  own(here: boolean): void {
    for (const core of this.made()) core.engine?.own(here || !this.follows)
  }

  /** These machines are changed elsewhere, and only follow here. */
  protected get follows(): boolean {
    return this.#unit.following === true
  }

  /** Does some state's timeout run at this clock? */
  protected ticking({ ticks }: Clock): boolean {
    const { timed, names, states } = compile(this.#machine)
    return timed && names.some((name, s) => states[s]?.timeout && ((ticks[name] ?? 0) & 1) === 1)
  }

  lose(reason: unknown): void {
    for (const core of this.made()) core.engine?.watch.fireAll(reason)
  }

  mutate(id: string, { type, called, args }: Errand): Answer | undefined {
    return this.at(id)?.[type](called, args)
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

  /** Gives a machine the clock it has elsewhere, as part of the commit under way. */
  protected follow(core: Core, { ticks, queueTick, machineTick }: Clock): void {
    core.follow(
      core.compiled.names.flatMap((name, state) => [state, Object.hasOwn(ticks, name) ? (ticks[name] as number) : 0]),
      queueTick,
      machineTick,
    )
  }

  /** Gives a newborn the clock it has elsewhere: nobody is told, nothing is written. */
  protected adopt(core: Core, clock: Clock): void {
    this.#quiet = true
    this.follow(core, clock)
    this.#quiet = false
  }
  #quiet = false

  /**
   * Gives a machine its stored clock, as part of the commit under way or as its own. Where it only follows, no handler is
   * called and no auto state tried.
   */
  protected restore(core: Core, clock: Clock): void {
    if (this.follows) {
      this.follow(core, clock)
      return
    }
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
