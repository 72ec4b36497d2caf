import { errors } from './errors.ts'

/**
 * Whole numbers from 0 as bytes: seven bits each, lowest first, the eighth says that more follow. Most numbers of a
 * frame are small, so most take one byte. The encoding is LEB128, known from WebAssembly and protocol buffers.
 */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #at = 0

  get length(): number {
    return this.#at
  }

  put(value: number): void {
    // The longest safe number takes eight bytes.
    if (this.#at + 8 > this.#bytes.length) this.#grow()
    const bytes = this.#bytes
    let rest = value
    while (rest > 127) {
      bytes[this.#at++] = (rest % 128) | 128
      // Not a shift: ticks may go past 32 bits.
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 128)
    }
    bytes[this.#at++] = rest
  }

  /** What was put so far; starts anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#at)
    this.#at = 0
    return taken
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2)
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Reads what a `ByteWriter` wrote. Throws for bytes that end too early, or that are no numbers. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  next(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#at++]
    if (byte === undefined) throw errors.STALE({ what: 'it ends too early' })
    if (byte < 128) return byte
    let value = byte & 127
    let unit = 128
    do {
      byte = bytes[this.#at++]
      if (byte === undefined || unit > 2 ** 49) throw errors.STALE({ what: 'a number has no end' })
      value += (byte & 127) * unit
      unit *= 128
    } while (byte > 127)
    return value
  }
}
