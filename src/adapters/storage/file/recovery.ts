import { applyText } from './commit-text.ts'
import { JOURNAL, LineReader, SNAPSHOT } from './line.ts'

/** A numbered file, read whole. */
export interface Loaded {
  readonly name: string
  readonly number: number
  readonly bytes: Buffer
}

/** The newest snapshot, and every journal not older, by number. */
export interface Generation {
  readonly snapshot: Loaded | undefined
  readonly journals: readonly Loaded[]
}

/** What cannot be read although it was acknowledged. `line` counts from 1; 0 is the file as such. */
export interface Damage {
  readonly file: string
  readonly line: number
  readonly reason: string
}

/** What a generation of files amounts to. */
export interface Recovery {
  readonly entries: Map<string, unknown>
  /** Number of the last commit read. */
  seq: number
  /** The journal to go on with, and how many of its bytes read; 0: not even its header does. */
  journal: { number: number; length: number; size: number } | undefined
  /** What an interrupted write left behind that length. */
  cut: { file: string; line: number; bytes: number } | undefined
  /** Newer journals that were never written to, and do not fit. */
  readonly unused: string[]
  /** At most one: reading ends there. What was read is good all the same, for who asked for a repair. */
  damage: Damage | undefined
  /** The damaged files, and those whose reading needs them. */
  readonly spoiled: string[]
}

/**
 * Which entries hold after a crash, and where to go on. Pure: reads buffers, changes nothing.
 *
 *     snapshot-3   everything up to commit 40
 *     journal-3    41 42 43 44          continues snapshot-3
 *     journal-4    45 46 4              continues journal-3; 47 was interrupted: cut
 *
 * Reading ends at the first line that is bad or out of sequence. If any good line behind it says that more was on
 * disk than was read, or if the line is not what an interrupted write leaves, that is damage and not a tail.
 * O(bytes), in one pass.
 */
export function recover({ snapshot, journals }: Generation): Recovery {
  const state: Recovery = {
    entries: new Map(),
    seq: 0,
    journal: undefined,
    cut: undefined,
    unused: [],
    damage: undefined,
    spoiled: [],
  }
  // Undefined: unknown, take the first journal's word. Only after damage.
  let base: number | undefined = 0
  if (snapshot) {
    const read = readSnapshot(snapshot, state.entries)
    base = read.base
    if (read.damage) {
      state.damage = read.damage
      state.spoiled.push(snapshot.name)
    }
  }
  const first = snapshot?.number ?? journals[0]?.number
  if (!snapshot && journals[0] && baseOf(journals[0]) > 0) {
    base = undefined
    state.damage = { file: `snapshot-${first}`, line: 0, reason: 'the file is missing' }
  }
  state.seq = base ?? 0
  for (let i = 0; i === 0 || i < journals.length; i++) {
    const file = journals[i]
    if (first === undefined) break // an empty directory
    const damage =
      file?.number === first + i
        ? readJournal(file, i === 0 ? base : state.seq, state, journals.slice(i + 1))
        : { file: `journal-${first + i}`, line: 0, reason: 'the file is missing' }
    if (damage) {
      state.damage ??= damage
      state.cut = undefined
      for (const spoiled of journals.slice(i)) state.spoiled.push(spoiled.name)
      break
    }
    if (state.cut || state.unused.length > 0) break
  }
  return state
}

/** Reads lines while they are good and `seq` counts up by one; false at once when `each` says so. */
function readJournal(
  file: Loaded,
  base: number | undefined,
  state: Recovery,
  later: readonly Loaded[],
): Damage | undefined {
  const bytes = withoutRoom(file.bytes)
  const reader = new LineReader(bytes)
  const at = (reason: string): Damage => ({ file: file.name, line: reader.line, reason })
  const isFirst = state.journal === undefined
  let more = bytes.length > 0
  if (more && reader.read()) {
    if (reader.text() !== JOURNAL) return at('not a journal of a known format')
    state.seq = base ?? reader.seq
    if (reader.seq !== state.seq) {
      // Begun after a failed sync, and never used: behind commits that were never acknowledged, or (when writes do not
      // wait for the disk) before some that never reached it.
      if (!isFirst && later.length === 0 && reader.durable <= state.seq && !reader.next()) {
        state.unused.push(file.name)
        return undefined
      }
      return at(`continues commit ${reader.seq}, but commit ${state.seq} is the last before it`)
    }
    more = reader.next()
    while (more && reader.read() && reader.seq === state.seq + 1) {
      try {
        applyText(reader.text(), state.entries)
      } catch {
        return at('the text of the commit does not parse')
      }
      state.seq++
      more = reader.next()
    }
    state.journal = { number: file.number, length: reader.offset, size: file.bytes.length }
    if (!more) return undefined
  } else if (isFirst) {
    state.seq = base ?? 0
    state.journal = { number: file.number, length: 0, size: file.bytes.length }
  }
  if (more && !reader.torn()) return at('the line is damaged')
  const { line, offset } = reader
  if (knownDurable(reader, later) > state.seq || !later.every(isUnwritten)) {
    return { file: file.name, line, reason: 'the line is damaged, and later ones show that it was on disk' }
  }
  if (bytes.length > offset) state.cut = { file: file.name, line, bytes: bytes.length - offset }
  if (offset === 0 && !isFirst) state.unused.push(file.name)
  for (const unused of later) state.unused.push(unused.name)
  return undefined
}

/** Zeros at the end are room that was laid out and not written to. */
function withoutRoom(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}

/** The commit a journal continues; 0 if its header does not read. */
function baseOf(file: Loaded): number {
  const reader = new LineReader(file.bytes)
  return reader.read() ? reader.seq : 0
}

/** The furthest commit that any good line, from the reader's place on, knows to be on disk. */
function knownDurable(reader: LineReader, later: readonly Loaded[]): number {
  let durable = 0
  for (const each of [reader, ...later.map((file) => new LineReader(withoutRoom(file.bytes)))]) {
    for (let more = each.offset < each.bytes.length; more; more = each.next()) {
      if (each.read()) durable = Math.max(durable, each.durable)
    }
  }
  return durable
}

/** Nothing but a header, or the beginning of one. */
function isUnwritten(file: Loaded): boolean {
  const reader = new LineReader(withoutRoom(file.bytes))
  return reader.bytes.length === 0 || (reader.read() ? !reader.next() : reader.torn())
}

/**
 * A snapshot is its header, lines of entries, and a line that counts the entries; whatever else is damage, for it got
 * its name only after all of it was on disk. Reads on past bad lines: its entries do not depend on each other.
 */
function readSnapshot(
  file: Loaded,
  entries: Map<string, unknown>,
): { base: number | undefined; damage: Damage | undefined } {
  const reader = new LineReader(file.bytes)
  let base: number | undefined
  let counted: number | undefined
  let damage: Damage | undefined
  const bad = (reason: string) => {
    damage ??= { file: file.name, line: reader.line, reason }
  }
  for (let more = file.bytes.length > 0; more; more = reader.next()) {
    if (!reader.read() || reader.seq !== reader.line - 1 || counted !== undefined) {
      bad('the line is damaged')
      if (reader.line === 1 || !reader.read()) continue
    }
    const text = reader.text()
    base ??= reader.durable
    if (reader.line === 1) {
      if (text !== SNAPSHOT) bad('not a snapshot of a known format')
    } else if (/^\d+$/.test(text)) {
      counted = Number(text)
    } else {
      try {
        applyText(text, entries)
      } catch {
        bad('the text of the entries does not parse')
      }
    }
  }
  if (counted !== entries.size) bad('the file is incomplete')
  return { base, damage }
}
