import type { Target } from '../../protocol/identity.ts'
import type { MachineTrace } from './machine-trace.ts'
import type { StoreTrace } from './store-trace.ts'

/** One run of a target: a page load, a worker's life, a process. */
export class RunTrace {
  readonly id: string
  target: Target
  /** Epoch ms of its time 0. */
  origin: number
  /** Smallest step of its clock, µs. */
  step: number
  readonly machines = new Map<number, MachineTrace>()
  readonly byLabel = new Map<string, MachineTrace>()
  readonly stores = new Map<number, StoreTrace>()
  /** Latest time told in it, µs since the epoch: when things happened that carry no time. */
  latest: number
  /** Handler and queue rows that were lost. */
  othersDropped = 0

  constructor(target: Target, origin: number, step: number) {
    this.id = target.run
    this.target = target
    this.origin = origin
    this.step = step
    this.latest = origin * 1000
  }

  /** µs of this run to µs since the epoch. */
  epoch(time: number): number {
    return this.origin * 1000 + time
  }
  storeNamed(name: string): StoreTrace | undefined {
    return [...this.stores.values()].find((store) => store.name === name)
  }
}
