import { join, resolve } from 'node:path'
import { storageErrors } from '../../../core/ports/errors.ts'
import type { StorageAdapter } from '../../../core/ports/storage.ts'
import { isStorageKey } from '../../../core/ports/storage-key.ts'
import { Entries } from './entries.ts'
import { asStorageError, errors } from './errors.ts'
import type { FileSystem } from './file-system.ts'
import { Journal, removeOlder } from './journal.ts'
import { type Lock, numbersOf, takeLock } from './lock.ts'
import type { Platform } from './platform.ts'
import { type Generation, type Recovery, recover } from './recovery.ts'

/** How `fileStorage` keeps its promises. */
export interface FileStorageOptions {
  /**
   * `always` (default): a write is acknowledged when the disk has it. `never`: when the system has it, so it survives
   * the process but not the machine; the store's `flush` and `close` still wait for the disk.
   */
  readonly sync?: 'always' | 'never'
  /** Opens a damaged directory nevertheless: keeps what reads, and sets the damaged files aside. Default false. */
  readonly repair?: boolean
  /** Told what was cut or repaired while opening, and of compactions that failed. Default: a warning on the console. */
  readonly report?: (error: Error) => void
  /** Compact when the journals have at least this many bytes, and more than the last snapshot. Default 1 MiB. */
  readonly compactAt?: number
}

const COMPACT_AT = 2 ** 20

type Commits = readonly ReadonlyMap<string, unknown>[]
interface Session {
  readonly lock: Lock
  readonly journal: Journal
}

/** `fileStorage` on a given file system and machine. */
export class FileStorage implements StorageAdapter {
  readonly name: string
  readonly sync?: () => Promise<void>
  readonly #directory: string
  readonly #options: FileStorageOptions
  readonly #fs: FileSystem
  readonly #platform: () => Platform
  #session: Session | undefined
  // Calls take their turns, whoever makes them. Never rejects.
  #last: Promise<unknown> = Promise.resolve()

  constructor(directory: string, options: FileStorageOptions, fs: FileSystem, platform: () => Platform) {
    this.#directory = resolve(directory)
    this.name = `file:${directory}`
    this.#options = options
    this.#fs = fs
    this.#platform = platform
    if (options.sync === 'never') this.sync = () => this.#turn(() => this.#opened().journal.sync())
  }

  open(): Promise<ReadonlyMap<string, unknown>> {
    return this.#turn(async () => {
      if (this.#session) throw await this.#session.lock.lost()
      const fs = this.#fs
      const directory = this.#directory
      let lock: Lock | undefined
      let journal: Journal | undefined
      try {
        await fs.makeDirectory(directory)
        lock = await takeLock(fs, this.#platform(), directory)
        const generation = await this.#load()
        const found = recover(generation)
        const { damage } = found
        if (damage && !this.#options.repair) throw errors.STORAGE_CORRUPT({ directory, ...damage })
        journal = this.#journal(lock, found)
        if (damage) await this.#repair(journal, found)
        else await this.#resume(journal, generation, found, lock.usurped)
        this.#session = { lock, journal }
        return new Map(found.entries)
      } catch (error) {
        await journal?.close().catch(() => {})
        await lock?.release()
        throw asStorageError(directory, 'open the storage', error)
      }
    })
  }

  write(commits: Commits): Promise<void> {
    return this.#turn(async () => {
      const { journal } = this.#opened()
      for (const commit of commits) {
        for (const key of commit.keys()) {
          if (!isStorageKey(key)) throw storageErrors.STORAGE_KEY({ storage: this.name, key })
        }
      }
      if (commits.length === 0) return
      await journal.append(commits)
      // After this one is acknowledged, before the next is begun.
      if (journal.outgrown) void this.#turn(() => journal.compact())
    })
  }

  close(): Promise<void> {
    return this.#turn(async () => {
      const session = this.#session
      this.#session = undefined
      try {
        await session?.journal.close()
      } finally {
        await session?.lock.release()
      }
    })
  }

  /** Resolves when nothing is under way, a compaction included. For tests. @internal */
  async settled(): Promise<void> {
    await this.#last
    await this.#session?.journal.settled()
  }

  #turn<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#last.then(job)
    this.#last = done.catch(() => {})
    return done
  }

  #opened(): Session {
    if (!this.#session) throw storageErrors.STORAGE_CLOSED({ storage: this.name })
    return this.#session
  }

  #report(error: Error): void {
    const { report } = this.#options
    if (report) report(error)
    else console.warn(error.message)
  }

  #journal(lock: Lock, found: Recovery): Journal {
    const place = {
      fs: this.#fs,
      lock,
      directory: this.#directory,
      waits: this.#options.sync !== 'never',
      compactAt: this.#options.compactAt ?? COMPACT_AT,
      report: (error: Error) => this.#report(error),
    }
    return new Journal(place, new Entries(found.entries), found.seq)
  }

  /** The newest snapshot and what follows it. */
  async #load(): Promise<Generation> {
    const names = await this.#fs.list(this.#directory)
    const read = async (kind: string, number: number) => {
      const name = `${kind}-${number}`
      return { name, number, bytes: await this.#fs.read(join(this.#directory, name)) }
    }
    const newest = numbersOf(names, 'snapshot').at(-1)
    const journals = numbersOf(names, 'journal').filter((number) => number >= (newest ?? 0))
    return {
      snapshot: newest === undefined ? undefined : await read('snapshot', newest),
      journals: await Promise.all(journals.map((number) => read('journal', number))),
    }
  }

  /** Goes on where the last owner ended, and removes what it left half done. */
  async #resume(journal: Journal, generation: Generation, found: Recovery, usurped: boolean): Promise<void> {
    const { snapshot, journals } = generation
    if (!found.journal) {
      await journal.begin()
    } else if (usurped) {
      // The owner before may yet wake and write, before it looks at its lock. Leave it files that nobody reads.
      await journal.restart(journals.at(-1)!.number + 1)
    } else {
      const { number, length, size } = found.journal
      for (const unused of found.unused) await this.#fs.remove(join(this.#directory, unused))
      const sizes = {
        journals: journals.reduce((sum, file) => sum + file.bytes.length, length - size),
        snapshot: snapshot?.bytes.length ?? 0,
      }
      await journal.resume(number, length, size > length, sizes)
    }
    if (found.cut) this.#report(errors.STORAGE_CUT({ directory: this.#directory, ...found.cut }))
    await removeOlder(this.#fs, this.#directory, snapshot?.number ?? 0)
  }

  /** Sets the damaged files aside, under names that are never read or removed, and starts again with what reads. */
  async #repair(journal: Journal, found: Recovery): Promise<void> {
    const fs = this.#fs
    const directory = this.#directory
    const names = await fs.list(directory)
    // Above every number in use, by what an earlier repair set aside as well.
    const number = Math.max(...names.map((name) => Number(/^(?:journal|snapshot)-.*?(\d+)$/.exec(name)?.[1] ?? 0))) + 1
    const moved: string[] = []
    for (const name of found.spoiled) {
      // A second name first: the new snapshot, once it is there, removes the old ones.
      moved.push(`${name}.corrupt-${number}`)
      await fs.link(join(directory, name), join(directory, moved.at(-1)!))
    }
    await journal.restart(number)
    this.#report(errors.STORAGE_REPAIRED({ directory, moved: moved.join(', '), ...found.damage! }))
  }
}
