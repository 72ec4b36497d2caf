import type { Definition, Host, Source, Stored } from '../ports/host.ts'
import { type Clock, Machines } from './held.ts'
import type { Core } from './machine.ts'
import type { AnyDefinition } from './types.ts'

/** One machine in one store. */
export class MachineMember extends Machines {
  readonly live: Core

  constructor(host: Host, machine: AnyDefinition) {
    super(host, machine as unknown as Definition, machine)
    this.live = this.born(machine.name)
  }

  // What storage or a snapshot had, until everything is loaded.
  #clock: Clock | undefined
  #born = true

  load(_id: string, stored: Stored, from: Source): void {
    const clock = this.clockOf(stored)
    if (from === 'peer') this.follow(this.live, clock)
    else this.#clock = clock
    // Even where no tick differs, `machineTick` will.
    if (from === 'commit') this.host.touch(this, this.live)
  }

  loaded(): void {
    const clock = this.#clock
    const born = this.#born
    this.#clock = undefined
    this.#born = false
    if (clock === undefined) return
    if (born && this.follows) this.adopt(this.live, clock)
    else this.restore(this.live, clock)
  }

  drop(): void {
    this.follow(this.live, { ticks: {}, queueTick: 0, machineTick: 0 })
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

  protected made(): Iterable<Core> {
    return [this.live]
  }

  protected at(id: string): Core | undefined {
    return id === '' ? this.live : undefined
  }
}
