import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** What an action tells the outside world. */
export interface Delivery {
  key: string
  action: string
  symbol: string
  quantity: number
}

/**
 * Stands for the outside world: it applies each key once, and remembers in a file of its own which it has applied.
 * A second delivery of a key is written down too, as a repeat, and does nothing.
 */
export class Receiver {
  readonly #file: number
  readonly #applied = new Set<string>()
  /** Quantities by symbol, from the fills that were applied. */
  readonly positions = new Map<string, number>()
  repeats = 0

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    // A line that was torn by the end of the process was not acknowledged: it comes again.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    this.#file = openSync(path, 'a+', 0o600)
    if (whole.length < text.length) ftruncateSync(this.#file, Buffer.byteLength(whole))
    for (const line of whole.split('\n')) if (line !== '') this.#count(JSON.parse(line) as Delivery)
  }

  get applied(): ReadonlySet<string> {
    return this.#applied
  }

  deliver(delivery: Delivery): void {
    const repeat = this.#applied.has(delivery.key)
    // One write of one line: what kills the process comes before it or after it.
    writeSync(this.#file, `${JSON.stringify({ ...delivery, repeat })}\n`)
    this.#count(delivery)
  }

  close(): void {
    closeSync(this.#file)
  }

  #count({ key, action, symbol, quantity }: Delivery): void {
    if (this.#applied.has(key)) {
      this.repeats++
      return
    }
    this.#applied.add(key)
    if (action === 'update_positions') this.positions.set(symbol, (this.positions.get(symbol) ?? 0) + quantity)
  }
}
