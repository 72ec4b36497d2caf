import { type Signal, signal } from '@preact/signals-core'
import { randomId } from '../../../../core/ports/ids.ts'
import type { Answer, Errand, Following, Replica, Site } from '../../../../core/ports/replica.ts'
import type { StorageAdapter } from '../../../../core/ports/storage.ts'
import { systemTimers, type Timers } from '../../../../core/ports/timers.ts'
import type { Database } from '../database.ts'
import { IndexedDbStorage } from '../indexeddb-storage.ts'
import { FAILED } from './errands.ts'
import { errors } from './errors.ts'
import { REACH } from './ledger.ts'
import { type Platform, platform } from './platform.ts'
import { type Transact, transactOn } from './shelf.ts'
import { type Role, Tab } from './tab.ts'

/** How `crossTab` keeps its promises. */
export interface CrossTabOptions {
  /**
   * Milliseconds between two looks whether the tab that owns the machines lives; default 2,000. Where it gives no sign
   * of life for four of them, another tab takes its place.
   */
  readonly beat?: number
  /** Default: the platform's, when they are first needed. */
  readonly platform?: Platform
  readonly timers?: Timers
  /** Names this tab among the others; never the same twice. Default: random. */
  readonly id?: () => string
}

/** What `crossTab` makes: an option of `openStore`, and what this tab is among the others. */
export interface CrossTab extends Replica {
  /**
   * What this tab is among those on the same database. Reactive.
   *
   * - `owner`: machines are changed here; their handlers and timeouts run here.
   * - `mirror`: machines follow those of the owner, and send their mutations there.
   * - `alone`: it does not see the other tabs.
   * - `joining`: not open yet, or closed.
   */
  readonly role: Role
}

export class CrossTabReplica implements CrossTab {
  readonly #options: CrossTabOptions
  readonly #transacting: (database: Database) => Transact
  readonly #reach: number
  readonly #alone: Signal<Role> = signal('joining')
  readonly #tab: Signal<Tab | undefined> = signal(undefined)
  #given: IndexedDbStorage | undefined
  /** Why this tab is alone. */
  #lacks: Error | undefined

  constructor(options: CrossTabOptions, transacting: (database: Database) => Transact = transactOn, reach = REACH) {
    this.#options = options
    this.#transacting = transacting
    this.#reach = reach
  }

  get role(): Role {
    return (this.#tab.value?.role ?? this.#alone).value
  }

  get following(): Following {
    return this.#tab.peek()?.following ?? false
  }

  storage(given: StorageAdapter | undefined): StorageAdapter {
    if (!(given instanceof IndexedDbStorage)) throw errors.TABS_STORAGE(undefined)
    if (this.#given !== undefined) throw errors.TABS_TAKEN(undefined)
    this.#given = given
    return {
      name: given.name,
      get volatile() {
        return given.volatile
      },
      open: () =>
        this.#open(given).catch((error) => {
          this.#given = undefined
          throw error
        }),
      write: (commits) => this.#tab.peek()?.write() ?? given.write(commits),
      urgent: (hurry) => given.urgent(hurry),
      close: () => this.#close(given),
    }
  }

  start(site: Site): void {
    const tab = this.#tab.peek()
    if (tab !== undefined) tab.start(site)
    else {
      this.#alone.value = 'alone'
      if (this.#lacks) site.report(this.#lacks)
    }
  }

  closing(): void {
    this.#tab.peek()?.closing()
  }

  outgoing(commit: Map<string, unknown>): Map<string, unknown> {
    return this.#tab.peek()?.outgoing(commit) ?? commit
  }

  forward(key: string, errand: Errand): Promise<Answer> {
    return this.#tab.peek()?.forward(key, errand) ?? Promise.resolve(FAILED)
  }

  async #open(given: IndexedDbStorage): Promise<ReadonlyMap<string, unknown>> {
    const { beat = 2000, timers = systemTimers, id = randomId } = this.#options
    const { name: database } = given.database
    // Of an earlier opening.
    this.#tab.value = undefined
    this.#lacks = undefined
    const found = this.#options.platform ?? platform()
    const lacks = found.locks ? 'BroadcastChannel' : 'Web Locks'
    if (!found.locks || !found.channel) {
      this.#lacks = errors.TABS_ALONE({ database, lacks })
      return given.open()
    }
    const transact = this.#transacting(given.database)
    const tab = new Tab({ database, transact, platform: found, timers, beat, id: id(), reach: this.#reach })
    try {
      await tab.join()
    } catch (cause) {
      await tab.end()
      this.#lacks = errors.TABS_ALONE({ database, lacks: 'Web Locks' }, cause)
      return given.open()
    }
    try {
      const entries = await tab.read()
      this.#tab.value = tab
      return entries
    } catch (cause) {
      await tab.end()
      return given.without(cause)
    }
  }

  async #close(given: IndexedDbStorage): Promise<void> {
    await this.#tab.peek()?.end()
    this.#alone.value = 'joining'
    this.#given = undefined
    await given.close()
  }
}
