import { type Signal, signal } from '@preact/signals-core'
import type { Reads } from './board.ts'
import { airportAt, facts } from './dataset.ts'
import { type Phase, phaseOf, phases } from './status.ts'

const unseen = 255
/** Flights of one part of a look in parts. */
const part = 200

/**
 * The phase of every flight, kept by looking once a frame: a flight whose machine processed nothing since the last look
 * costs one read of a number. That is cheaper than 2,000 effects, and works the same on a mirror.
 */
export class Overview {
  /** By the flight's place on the board: the number of its phase. */
  readonly phases = new Uint8Array(facts.length).fill(unseen)
  /** Goes up whenever a flight changed its phase. */
  readonly version: Signal<number> = signal(0)
  readonly #seen = new Int32Array(facts.length).fill(-1)
  readonly #reads: Reads

  constructor(reads: Reads) {
    this.#reads = reads
  }

  /** Looks; answers whether anything changed. */
  look(): boolean {
    return this.#lookFrom(0, facts.length)
  }

  /**
   * The same, a part at a time: 2,000 machines that are seen for the first time are made then. Goes on whenever it is
   * asked to, and yields how much it has seen, 0 to 1.
   */
  *lookInParts(): Generator<number> {
    for (let from = 0; from < facts.length; from += part) {
      this.#lookFrom(from, Math.min(facts.length, from + part))
      yield Math.min(1, (from + part) / facts.length)
    }
  }

  #lookFrom(from: number, to: number): boolean {
    const { statuses } = this.#reads
    let changed = false
    for (let index = from; index < to; index++) {
      const status = statuses.get((facts[index] as (typeof facts)[number]).id)
      const tick = status?.queueTick() ?? -1
      if (tick === this.#seen[index]) continue
      this.#seen[index] = tick
      const phase = status ? numberOf(phaseOf(status)) : unseen
      if (phase === this.phases[index]) continue
      this.phases[index] = phase
      changed = true
    }
    if (changed) this.version.value++
    return changed
  }

  phase(index: number): Phase | undefined {
    return phases[this.phases[index] as number]
  }
}

const numbers = new Map(phases.map((phase, number) => [phase, number]))
const numberOf = (phase: Phase) => numbers.get(phase) as number

/** Parts of the board that one may want to see. */
export const filters = {
  upcoming: ['scheduled', 'check-in', 'delayed', 'gate', 'boarding', 'last-call', 'error'],
  air: ['departed', 'airborne'],
  done: ['landed', 'arrived'],
  cancelled: ['cancelled'],
  all: phases,
} as const satisfies Record<string, readonly Phase[]>
export type Filter = keyof typeof filters

const masks = Object.fromEntries(
  Object.entries(filters).map(([name, list]) => [name, list.reduce((mask, phase) => mask | (1 << numberOf(phase)), 0)]),
) as Record<Filter, number>

/** The places of the flights of a filter whose text has all the words, in the board's order. */
export function chosen(overview: Pick<Overview, 'phases'>, filter: Filter, words: string): number[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const list: number[] = []
  overview.phases.forEach((phase, index) => {
    if (phase === unseen || ((masks[filter] >> phase) & 1) === 0) return
    const text = texts[index] as string
    if (wanted.every((word) => text.includes(word))) list.push(index)
  })
  return list
}

/** How many flights each filter has. */
export function counts(overview: Pick<Overview, 'phases'>): Record<Filter, number> {
  const count = { upcoming: 0, air: 0, done: 0, cancelled: 0, all: 0 }
  for (const phase of overview.phases) {
    for (const filter of filterNames) if (phase !== unseen && (masks[filter] >> phase) & 1) count[filter]++
  }
  return count
}
export const filterNames = Object.keys(filters) as Filter[]

/** The words a flight is found by. */
const texts = facts.map(({ id, origin, destination }) => {
  const places = [origin, destination].map((code) => `${code} ${airportAt(code).city} ${airportAt(code).state}`)
  return [id, ...places].join(' ').toLowerCase()
})
