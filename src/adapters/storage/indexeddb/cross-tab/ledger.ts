import { randomId } from '../../../../core/ports/ids.ts'
import { isStorageKey } from '../../../../core/ports/storage-key.ts'
import { HEAD } from '../entries.ts'
import type { Arrival, Mark, Pending } from './outbox.ts'
import { FORGOTTEN, isSame, type Stamp, stampOf } from './stamp.ts'

/** What is needed of a database inside one transaction. A body waits for nothing else. */
export interface Shelf {
  get(key: string): Promise<unknown>
  entries(): Promise<readonly (readonly [string, unknown])[]>
  put(key: string, value: unknown): void
  delete(key: string): void
}

/** Where the database says how far it is. */
export interface Head {
  /** Counts the writes. */
  readonly seq: number
  readonly by: string
  /** Which database of this name: one that was deleted and made anew counts from 1 again. */
  readonly born: string
  /** Counts the owners. */
  readonly epoch: number
  /** The highest count of any stamp so far: a reload goes on from here. */
  readonly clock: number
}

/** What one write did: the keys, and what it overwrote without having seen it. */
interface Entry {
  readonly keys: readonly Mark[]
  readonly over: readonly Mark[]
}

/** What a write came to. */
export interface Written {
  readonly head: Head
  readonly batch: ReadonlyMap<string, Pending>
  readonly over: readonly Mark[]
}

/** What is in storage that this tab has not heard of. */
export interface News {
  readonly head: Head
  /** There is no head: the database is new, or was deleted. */
  readonly blank?: boolean
  readonly arrivals: ReadonlyMap<string, Arrival>
  readonly over: readonly Mark[]
}

/**
 * Writes that are remembered one by one. A tab that is farther behind reads everything. The deletions are remembered
 * here, too: within this reach an edit that is older than a deletion loses against it, beyond it every edit of what is
 * not there any more does.
 */
export const REACH = 256

const entryKey = (seq: number) => `log/${seq}`
const ZERO: Head = { seq: 0, by: '', born: '', epoch: 0, clock: 0 }
const NONE: ReadonlyMap<string, Arrival> = new Map()

/** What this tab knows to be in storage, and how it learns the rest. */
export class Ledger {
  head: Head = ZERO
  readonly #reach: number
  // Values are frozen, and mostly held by the store anyhow.
  readonly known = new Map<string, unknown>()

  constructor(reach: number) {
    this.#reach = reach
  }

  /** Reads, in a transaction, what is new. */
  async news(shelf: Shelf): Promise<News> {
    const { head: last } = this
    const stored = (await shelf.get(HEAD)) as Partial<Head> | undefined
    if (stored === undefined) return { head: last, blank: true, arrivals: NONE, over: [] }
    const head = { ...ZERO, ...stored }
    const same = head.born === last.born
    if (same && head.seq === last.seq) return { head, arrivals: NONE, over: [] }
    const step = head.seq - last.seq
    const seqs =
      same && step > 0 && step <= this.#reach ? Array.from({ length: step }, (_, at) => last.seq + 1 + at) : []
    const log = (await Promise.all(seqs.map((seq) => shelf.get(entryKey(seq))))) as (Entry | undefined)[]
    const gapless = log.every((entry) => entry !== undefined)
    return log.length > 0 && gapless ? this.#some(shelf, head, log as Entry[]) : this.#all(shelf, head)
  }

  async #some(shelf: Shelf, head: Head, log: readonly Entry[]): Promise<News> {
    const stamps = new Map<string, Stamp>(log.flatMap(({ keys }) => keys))
    const values = await Promise.all([...stamps.keys()].map((key) => shelf.get(key)))
    const arrivals = new Map([...stamps].map(([key, stamp], at) => [key, { value: values[at], stamp }]))
    return { head, arrivals, over: log.flatMap(({ over }) => over) }
  }

  async #all(shelf: Shelf, head: Head): Promise<News> {
    const stored = (await shelf.entries()).filter(([key]) => isStorageKey(key))
    const arrivals = new Map<string, Arrival>()
    const gone = new Set(this.known.keys())
    for (const [key, value] of stored) {
      const stamp = stampOf(value)
      const same = this.known.has(key) && isSame(stampOf(this.known.get(key)), stamp)
      if (!same || stamp[0] === 0) arrivals.set(key, { value, stamp })
      gone.delete(key)
    }
    for (const key of gone) arrivals.set(key, { value: undefined, stamp: FORGOTTEN })
    return { head, arrivals, over: [] }
  }

  /**
   * Writes, in the transaction that read `news`. A database that was deleted under us gets all that it ever
   * acknowledged to this tab.
   */
  record(shelf: Shelf, by: string, news: News, batch: ReadonlyMap<string, Pending>, epoch = news.head.epoch): Written {
    if (news.blank) for (const [key, value] of this.known) if (!batch.has(key)) shelf.put(key, value)
    let { clock } = news.head
    const keys: Mark[] = []
    const over: Mark[] = []
    for (const [key, { value, stamp, over: unseen }] of batch) {
      if (value === undefined) shelf.delete(key)
      else shelf.put(key, value)
      keys.push([key, stamp])
      clock = Math.max(clock, stamp[0])
      const arrival = news.arrivals.get(key)
      for (const other of arrival ? [...unseen, arrival.stamp] : unseen) {
        if (other[1] !== '' && other[1] !== by) over.push([key, other])
      }
    }
    const born = (news.blank ? '' : news.head.born) || randomId()
    const head = { seq: news.head.seq + 1, by, born, epoch, clock }
    const entry: Entry = { keys, over }
    shelf.put(entryKey(head.seq), entry)
    shelf.delete(entryKey(head.seq - this.#reach))
    shelf.put(HEAD, head)
    return { head, batch, over }
  }

  /** What was read is true: the transaction is complete. */
  learn({ head, arrivals, blank }: News): void {
    if (!blank) this.head = head
    for (const [key, { value }] of arrivals) this.#know(key, value)
  }

  /** What was written is true. */
  wrote({ head, batch }: Written): void {
    this.head = head
    for (const [key, { value }] of batch) this.#know(key, value)
  }

  #know(key: string, value: unknown): void {
    if (value === undefined) this.known.delete(key)
    else this.known.set(key, value)
  }
}
