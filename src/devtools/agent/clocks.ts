import type { Edge } from '../../core/machine/automaton.ts'
import type { Mutation, Transition } from '../../core/machine/transition.ts'
import { type Machines, type Standing, standing } from './machines.ts'
import type { Caused, Moved } from './probe.ts'
import { CALL, CAUSED, MOVED, RECORD, RESUMED, type Ring, STEP } from './ring.ts'

/** Where a machine stood at some row. */
export interface ClockAt {
  ticks: number[]
  seq: number
  queueTick: number
  machineTick: number
}

/** What the transition in row `i` did to the clock. */
export function deltasOf(ring: Ring, i: number): readonly number[] {
  const at = i & ring.mask
  const slot = ring.slots[at]
  switch (ring.tags[at]! & 15) {
    case RECORD:
      return (slot as Transition).deltas
    case CALL:
      return (slot as Mutation).edge!.deltas
    case CAUSED:
      return (slot as Caused).edge.deltas
    default:
      return (slot as Edge).deltas
  }
}

/**
 * The clocks of all machines as they were before some row of the ring, moved forward row by row. Starts by going back
 * from the present: only that is known without having been there.
 */
export class Clocks {
  readonly at = new Map<number, ClockAt>()
  readonly #ring: Ring

  constructor(ring: Ring) {
    this.#ring = ring
  }

  /** As they were before row `from`. */
  rewind(machines: Machines, from: number): void {
    const { at } = this
    for (const entry of machines.entries.values()) {
      const now = standing(entry)
      if (now) this.put(entry.m, now)
    }
    for (let i = this.#ring.head - 1; i >= from; i--) this.#step(i, -1)
    // What ended before then is no more.
    for (const { m, end } of machines.entries.values()) if (end && end.row < from) at.delete(m)
  }

  put(m: number, { ticks, seq, queueTick, machineTick }: Standing): ClockAt {
    const clock = { ticks: ticks.slice(), seq, queueTick, machineTick }
    this.at.set(m, clock)
    return clock
  }

  /** Past row `i`. */
  pass(i: number): void {
    this.#step(i, 1)
  }

  /** Past a transition that still runs: what it does to the clock comes by `settle`. */
  count(m: number): void {
    const clock = this.at.get(m)
    if (!clock) return
    clock.seq++
    clock.queueTick++
  }
  settle(m: number, deltas: readonly number[]): void {
    const clock = this.at.get(m)
    if (clock) shift(clock.ticks, deltas, 1)
  }

  #step(i: number, sign: 1 | -1): void {
    const ring = this.#ring
    const index = i & ring.mask
    const tag = ring.tags[index]!
    const kind = tag & 15
    if (kind === RESUMED) for (const moved of ring.slots[index] as readonly Moved[]) this.#move(moved, sign)
    else if (kind === MOVED) this.#move(ring.slots[index] as Moved, sign)
    else if (kind >= STEP && kind <= RECORD) {
      const clock = this.at.get(tag >>> 4)
      if (!clock) return
      clock.seq += sign
      clock.queueTick += sign
      shift(clock.ticks, deltasOf(ring, i), sign)
    }
  }
  #move({ m, deltas, seqs, queueTicks, machineTicks }: Moved, sign: 1 | -1): void {
    const clock = this.at.get(m)
    if (!clock) return
    const side = sign > 0 ? 1 : 0
    clock.seq = seqs[side]
    clock.queueTick = queueTicks[side]
    clock.machineTick = machineTicks[side]
    shift(clock.ticks, deltas, sign)
  }
}

function shift(ticks: number[], deltas: readonly number[], sign: 1 | -1): void {
  for (let i = 0; i < deltas.length; i += 2) ticks[deltas[i]!]! += sign * deltas[i + 1]!
}
