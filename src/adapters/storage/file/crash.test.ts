import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { workshop } from './fixtures/crash-harness.ts'
import { type Commit, numbered, numberedCommits, replay } from './fixtures/image.ts'
import { randomFrom } from './fixtures/random.ts'
import { fileStorage } from './index.ts'

const shop = workshop('crash')
const program = (name: string) => shop.compile(join(import.meta.dirname, 'fixtures', name))
const isRoot = process.getuid?.() === 0
afterAll(() => shop.close())

const last = (n: number): Commit => new Map([...numbered(n), ['meta/last', n]])
const upTo = (count: number) => replay(Array.from({ length: count }, (_, i) => last(i + 1)))

describe('killed by SIGKILL', () => {
  let child: string
  beforeAll(async () => {
    child = await program('crash-child.ts')
  })

  test('again and again: opens at once, every acknowledged commit is there, none in part', async () => {
    const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.log(`crash seed ${seed} (CRASH_SEED=${seed} repeats it)`)
    const random = randomFrom(seed)
    const directory = join(shop.directory, 'killed')
    let kept = 0
    for (let round = 0; round < 40; round++) {
      const running = shop.start(child, directory, String(kept + 1), String(random() < 0.5 ? 2 ** 20 : 3000))
      // After some number of acknowledgements, sometimes none, and a moment of which nobody knows where it falls.
      const lines = Math.floor(random() * random() * 300) + 1
      await running.line(() => running.lines.length >= lines)
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve))
      await running.kill()
      expect(running.lines[0]).toBe(`opened ${kept}`)
      const acknowledged = running.lines.length > 1 ? Number(running.lines.at(-1)) : kept
      const next = fileStorage(directory, { report: () => {} })
      const entries = await next.open()
      await next.close()
      kept = (entries.get('meta/last') as number | undefined) ?? 0
      expect(kept, `seed ${seed}, round ${round}`).toBeGreaterThanOrEqual(acknowledged)
      expect(kept, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(acknowledged + 5)
      expect(entries, `seed ${seed}, round ${round}`).toEqual(upTo(kept))
    }
    expect(kept).toBeGreaterThan(500)
  }, 60_000)
})

test('twenty processes race for one directory, the owner is killed again and again: always exactly one', async () => {
  const child = await program('race-child.ts')
  const directory = join(shop.directory, 'race')
  const running = Array.from({ length: 20 }, () => shop.start(child, directory))
  await Promise.all(running.map((one) => one.line((line) => line === 'ready')))
  for (let round = 1; round <= 8; round++) {
    const heard = running.map((one) => one.lines.length)
    for (const one of running) one.say('go')
    await Promise.all(running.map((one, i) => one.line(() => one.lines.length > heard[i]!)))
    const answers = running.map((one) => one.lines.at(-1)!)
    const owners = answers.filter((answer) => answer === `owner ${round}`)
    expect(owners, answers.join()).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'STORAGE_LOCKED')).toHaveLength(running.length - 1)
    const owner = running[answers.indexOf(`owner ${round}`)]!
    if (round % 2 === 1) {
      await owner.kill()
      running.splice(running.indexOf(owner), 1)
    } else {
      owner.say('rest')
      await owner.line((line) => line === 'rested')
    }
  }
}, 60_000)

describe('on the real disk', () => {
  const commits = numberedCommits(60)
  async function written(name: string): Promise<string> {
    const directory = join(shop.directory, name)
    const adapter = fileStorage(directory)
    await adapter.open()
    for (let n = 0; n < 60; n += 3) await adapter.write(commits.slice(n, n + 3))
    await adapter.close()
    return directory
  }

  test('files are 0600, directories 0700, also those above', async () => {
    const directory = await written('modes/inner')
    for (const made of [directory, join(directory, '..')]) expect((await stat(made)).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(directory)) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
  })

  test('cut at, or flipped at, a choice of places', async () => {
    const directory = await written('torn')
    const journal = join(directory, 'journal-1')
    const bytes = readFileSync(journal)
    const states = Array.from({ length: 61 }, (_, count) => replay(commits, count))
    const open = async () => {
      const adapter = fileStorage(directory, { report: () => {} })
      return adapter.open().finally(() => adapter.close())
    }
    for (let length = 0; length <= bytes.length; length += 41) {
      writeFileSync(journal, bytes)
      truncateSync(journal, length)
      const lines = bytes.subarray(0, length).toString().split('\n').length - 1
      expect(await open()).toEqual(states[Math.max(0, lines - 1)])
    }
    for (let at = 0; at < bytes.length; at += 53) {
      const flipped = Buffer.from(bytes)
      flipped[at]! ^= 1 << (at % 8)
      writeFileSync(journal, flipped)
      await expect(open()).rejects.toMatchObject({ code: 'STORAGE_CORRUPT', file: 'journal-1' })
      expect(readFileSync(journal).equals(flipped)).toBe(true)
    }
    writeFileSync(journal, bytes)
    expect(await open()).toEqual(states[60])
  })

  test('a directory that is a file, or below one: StorageError', async () => {
    const file = join(shop.directory, 'file')
    writeFileSync(file, 'mine')
    for (const directory of [file, join(file, 'below')]) {
      await expect(fileStorage(directory).open()).rejects.toMatchObject({
        name: 'StorageError',
        code: 'STORAGE_FAILED',
        directory,
      })
    }
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  test('a directory that may not be written to: StorageError', async ({ skip }) => {
    if (isRoot) skip('root may write anywhere; a read-only mount stands for it')
    const directory = join(shop.directory, 'forbidden')
    await mkdir(directory, { mode: 0o500 })
    await expect(fileStorage(directory).open()).rejects.toMatchObject({
      name: 'StorageError',
      cause: { code: 'EACCES' },
    })
    await chmod(directory, 0o700)
  })

  test('a place where nobody may make anything: StorageError', async ({ skip }) => {
    if (process.platform !== 'linux') skip('needs /proc')
    await expect(fileStorage('/proc/escapement').open()).rejects.toMatchObject({
      name: 'StorageError',
      code: 'STORAGE_FAILED',
    })
  })
})

/** Runs `use` in a small file system of its own. */
async function mounted(options: string, skip: (why: string) => void, use: (directory: string) => Promise<void>) {
  if (!isRoot || process.platform !== 'linux') return skip('mounting a tmpfs needs root on Linux')
  const directory = await mkdtemp(join(tmpdir(), 'escapement-mount-'))
  try {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory])
    if (mount.status !== 0) return skip(`mount refused: ${mount.stderr}`)
    await use(directory).finally(() => spawnSync('umount', [directory]))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

test('a read-only file system: StorageError', async ({ skip }) => {
  await mounted('ro', skip, async (mount) => {
    for (const directory of [mount, join(mount, 'data')]) {
      await expect(fileStorage(directory).open()).rejects.toMatchObject({
        name: 'StorageError',
        message: expect.stringContaining('the file system is read-only (EROFS)'),
        cause: { code: 'EROFS' },
      })
    }
  })
})

test('a disk fills up, space is given back, the write is tried again: nothing acknowledged lost', async ({ skip }) => {
  await mounted('size=256k', skip, async (mount) => {
    writeFileSync(join(mount, 'ballast'), Buffer.alloc(100_000))
    const directory = join(mount, 'data')
    const adapter = fileStorage(directory)
    await adapter.open()
    const group = (n: number) => [0, 1, 2].map((i) => new Map([[`model/row/${n}-${i}`, 'x'.repeat(1500)]]))
    const commits: Commit[] = []
    let refused: unknown
    while (!refused && commits.length < 1000) {
      const next = group(commits.length)
      await adapter.write(next).then(
        () => commits.push(...next),
        (error: unknown) => {
          refused = error
        },
      )
    }
    expect(refused).toMatchObject({ name: 'StorageError', code: 'STORAGE_FAILED', cause: { code: 'ENOSPC' } })
    await expect(adapter.write(group(commits.length))).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    await rm(join(mount, 'ballast'))
    const again = group(commits.length)
    await adapter.write(again)
    await adapter.close()
    const next = fileStorage(directory)
    expect(await next.open()).toEqual(replay([...commits, ...again]))
    await next.close()
  })
})
