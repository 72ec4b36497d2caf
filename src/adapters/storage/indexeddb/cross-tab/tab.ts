import { type Signal, signal } from '@preact/signals-core'
import type { Answer, Errand, Following, Site } from '../../../../core/ports/replica.ts'
import { asStorageError } from '../errors.ts'
import { Errands, FAILED } from './errands.ts'
import { errors } from './errors.ts'
import { Exchange, type ExchangeOptions, type Household } from './exchange.ts'
import { type Message, Wire } from './messages.ts'
import { Ownership } from './ownership.ts'
import type { Platform } from './platform.ts'

/**
 * What a tab is among those on one database: `joining` (not open yet, or closed), `owner` (machines are changed here,
 * their handlers and timeouts run here), `mirror` (they follow the owner's), `alone` (it does not see the others).
 */
export type Role = 'joining' | 'owner' | 'mirror' | 'alone'

export interface TabOptions extends ExchangeOptions {
  readonly platform: Platform
  /** Milliseconds between two looks whether the owner lives. */
  readonly beat: number
}

// So many looks without a sign of life, and the owner's place is taken.
const MISSES = 3

/** One tab among others: who owns the machines, and what the tabs tell each other. */
export class Tab {
  /** Reactive. */
  readonly role: Signal<Role> = signal('joining')
  following: Following = 'stored'
  readonly #options: TabOptions
  readonly #exchange: Exchange
  readonly #errands = new Errands()
  readonly #wire: Wire
  readonly #ownership: Ownership
  #site: Site | undefined
  #asleep = false
  #closing = false
  #ended = false
  #failing = false
  #barred = false
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
    const { database, platform } = options
    this.#options = options
    this.#exchange = new Exchange(options, this.#household())
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
      (await this.#exchange.rise().then(
        () => true,
        () => false,
      ))
    if (!risen) await this.#exchange.catchUp()
    if (risen && this.#ownership.held) this.following = false
    return this.#exchange.all()
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
    this.#exchange.start(site)
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
    return this.#exchange.outgoing(commit)
  }

  write(): Promise<void> {
    return this.#turn(() => this.#exchange.write())
  }

  forward(key: string, errand: Errand): Promise<Answer> {
    if (this.#exchange.apart !== undefined || this.#ended) return Promise.resolve(FAILED)
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
      this.#errands.follow(this.#exchange.outbox.count)
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

  // --- Turns

  #turn<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#last.then(job)
    this.#last = done.catch(() => {})
    return done
  }

  /** A job nobody waits for. */
  #task(job: () => Promise<void>): void {
    this.#turn(async () => {
      if (!this.#ended && this.#exchange.apart === undefined) await job()
    }).then(
      () => {
        this.#failing = false
      },
      (error) => {
        // It is tried again at the next occasion, and told once.
        if (!this.#failing) this.#report(asStorageError(this.#options.database, 'write', error))
        this.#failing = true
      },
    )
  }

  /** What the exchange asks of, and tells, this tab. */
  #household(): Household {
    const tab = this
    return {
      get owning() {
        return !tab.following
      },
      get reigning() {
        return tab.#reigning
      },
      post: (message) => this.#wire.post(message),
      regard: (epoch) => this.#regard(epoch),
      overtaken: () => {
        if (!this.following) this.#abdicate()
      },
      stored: () => {
        this.#tell()
        this.#send(false)
      },
      apart: () => {
        if (!this.following) this.#abdicate()
        this.#errands.end()
        this.#leave()
        this.#become('alone')
      },
      report: (error) => this.#report(error),
    }
  }

  // --- Ownership

  #won(): void {
    this.#met()
    this.#task(async () => {
      if (!this.#ownership.held || !this.following || this.#asleep) return
      try {
        await this.#exchange.rise()
      } catch (error) {
        // Tried again at each beat, and told once.
        if (!this.#barred) this.#report(asStorageError(this.#options.database, 'write', error))
        this.#barred = true
        return
      }
      this.#barred = false
      this.#exchange.show()
      this.#mount()
    })
  }

  /** Begins to own once the store shows all that the last owner did. */
  #mount(): void {
    if (!this.#ownership.held || !this.following || this.#closing || this.#exchange.apart) return
    if (this.#exchange.showing) this.#exchange.showing.then(() => this.#mount())
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
    if (!this.following) this.#wire.post({ is: 'owner', epoch: this.#exchange.epoch })
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
    this.#task(() => this.#exchange.catchUp())
  }

  #abdicate(): void {
    this.following = 'stored'
    this.#site?.own(false)
    this.#become('mirror')
  }

  #sleep(): void {
    if (this.#asleep || this.#ended || this.#exchange.apart) return
    this.#asleep = true
    if (!this.following) this.#abdicate()
    this.#leave()
  }

  #wake(): void {
    if (!this.#asleep || this.#ended || this.#exchange.apart) return
    this.#asleep = false
    this.#wire.open()
    this.#ownership.wait()
    this.#task(() => this.#exchange.catchUp())
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
    this.#task(() => this.#exchange.catchUp())
    if (!this.following) return
    if (this.#ownership.held) {
      this.#won()
      return
    }
    this.#misses = this.#heard ? 0 : this.#misses + 1
    if (this.#misses > MISSES) {
      this.#misses = 0
      this.#ownership.steal()
    }
    if (!this.#heard) this.#wire.post({ is: 'ping' })
    this.#heard = false
    const count = this.#errands.expire(this.#options.timers.now())
    if (count > 0) this.#report(errors.TABS_UNANSWERED({ database: this.#options.database, count }))
    this.#send(true)
  }

  // --- Errands

  /** Sends what waits for the owner: all of it, or what was never sent. */
  #send(again: boolean): void {
    if (this.#asleep || this.#ended || this.#errands.size === 0) return
    const { heard } = this.#errands
    // Where this tab is the owner itself, its commits are there, stored or not.
    const items = this.#errands.due(this.following ? this.#exchange.stored : this.#exchange.outbox.count, again)
    if (items.length === 0) return
    const epoch = this.#reigning
    const message: Message = {
      is: 'errands',
      from: this.#options.id,
      epoch,
      heard,
      seq: this.#exchange.ledger.head.seq,
      items,
    }
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
    if (seq > this.#exchange.ledger.head.seq) return
    this.#exchange.replies?.serve(
      from,
      heard,
      items,
      this.#options.timers.now(),
      carryOut,
      () => this.#exchange.outbox.count,
    )
    // The write that is on its way tells. Where nothing was changed, only storage knows whether we are the owner still.
    if (this.#exchange.outbox.size === 0) {
      this.#task(async () => {
        await this.#exchange.catchUp()
        this.#tell()
      })
    }
  }

  /** Tells those who asked how it ended, now that storage has it. */
  #tell(): void {
    if (this.following) return
    const { seq } = this.#exchange.ledger.head
    const epoch = this.#exchange.epoch
    for (const [tab, items] of this.#exchange.replies?.due(this.#exchange.stored) ?? []) {
      if (tab === this.#options.id) this.#errands.answered(items)
      else this.#wire.post({ is: 'answers', to: tab, seq, epoch, items })
    }
  }

  // --- Messages

  #hear(message: Message): void {
    if (this.#ended || this.#asleep) return
    switch (message.is) {
      case 'commit':
        this.#heard ||= message.owner
        this.#task(() => this.#exchange.follow(message))
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
          await this.#exchange.reach(message.seq)
          if (this.#exchange.showing) this.#exchange.showing.then(() => this.#hear(message))
          else if (this.following || this.#closing) return
          else if (message.epoch === this.#exchange.epoch) this.#serve(message)
          else this.#present()
        })
        break
      case 'answers':
        if (message.to !== this.#options.id) break
        this.#heard = true
        this.#task(async () => {
          await this.#exchange.reach(message.seq)
          if (message.epoch === this.#reigning) this.#errands.answered(message.items)
        })
    }
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
