import type { Compiled } from '../../core/machine/automaton.ts'
import type { Core } from '../../core/machine/machine.ts'
import type { AnyMachine } from '../../core/machine/types.ts'

/** A machine's numbers at one moment. */
export interface Standing {
  readonly ticks: readonly number[]
  /** Transitions so far. */
  readonly seq: number
  readonly queueTick: number
  readonly machineTick: number
}

/** A machine as the agent makes it: see `probedKind`. */
export interface Probed extends Core {
  entry: Entry | undefined
  /** `entry.m`, times 16. */
  tag: number
  /** Transitions so far: the newest `transition.id`. */
  readonly seq: number
  handled: number
  dropped: number
}

/** What the agent knows of one machine. It does not keep the machine alive. */
export interface Entry {
  readonly m: number
  readonly core: WeakRef<Probed>
  readonly compiled: Compiled
  readonly label: string
  /** µs. */
  readonly time: number
  readonly parent: number | undefined
  readonly tags: readonly string[]
  /** Name of the store it lives in, and its key there. */
  readonly store: string | undefined
  readonly key: string | undefined
  readonly mirror: boolean
  /** How it ended, and at which row of the ring. */
  end: { readonly standing: Standing | undefined; readonly row: number } | undefined
}

export const standingOf = (core: Probed): Standing => ({
  ticks: core.ticks.slice(),
  seq: core.seq,
  queueTick: core.processed,
  machineTick: core.restarts,
})

/** Where a machine stands, or stood when it was disposed; `undefined` when it was collected before. */
export function standing({ core, end }: Entry): Standing | undefined {
  if (end) return end.standing
  const alive = core.deref()
  return alive && standingOf(alive)
}

/** The machines that handed themselves over, by number, as long as the ring may speak of them. */
export class Machines {
  readonly entries = new Map<number, Entry>()
  /** Of the newest. */
  last = 0
  /** How many have not ended. */
  alive = 0
  readonly #labels = new Map<string, number>()
  readonly #counts = new Map<string, number>()
  #ended: Entry[] = []
  readonly #collected: FinalizationRegistry<Entry>

  /** @param collected Told of a machine that nobody holds any more and nobody disposed. */
  constructor(collected: (entry: Entry) => void) {
    this.#collected = new FinalizationRegistry((entry) => collected(entry))
  }

  add(core: Probed, time: number): Entry {
    const { options, compiled } = core
    const { unit } = options
    const { name } = compiled.definition as { name: string }
    const n = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, n)
    const m = ++this.last
    const entry: Entry = {
      m,
      core: new WeakRef(core),
      compiled,
      label: this.#label(options.id || `${name}#${n}`),
      time,
      parent: numberOf(options.parent),
      tags: options.tags ?? [],
      store: unit?.store,
      key: unit?.keyOf?.(core),
      mirror: !!unit?.following,
      end: undefined,
    }
    this.entries.set(m, entry)
    this.alive++
    core.entry = entry
    core.tag = m * 16
    this.#collected.register(core, entry, entry)
    return entry
  }

  /** A machine ended at row `row`. */
  end(entry: Entry, standing: Standing | undefined, row: number): void {
    if (entry.end) return
    entry.end = { standing, row }
    this.alive--
    this.#ended.push(entry)
    this.#collected.unregister(entry)
  }

  /** Forgets machines that ended before row `oldest`. */
  prune(oldest: number): void {
    const keep = this.#ended.findIndex(({ end }) => end!.row >= oldest)
    const gone = keep < 0 ? this.#ended : this.#ended.slice(0, keep)
    for (const { m, label } of gone) {
      this.entries.delete(m)
      const uses = this.#labels.get(label)
      if (uses === 1) this.#labels.delete(label)
    }
    this.#ended = keep < 0 ? [] : this.#ended.slice(keep)
  }

  // Two machines may have one id: a label is an address.
  #label(wanted: string): string {
    const uses = (this.#labels.get(wanted) ?? 0) + 1
    this.#labels.set(wanted, uses)
    return uses === 1 ? wanted : this.#label(`${wanted}~${uses}`)
  }
}

/** The number of a machine the agent knows. */
export const numberOf = (machine: AnyMachine | undefined): number | undefined =>
  (machine as Partial<Probed> | undefined)?.entry?.m
