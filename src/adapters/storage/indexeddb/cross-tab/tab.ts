import { type Signal, signal } from '@preact/signals-core'
import { storageErrors } from '../../../../core/ports/errors.ts'
import type { Answer, Errand, Following, Site } from '../../../../core/ports/replica.ts'
import { isStorageKey } from '../../../../core/ports/storage-key.ts'
import type { Timers } from '../../../../core/ports/timers.ts'
import { asStorageError, errors as storage } from '../errors.ts'
import { Errands, FAILED } from './errands.ts'
import { errors } from './errors.ts'
import { Ledger, type News, type Shelf, type Written } from './ledger.ts'
import { type Message, Wire } from './messages.ts'
import { type Arrival, Outbox, type Pending } from './outbox.ts'
import { Ownership } from './ownership.ts'
import type { Platform } from './platform.ts'
import { type KeptReplies, Replies } from './replies.ts'
import type { Transact } from './shelf.ts'
import { type Stamp, UNSTAMPED } from './stamp.ts'

/**
 * What a tab is among those on one database: `joining` (not open yet, or closed), `owner` (machines are changed here,
 * their handlers and timeouts run here), `mirror` (they follow the owner's), `alone` (it does not see the others).
 */
export type Role = 'joining' | 'owner' | 'mirror' | 'alone'

export interface TabOptions {
  readonly database: string
  readonly transact: Transact
  readonly platform: Platform
  readonly timers: Timers
  /** Milliseconds between two looks whether the owner lives. */
  readonly beat: number
  /** Of this opening: a reload is another tab. */
  readonly id: string
  readonly reach: number
}

// So many looks without a sign of life, and the owner's place is taken.
const MISSES = 3
/** Where the owner's answers are kept. */
const REPLIES = 'replies'
const NONE: ReadonlyMap<string, Pending> = new Map()

class Overtaken extends Error {}

/** What the body of a write did. */
interface Recorded {
  readonly news: News
  /** Absent when there was nothing left to write. */
  readonly written: Written | undefined
  /** How many commits storage has now. */
  readonly count: number
}

/** One tab: takes the store's commits to storage, and to the store what others stored. */
export class Tab {
  /** Reactive. */
  readonly role: Signal<Role> = signal('joining')
  following: Following = 'stored'
  readonly #options: TabOptions
  readonly #database: string
  readonly #id: string
  readonly #ledger: Ledger
  readonly #outbox = new Outbox()
  // What others stored and the store does not show yet: it waits while a lock is held.
  readonly #inbox = new Map<string, Arrival>()
  #showing: Promise<void> | undefined
  readonly #errands = new Errands()
  #replies: Replies | undefined
  readonly #wire: Wire
  readonly #ownership: Ownership
  // The last count of a stamp, seen or made.
  #clock = 0
  // Of the last time this tab was the owner.
  #epoch = 0
  // How many of the outbox's commits storage has, or refused.
  #stored = 0
  #site: Site | undefined
  #asleep = false
  #closing = false
  #ended = false
  /** Why this tab stores nothing any more. */
  #apart: Error | undefined
  /** Why the next write fails: what it was to store is gone. */
  #refusal: Error | undefined
  #failing = false
  #heard = true
  #misses = 0
  // The newest owner that is known of. Errands go to it alone, and its answers alone count: what an earlier one said no
  // to, and told too late, may have happened at this one.
  #reigning = 0
  #cancelBeat = () => {}
  #met = () => {}
  #unwatch = () => {}
  // Jobs take turns: none sees another's half-done work. The first ones wait until the store stands.
  #begin = () => {}
  #last: Promise<unknown>

  constructor(options: TabOptions) {
    const { database, platform, id, reach } = options
    this.#options = options
    this.#database = database
    this.#id = id
    this.#ledger = new Ledger(reach)
    const name = `escapement/${database}`
    this.#wire = new Wire(
      () => platform.channel!(name),
      (message) => this.#hear(message),
    )
    this.#ownership = new Ownership(
      platform.locks!,
      `${name}/owner`,
      () => this.#won(),
      () => this.#lost(),
    )
    this.#last = new Promise<void>((begin) => {
      this.#begin = begin
    })
  }

  // --- For the store

  /** Meets the others. Whoever comes first owns the machines. Throws where the platform does not allow it. */
  async join(): Promise<void> {
    // Before reading: what is announced from now on waits for its turn.
    this.#wire.open()
    if (!(await this.#ownership.take())) await this.#meet()
  }

  /** Everything there is. */
  async read(): Promise<ReadonlyMap<string, unknown>> {
    // Where nothing can be written (the quota is used up) it can be read all the same: owning comes later then. So it
    // does when the lock comes meanwhile.
    const risen =
      this.#ownership.held &&
      (await this.#rise().then(
        () => true,
        () => false,
      ))
    if (!risen) await this.#catchUp()
    this.#inbox.clear()
    if (risen && this.#ownership.held) this.following = false
    return new Map(this.#ledger.known)
  }

  /** Somebody has the lock: a page that is going (a reload's last one, mostly), or an owner, which says so. */
  #meet(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.timers.after(this.#options.beat / 4, () => this.#met())
      this.#met = () => {
        cancel()
        this.#met = () => {}
        resolve()
      }
      this.#ownership.wait()
      this.#wire.post({ is: 'ping' })
    })
  }

  start(site: Site): void {
    this.#site = site
    this.#unwatch = this.#options.platform.lifecycle({
      sleep: () => this.#sleep(),
      wake: () => this.#wake(),
    })
    if (this.following) {
      this.#become('mirror')
      if (this.#ownership.held) this.#won()
      else this.#ownership.wait()
    } else this.#reign()
    this.#wait()
    this.#begin()
  }

  outgoing(commit: Map<string, unknown>): Map<string, unknown> {
    const owning = !this.following && [...commit.keys()].some((key) => key.startsWith('machine/'))
    const stamp: Stamp = owning ? [++this.#clock, this.#id, this.#epoch] : [++this.#clock, this.#id]
    this.#outbox.add(commit, stamp)
    for (const key of commit.keys()) {
      const unseen = this.#inbox.get(key)
      if (unseen === undefined) continue
      this.#inbox.delete(key)
      this.#outbox.at(key)?.over.push(unseen.stamp)
    }
    return commit
  }

  write(): Promise<void> {
    return this.#turn(() => this.#write())
  }

  forward(key: string, errand: Errand): Promise<Answer> {
    if (this.#apart !== undefined || this.#ended) return Promise.resolve(FAILED)
    const { report } = this.#site as Site
    try {
      if (errand.args !== undefined) structuredClone(errand.args)
    } catch (error) {
      report(errors.TABS_ARGS({ key }, error))
      return Promise.resolve(FAILED)
    }
    const answer = this.#errands.add(key, errand, this.#options.timers.now())
    // It is called in the middle of a commit, which goes first.
    queueMicrotask(() => {
      this.#errands.follow(this.#outbox.count)
      this.#send(false)
    })
    return answer
  }

  /** Whatever others ask from now on is for the next owner; who that is is open until all is stored. */
  closing(): void {
    this.#closing = true
  }

  /** Gives up everything. */
  async end(): Promise<void> {
    this.#begin()
    if (this.#site !== undefined) await this.#turn(async () => {})
    this.#ended = true
    this.#errands.end()
    this.#leave()
    this.#unwatch()
    this.#become('joining')
  }

  // --- Storage

  #turn<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#last.then(job)
    this.#last = done.catch(() => {})
    return done
  }

  /** A job nobody waits for. */
  #task(job: () => Promise<void>): void {
    this.#turn(async () => {
      if (!this.#ended && this.#apart === undefined) await job()
    }).then(
      () => {
        this.#failing = false
      },
      (error) => {
        // It is tried again at the next occasion, and told once.
        if (!this.#failing) this.#report(asStorageError(this.#database, 'write', error))
        this.#failing = true
      },
    )
  }

  async #write(): Promise<void> {
    if (this.#apart !== undefined) throw this.#apart
    const answering = this.#replies?.dirty
    const done = await this.#options
      .transact('readwrite', async (shelf) => this.#record(shelf, await this.#ledger.news(shelf)))
      .catch(async (error: unknown) => {
        if (answering && this.#replies) this.#replies.dirty = true
        if (!(error instanceof Overtaken)) throw asStorageError(this.#database, 'write', error)
        await this.#catchUp()
        return undefined
      })
    if (done !== undefined) this.#written(done)
    const refusal = this.#refusal
    this.#refusal = undefined
    if (refusal !== undefined) throw refusal
  }

  /** The body of a write: all that waits, in one transaction with what it has to count on. */
  #record(shelf: Shelf, news: News): Recorded {
    const { count, owning } = this.#outbox
    const answering = this.#replies?.dirty ?? false
    if ((owning || answering) && news.head.epoch !== this.#epoch) throw new Overtaken()
    const batch = this.#outbox.besides(news.arrivals)
    for (const key of batch.keys()) {
      if (!isStorageKey(key)) throw storageErrors.STORAGE_KEY({ storage: this.#database, key })
    }
    if (batch.size === 0 && !answering) return { news, written: undefined, count }
    if (answering) shelf.put(REPLIES, this.#replies?.kept(this.#options.timers.now()))
    if (this.#replies) this.#replies.dirty = false
    return { news, written: this.#ledger.record(shelf, this.#id, news, batch), count }
  }

  #written({ news, written, count }: Recorded): void {
    this.#accept(news)
    if (written !== undefined) {
      if (news.blank) this.#restored()
      this.#ledger.wrote(written)
      const { head, batch, over } = written
      const entries = [...batch].map(([key, { value, stamp }]) => [key, value, stamp] as const)
      for (const [key, pending] of batch) this.#outbox.stored(key, pending)
      this.#wire.post({ is: 'commit', head, entries, over, owner: !this.following })
    }
    this.#stored = Math.max(this.#stored, count)
    this.#show()
    this.#tell()
    this.#send(false)
  }

  #restored(): void {
    const { size } = this.#ledger.known
    if (size > 0) this.#report(storage.STORAGE_RESTORED({ database: this.#database, entries: size }))
  }

  async #catchUp(): Promise<void> {
    const news = await this.#options.transact('readonly', (shelf) => this.#ledger.news(shelf))
    this.#accept(news)
    this.#show()
  }

  /** Takes over, in storage: from now on what an earlier owner writes is refused. */
  async #rise(): Promise<void> {
    const { news, kept, written } = await this.#options.transact('readwrite', async (shelf) => {
      const news = await this.#ledger.news(shelf)
      const kept = (await shelf.get(REPLIES)) as KeptReplies | undefined
      return { news, kept, written: this.#ledger.record(shelf, this.#id, news, NONE, news.head.epoch + 1) }
    })
    this.#accept(news)
    this.#ledger.wrote(written)
    this.#epoch = written.head.epoch
    this.#reigning = this.#epoch
    // Where nobody was the owner in between, ours know more.
    this.#replies ??= new Replies(kept)
    this.#wire.post({ is: 'commit', head: written.head, entries: [], over: [], owner: true })
  }

  /** What others stored: it meets what this tab has not stored yet, and goes on to the store. */
  #accept(news: News): void {
    this.#ledger.learn(news)
    this.#clock = Math.max(this.#clock, news.head.clock)
    this.#regard(news.head.epoch)
    if (news.head.epoch !== this.#epoch) this.#overtaken()
    const lost: string[] = []
    for (const [key, arrival] of news.arrivals) {
      const met = this.#outbox.meet(key, arrival)
      if (met.lost) lost.push(key)
      if (met.stands === undefined) this.#inbox.set(key, arrival)
    }
    for (const [key, [, tab]] of news.over) if (tab === this.#id) lost.push(key)
    if (lost.length > 0) this.#report(errors.TABS_OVERWRITTEN({ database: this.#database, keys: lost }))
  }

  /** Another tab is the owner: what this one's machines did and storage does not have has not happened. */
  #overtaken(): void {
    this.#replies = undefined
    const keys = this.#outbox.disown()
    for (const key of keys) {
      const value = this.#outbox.at(key)?.value ?? this.#ledger.known.get(key)
      this.#inbox.set(key, { value, stamp: UNSTAMPED })
    }
    if (keys.length > 0) this.#refusal = errors.TABS_OVERTAKEN({ database: this.#database, keys })
    if (!this.following) this.#abdicate()
  }

  /** Shows the store what others stored. Waits while a lock is held; what comes meanwhile goes with it. */
  #show(): void {
    const site = this.#site
    if (site === undefined || this.#showing !== undefined || this.#inbox.size === 0) return
    const inbox = this.#inbox
    function* all(): Iterable<readonly [string, unknown]> {
      const entries = [...inbox]
      inbox.clear()
      for (const [key, { value }] of entries) yield [key, value]
    }
    try {
      this.#showing = site.receive(all())?.then(
        () => this.#shown(),
        (error) => this.#shown(error),
      )
    } catch (error) {
      this.#shown(error)
    }
  }

  #shown(error?: unknown): void {
    this.#showing = undefined
    if (error === undefined) this.#show()
    else if ((error as { code?: string }).code !== 'CLOSED') this.#part(error)
  }

  /** This tab cannot read what others store: it must not write either. */
  #part(cause: unknown): void {
    this.#apart = errors.TABS_APART({ database: this.#database }, cause)
    this.#report(this.#apart)
    if (!this.following) this.#abdicate()
    this.#errands.end()
    this.#leave()
    this.#become('alone')
  }

  // --- Ownership

  #won(): void {
    this.#met()
    this.#task(async () => {
      if (!this.#ownership.held || !this.following || this.#asleep) return
      try {
        await this.#rise()
      } catch (error) {
        this.#report(asStorageError(this.#database, 'write', error))
        this.#options.timers.after(this.#options.beat, () => this.#won())
        return
      }
      this.#show()
      this.#mount()
    })
  }

  /** Begins to own once the store shows all that the last owner did. */
  #mount(): void {
    if (!this.#ownership.held || !this.following || this.#closing || this.#apart) return
    if (this.#showing) this.#showing.then(() => this.#mount())
    else this.#reign()
  }

  #reign(): void {
    this.following = false
    this.#site?.own(true)
    this.#present()
    // What this tab had sent, or was to send, to the last owner comes before whatever it does now.
    this.#send(true)
    this.#become('owner')
  }

  #present(): void {
    if (!this.following) this.#wire.post({ is: 'owner', epoch: this.#epoch })
  }

  /** Learns of an owner. A new one is asked for all that waits. */
  #regard(epoch: number): void {
    if (epoch <= this.#reigning) return
    this.#reigning = epoch
    // Not before what it did was taken in.
    this.#task(async () => this.#send(true))
  }

  #lost(): void {
    if (!this.following) this.#abdicate()
    if (this.#ended || this.#asleep) return
    this.#ownership.wait()
    this.#task(() => this.#catchUp())
  }

  #abdicate(): void {
    this.following = 'stored'
    this.#site?.own(false)
    this.#become('mirror')
  }

  #sleep(): void {
    if (this.#asleep || this.#ended || this.#apart) return
    this.#asleep = true
    if (!this.following) this.#abdicate()
    this.#leave()
  }

  #wake(): void {
    if (!this.#asleep || this.#ended || this.#apart) return
    this.#asleep = false
    this.#wire.open()
    this.#ownership.wait()
    this.#task(() => this.#catchUp())
    this.#wait()
  }

  #leave(): void {
    this.#cancelBeat()
    this.#wire.close()
    this.#ownership.end()
  }

  #wait(): void {
    const { beat, timers } = this.#options
    this.#cancelBeat = timers.after(beat, () => {
      this.#wait()
      this.#beat()
    })
  }

  /** Looks into storage, after the owner, and after errands that nobody answered. */
  #beat(): void {
    // Whoever was killed between storing and telling told nobody.
    this.#task(() => this.#catchUp())
    if (!this.following || this.#ownership.held) return
    this.#misses = this.#heard ? 0 : this.#misses + 1
    if (this.#misses > MISSES) {
      this.#misses = 0
      this.#ownership.steal()
    }
    if (!this.#heard) this.#wire.post({ is: 'ping' })
    this.#heard = false
    const count = this.#errands.expire(this.#options.timers.now())
    if (count > 0) this.#report(errors.TABS_UNANSWERED({ database: this.#database, count }))
    this.#send(true)
  }

  // --- Errands

  /** Sends what waits for the owner: all of it, or what was never sent. */
  #send(again: boolean): void {
    if (this.#asleep || this.#ended || this.#errands.size === 0) return
    const { heard } = this.#errands
    // Where this tab is the owner itself, its commits are there, stored or not.
    const items = this.#errands.due(this.following ? this.#stored : this.#outbox.count, again)
    if (items.length === 0) return
    const epoch = this.#reigning
    const message: Message = { is: 'errands', from: this.#id, epoch, heard, seq: this.#ledger.head.seq, items }
    if (this.following) this.#wire.post(message)
    else this.#serve(message)
  }

  /** Carries out what another tab asks of this one's machines. */
  #serve({ from, heard, seq, items }: Message & { is: 'errands' }): void {
    const { mutate, report } = this.#site as Site
    const carryOut = (key: string, errand: Errand) => {
      try {
        return mutate(key, errand)
      } catch (error) {
        report(error)
        return FAILED
      }
    }
    if (seq > this.#ledger.head.seq) return
    this.#replies?.serve(from, heard, items, this.#options.timers.now(), carryOut, () => this.#outbox.count)
    // The write that is on its way tells. Where nothing was changed, only storage knows whether we are the owner still.
    if (this.#outbox.size === 0) {
      this.#task(async () => {
        await this.#catchUp()
        this.#tell()
      })
    }
  }

  /** Tells those who asked how it ended, now that storage has it. */
  #tell(): void {
    if (this.following) return
    const { seq } = this.#ledger.head
    const epoch = this.#epoch
    for (const [tab, items] of this.#replies?.due(this.#stored) ?? []) {
      if (tab === this.#id) this.#errands.answered(items)
      else this.#wire.post({ is: 'answers', to: tab, seq, epoch, items })
    }
  }

  // --- Messages

  #hear(message: Message): void {
    if (this.#ended || this.#asleep) return
    switch (message.is) {
      case 'commit':
        this.#heard ||= message.owner
        this.#task(() => this.#follow(message))
        break
      case 'ping':
        this.#present()
        break
      case 'owner':
        this.#heard = true
        this.#met()
        this.#regard(message.epoch)
        break
      case 'errands':
        this.#task(async () => {
          await this.#reach(message.seq)
          if (this.#showing) this.#showing.then(() => this.#hear(message))
          else if (this.following || this.#closing) return
          else if (message.epoch === this.#epoch) this.#serve(message)
          else this.#present()
        })
        break
      case 'answers':
        if (message.to !== this.#id) break
        this.#heard = true
        this.#task(async () => {
          await this.#reach(message.seq)
          if (message.epoch === this.#reigning) this.#errands.answered(message.items)
        })
    }
  }

  /** A write that storage has, told by who made it. */
  async #follow({ head, entries, over }: Message & { is: 'commit' }): Promise<void> {
    const mine = this.#ledger.head
    if (head.born === mine.born && head.seq <= mine.seq) return
    if (head.born !== mine.born || head.seq !== mine.seq + 1) {
      await this.#catchUp()
      return
    }
    const arrivals = new Map(entries.map(([key, value, stamp]) => [key, { value, stamp }]))
    this.#accept({ head, arrivals, over })
    this.#show()
  }

  async #reach(seq: number): Promise<void> {
    if (seq > this.#ledger.head.seq) await this.#catchUp()
  }

  // --- Telling

  #become(role: Role): void {
    try {
      this.role.value = role
    } catch (error) {
      // An effect of the application's.
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    this.#site?.report(error)
  }
}
