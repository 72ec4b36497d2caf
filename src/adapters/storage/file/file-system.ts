import fs from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

/**
 * All this adapter asks of a file system. Narrow, so that a test can fail any call, or stop the world after it.
 * The three calls that answer at once are those that never wait for a disk: two look-ups in cached directories, and
 * a small write into the page cache, which by a thread would cost more than itself.
 */
export interface FileSystem {
  /** Makes the directory and its parents (0700), durably. */
  makeDirectory(path: string): Promise<void>
  list(path: string): Promise<string[]>
  read(path: string): Promise<Buffer>
  /** Milliseconds since the epoch. */
  modified(path: string): Promise<number>
  /** `w` makes or empties a file (0600). */
  open(path: string, flags: 'w' | 'r+'): Promise<number>
  close(fd: number): Promise<void>
  writeNow(fd: number, bytes: Uint8Array, from: number, at: number): number
  write(fd: number, bytes: Uint8Array, from: number, at: number): Promise<number>
  truncate(fd: number, length: number): Promise<void>
  /** Until the disk has the content and the length. */
  sync(fd: number): Promise<void>
  syncDirectory(path: string): Promise<void>
  touch(fd: number, time: number): Promise<void>
  /** Fails when `to` exists. */
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  exists(path: string): boolean
  /** Whether an open file still has a name. */
  linked(fd: number): boolean
}

/** A read asks for at most 1 GiB: Linux answers at most 2. */
const PIECE = 2 ** 30

const open = promisify(fs.open)
const close = promisify(fs.close)
const read = promisify(fs.read)
const write = promisify(fs.write)
const fstat = promisify(fs.fstat)

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return // a directory cannot be opened there; renames are journaled
  const fd = await open(path, 'r')
  try {
    await promisify(fs.fsync)(fd)
  } finally {
    await close(fd)
  }
}

/** Not `recursive`: where a parent is there and refuses as if it were not (/proc), Node 20 tries for ever. */
async function makeDirectory(path: string, parents = dirname(path) !== path): Promise<void> {
  try {
    await fs.promises.mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && parents) {
      await makeDirectory(dirname(path))
      return makeDirectory(path, false)
    }
    const found = await fs.promises.stat(path).catch(() => undefined)
    if (!found?.isDirectory()) throw error
    return
  }
  await syncDirectory(dirname(path)) // a new name is durable once the directory above it is
}

/** The real one. */
export const nodeFileSystem: FileSystem = {
  makeDirectory: (path) => makeDirectory(path),
  list: (path) => fs.promises.readdir(path),
  async read(path) {
    const fd = await open(path, 'r')
    try {
      const bytes = Buffer.allocUnsafeSlow((await fstat(fd)).size)
      let filled = 0
      while (filled < bytes.length) {
        const { bytesRead } = await read(fd, bytes, filled, Math.min(PIECE, bytes.length - filled), filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return bytes.subarray(0, filled)
    } finally {
      await close(fd)
    }
  },
  modified: async (path) => (await fs.promises.stat(path)).mtimeMs,
  open: (path, flags) => open(path, flags, 0o600),
  close,
  writeNow: (fd, bytes, from, at) => fs.writeSync(fd, bytes, from, bytes.length - from, at),
  write: async (fd, bytes, from, at) =>
    (await write(fd, bytes, from, Math.min(PIECE, bytes.length - from), at)).bytesWritten,
  truncate: promisify(fs.ftruncate),
  sync: promisify(fs.fdatasync),
  syncDirectory,
  touch: (fd, time) => promisify(fs.futimes)(fd, time / 1000, time / 1000),
  async link(from, to) {
    try {
      await fs.promises.link(from, to)
    } catch (error) {
      // No hard links here (exFAT, some shares). An exclusive copy is as exclusive, but for a moment incomplete.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'UNKNOWN'].includes(errnoOf(error) ?? '')) throw error
      await fs.promises.copyFile(from, to, fs.constants.COPYFILE_EXCL)
    }
  },
  rename: (from, to) => fs.promises.rename(from, to),
  remove: (path) => fs.promises.unlink(path),
  exists: (path) => fs.existsSync(path),
  linked: (fd) => fs.fstatSync(fd).nlink > 0,
}

/** The errno name of a system error. */
export function errnoOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}
