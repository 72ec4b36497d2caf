import { join } from 'node:path'
import { errors, type Holder, type StorageLockedError } from './errors.ts'
import { errnoOf, type FileSystem } from './file-system.ts'
import type { Platform } from './platform.ts'

/** How often an owner shows that it lives, and how long its silence is taken for life, in milliseconds. */
export const HEARTBEAT = 5_000
export const SILENCE = 15_000

/** A race is lost to somebody who then owns the directory, so few rounds settle it; many mean a broken file system. */
const ROUNDS = 100

/**
 * Ownership of a directory: whoever has the highest `lock-<n>`.
 *
 *     lock-7   left by a dead owner
 *     lock-8   ← linked, complete, by exactly one of those who saw 7 dead; it then removes 7
 *
 * The highest number never falls (closing empties the file and leaves it), so a late comer who still believes in 7
 * can at worst link a lower one, sees so, and retires. An owner that was taken for dead finds out before its next write.
 */
export class Lock {
  /** Whether the owner before was judged by its silence alone, and may yet wake up and write. */
  readonly usurped: boolean
  readonly #fs: FileSystem
  readonly #directory: string
  readonly #next: string
  readonly #fd: number
  readonly #stop: () => void
  #beat: Promise<void> | undefined

  constructor(fs: FileSystem, platform: Platform, directory: string, number: number, fd: number, usurped: boolean) {
    this.#fs = fs
    this.#directory = directory
    this.#next = join(directory, `lock-${number + 1}`)
    this.#fd = fd
    this.usurped = usurped
    this.#stop = platform.every(HEARTBEAT, () => {
      this.#beat = fs.touch(fd, platform.now()).catch(() => {})
    })
  }

  /** Still ours? Two look-ups: lower locks go before higher ones, so either the next is there, or ours is not. */
  held(): boolean {
    return this.#fs.linked(this.#fd) && !this.#fs.exists(this.#next)
  }

  /** The error to throw when not. */
  async lost(): Promise<StorageLockedError> {
    const highest = (await lockNumbers(this.#fs, this.#directory)).at(-1)
    const holder = highest && (await readHolder(this.#fs, join(this.#directory, `lock-${highest}`)).catch(() => null))
    return errors.STORAGE_LOCKED({ directory: this.#directory, holder: holder || undefined })
  }

  async release(): Promise<void> {
    this.#stop()
    await this.#beat // or it might touch whatever file gets this descriptor next
    // Empty says released. If it fails, the end of the process says the same.
    await this.#fs.truncate(this.#fd, 0).catch(() => {})
    await this.#fs.close(this.#fd).catch(() => {})
  }
}

/** Takes the directory, or throws `StorageLockedError` at once. */
export async function takeLock(fs: FileSystem, platform: Platform, directory: string): Promise<Lock> {
  const me: Holder = {
    host: platform.host,
    pid: platform.pid,
    since: platform.now(),
    token: platform.token(),
    ...known('boot', platform.boot),
    ...known('namespace', platform.namespace),
    ...known('start', startOf(platform)),
  }
  const temporary = join(directory, `lock-${me.token}.tmp`)
  for (let round = 0; round < ROUNDS; round++) {
    const highest = (await lockNumbers(fs, directory)).at(-1) ?? 0
    const number = highest + 1
    const path = join(directory, `lock-${number}`)
    try {
      const usurped = highest > 0 && (await refuseWhileAlive(fs, platform, directory, `lock-${highest}`))
      await writeHolder(fs, temporary, me)
      try {
        await fs.link(temporary, path)
      } finally {
        await fs.remove(temporary).catch(() => {})
      }
      const fd = await fs.open(path, 'r+')
      const numbers = await lockNumbers(fs, directory).catch(() => [])
      if (numbers.at(-1) === number) {
        for (const lower of numbers.slice(0, -1)) await fs.remove(join(directory, `lock-${lower}`)).catch(() => {})
        return new Lock(fs, platform, directory, number, fd, usurped)
      }
      await fs.close(fd)
      await fs.remove(path)
    } catch (error) {
      // Somebody was quicker: took the number, or removed what we looked at. Look again.
      if (errnoOf(error) !== 'EEXIST' && errnoOf(error) !== 'ENOENT') throw error
    }
  }
  throw errors.STORAGE_LOCKED({ directory, holder: undefined })
}

function known(name: string, value: string | undefined): object {
  return value === undefined ? {} : { [name]: value }
}

function startOf(platform: Platform): string | undefined {
  const life = platform.life(platform.pid)
  return life.gone ? undefined : life.start
}

async function writeHolder(fs: FileSystem, path: string, holder: Holder): Promise<void> {
  const fd = await fs.open(path, 'w')
  try {
    const bytes = Buffer.from(JSON.stringify(holder))
    for (let from = 0; from < bytes.length; ) from += await fs.write(fd, bytes, from, from)
    await fs.sync(fd) // half a lock after a loss of power would have to be waited out
  } finally {
    await fs.close(fd)
  }
}

async function lockNumbers(fs: FileSystem, directory: string): Promise<number[]> {
  return numbersOf(await fs.list(directory), 'lock')
}

/** The numbers of `<kind>-<n>` among file names, ascending. */
export function numbersOf(names: readonly string[], kind: string): number[] {
  const numbers: number[] = []
  for (const name of names) {
    const number = /^([a-z]+)-([1-9]\d{0,14})$/.exec(name)
    if (number?.[1] === kind) numbers.push(Number(number[2]))
  }
  return numbers.sort((a, b) => a - b)
}

/** `undefined`: released. `null`: unreadable. */
async function readHolder(fs: FileSystem, path: string): Promise<Holder | null | undefined> {
  const bytes = await fs.read(path)
  if (bytes.every((byte) => byte === 0)) return undefined // empty, or emptied when power was lost
  try {
    const holder = JSON.parse(bytes.toString()) as Holder | null
    return typeof holder === 'object' && Number.isInteger(holder?.pid) ? holder : null
  } catch {
    return null
  }
}

/** Throws when the owner of this lock lives. Answers whether only its silence says that it does not. */
async function refuseWhileAlive(fs: FileSystem, platform: Platform, directory: string, name: string): Promise<boolean> {
  const path = join(directory, name)
  const holder = await readHolder(fs, path)
  if (holder === undefined) return false
  const seen = holder && seenFrom(platform, holder)
  if (seen === 'dead') return false
  const silence = platform.now() - (await fs.modified(path))
  if (seen === 'alive' || silence <= SILENCE) throw errors.STORAGE_LOCKED({ directory, holder: holder ?? undefined })
  return true
}

/**
 * What we can know of a holder from here. Process ids mean something only on the same host and in the same
 * namespace; a running process is the holder only if it was started at the same time of the same boot. What the
 * platform does not tell (macOS and Windows: boot and start) is `unknown`, and left to the heartbeat.
 */
export function seenFrom(platform: Platform, holder: Holder): 'alive' | 'dead' | 'unknown' {
  if (platform.namespace === undefined || holder.namespace !== platform.namespace) return 'unknown'
  if (holder.boot !== platform.boot) return 'unknown'
  if (platform.boot === undefined && (holder.host !== platform.host || platform.namespace.startsWith('pid:'))) {
    return 'unknown'
  }
  const life = platform.life(holder.pid)
  if (life.gone) return 'dead'
  if (platform.boot === undefined || holder.start === undefined || life.start === undefined) return 'unknown'
  return life.start === holder.start ? 'alive' : 'dead'
}
