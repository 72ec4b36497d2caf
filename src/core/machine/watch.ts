import { batch, type Signal, signal } from '@preact/signals-core'
import type { Core } from './machine.ts'

/** The signals of a machine's states, those of signals-core and those that abort: each made when first asked for. */
export class Watch {
  readonly #core: Core
  /** By state. */
  cells: (Signal<number> | undefined)[] | undefined
  whole: Signal<number> | undefined
  #aborts: Map<number, AbortController> | undefined

  constructor(core: Core) {
    this.#core = core
  }

  /** The state's tick as a signal. */
  cell(state: number): Signal<number> {
    this.cells ??= []
    const cell = this.cells[state] ?? signal(this.#core.ticks[state]!)
    this.cells[state] = cell
    return cell
  }
  /** Changes whenever any state does. */
  all(): Signal<number> {
    this.whole ??= signal(0)
    return this.whole
  }
  /** Is there anything to write or to fire? */
  get live(): boolean {
    return !!(this.cells || this.whole || this.#aborts?.size)
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

  /** Writes the signals of changed states, all at once. Throws what an effect throws. */
  write(deltas: readonly number[]): void {
    const { cells, whole } = this
    const { ticks } = this.#core
    let first: number | undefined
    let more = whole
    if (cells) {
      for (let i = 0; i < deltas.length; i += 2) {
        const cell = cells[deltas[i]!]
        if (!cell) continue
        if (first === undefined) first = deltas[i]!
        else more ??= cell
      }
    }
    // One signal needs no batch, which costs as much as the write.
    if (more) this.#writeAll(deltas)
    else if (first !== undefined) cells![first]!.value = ticks[first]!
  }
  #writeAll(deltas: readonly number[]): void {
    const { cells, whole } = this
    const { ticks } = this.#core
    batch(() => {
      for (let i = 0; i < deltas.length; i += 2) {
        const cell = cells?.[deltas[i]!]
        if (cell) cell.value = ticks[deltas[i]!]!
      }
      if (whole && deltas.length) whole.value = whole.peek() + 1
    })
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
  fireAll(reason?: unknown): void {
    const aborts = [...(this.#aborts?.values() ?? [])]
    this.#aborts = undefined
    for (const controller of aborts) controller.abort(reason)
  }
}
