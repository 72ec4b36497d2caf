import { join } from 'node:path'
import { encodeCommit } from './commit-text.ts'
import type { Entries } from './entries.ts'
import { asStorageError, errors } from './errors.ts'
import type { FileSystem } from './file-system.ts'
import { formatLine, JOURNAL, sealLines } from './line.ts'
import { type Lock, numbersOf } from './lock.ts'
import { snapshotSlices } from './snapshot.ts'

type Commits = readonly ReadonlyMap<string, unknown>[]

/** Below this many bytes a write goes straight into the page cache; a larger one would hold the event loop. */
const AT_ONCE = 64 * 1024
/**
 * The journal is written over zeros laid out ahead: then a sync has no new length or blocks to record, which costs more
 * than the bytes do (a third of an fdatasync less on ext4). First and most bytes at a time; it doubles in between.
 */
const ROOM = 16 * 1024
const MOST_ROOM = 256 * 1024
/** Changes taken over in one go after a compaction. */
const THAW = 1024

/** What a journal is born with. */
export interface Place {
  readonly fs: FileSystem
  readonly lock: Lock
  readonly directory: string
  readonly waits: boolean
  /** Compact when the journals have this many bytes, and more than the last snapshot. */
  readonly compactAt: number
  readonly report: (error: Error) => void
}

/** In bytes. */
export interface Sizes {
  readonly journals: number
  readonly snapshot: number
}

/**
 * The end of the record, where commits are written. One call at a time; compaction alone runs beside them.
 *
 * After a failure the journal is wounded, and heals before the next write:
 *
 *     write      part of a group may stand behind the last acknowledged byte → truncate
 *     sync       the disk may have anything, and the page cache lies about it → leave the file: new journal, new snapshot
 *     snapshot   … of which the journal is there and the snapshot is not
 */
export class Journal {
  readonly #place: Place
  readonly #entries: Entries
  #number = 0
  #fd = -1
  /** Bytes up to the last acknowledged commit. */
  #length = 0
  /** Bytes in the file. What lies behind `#length` is zeros, which recovery takes for nothing. */
  #reach = 0
  #seq: number
  /** The last commit known to be on disk. */
  #durable = 0
  #wound: 'write' | 'sync' | 'snapshot' | undefined
  /** Bytes in journals since the last compaction began, and in the last snapshot. */
  #grown = 0
  #snapshotSize = 0
  #compaction: Promise<void> | undefined
  #closing = false

  constructor(place: Place, entries: Entries, seq: number) {
    this.#place = place
    this.#entries = entries
    this.#seq = seq
  }

  /** Begins the first journal of a directory. */
  begin(): Promise<void> {
    return this.#rotate(1)
  }

  /** Goes on with an existing journal, behind its `length` good bytes, and cuts off what follows them. */
  async resume(number: number, length: number, cut: boolean, sizes: Sizes): Promise<void> {
    const { fs } = this.#place
    this.#number = number
    this.#fd = await this.#try('open the journal', fs.open(this.#path(`journal-${number}`), 'r+'))
    this.#grown = sizes.journals
    this.#snapshotSize = sizes.snapshot
    this.#length = this.#reach = length
    if (cut) await this.#try('cut the journal', fs.truncate(this.#fd, length))
    if (length === 0) await this.#put(this.#header())
    // What was read may stand in the page cache only. The next line will say that it is on disk.
    await this.#try('sync the journal', fs.sync(this.#fd))
    this.#durable = this.#seq
  }

  /** Leaves all there is behind, and starts again with journal and snapshot `number`. */
  async restart(number: number): Promise<void> {
    await this.#rotate(number)
    await this.#writeSnapshot()
    this.#durable = this.#seq
  }

  async append(commits: Commits): Promise<void> {
    const { fs, lock, waits } = this.#place
    const texts = this.#encode(commits)
    if (!lock.held()) throw await lock.lost()
    if (this.#wound) await this.#heal()
    let seq = this.#seq
    let group = ''
    for (const text of texts) group += formatLine(++seq, this.#durable, text)
    const bytes = sealLines(group)
    const length = this.#length
    if (waits && length + bytes.length > this.#reach && bytes.length < ROOM) await this.#makeRoom()
    try {
      await this.#put(bytes)
      this.#wound = 'sync'
      if (waits) await this.#try('sync the journal', fs.sync(this.#fd))
      this.#wound = undefined
    } catch (error) {
      this.#length = length
      this.#wound ??= 'write'
      // At once, so that whoever opens this after us does not read it. If it fails, healing tries again.
      await this.#cut(length).catch(() => {})
      throw error
    }
    // Taken over meanwhile? Then the new owner may have read the journal before this group.
    if (!lock.held()) throw await lock.lost()
    this.#seq = seq
    if (waits) this.#durable = seq
    this.#grown += bytes.length
    this.#entries.apply(commits)
  }

  /** Makes all acknowledged commits durable. */
  async sync(): Promise<void> {
    if (this.#wound) await this.#heal()
    if (this.#durable === this.#seq) return
    this.#wound = 'sync'
    await this.#try('sync the journal', this.#place.fs.sync(this.#fd))
    this.#wound = undefined
    this.#durable = this.#seq
  }

  /** Whether the journals outgrew the live data, as far as the last snapshot tells its size. */
  get outgrown(): boolean {
    return !this.#compaction && this.#grown >= Math.max(this.#place.compactAt, this.#snapshotSize)
  }

  /** Moves on to a new journal, and starts to write a snapshot beside. Failures are reported; it comes again later. */
  async compact(): Promise<void> {
    if (this.#wound || !this.outgrown) return
    try {
      await this.sync()
      await this.#rotate(this.#number + 1)
    } catch (error) {
      this.#grown = 0 // not again at once
      this.#place.report(errors.COMPACTION_FAILED({ directory: this.#place.directory }, error))
      return
    }
    this.#compaction = this.#writeSnapshot()
      .catch((error) => {
        if (this.#closing) return
        this.#place.report(errors.COMPACTION_FAILED({ directory: this.#place.directory }, error))
      })
      .finally(() => {
        this.#compaction = undefined
      })
  }

  /** Resolves when no compaction is under way. */
  async settled(): Promise<void> {
    await this.#compaction
  }

  async close(): Promise<void> {
    this.#closing = true // a compaction stops at its next slice
    await this.#compaction
    this.#closing = false // a wound may yet need a snapshot of its own
    try {
      if (!this.#place.lock.held()) return
      await this.#cut(this.#length).catch(() => {}) // the room that was not needed
      if (!this.#place.waits) await this.sync()
    } finally {
      if (this.#fd >= 0) await this.#place.fs.close(this.#fd).catch(() => {})
    }
  }

  async #heal(): Promise<void> {
    const { fs } = this.#place
    if (this.#wound === 'write') {
      await this.#try('cut the journal', this.#cut(this.#length))
      // The cut first, the next group after it: a crash must not find new lines before old ones.
      this.#wound = 'sync'
      await this.#try('sync the journal', fs.sync(this.#fd))
      this.#wound = undefined
      this.#durable = this.#seq
      return
    }
    await this.#compaction
    if (this.#wound === 'sync') await this.#rotate(this.#number + 1)
    this.#wound = 'snapshot'
    await this.#writeSnapshot()
    this.#wound = undefined
    this.#durable = this.#seq
  }

  /** Begins journal `number`, durably, and leaves the one before. */
  async #rotate(number: number): Promise<void> {
    const { fs, directory } = this.#place
    const path = this.#path(`journal-${number}`)
    const header = this.#header()
    const fd = await this.#try('begin a journal', fs.open(path, 'w'))
    try {
      await this.#write(fd, header, 0)
      await fs.sync(fd)
      await fs.syncDirectory(directory)
    } catch (error) {
      await fs.close(fd).catch(() => {})
      await fs.remove(path).catch(() => {})
      throw this.#failed('begin a journal', error)
    }
    if (this.#fd >= 0) await fs.close(this.#fd).catch(() => {})
    this.#fd = fd
    this.#number = number
    this.#length = this.#reach = header.length
    this.#grown = 0
  }

  /** Writes the snapshot of the journal just begun, and removes what it replaces. */
  async #writeSnapshot(): Promise<void> {
    const { fs, lock, directory } = this.#place
    const path = this.#path(`snapshot-${this.#number}`)
    const number = this.#number
    const slices = snapshotSlices(this.#entries.freeze(), this.#seq)
    try {
      const fd = await this.#try('write a snapshot', fs.open(`${path}.tmp`, 'w'))
      let size = 0
      try {
        for (const slice of slices) {
          if (this.#closing) throw new Error('closing')
          if (!lock.held()) throw await lock.lost()
          await this.#write(fd, slice, size, true)
          size += slice.length
        }
        await fs.sync(fd)
      } finally {
        await fs.close(fd).catch(() => {})
      }
      if (!lock.held()) throw await lock.lost()
      await fs.rename(`${path}.tmp`, path)
      await fs.syncDirectory(directory)
      this.#snapshotSize = size
    } catch (error) {
      if (lock.held()) await fs.remove(`${path}.tmp`).catch(() => {})
      throw this.#failed('write a snapshot', error)
    } finally {
      while (!this.#entries.thaw(THAW)) await new Promise(setImmediate)
    }
    await removeOlder(fs, directory, number)
  }

  /** Lays out zeros ahead. Without them, as on a full disk, all works as well. */
  async #makeRoom(): Promise<void> {
    const room = Buffer.alloc(Math.min(MOST_ROOM, Math.max(ROOM, this.#length)))
    const from = Math.max(this.#length, this.#reach)
    this.#reach = from + room.length // tried once, whatever comes of it
    await this.#write(this.#fd, room, from, true).catch(() => {})
  }

  async #cut(length: number): Promise<void> {
    await this.#place.fs.truncate(this.#fd, length)
    this.#reach = length
  }

  async #put(bytes: Buffer): Promise<void> {
    try {
      await this.#write(this.#fd, bytes, this.#length)
    } catch (error) {
      throw this.#failed('write', error)
    }
    this.#length += bytes.length
  }

  async #write(fd: number, bytes: Buffer, at: number, aside = bytes.length > AT_ONCE): Promise<void> {
    const { fs } = this.#place
    for (let done = 0; done < bytes.length; ) {
      done += aside ? await fs.write(fd, bytes, done, at + done) : fs.writeNow(fd, bytes, done, at + done)
    }
  }

  #encode(commits: Commits): string[] {
    try {
      return commits.map(encodeCommit)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw errors.STORAGE_VALUE({ directory: this.#place.directory, reason }, error)
    }
  }

  async #try<T>(doing: string, done: Promise<T>): Promise<T> {
    try {
      return await done
    } catch (error) {
      throw this.#failed(doing, error)
    }
  }

  #failed(doing: string, error: unknown): unknown {
    return asStorageError(this.#place.directory, doing, error)
  }

  #header(): Buffer {
    return sealLines(formatLine(this.#seq, this.#durable, JOURNAL))
  }

  #path(name: string): string {
    return join(this.#place.directory, name)
  }
}

// What a write of a snapshot or a lock leaves when it is stopped. No one but the owner has use for the former, and who
// misses the latter looks again and finds the owner.
const TEMPORARY = /^(?:snapshot-\d+|lock-[\w-]+)\.tmp$/

/** Removes what the snapshot of this number replaces, and temporary files. */
export async function removeOlder(fs: FileSystem, directory: string, number: number): Promise<void> {
  const names = await fs.list(directory)
  const older = (kind: string) => numbersOf(names, kind).filter((other) => other < number)
  const stale = [
    ...older('snapshot').map((other) => `snapshot-${other}`),
    ...older('journal').map((other) => `journal-${other}`),
    ...names.filter((name) => TEMPORARY.test(name)),
  ]
  for (const name of stale) await fs.remove(join(directory, name)).catch(() => {})
}
