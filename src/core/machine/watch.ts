import { type Signal, signal } from '@preact/signals-core'
import type { Core } from './machine.ts'

/** The signals of a machine's states, those of signals-core and those that abort: each made when first asked for. */
export class Watch {
  readonly #core: Core
  cells: Map<number, Signal<number>> | undefined
  whole: Signal<number> | undefined
  #aborts: Map<number, AbortController> | undefined

  constructor(core: Core) {
    this.#core = core
  }

  /** The state's tick as a signal. */
  cell(state: number): Signal<number> {
    this.cells ??= new Map()
    let cell = this.cells.get(state)
    if (!cell) {
      cell = signal(this.#core.ticks[state]!)
      this.cells.set(state, cell)
    }
    return cell
  }
  /** Changes whenever any state does. */
  all(): Signal<number> {
    this.whole ??= signal(0)
    return this.whole
  }
  /** Is there anything an effect may look at? */
  get live(): boolean {
    return !!(this.cells || this.whole)
  }

  /** Fires when the state leaves `tick`; fired already when it did. */
  abort(state: number, tick: number): AbortSignal {
    const core = this.#core
    const gone = core.isDisposed() || (core.ticks[state] ?? 0) !== tick
    const known = this.#aborts?.get(state)
    if (!gone && known) return known.signal
    const controller = new AbortController()
    if (gone) controller.abort()
    else {
      this.#aborts ??= new Map()
      this.#aborts.set(state, controller)
    }
    return controller.signal
  }

  /** Writes the signals of changed states; to be called in a batch. */
  write(deltas: readonly number[]): void {
    const { cells, whole } = this
    const { ticks } = this.#core
    if (cells) {
      for (let i = 0; i < deltas.length; i += 2) {
        const cell = cells.get(deltas[i]!)
        if (cell) cell.value = ticks[deltas[i]!]!
      }
    }
    if (whole && deltas.length) whole.value = whole.peek() + 1
  }
  /** Fires the abort signals of changed states. */
  fire(deltas: readonly number[]): void {
    const aborts = this.#aborts
    if (!aborts?.size) return
    for (let i = 0; i < deltas.length; i += 2) {
      const controller = aborts.get(deltas[i]!)
      if (!controller) continue
      aborts.delete(deltas[i]!)
      controller.abort()
    }
  }
  fireAll(): void {
    const aborts = [...(this.#aborts?.values() ?? [])]
    this.#aborts = undefined
    for (const controller of aborts) controller.abort()
  }
}
