import { type Signal, signal } from '@preact/signals-core'
import type { Board } from './board.ts'
import { secondsAt } from './clock.ts'
import type { Overview } from './overview.ts'

/** What happens once a frame, and how often that is. */
export class Frames {
  /** The minute the board's clock shows. */
  readonly minute: Signal<number> = signal(0)
  readonly perSecond: Signal<number> = signal(0)
  /** Transitions of all machines in the last second or so. */
  readonly transitions: Signal<number> = signal(0)
  readonly #board: Board
  readonly #overview: Overview
  readonly #drawers = new Set<(seconds: number) => void>()
  #frames = 0
  #since = performance.now()
  #counted: number
  #handle = 0

  constructor(board: Board, overview: Overview) {
    this.#board = board
    this.#overview = overview
    this.#counted = board.reads.progress.transitions
    this.#frame()
  }

  get seconds(): number {
    return secondsAt(this.#board.reads.clock, Date.now())
  }

  /** Calls `draw` once a frame, with the board's time in seconds. Returns its end. */
  each(draw: (seconds: number) => void): () => void {
    this.#drawers.add(draw)
    return () => void this.#drawers.delete(draw)
  }

  end(): void {
    cancelAnimationFrame(this.#handle)
  }

  readonly #frame = () => {
    this.#overview.look()
    const { seconds } = this
    this.minute.value = Math.floor(seconds / 60)
    for (const draw of this.#drawers) draw(seconds)
    this.#frames++
    const now = performance.now()
    // Nothing is drawn where nobody looks: that is no slowness.
    if (now - this.#since >= 5000) this.#begin(now)
    if (now - this.#since >= 1000) this.#count(now)
    this.#handle = requestAnimationFrame(this.#frame)
  }

  #count(now: number): void {
    const { transitions } = this.#board.reads.progress
    const passed = (now - this.#since) / 1000
    this.perSecond.value = Math.round(this.#frames / passed)
    // A day begun anew counts from nothing.
    this.transitions.value = Math.max(0, Math.round((transitions - this.#counted) / passed))
    this.#begin(now)
  }

  #begin(now: number): void {
    this.#counted = this.#board.reads.progress.transitions
    this.#frames = 0
    this.#since = now
  }
}
