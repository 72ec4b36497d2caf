import { thousands } from './totals.ts'

/** Where progress is written: the part of `process.stdout` that is needed. */
export interface Screen {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/**
 * Tells how far a replay is: a bar that is drawn over on a terminal, a plain line every five percent elsewhere.
 */
export class Progress {
  readonly #screen: Screen
  readonly #now: () => number
  readonly #total: number
  readonly #startedAt: number
  readonly #before: number
  #nextLine = 0
  #last = -1

  /** `before` flights were done by earlier runs; they do not count for the speed. `now` is in milliseconds. */
  constructor(screen: Screen, now: () => number, total: number, before: number) {
    this.#screen = screen
    this.#now = now
    this.#total = total
    this.#before = before
    this.#startedAt = now()
  }

  /** Flights per second of this run. */
  speed(done: number): number {
    return this.perSecond(done - this.#before)
  }

  /** How many of anything that were counted in this run that is per second. */
  perSecond(count: number): number {
    return (count * 1000) / Math.max(1, this.#now() - this.#startedAt)
  }

  update(done: number, refused: number): void {
    const share = this.#total === 0 ? 1 : done / this.#total
    const text = this.#text(done, share, refused)
    if (this.#screen.isTTY) {
      const width = Math.min(40, (this.#screen.columns || 80) - text.length - 4)
      const full = Math.round(share * width)
      const bar = width < 8 ? '' : `${'█'.repeat(full)}${'░'.repeat(width - full)}  `
      // Clears the rest of the line: a shorter text must not leave the end of a longer one.
      this.#screen.write(`\r${bar}${text}\u001b[K`)
    } else if (done !== this.#last && (share * 20 >= this.#nextLine || done === this.#total)) {
      this.#last = done
      this.#nextLine = Math.floor(share * 20) + 1
      this.#screen.write(`${text}\n`)
    }
  }

  /** Leaves the line of the bar. */
  end(): void {
    if (this.#screen.isTTY) this.#screen.write('\n')
  }

  #text(done: number, share: number, refused: number): string {
    const percent = `${Math.floor(share * 100)} %`.padStart(5)
    const bad = refused > 0 ? `  ${thousands(refused)} refused` : ''
    return `${thousands(done)} of ${thousands(this.#total)} ${percent}  ${thousands(this.speed(done))} flights/s${bad}`
  }
}
