import { delayed } from './compile.ts'
import type { Core } from './machine.ts'
import type { MutationType } from './resolve.ts'

/** The timeouts of active states. */
export class Alarms {
  readonly #core: Core
  readonly #ring: (type: MutationType, states: readonly string[], state: number) => void
  readonly #running = new Map<number, () => void>()

  constructor(core: Core, ring: (type: MutationType, states: readonly string[], state: number) => void) {
    this.#core = core
    this.#ring = ring
  }

  /** Starts those of `states` that are active. */
  wind(states: readonly number[]): void {
    const { compiled, ticks, timers } = this.#core
    for (const s of states) {
      const timeout = compiled.states[s]!.timeout
      if (!timeout || !(ticks[s]! & 1)) continue
      const { type, states: called } = delayed(timeout)
      this.stop(s)
      const stop = timers.after(timeout.ms, () => {
        this.#running.delete(s)
        this.#ring(type, called, s)
      })
      this.#running.set(s, stop)
    }
  }
  stop(state: number): void {
    this.#running.get(state)?.()
    this.#running.delete(state)
  }
  dispose(): void {
    for (const state of [...this.#running.keys()]) this.stop(state)
  }
}
