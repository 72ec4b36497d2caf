import { entries } from 'idb-keyval'
import { storageErrors } from '../../../core/ports/errors.ts'
import type { StorageAdapter } from '../../../core/ports/storage.ts'
import { isStorageKey } from '../../../core/ports/storage-key.ts'
import { systemTimers, type Timers } from '../../../core/ports/timers.ts'
import { memoryStorage } from '../../../core/store/memory-storage.ts'
import { Database } from './database.ts'
import { Entries } from './entries.ts'
import { asStorageError, errors } from './errors.ts'
import { whenLeaving } from './urgency.ts'

/** How `indexedDbStorage` keeps its promises. */
export interface IndexedDbStorageOptions {
  /**
   * `strict` (default): a write is acknowledged when the disk has it. `relaxed`: when the system has it, so it survives
   * the browser but not the machine; browsers differ in how much faster that is.
   */
  readonly durability?: 'strict' | 'relaxed'
  /** `memory` runs on memory where there is no IndexedDB to be had (`store.status` is `memory`). Default: `open` rejects. */
  readonly fallback?: 'memory'
  /** Told of what did not fail: a fallback to memory, a deleted database written anew. Default: a warning on the console. */
  readonly report?: (error: Error) => void
  /** Milliseconds an opening may take before it counts as failed. Default 10,000. */
  readonly timeout?: number
  /** Default: the platform's, at the time it is needed. */
  readonly indexedDB?: IDBFactory
  /** Times the opening. Default: the platform's. */
  readonly timers?: Timers
}

type Commits = readonly ReadonlyMap<string, unknown>[]

const PATIENCE = 10_000

/** Made by `indexedDbStorage`. */
export class IndexedDbStorage implements StorageAdapter {
  readonly name: string
  readonly #name: string
  readonly #options: IndexedDbStorageOptions
  /** @internal For `crossTab`, which writes by another rule. */
  readonly database: Database
  #entries: Entries | undefined
  #memory: StorageAdapter | undefined
  #calm = () => {}
  // Calls take their turns, whoever makes them. Never rejects.
  #last: Promise<unknown> = Promise.resolve()

  constructor(name: string, options: IndexedDbStorageOptions) {
    this.#name = name
    this.name = `indexeddb:${name}`
    this.#options = options
    this.database = new Database(name, {
      factory: () => options.indexedDB ?? (globalThis as { indexedDB?: IDBFactory }).indexedDB,
      durability: options.durability ?? 'strict',
      timers: options.timers ?? systemTimers,
      patience: options.timeout ?? PATIENCE,
    })
  }

  get volatile(): boolean {
    return this.#memory !== undefined
  }

  open(): Promise<ReadonlyMap<string, unknown>> {
    return this.#turn(async () => {
      try {
        this.#entries = new Entries(this.#name, await entries<string, unknown>(this.database.transact))
        this.#memory = undefined
        return this.#entries.all()
      } catch (cause) {
        return this.without(cause)
      }
    })
  }

  /** @internal The database did not open: goes on without it where that was asked for. */
  async without(cause: unknown): Promise<ReadonlyMap<string, unknown>> {
    await this.database.close()
    const error = asStorageError(this.#name, 'open', cause)
    if (this.#options.fallback !== 'memory' || error.code !== 'STORAGE_UNAVAILABLE') throw error
    this.#report(error)
    this.#memory ??= memoryStorage()
    return this.#memory.open()
  }

  write(commits: Commits): Promise<void> {
    return this.#turn(async () => {
      if (this.#memory) return this.#memory.write(commits)
      const known = this.#entries
      if (known === undefined) throw storageErrors.STORAGE_CLOSED({ storage: this.name })
      const changes = this.#merged(commits)
      if (changes.size === 0) return
      try {
        const written = await this.database.transact('readwrite', (store) => known.put(store, changes))
        known.acknowledge(changes, written)
        if (written.restored > 0) {
          this.#report(errors.STORAGE_RESTORED({ database: this.#name, entries: written.restored }))
        }
      } catch (error) {
        throw asStorageError(this.#name, 'write', error)
      }
    })
  }

  /** Hiding and leaving the page: what waits for another attempt should not. */
  urgent(hurry: () => void): void {
    this.#calm()
    this.#calm = whenLeaving(hurry)
  }

  close(): Promise<void> {
    return this.#turn(async () => {
      this.#calm()
      this.#entries = undefined
      await this.#memory?.close()
      await this.database.close()
    })
  }

  /** One transaction applies all, so of each key the last value is enough. */
  #merged(commits: Commits): Map<string, unknown> {
    const changes = new Map<string, unknown>()
    for (const commit of commits) {
      for (const [key, value] of commit) {
        if (!isStorageKey(key)) throw storageErrors.STORAGE_KEY({ storage: this.name, key })
        changes.set(key, value)
      }
    }
    return changes
  }

  #turn<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#last.then(job)
    this.#last = done.catch(() => {})
    return done
  }

  #report(error: Error): void {
    const { report } = this.#options
    if (report) report(error)
    else console.warn(error.message)
  }
}
