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
    /** `queueTick` less `seq`: moves with an import only. */
    offset = 1
    handled = 0
    dropped = 0

    get seq(): number {
      return this.processed - this.offset
    }

    override step(edge: Edge, auto: boolean, source: Transition | undefined): void {
      super.step(edge, auto, source)
      if (source) ring.push(this.tag + CAUSED, { edge, source } satisfies Caused)
      else ring.push(this.tag + (auto ? AUTO_STEP : STEP), edge)
    }
    override begin(
      edge: Edge,
      auto: boolean,
      about: Transition | Mutation | undefined,
      source: Transition | undefined,
    ): void {
      super.begin(edge, auto, about, source)
      const { tag } = this
      if (!about) {
        if (source && !auto) ring.push(tag + CAUSED, { edge, source } satisfies Caused)
        else ring.push(tag + (auto ? AUTO_STEP : STEP), edge)
      } else if ('mutation' in about) {
        // Its time is not known yet, and may never be.
        if (ring.push(tag + RECORD, about)) ring.took[(ring.head - 1) & ring.mask] = Number.NaN
      } else {
        about.edge = edge
        ring.push(tag + CALL, about)
      }
    }
    override moved(deltas: readonly number[], queueTick: number, machineTick: number): void {
      const { restarts, processed } = this
      const seq = queueTick - this.offset
      listener.moved(this, {
        m: this.tag >>> 4,
        deltas,
        seqs: [seq, seq],
        queueTicks: [queueTick, processed],
        machineTicks: [machineTick, restarts],
      })
      this.offset = processed - seq
    }
    override get witness(): MachineTracer {
      return listener.witness
    }
  }
  return ProbedCore
}
