import type { Held, ModelChange } from '../../protocol/frames.ts'
import type { Preview } from '../../protocol/preview.ts'
import { firstFrom } from './machine-trace.ts'
import { GAP, type Rows } from './rows.ts'
import type { RunTrace } from './run-trace.ts'

/** What a commit did. */
export interface CommitDetail {
  readonly origin: string
  readonly changes: readonly ModelChange[]
  /** Changes beyond those told. */
  readonly more: number
}

/** One change of one field. */
export interface FieldChange {
  /** The commit's row. */
  readonly row: number
  readonly before: Preview
  readonly after: Preview
}

/** A value of a field that was asked for, and when it was so. */
export interface Asked {
  /** The store's last commit when it was read. */
  readonly seq: number
  readonly value: Preview
}

export type FieldValue =
  /** `from`: the commit that says so, if one did. */
  | { readonly known: true; readonly value: Preview; readonly from?: number | undefined }
  /** `askable`: the live value is the one of this moment. */
  | { readonly known: false; readonly askable: boolean }

export const ABSENT: Preview = Object.freeze({ $: 'undefined' })

/** One store in one run: its commits, and the fields they changed. */
export class StoreTrace {
  readonly index: number
  readonly run: RunTrace
  readonly s: number
  readonly #rows: Rows
  name = ''
  holds: readonly Held[] = []
  /** Commits and gaps, by number. */
  readonly events: number[] = []
  readonly bySeq = new Map<number, number>()
  /** Entity key → field → its changes, in order; the field `null` is the entity itself. */
  readonly entities = new Map<string, Map<string | null, FieldChange[]>>()
  readonly asked = new Map<string, Asked>()

  constructor(index: number, run: RunTrace, s: number, rows: Rows) {
    this.index = index
    this.run = run
    this.s = s
    this.#rows = rows
  }

  endOf(row: number): number {
    return this.#rows.kind[row] === GAP ? this.#rows.until[row]! : this.#rows.seq[row]!
  }
  get lastSeq(): number {
    const last = this.events.at(-1)
    return last === undefined ? 0 : this.endOf(last)
  }
  insert(row: number): boolean {
    const { events } = this
    let at = events.length
    while (at > 0 && this.endOf(events[at - 1]!) > this.endOf(row)) at--
    events.splice(at, 0, row)
    return at === events.length - 1
  }
  remove(row: number): void {
    this.events.splice(this.events.indexOf(row), 1)
  }
  placeOf(row: number): number {
    return firstFrom(this.events, (event) => this.endOf(event) >= this.endOf(row))
  }
  /** The last commit or gap at or before a moment; -1 before all. */
  eventAt(row: number): number {
    return firstFrom(this.events, (event) => this.#rows.compare(event, row) > 0) - 1
  }

  /** Takes in what a commit changed. */
  learn(row: number, changes: readonly ModelChange[]): void {
    for (const [key, field, before, after] of changes) {
      let fields = this.entities.get(key)
      if (!fields) {
        fields = new Map()
        this.entities.set(key, fields)
      }
      const list = fields.get(field) ?? []
      if (!list.length) fields.set(field, list)
      let at = list.length
      while (at > 0 && this.#rows.seq[list[at - 1]!.row]! > this.#rows.seq[row]!) at--
      list.splice(at, 0, { row, before, after })
    }
  }

  /** All that happened to one field, in order: its own changes, and its entity's coming and going. */
  changesOf(key: string, field: string): FieldChange[] {
    const fields = this.entities.get(key)
    const whole = fields?.get(null) ?? []
    const own = fields?.get(field) ?? []
    if (!whole.length) return own
    const taken = whole.map(({ row, before, after }) => ({
      row,
      before: entryOf(before, field),
      after: entryOf(after, field),
    }))
    return [...own, ...taken].sort((a, b) => this.#rows.seq[a.row]! - this.#rows.seq[b.row]!)
  }

  /**
   * A field at a moment: the last `after` before it, else the first `before` behind it, else what was asked, else
   * unknown. No answer reaches across commits that were lost: the field may have changed in one of them.
   *
   * @param moment The store's number at the moment: `seqAt`. `undefined` is now.
   */
  valueAt(key: string, field: string, moment: number | undefined): FieldValue {
    const changes = this.changesOf(key, field)
    const now = this.lastSeq
    const at = moment ?? now
    const behind = firstFrom(
      changes.map((change) => this.#rows.seq[change.row]!),
      (seq) => seq > at,
    )
    const last = changes[behind - 1]
    if (last && !this.#lostBetween(this.#rows.seq[last.row]!, at)) {
      return { known: true, value: last.after, from: last.row }
    }
    const next = changes[behind]
    // The commit itself is there, so what was lost ends before it.
    if (next && !this.#lostBetween(at, this.#rows.seq[next.row]! - 1)) return { known: true, value: next.before }
    const asked = this.asked.get(`${key}\n${field}`)
    const unchanged = (a: number, b: number) => {
      const [low, high] = a < b ? [a, b] : [b, a]
      const moved = changes.some(({ row }) => this.#rows.seq[row]! > low && this.#rows.seq[row]! <= high)
      return !moved && !this.#lostBetween(low, high)
    }
    if (asked && unchanged(asked.seq, at)) return { known: true, value: asked.value }
    return { known: false, askable: unchanged(at, now) }
  }

  /** The store's number at a moment: that of its last commit, or of the last one of a gap. */
  seqAt(row: number): number {
    const place = this.eventAt(row)
    return place < 0 ? (this.events.length ? this.#firstSeq() - 1 : 0) : this.endOf(this.events[place]!)
  }

  #firstSeq(): number {
    return this.#rows.seq[this.events[0]!]!
  }
  /** Was a commit after number `from`, up to number `to`, lost? */
  #lostBetween(from: number, to: number): boolean {
    if (to <= from) return false
    for (let i = firstFrom(this.events, (event) => this.endOf(event) > from); i < this.events.length; i++) {
      const event = this.events[i]!
      if (this.#rows.seq[event]! > to) return false
      if (this.#rows.kind[event] === GAP) return true
    }
    // Numbers that nothing was told of yet.
    return to > this.lastSeq
  }
}

/** A field of an entity as a preview shows it. */
export function entryOf(preview: Preview, field: string): Preview {
  if (typeof preview !== 'object' || preview === null || preview.$ !== 'object') return ABSENT
  return preview.v.find(([name]) => name === field)?.[1] ?? ABSENT
}
