import { type Signal, signal } from '@preact/signals-core'
import { type Board, when } from './board.ts'
import { facts } from './dataset.ts'
import { Frames } from './frames.ts'
import type { HomeOptions } from './home.ts'
import { Overview } from './overview.ts'
import { places } from './places.ts'

/** A board that is open, and what is kept beside it. */
export interface Opened {
  readonly board: Board
  readonly overview: Overview
  readonly frames: Frames
}

/** Opens the board in a place, and moves it from one to the other. */
export class Session {
  /** The board; while there is none, undefined, or why not. */
  readonly opened: Signal<Opened | Error | undefined> = signal(undefined)
  /** How far the opening is, 0 to 1; undefined while nobody knows. */
  readonly share: Signal<number | undefined> = signal(undefined)
  readonly #options: HomeOptions
  // One move after the other.
  #last: Promise<void> = Promise.resolve()

  constructor(options: HomeOptions) {
    this.#options = options
  }

  moveTo(place: Board['place']): Promise<void> {
    this.#last = this.#last.then(() => this.#move(place))
    return this.#last
  }

  async #move(place: Board['place']): Promise<void> {
    const before = this.opened.peek()
    try {
      if (before && !(before instanceof Error)) {
        before.frames.end()
        await before.board.close()
      }
      const board = await places[place](this.#options)
      await this.#filled(board)
      const overview = new Overview(board.reads)
      for (const share of overview.lookInParts()) {
        this.share.value = (1 + share) / 2
        await breath()
      }
      this.opened.value = { board, overview, frames: new Frames(board, overview) }
    } catch (error) {
      this.opened.value = error instanceof Error ? error : new Error(String(error))
    }
  }

  /** Waits until all flights are on the board; on a first visit they are put there while we look on. */
  #filled({ reads, saving }: Board): Promise<void> {
    return when(() => {
      const share = reads.statuses.size / facts.length
      this.share.value = share / 2
      // Nobody goes on filling it then; the board says so, and offers another worker.
      return share >= 1 || saving() === 'disconnected'
    })
  }
}

/** Lets the browser draw, and answer, before what comes next. */
const breath = () => new Promise<void>((resolve) => setTimeout(resolve))
