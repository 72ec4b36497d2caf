import { crc32 } from 'node:zlib'
import { crcOf } from './crc.ts'

/** First line of a journal, and of a snapshot. Another text is another format, and is not read. */
export const JOURNAL = '"escapement journal 1"'
export const SNAPSHOT = '"escapement snapshot 1"'

const NEWLINE = 10
const SPACE = 32
const SECTOR = 512
// Text is decoded in pieces: a string has a length limit, and one decoding per line would cost more than parsing it.
const PIECE = 2 ** 23

// -1 where a byte is no lower-case hex digit. Strict, because a flipped bit turns `a` into `A`.
const DIGITS = '0123456789abcdef'
const HEX = /* @__PURE__ */ Int8Array.from({ length: 256 }, (_, byte) => DIGITS.indexOf(String.fromCharCode(byte)))

/**
 * One line of a journal or a snapshot.
 *
 *     1f0c93ab 17 14 {"model/todo/7":{"v":1,"d":{"done":true},"o":7}}\n
 *     │        │  │  └ text
 *     │        │  └ the last commit known to be on disk when this line was written
 *     │        └ number of the commit
 *     └ CRC-32 of everything from the number to the end of the text; `sealLines` puts it there
 */
export function formatLine(seq: number, durable: number, text: string): string {
  return `00000000 ${seq} ${durable} ${text}\n`
}

/** The bytes of formatted lines, each with its sum. Over the bytes of all at once: a string per line costs more. */
export function sealLines(lines: string): Buffer {
  const bytes = Buffer.from(lines)
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at)
    let sum = crcOf(bytes, at + 9, end)
    for (let i = at + 7; i >= at; i--) {
      bytes[i] = DIGITS.charCodeAt(sum & 15)
      sum >>>= 4
    }
    at = end + 1
  }
  return bytes
}

/** Reads lines in place. One object for a whole file: a line then costs no garbage but its text. */
export class LineReader {
  readonly bytes: Buffer
  /** Where the line under the reader starts, and its number from 1. */
  offset = 0
  line = 1
  seq = 0
  durable = 0
  #end = 0
  #textAt = 0
  // The piece decoded last: its place among the bytes, and how far its characters and bytes were walked in step.
  #piece = ''
  #pieceEnd = 0
  #byteAt = -1
  #charAt = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** Whether the line at `offset` is whole and unharmed; if so `seq`, `durable` and `text()` are its own. */
  read(): boolean {
    const { bytes, offset } = this
    this.#end = bytes.indexOf(NEWLINE, offset)
    const end = this.#end
    if (end < offset + 13 || bytes[offset + 8] !== SPACE) return false
    const sum = sumAt(bytes, offset)
    if (sum < 0 || crcOf(bytes, offset + 9, end) !== sum) return false
    let at = offset + 9
    let seq = 0
    for (; bytes[at] !== SPACE && at < end; at++) seq = seq * 10 + bytes[at]! - 48
    let durable = 0
    for (at++; bytes[at] !== SPACE && at < end; at++) durable = durable * 10 + bytes[at]! - 48
    this.seq = seq
    this.durable = durable
    this.#textAt = at + 1
    return at < end
  }

  /** The text of the line last read. */
  text(): string {
    if (this.offset !== this.#byteAt || this.offset >= this.#pieceEnd) this.#decode()
    // Bytes and characters differ in number, lines do not: the n-th newline of one is the n-th of the other.
    const end = this.#piece.indexOf('\n', this.#charAt)
    const text = this.#piece.slice(this.#charAt + this.#textAt - this.offset, end)
    this.#charAt = end + 1
    this.#byteAt = this.#end + 1
    return text
  }

  /** Goes to the next line; false at the end of the file. */
  next(): boolean {
    this.offset = this.#end < 0 ? this.bytes.length : this.#end + 1
    this.line++
    return this.offset < this.bytes.length
  }

  /**
   * Whether the bad line at `offset` is what an interrupted write leaves: no end, or a sector that was never
   * written. A whole line whose own newline was harmed looks alike, and is not.
   */
  torn(): boolean {
    const end = this.#end < 0 ? this.bytes.length : this.#end
    return !this.#hidesLine(end) && (this.#end < 0 || this.#zeroed(end))
  }

  #decode(): void {
    const { bytes, offset } = this
    const far = offset + PIECE
    const end = far < bytes.length ? Math.max(bytes.lastIndexOf(NEWLINE, far), this.#end) + 1 : bytes.length
    this.#piece = bytes.toString('utf8', offset, end)
    this.#pieceEnd = end
    this.#charAt = 0
  }

  #zeroed(end: number): boolean {
    const { bytes, offset } = this
    for (let at = bytes.indexOf(0, offset); at >= 0 && at < end; ) {
      const sector = at - (at % SECTOR)
      const from = Math.max(sector, offset)
      const to = Math.min(sector + SECTOR, bytes.length)
      let zeros = from
      while (zeros < to && bytes[zeros] === 0) zeros++
      if (zeros === to) return true
      at = bytes.indexOf(0, to)
    }
    return false
  }

  // Looks for a byte one bit off a newline behind something that ends like a line, and asks the sum there.
  #hidesLine(end: number): boolean {
    const { bytes, offset } = this
    const sum = sumAt(bytes, offset)
    let running = 0
    let from = offset + 9
    for (let at = offset + 13; at < end; at++) {
      const off = bytes[at]! ^ NEWLINE
      if ((off & (off - 1)) !== 0) continue
      const last = bytes[at - 1]! // one of } ] " or a digit
      if (last !== 0x7d && last !== 0x5d && last !== 0x22 && (last < 48 || last > 57)) continue
      running = crc32(bytes.subarray(from, at), running)
      from = at
      if (running === sum) return true
    }
    return false
  }
}

function sumAt(bytes: Buffer, offset: number): number {
  let high = 0
  let low = 0
  let bad = 0
  for (let i = 0; i < 4; i++) {
    const a = HEX[bytes[offset + i] ?? 0]!
    const b = HEX[bytes[offset + i + 4] ?? 0]!
    bad |= a | b
    high = (high << 4) | a
    low = (low << 4) | b
  }
  return bad < 0 ? -1 : high * 65536 + low
}
