import { encodeAny, encodeEntry } from './commit-text.ts'
import { formatLine, SNAPSHOT, sealLines } from './line.ts'

/** A slice ends at either; encoding one takes well below a millisecond, unless a single entry is larger. */
export const SLICE_ENTRIES = 256
export const SLICE_CHARACTERS = 32 * 1024

/**
 * The bytes of a snapshot, slice by slice; between two the caller waits for the disk and lets others run.
 *
 *     crc 0 <seq> "escapement snapshot 1"
 *     crc 1 <seq> {"model/a":…,"model/b":…}
 *     crc 2 <seq> 2                              how many entries
 */
export function* snapshotSlices(entries: ReadonlyMap<string, unknown>, seq: number): Generator<Buffer> {
  let line = 0
  let lines = formatLine(line++, seq, SNAPSHOT)
  let json = ''
  let count = 0
  const flush = () => {
    if (json !== '') lines += formatLine(line++, seq, `{${json.slice(1)}}`)
    const bytes = sealLines(lines)
    lines = json = ''
    count = 0
    return bytes
  }
  for (const [key, value] of entries) {
    const entry = encodeEntry(key, value)
    if (entry !== undefined) json += `,${entry}`
    else lines += formatLine(line++, seq, encodeAny(new Map([[key, value]])))
    if (++count === SLICE_ENTRIES || json.length + lines.length >= SLICE_CHARACTERS) yield flush()
  }
  yield flush()
  yield sealLines(formatLine(line, seq, `${entries.size}`))
}
