import type { Core } from '../../core/machine/machine.ts'
import type { Mutation, Transition } from '../../core/machine/transition.ts'
import type { AnyMachine } from '../../core/machine/types.ts'
import type { CommitRecord } from '../../core/store/record.ts'
import type { Store } from '../../core/store/store.ts'
import type { DropReason, HandlerCall, HandlerEnd, MachineTracer } from '../../core/trace.ts'
import type { HandlerStatus } from '../protocol/frames.ts'
import { type Entry, Machines, type Probed, type Standing, standing, standingOf } from './machines.ts'
import { type Listener, type Moved, probedKind } from './probe.ts'
import { COMMIT, GONE, HANDLER, MOVED, type Moments, QUEUE, RESUMED, Ring } from './ring.ts'

/** A handler that ended. */
export interface HandlerEvent {
  readonly call: HandlerCall
  /** Counts them, per machine. */
  readonly n: number
  readonly seq: number
  readonly status: HandlerStatus
  /** µs; NaN where nobody measured. */
  readonly us: number
  readonly error: unknown
}

/** A mutation that never became a transition. */
export interface Dropped {
  readonly mutation: Mutation
  readonly why: DropReason
  /** Counts them, per machine. */
  readonly n: number
  /** The machine's newest transition at the time. */
  readonly after: number
}

/** A store that handed itself over. */
export interface StoreEntry {
  readonly s: number
  readonly store: Store
}

/** Writes down what the machines and stores of a realm do, from their birth on. */
export class Recorder implements Listener {
  readonly ring: Ring
  readonly machines: Machines
  readonly stores: StoreEntry[] = []
  /** Errors that handlers, listeners and effects threw. */
  errors = 0
  /** Somebody wants to know how long things take. */
  timing = false
  readonly #moments: Moments
  readonly #kinds = new WeakMap<typeof Core, typeof Core>()
  readonly #stops: (() => void)[] = []
  /** Where each machine stood when recording was paused. */
  #paused: Map<number, Standing> | undefined
  #over = false
  #births = 0
  /** The transitions under way that are measured: of each its row, and when it began. */
  readonly #open: { readonly transition: Transition; readonly row: number; readonly start: number }[] = []
  /** When the measured handlers that still run began. */
  readonly #begun = new Map<HandlerCall, number>()

  constructor(capacity: number, moments: Moments) {
    this.#moments = moments
    this.ring = new Ring(capacity, moments)
    this.machines = new Machines((entry) => this.#end(entry, undefined))
  }

  kind(base: typeof Core): typeof Core {
    let kind = this.#kinds.get(base)
    if (!kind) {
      kind = probedKind(base, this)
      this.#kinds.set(base, kind)
    }
    return kind
  }

  machine(machine: AnyMachine): void {
    if (this.#over) return
    const { ring, machines } = this
    const entry = machines.add(machine as Probed, this.#moments.now())
    this.#paused?.set(entry.m, standingOf(machine as Probed))
    if (++this.#births % 1024 === 0) machines.prune(ring.tail)
  }

  store(store: Store): void {
    if (this.#over) return
    const s = this.stores.length + 1
    this.stores.push({ s, store })
    this.#stops.push(store.witness((record) => this.#commit(s, record)))
  }

  get recording(): boolean {
    return this.ring.on
  }
  pause(): void {
    if (!this.recording || this.#over) return
    const paused = new Map<number, Standing>()
    for (const entry of this.machines.entries.values()) {
      const now = standing(entry)
      if (now && !entry.end) paused.set(entry.m, now)
    }
    this.#paused = paused
    this.ring.on = false
  }
  /** Goes on. What happened meanwhile is one row: by how much each machine moved. */
  resume(): void {
    const paused = this.#paused
    if (!paused || this.#over) return
    this.#paused = undefined
    this.ring.on = true
    const moved: Moved[] = []
    for (const [m, before] of paused) {
      const entry = this.machines.entries.get(m)
      const after = entry && standing(entry)
      if (after && (after.seq !== before.seq || after.machineTick !== before.machineTick)) {
        moved.push(difference(m, before, after))
      }
    }
    if (moved.length) this.ring.push(RESUMED, moved)
    for (const entry of this.machines.entries.values()) {
      if (entry.end && paused.has(entry.m)) this.ring.push(entry.m * 16 + GONE, entry)
    }
  }

  /** In a pause: writes down what happened so far, as its end would. Whoever comes now begins after that. */
  catchUp(): void {
    if (this.recording) return
    this.resume()
    this.pause()
  }

  /** Lets go of everything. Machines that were made go on, unseen. */
  stop(): void {
    this.#over = true
    this.timing = false
    this.#begun.clear()
    for (const stop of this.#stops.splice(0)) stop()
    this.ring.clear()
    this.machines.entries.clear()
    this.stores.length = 0
    this.#paused = undefined
  }

  moved(core: Probed, moved: Moved): void {
    this.ring.push(core.tag + MOVED, moved)
  }

  readonly witness: MachineTracer = {
    mutationDropped: (mutation, why) => {
      const core = mutation.machine as Probed
      const n = ++core.dropped
      this.ring.push(core.tag + QUEUE, { mutation, why, n, after: core.seq } satisfies Dropped)
    },
    transitionStart: (transition) => {
      if (!this.timing) return
      this.#open.push({ transition, row: this.ring.head - 1, start: this.#moments.now() })
    },
    transitionEnd: (transition) => {
      if (this.#open.length === 0) return
      const at = this.#open.findLastIndex((open) => open.transition === transition)
      if (at < 0) return
      const { row, start } = this.#open.splice(at)[0]!
      const { ring } = this
      if (row >= ring.tail && ring.slots[row & ring.mask] === transition) {
        ring.took[row & ring.mask] = this.#moments.now() - start
      }
    },
    handlerStart: (call) => {
      if (this.timing) this.#begun.set(call, this.#moments.now())
    },
    handlerEnd: (call, end) => this.#handled(call, end),
    error: () => {
      this.errors++
    },
    disposed: (machine) => {
      const { entry } = machine as Probed
      if (entry && !this.#over) this.#end(entry, standingOf(machine as Probed))
    },
  }

  #handled(call: HandlerCall, { status, error }: HandlerEnd): void {
    const core = call.machine as Probed
    const n = ++core.handled
    const { id: seq, accepted } = call.transition
    const begun = this.#begun.get(call)
    if (begun !== undefined) this.#begun.delete(call)
    const late = accepted !== undefined
    const us = begun === undefined ? Number.NaN : this.#moments.now() - begun
    const words = late ? (status === 'failed' ? 'rejected' : 'settled') : status
    this.ring.push(core.tag + HANDLER, { call, n, seq, status: words, us, error } satisfies HandlerEvent)
  }

  #end(entry: Entry, standing: Standing | undefined): void {
    if (this.#over) return
    this.machines.end(entry, standing, this.ring.head)
    this.ring.push(entry.m * 16 + GONE, entry)
  }

  #commit(s: number, record: CommitRecord): void {
    if (record.changes.length > 0) this.ring.push(s * 16 + COMMIT, record)
  }
}

function difference(m: number, before: Standing, after: Standing): Moved {
  return {
    m,
    deltas: after.ticks.flatMap((tick, state) => {
      const by = tick - before.ticks[state]!
      return by ? [state, by] : []
    }),
    seqs: [before.seq, after.seq],
    queueTicks: [before.queueTick, after.queueTick],
    machineTicks: [before.machineTick, after.machineTick],
  }
}
