/** The part of `navigator.locks` that is used. */
export interface Locks {
  request(
    name: string,
    options: { ifAvailable?: boolean; steal?: boolean; signal?: AbortSignal },
    holding: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>
}

/** Who owns the machines: the tab that holds a lock of the browser's, which ends with the tab at the latest. */
export class Ownership {
  readonly #locks: Locks
  readonly #name: string
  readonly #won: () => void
  readonly #lost: () => void
  #release: (() => void) | undefined
  #waiting: AbortController | undefined
  // Nothing is asked for any more; what was asked for without a way back may be granted yet.
  #over = false

  constructor(locks: Locks, name: string, won: () => void, lost: () => void) {
    this.#locks = locks
    this.#name = name
    this.#won = won
    this.#lost = lost
  }

  get held(): boolean {
    return this.#release !== undefined
  }

  /** Takes the lock if nobody has it; answers whether. */
  take(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#request({ ifAvailable: true }, resolve).catch(reject)
    })
  }

  /** Gets in line for it. */
  wait(): void {
    if (this.#waiting || this.#release) return
    const waiting = new AbortController()
    this.#waiting = waiting
    const got = () => {
      if (this.#waiting === waiting) this.#waiting = undefined
      this.#won()
    }
    this.#request({ signal: waiting.signal }, got).catch(() => {
      if (this.#waiting === waiting) this.#waiting = undefined
    })
  }

  /** Takes it from an owner that does not answer. */
  steal(): void {
    this.#withdraw()
    // Where the platform refuses, the line is all there is.
    this.#request({ steal: true }, () => this.#won()).catch(() => this.wait())
  }

  /** Gives it up, and the place in line. */
  end(): void {
    this.#over = true
    this.#withdraw()
    this.#release?.()
    this.#release = undefined
  }

  #withdraw(): void {
    this.#waiting?.abort()
    this.#waiting = undefined
  }

  async #request(options: object, got: (had: boolean) => void): Promise<void> {
    let mine: (() => void) | undefined
    this.#over = false
    try {
      await this.#locks.request(this.#name, options, (lock) => {
        if (lock === null) {
          got(false)
          return
        }
        if (this.#over) return
        return new Promise<void>((release) => {
          mine = release
          this.#release = release
          got(true)
        })
      })
    } catch (error) {
      if (mine === undefined) throw error
      // Somebody stole it.
      if (this.#release === mine) {
        this.#release = undefined
        this.#lost()
      }
    }
  }
}
