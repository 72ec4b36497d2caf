import { describe, expect, test } from 'vitest'
import { CorruptionError } from './errors.ts'
import { FileStorage, type FileStorageOptions } from './file-storage.ts'
import { Disk, type Fault, type Step, systemError } from './fixtures/disk.ts'
import { journalImage, numbered, numberedCommits, replay, snapshotImage } from './fixtures/image.ts'
import { Machine } from './fixtures/machine.ts'

const machine = new Machine()
let pids = 1
const storage = (disk: Disk, options: FileStorageOptions = {}) =>
  new FileStorage('/d', { report: () => {}, ...options }, disk, () => machine.process(pids++))

/** What is there for the next owner, after the process was killed, or after power was lost. */
async function survives(disk: Disk, power = false): Promise<ReadonlyMap<string, unknown>> {
  machine.running.clear()
  const next = storage(disk.crash(power))
  const entries = await next.open()
  await next.close()
  return entries
}

/** Fails the first `times` calls that match. */
function fail(disk: Disk, call: Step['call'], name: RegExp, fault: Fault, times = 1): void {
  disk.before = (step) => {
    if (times === 0 || step.call !== call || !name.test(step.name)) return undefined
    times--
    return fault
  }
}

const full = (partial = 0): Fault => ({ error: systemError('ENOSPC'), partial })

describe('a disk that fills up', () => {
  test.each([0, 1, 40, 150])(
    'after %i bytes of a group: refused, retried merged, nothing acknowledged lost',
    async (partial) => {
      const disk = new Disk()
      const adapter = storage(disk)
      await adapter.open()
      await adapter.write([numbered(1), numbered(2)])
      fail(disk, 'writeNow', /journal/, full(partial), 3)
      for (let i = 0; i < 3; i++) {
        await expect(adapter.write([numbered(3), numbered(4)])).rejects.toMatchObject({
          code: 'STORAGE_FAILED',
          message: expect.stringContaining('the disk is full (ENOSPC)'),
          cause: { code: 'ENOSPC' },
        })
        expect(await survives(disk)).toEqual(replay(numberedCommits(2)))
      }
      await adapter.write([replay([numbered(3), numbered(4)]), numbered(5)])
      expect(await survives(disk, true)).toEqual(replay(numberedCommits(5)))
      await adapter.close()
      expect(disk.descriptors).toBe(0)
    },
  )

  test('and cannot even be cut: the next write cuts before it writes', async () => {
    const disk = new Disk()
    const adapter = storage(disk)
    await adapter.open()
    await adapter.write([numbered(1)])
    disk.before = ({ call }) => {
      if (call === 'writeNow') return full(33)
      return call === 'truncate' ? { error: systemError('EIO') } : undefined
    }
    await expect(adapter.write([numbered(2)])).rejects.toThrow('ENOSPC')
    fail(disk, 'truncate', /journal/, { error: systemError('EIO') })
    await expect(adapter.write([numbered(2)])).rejects.toThrow('EIO')
    await adapter.write([numbered(2)])
    expect(await survives(disk, true)).toEqual(replay(numberedCommits(2)))
  })

  test('a write that is taken in pieces is written whole', async () => {
    const disk = new Disk()
    const adapter = storage(disk)
    await adapter.open()
    const writeNow = disk.writeNow.bind(disk)
    disk.writeNow = (fd, bytes, from, at) => writeNow(fd, bytes.subarray(0, from + 7), from, at)
    const write = disk.write.bind(disk)
    disk.write = (fd, bytes, from, at) => write(fd, bytes.subarray(0, from + 9000), from, at)
    const long = new Map([['model/long', 'x'.repeat(100_000)]])
    await adapter.write([numbered(1), numbered(2)])
    await adapter.write([long])
    expect(await survives(disk, true)).toEqual(replay([numbered(1), numbered(2), long]))
  })
})

describe('a sync that fails once', () => {
  test('the file is never trusted again: new journal, new snapshot, and all that was acknowledged', async () => {
    const disk = new Disk()
    const adapter = storage(disk)
    await adapter.open()
    await adapter.write([numbered(1), numbered(2)])
    fail(disk, 'sync', /journal-1/, { error: systemError('EIO') })
    await expect(adapter.write([numbered(3)])).rejects.toMatchObject({ code: 'STORAGE_FAILED', cause: { code: 'EIO' } })
    expect(await survives(disk)).toEqual(replay(numberedCommits(2)))
    await adapter.write([numbered(3)])
    expect(Object.keys(disk.files).sort()).toEqual(['journal-2', expect.stringMatching(/lock/), 'snapshot-2'])
    await adapter.write([numbered(4)])
    expect(await survives(disk, true)).toEqual(replay(numberedCommits(4)))
  })

  // Every call that the way out of a failed sync makes, failing once itself; killed after each.
  test('and whatever fails on the way out of it', async () => {
    for (let failing = 0; ; failing++) {
      const disk = new Disk()
      const adapter = storage(disk)
      await adapter.open()
      await adapter.write([numbered(1), numbered(2)])
      fail(disk, 'sync', /journal-1/, { error: systemError('EIO') })
      await expect(adapter.write([numbered(3)])).rejects.toThrow('EIO')
      let calls = 0
      disk.before = ({ call }) => {
        if (call === 'linked' || call === 'exists') return undefined
        return calls++ === failing ? full(11) : undefined
      }
      const first = await adapter.write([numbered(3)]).then(
        () => 3,
        () => 2,
      )
      const done = calls <= failing
      disk.before = () => undefined
      for (const power of [false, true]) {
        const found = await survives(disk, power)
        expect([replay(numberedCommits(first)), replay(numberedCommits(3))]).toContainEqual(found)
      }
      if (first === 2) await adapter.write([numbered(3)])
      await adapter.write([numbered(4)])
      for (const power of [false, true]) expect(await survives(disk, power)).toEqual(replay(numberedCommits(4)))
      await adapter.close()
      expect(disk.descriptors).toBe(0)
      if (done) return expect(failing).toBeGreaterThan(8)
    }
  })
})

describe("sync: 'never'", () => {
  test('write does not wait for the disk; sync and close do', async () => {
    const disk = new Disk()
    const adapter = storage(disk, { sync: 'never' })
    await adapter.open()
    let syncs = 0
    disk.before = ({ call }) => {
      if (call === 'sync') syncs++
      return undefined
    }
    await adapter.write([numbered(1)])
    await adapter.write([numbered(2)])
    expect(syncs).toBe(0)
    expect(await survives(disk)).toEqual(replay(numberedCommits(2)))
    expect((await survives(disk, true)).size).toBe(0)
    await adapter.sync?.()
    await adapter.sync?.()
    expect(syncs).toBe(1)
    expect(await survives(disk, true)).toEqual(replay(numberedCommits(2)))
    await adapter.write([numbered(3)])
    await adapter.close()
    expect(await survives(disk, true)).toEqual(replay(numberedCommits(3)))
  })

  test('a failed sync is told, keeps what a kill would keep, and the next one writes all anew', async () => {
    const disk = new Disk()
    const adapter = storage(disk, { sync: 'never' })
    await adapter.open()
    await adapter.write([numbered(1)])
    fail(disk, 'sync', /journal/, { error: systemError('EIO') })
    await expect(adapter.sync?.()).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    expect(await survives(disk)).toEqual(replay(numberedCommits(1)))
    await adapter.sync?.()
    expect(await survives(disk, true)).toEqual(replay(numberedCommits(1)))
    fail(disk, 'sync', /journal/, { error: systemError('EIO') })
    await adapter.write([numbered(2)])
    await expect(adapter.close()).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    expect(disk.descriptors).toBe(0)
    await storage(disk).open()
  })

  test('power lost on the way out of a failed sync: what the disk had, and no damage', async () => {
    const disk = new Disk()
    const adapter = storage(disk, { sync: 'never' })
    await adapter.open()
    await adapter.write([numbered(1)])
    await adapter.sync?.()
    await adapter.write([numbered(2)])
    fail(disk, 'sync', /journal-1/, { error: systemError('EIO') })
    await expect(adapter.sync?.()).rejects.toThrow('EIO')
    fail(disk, 'rename', /snapshot/, { error: systemError('EIO') }) // journal-2 is there, its snapshot is not
    await expect(adapter.sync?.()).rejects.toThrow('EIO')
    expect(await survives(disk, true)).toEqual(replay(numberedCommits(1)))
  })

  test('always has no sync: every write waited', () => expect(storage(new Disk()).sync).toBeUndefined())
})

describe('opening', () => {
  test.each(['EACCES', 'EROFS', 'ENOTDIR', 'EEXIST', 'EIO', 'EMFILE'])(
    '%s at any call: StorageError, and all released',
    async (code) => {
      const image = new Disk()
      image.put('snapshot-1', snapshotImage(replay(numberedCommits(3)), 3))
      image.put('journal-1', Buffer.concat([journalImage([[numbered(4)]], 3).bytes, Buffer.from('torn')]))
      // Removing what is of no use may fail; ownership of the lock's temporary file as well.
      for (let failing = 0; ; failing++) {
        const disk = image.crash(false)
        const timers = machine.timers
        let calls = 0
        disk.before = () => (calls++ === failing ? { error: systemError(code) } : undefined)
        const adapter = storage(disk)
        const found = await adapter.open().catch((error: unknown) => error)
        disk.before = () => undefined
        if (found instanceof Map) expect(found).toEqual(replay(numberedCommits(4)))
        else if (!(code === 'EEXIST'))
          expect(found).toMatchObject({ code: 'STORAGE_FAILED', directory: '/d', cause: { code } })
        if (found instanceof Map) await adapter.close()
        expect(disk.descriptors, `call ${failing}`).toBe(0)
        expect(machine.timers).toBe(timers)
        expect(await survives(disk)).toEqual(replay(numberedCommits(4)))
        if (calls <= failing) return expect(failing).toBeGreaterThan(15)
      }
    },
  )

  test('values that are no plain data are refused before anything is written', async () => {
    const disk = new Disk()
    const adapter = storage(disk)
    await adapter.open()
    const before = disk.files
    for (const bad of [
      () => 1,
      Symbol('s'),
      { a: new Error('x') },
      { deep: [new (class Mine {})()] },
      JSON.parse('{"__proto__":1}'),
    ]) {
      await expect(adapter.write([numbered(1), new Map([['model/a', bad]])])).rejects.toMatchObject({
        code: 'STORAGE_VALUE',
      })
    }
    expect(disk.files).toEqual(before)
    await adapter.write([numbered(1)])
    expect(await survives(disk)).toEqual(replay([numbered(1)]))
  })
})

describe('damage', () => {
  const commits = numberedCommits(12)
  function damaged(): Disk {
    const disk = new Disk()
    disk.put('snapshot-2', snapshotImage(replay(commits, 4), 4))
    const { bytes, ends } = journalImage([commits.slice(4, 6), commits.slice(6, 9)], 4)
    bytes[ends[1]! + 20]! ^= 1
    disk.put('journal-2', bytes)
    disk.put('journal-3', journalImage([commits.slice(9)], 9).bytes)
    return disk
  }
  const withoutLock = (disk: Disk) => Object.entries(disk.files).filter(([name]) => !name.startsWith('lock'))

  test('is refused with file and line, and nothing changes', async () => {
    const disk = damaged()
    const before = withoutLock(disk)
    for (let i = 0; i < 2; i++) {
      const error = await storage(disk)
        .open()
        .catch((found: unknown) => found)
      expect(error).toBeInstanceOf(CorruptionError)
      expect(error).toMatchObject({ code: 'STORAGE_CORRUPT', directory: '/d', file: 'journal-2', line: 3 })
    }
    expect(withoutLock(disk)).toEqual(before)
    expect(disk.descriptors).toBe(0)
  })

  test('with repair: keeps what reads, sets the files aside, reports, and goes on', async () => {
    const disk = damaged()
    const before = disk.files
    const reports: unknown[] = []
    const adapter = storage(disk, { repair: true, report: (error) => reports.push(error) })
    expect(await adapter.open()).toEqual(replay(commits, 5))
    expect(reports).toMatchObject([{ code: 'STORAGE_REPAIRED', file: 'journal-2', line: 3 }])
    await adapter.write([numbered(6)])
    const { 'journal-2.corrupt-4': second, 'journal-3.corrupt-4': third, ...rest } = disk.files
    expect([second, third]).toEqual([before['journal-2'], before['journal-3']])
    expect(Object.keys(rest).sort()).toEqual(['journal-4', 'lock-1', 'snapshot-4'])
    expect(await survives(disk, true)).toEqual(replay(commits, 6))
  })

  test('a repair killed after any step can be done again', async () => {
    for (let steps = 0; ; steps++) {
      const disk = damaged()
      let calls = 0
      disk.before = () => (calls++ >= steps ? { error: systemError('KILLED') } : undefined)
      const done = await storage(disk, { repair: true })
        .open()
        .then(
          () => true,
          () => false,
        )
      disk.before = () => undefined
      for (const power of [false, true]) {
        machine.running.clear()
        const crashed = disk.crash(power, Math.random)
        const adapter = storage(crashed, { repair: true })
        expect(await adapter.open()).toEqual(replay(commits, 5))
        const names = Object.keys(crashed.files)
        expect(names.some((name) => name.startsWith('journal-2'))).toBe(true)
        await adapter.close()
      }
      if (done) return expect(steps).toBeGreaterThan(20)
    }
  })

  test('a damaged snapshot with repair: its good lines, and the journals on top', async () => {
    const disk = new Disk()
    const snapshot = snapshotImage(replay(commits, 11), 11)
    snapshot[snapshot.indexOf('"model/date"')]! ^= 1
    disk.put('snapshot-2', snapshot)
    disk.put('journal-2', journalImage([[commits[11]!]], 11).bytes)
    await expect(storage(disk).open()).rejects.toMatchObject({ file: 'snapshot-2' })
    const found = await storage(disk, { repair: true }).open()
    const expected = replay(commits, 12)
    expected.delete('model/date')
    expect(found).toEqual(expected)
  })

  test('a missing snapshot with repair: what the journals say', async () => {
    const disk = damaged()
    await disk.remove('snapshot-2')
    await expect(storage(disk).open()).rejects.toMatchObject({ file: 'snapshot-2', line: 0 })
    expect(await storage(disk, { repair: true }).open()).toEqual(replay(commits.slice(4, 5)))
  })
})

test('room is laid out ahead of small writes, and given back: by close, and by whoever opens after a kill', async () => {
  const disk = new Disk()
  const adapter = storage(disk)
  await adapter.open()
  const lengths = new Set<number>()
  for (let n = 1; n <= 300; n++) {
    await adapter.write([numbered(n)])
    lengths.add(disk.files['journal-1']!.length)
  }
  expect([...lengths].every((length) => length >= 16 * 1024)).toBe(true)
  expect(lengths.size).toBeLessThan(4)
  const killed = disk.crash(false)
  await adapter.close()
  const whole = disk.files['journal-1']!
  expect(whole.at(-1)).toBe(10)
  machine.running.clear()
  const reports: unknown[] = []
  const next = storage(killed, { report: (error) => reports.push(error) })
  expect(await next.open()).toEqual(replay(numberedCommits(300)))
  expect(killed.files['journal-1']).toEqual(whole)
  expect(reports).toEqual([])
})

test('a disk without space for room has space for the write', async () => {
  const disk = new Disk()
  const adapter = storage(disk)
  await adapter.open()
  fail(disk, 'write', /journal/, full(100), 100)
  for (let n = 1; n <= 10; n++) await adapter.write([numbered(n)])
  expect(await survives(disk, true)).toEqual(replay(numberedCommits(10)))
})

test('a torn tail is cut, reported once, and written over', async () => {
  const disk = new Disk()
  const { bytes, ends } = journalImage([[numbered(1)], [numbered(2), numbered(3)]])
  disk.put('journal-1', bytes.subarray(0, -5))
  const reports: unknown[] = []
  const adapter = storage(disk, { report: (error) => reports.push(error) })
  expect(await adapter.open()).toEqual(replay(numberedCommits(2)))
  expect(reports).toMatchObject([
    { code: 'STORAGE_CUT', file: 'journal-1', line: 4, bytes: bytes.length - 5 - ends[2]! },
  ])
  await adapter.write([numbered(3)])
  await adapter.close()
  expect(await survives(disk, true)).toEqual(replay(numberedCommits(3)))
})
