import { storageErrors } from '../../../../core/ports/errors.ts'
import type { Site } from '../../../../core/ports/replica.ts'
import { isStorageKey } from '../../../../core/ports/storage-key.ts'
import type { Timers } from '../../../../core/ports/timers.ts'
import { asStorageError, errors as storage } from '../errors.ts'
import { errors } from './errors.ts'
import { Ledger, type News, type Shelf, type Written } from './ledger.ts'
import type { Message } from './messages.ts'
import { type Arrival, Outbox, type Pending } from './outbox.ts'
import { type KeptReplies, Replies } from './replies.ts'
import type { Transact } from './shelf.ts'
import { type Stamp, UNSTAMPED } from './stamp.ts'

/** Where the owner's answers are kept. */
const REPLIES = 'replies'
const NONE: ReadonlyMap<string, Pending> = new Map()

/** What an exchange needs to know. */
export interface ExchangeOptions {
  readonly database: string
  readonly transact: Transact
  readonly timers: Timers
  /** Of this opening: a reload is another tab. */
  readonly id: string
  readonly reach: number
}

/** What an exchange tells the tab it belongs to. */
export interface Household {
  /** Whether machines are changed here. */
  readonly owning: boolean
  /** The newest owner's epoch that is known of. */
  readonly reigning: number
  post(message: Message): void
  /** An owner of this epoch is known of. */
  regard(epoch: number): void
  /** Another tab has become the owner. */
  overtaken(): void
  /** More is stored than before. */
  stored(): void
  /** What others store cannot be read. */
  apart(): void
  report(error: unknown): void
}

class Overtaken extends Error {}

/** What the body of a write did. */
interface Recorded {
  readonly news: News
  /** Absent when there was nothing left to write. */
  readonly written: Written | undefined
  /** How many commits storage has now. */
  readonly count: number
}

/**
 * Takes the commits of one tab to storage, and to its store what others stored. Its jobs must take turns: none may see
 * another's half-done work.
 */
export class Exchange {
  readonly outbox = new Outbox()
  readonly ledger: Ledger
  readonly #options: ExchangeOptions
  readonly #database: string
  readonly #household: Household
  // What others stored and the store does not show yet: it waits while a lock is held.
  readonly #inbox = new Map<string, Arrival>()
  // The last count of a stamp, seen or made.
  #clock = 0
  /** Of the last time this tab was the owner. */
  epoch = 0
  /** The owner's answers; absent where this tab is none. */
  replies: Replies | undefined
  /** How many of the outbox's commits storage has, or refused. */
  stored = 0
  /** While a lock keeps what others stored from being shown. */
  showing: Promise<void> | undefined
  /** Why this tab stores nothing any more. */
  apart: Error | undefined
  // Why the next write fails: what it was to store is gone.
  #refusal: Error | undefined
  #site: Site | undefined

  constructor(options: ExchangeOptions, household: Household) {
    this.#options = options
    this.#database = options.database
    this.ledger = new Ledger(options.reach)
    this.#household = household
  }

  /** Everything there is, for a store that is to be made of it. */
  all(): Map<string, unknown> {
    this.#inbox.clear()
    return new Map(this.ledger.known)
  }

  /** The store stands. */
  start(site: Site): void {
    this.#site = site
  }

  /** Takes a commit of the store. */
  outgoing(commit: Map<string, unknown>): Map<string, unknown> {
    const owning = this.#household.owning && [...commit.keys()].some((key) => key.startsWith('machine/'))
    const stamp: Stamp = owning ? [++this.#clock, this.#options.id, this.epoch] : [++this.#clock, this.#options.id]
    this.outbox.add(commit, stamp)
    for (const key of commit.keys()) {
      const unseen = this.#inbox.get(key)
      if (unseen === undefined) continue
      this.#inbox.delete(key)
      this.outbox.at(key)?.over.push(unseen.stamp)
    }
    return commit
  }

  /**
   * Stores all that waits.
   * @throws StorageError when it could not, StorageConflictError when some of it was refused; what is left waits on
   */
  async write(): Promise<void> {
    // What is refused does not hold up the rest: whoever closes now has no other attempt.
    let done: Recorded | undefined
    do done = await this.#attempt()
    while (done === undefined)
    this.#written(done)
    const refusal = this.#refusal
    this.#refusal = undefined
    if (refusal !== undefined) throw refusal
  }

  /** Writes what waits; where another tab has become the owner, catches up instead, and answers nothing. */
  async #attempt(): Promise<Recorded | undefined> {
    if (this.apart !== undefined) throw this.apart
    let answering = false
    try {
      return await this.#options.transact('readwrite', async (shelf) => {
        const news = await this.ledger.news(shelf)
        answering = this.replies?.dirty ?? false
        return this.#record(shelf, news)
      })
    } catch (error) {
      if (answering && this.replies) this.replies.dirty = true
      if (!(error instanceof Overtaken)) throw asStorageError(this.#database, 'write', error)
      await this.catchUp()
      return undefined
    }
  }

  /** The body of a write: all that waits, in one transaction with what it has to count on. */
  #record(shelf: Shelf, news: News): Recorded {
    const { count, owning } = this.outbox
    const answering = this.replies?.dirty ?? false
    if ((owning || answering) && news.head.epoch !== this.epoch) throw new Overtaken()
    const batch = this.outbox.besides(news.arrivals)
    for (const key of batch.keys()) {
      if (!isStorageKey(key)) throw storageErrors.STORAGE_KEY({ storage: this.#database, key })
    }
    if (batch.size === 0 && !answering) return { news, written: undefined, count }
    if (answering) shelf.put(REPLIES, this.replies?.kept(this.#options.timers.now()))
    if (this.replies) this.replies.dirty = false
    return { news, written: this.ledger.record(shelf, this.#options.id, news, batch), count }
  }

  #written({ news, written, count }: Recorded): void {
    this.#accept(news)
    if (written !== undefined) {
      if (news.blank) this.#restored()
      this.ledger.wrote(written)
      const { head, batch, over } = written
      const entries = [...batch].map(([key, { value, stamp }]) => [key, value, stamp] as const)
      for (const [key, pending] of batch) this.outbox.stored(key, pending)
      this.#household.post({ is: 'commit', head, entries, over, owner: this.#household.owning })
    }
    this.stored = Math.max(this.stored, count)
    this.show()
    this.#household.stored()
  }

  #restored(): void {
    const { size } = this.ledger.known
    if (size > 0) this.#household.report(storage.STORAGE_RESTORED({ database: this.#database, entries: size }))
  }

  /** A tab that knew nothing of it was the first to write after a deletion: what this one had is gone. */
  #replaced({ head, arrivals, blank }: News): void {
    const { born } = this.ledger.head
    if (blank || born === '' || head.born === born) return
    const gone = [...arrivals.values()].filter(({ value }) => value === undefined).length
    if (gone > 0) this.#household.report(errors.TABS_REPLACED({ database: this.#database, gone }))
  }

  async catchUp(): Promise<void> {
    const news = await this.#options.transact('readonly', (shelf) => this.ledger.news(shelf))
    this.#accept(news)
    this.show()
  }

  /** Takes over, in storage: from now on what an earlier owner writes is refused. */
  async rise(): Promise<void> {
    const { news, kept, written } = await this.#options.transact('readwrite', async (shelf) => {
      const news = await this.ledger.news(shelf)
      const kept = (await shelf.get(REPLIES)) as KeptReplies | undefined
      // A database that was deleted and made anew counts from 0, and the tabs do not.
      const epoch = Math.max(news.head.epoch, this.#household.reigning) + 1
      return { news, kept, written: this.ledger.record(shelf, this.#options.id, news, NONE, epoch) }
    })
    this.#accept(news)
    this.ledger.wrote(written)
    this.epoch = written.head.epoch
    this.#household.regard(this.epoch)
    // Where nobody was the owner in between, ours know more.
    this.replies ??= new Replies(kept)
    this.#household.post({ is: 'commit', head: written.head, entries: [], over: [], owner: true })
  }

  /** What others stored: it meets what this tab has not stored yet, and goes on to the store. */
  #accept(news: News): void {
    this.#replaced(news)
    this.ledger.learn(news)
    this.#clock = Math.max(this.#clock, news.head.clock)
    this.#household.regard(news.head.epoch)
    if (news.head.epoch !== this.epoch) this.#overtaken()
    const lost: string[] = []
    for (const [key, arrival] of news.arrivals) {
      const met = this.outbox.meet(key, arrival)
      if (met.lost) lost.push(key)
      if (met.stands === undefined) this.#inbox.set(key, arrival)
    }
    for (const [key, [, tab]] of news.over) if (tab === this.#options.id) lost.push(key)
    if (lost.length > 0) this.#household.report(errors.TABS_OVERWRITTEN({ database: this.#database, keys: lost }))
  }

  /** Another tab is the owner: what this one's machines did and storage does not have has not happened. */
  #overtaken(): void {
    this.replies = undefined
    const keys = this.outbox.disown()
    for (const key of keys) {
      const below = this.outbox.at(key)
      const value = below ? below.value : this.ledger.known.get(key)
      this.#inbox.set(key, { value, stamp: UNSTAMPED })
    }
    if (keys.length > 0) this.#refusal = errors.TABS_OVERTAKEN({ database: this.#database, keys })
    this.#household.overtaken()
  }

  /** Shows the store what others stored. Waits while a lock is held; what comes meanwhile goes with it. */
  show(): void {
    const site = this.#site
    if (site === undefined || this.showing !== undefined || this.#inbox.size === 0) return
    const inbox = this.#inbox
    function* all(): Iterable<readonly [string, unknown]> {
      const entries = [...inbox]
      inbox.clear()
      for (const [key, { value }] of entries) yield [key, value]
    }
    try {
      this.showing = site.receive(all())?.then(
        () => this.#shown(),
        (error) => this.#shown(error),
      )
    } catch (error) {
      this.#shown(error)
    }
  }

  #shown(error?: unknown): void {
    this.showing = undefined
    if (error === undefined) this.show()
    else if ((error as { code?: string }).code !== 'CLOSED') this.#part(error)
  }

  /** What others store cannot be read here: then nothing may be written either. */
  #part(cause: unknown): void {
    this.apart = errors.TABS_APART({ database: this.#database }, cause)
    this.#household.report(this.apart)
    this.#household.apart()
  }

  /** A write that storage has, told by who made it. */
  async follow({ head, entries, over }: Message & { is: 'commit' }): Promise<void> {
    const mine = this.ledger.head
    if (head.born === mine.born && head.seq <= mine.seq) return
    if (head.born !== mine.born || head.seq !== mine.seq + 1) {
      await this.catchUp()
      return
    }
    const arrivals = new Map(entries.map(([key, value, stamp]) => [key, { value, stamp }]))
    this.#accept({ head, arrivals, over })
    this.show()
  }

  async reach(seq: number): Promise<void> {
    if (seq > this.ledger.head.seq) await this.catchUp()
  }
}
