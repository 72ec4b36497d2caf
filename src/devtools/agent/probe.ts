import type { Edge } from '../../core/machine/automaton.ts'
import type { Core } from '../../core/machine/machine.ts'
import type { Mutation, Transition } from '../../core/machine/transition.ts'
import type { MachineTracer } from '../../core/trace.ts'
import type { Entry, Probed } from './machines.ts'
import { AUTO_STEP, CALL, CAUSED, RECORD, type Ring, STEP } from './ring.ts'

/** An edge that a handler's call took. */
export interface Caused {
  readonly edge: Edge
  readonly source: Transition
}

/** A clock that moved without a transition, or unrecorded ones. */
export interface Moved {
  readonly m: number
  /** State, ticks, state, ticks, …; may be negative. */
  readonly deltas: readonly number[]
  /** Of before and after. */
  readonly seqs: readonly [number, number]
  readonly queueTicks: readonly [number, number]
  readonly machineTicks: readonly [number, number]
}

/** What a probed machine tells. */
export interface Listener {
  readonly ring: Ring
  readonly witness: MachineTracer
  moved(core: Probed, moved: Moved): void
}

/**
 * The class of machines that are looked at. Core makes its machines of it when an agent is there at their birth
 * (`Agent.kind`); a transition nobody records costs it a row in the ring, and no object.
 *
 * It is derived from the app's own `Core`: the agent may be a bundle of its own, with another copy of core in it.
 */
export function probedKind(base: typeof Core, listener: Listener): typeof Core {
  const { ring } = listener
  class ProbedCore extends base implements Probed {
    entry: Entry | undefined = undefined
    tag = 0
    seq = 0
    offset = 1
    restarts_ = 0
    handled = 0
    dropped = 0

    override step(edge: Edge, auto: boolean, source: Transition | undefined): void {
      super.step(edge, auto, source)
      const seq = ++this.seq
      if (source) ring.push(this.tag + CAUSED, seq, { edge, source } satisfies Caused)
      else ring.push(this.tag + (auto ? AUTO_STEP : STEP), seq, edge)
    }
    override begin(
      edge: Edge,
      auto: boolean,
      about: Transition | Mutation | undefined,
      source: Transition | undefined,
    ): void {
      super.begin(edge, auto, about, source)
      const seq = ++this.seq
      const { tag } = this
      if (!about) {
        if (source && !auto) ring.push(tag + CAUSED, seq, { edge, source } satisfies Caused)
        else ring.push(tag + (auto ? AUTO_STEP : STEP), seq, edge)
      } else if ('mutation' in about) {
        // Its time is not known yet, and may never be.
        if (ring.push(tag + RECORD, seq, about)) ring.took[(ring.head - 1) & ring.mask] = Number.NaN
      } else {
        about.edge = edge
        ring.push(tag + CALL, seq, about)
      }
    }
    override moved(deltas: readonly number[]): void {
      const before = this.seq + this.offset
      const { restarts, processed } = this
      listener.moved(this, {
        m: this.tag >>> 4,
        deltas,
        seqs: [this.seq, this.seq],
        queueTicks: [before, processed],
        machineTicks: [this.restarts_, restarts],
      })
      this.offset = processed - this.seq
      this.restarts_ = restarts
    }
    override get witness(): MachineTracer {
      return listener.witness
    }
  }
  return ProbedCore
}
