import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { StorageLockedError } from './errors.ts'
import { FileStorage } from './file-storage.ts'
import { nodeFileSystem } from './file-system.ts'
import { Disk } from './fixtures/disk.ts'
import { Machine } from './fixtures/machine.ts'
import { HEARTBEAT, SILENCE, takeLock } from './lock.ts'
import { nodePlatform, type Platform } from './platform.ts'

const storage = (disk: Disk, platform: Platform) => new FileStorage('/d', { report: () => {} }, disk, () => platform)
const one = (n: number) => [new Map([['model/a', n]])]

describe('who owns a directory', () => {
  test('a running process: refused at once, with its name', async () => {
    const [disk, machine] = [new Disk(), new Machine()]
    await storage(disk, machine.process(10)).open()
    const refusal = await storage(disk, machine.process(11))
      .open()
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(StorageLockedError)
    expect(refusal).toMatchObject({
      code: 'STORAGE_LOCKED',
      directory: '/d',
      holder: { host: 'host-1', pid: 10, boot: 'boot-1', namespace: 'pid:[1]', start: 'start-10' },
    })
    expect(String(refusal)).toContain('process 10 on host-1')
    // However long it is silent: it runs.
    machine.now += 100 * SILENCE
    await expect(storage(disk, machine.process(11)).open()).rejects.toThrow(StorageLockedError)
  })

  test('a dead process: taken over at once', async () => {
    const [disk, machine] = [new Disk(), new Machine()]
    await storage(disk, machine.process(10)).open()
    machine.running.delete(10)
    await storage(disk, machine.process(11)).open()
    expect(Object.keys(disk.files).filter((name) => name.startsWith('lock'))).toEqual(['lock-2'])
  })

  test('a process id that somebody else got since: taken over at once', async () => {
    const [disk, machine] = [new Disk(), new Machine()]
    await storage(disk, machine.process(10)).open()
    machine.running.set(10, 'later')
    await storage(disk, machine.process(11)).open()
  })

  test.each<[string, (machine: Machine) => void]>([
    ['another boot', (machine) => Object.assign(machine, { boot: 'boot-2' })],
    ['another namespace', (machine) => Object.assign(machine, { namespace: 'pid:[2]' })],
    ['a platform without a namespace', (machine) => Object.assign(machine, { namespace: undefined })],
    [
      'a platform without a boot, another host',
      (machine) => Object.assign(machine, { boot: undefined, host: 'host-2' }),
    ],
  ])('%s: refused for 15 s of silence, whatever the process ids say', async (_, move) => {
    const [disk, machine] = [new Disk(), new Machine()]
    disk.now = machine.now
    await storage(disk, machine.process(10)).open()
    machine.running.delete(10)
    move(machine)
    machine.now += SILENCE
    await expect(storage(disk, machine.process(11)).open()).rejects.toThrow(StorageLockedError)
    machine.now += 1
    await storage(disk, machine.process(11)).open()
  })

  test('a platform that tells neither boot nor start: a dead process at once, a running one by its heartbeat', async () => {
    const [disk, machine] = [new Disk(), Object.assign(new Machine(), { boot: undefined, namespace: 'darwin' })]
    const first = machine.process(10, undefined)
    const second = machine.process(11, undefined)
    await storage(disk, first).open()
    await expect(storage(disk, second).open()).rejects.toThrow(StorageLockedError)
    machine.running.delete(10)
    await storage(disk, second).open()
    machine.running.set(11, undefined)
    machine.now += SILENCE + 1
    await storage(disk, machine.process(12, undefined)).open()
  })

  test('the heartbeat keeps the weak case alive, and stops with close', async () => {
    const [disk, machine] = [new Disk(), new Machine()]
    const first = storage(disk, machine.process(10))
    await first.open()
    machine.boot = 'boot-2'
    const second = storage(disk, machine.process(11))
    for (let i = 0; i < 10; i++) {
      machine.now += HEARTBEAT
      machine.beat()
      await expect(second.open()).rejects.toThrow(StorageLockedError)
    }
    await first.close()
    expect(machine.timers).toBe(0)
    await second.open()
    await second.close()
    expect(machine.timers).toBe(0)
    expect(disk.descriptors).toBe(0)
  })

  test('a late comer, whose number was taken and given up meanwhile, sees the higher one and retires', async () => {
    const [disk, machine] = [new Disk(), new Machine()]
    disk.put('lock-7', Buffer.alloc(0))
    const owner = storage(disk, machine.process(12))
    const open = disk.open.bind(disk)
    disk.open = async (path, flags) => {
      disk.open = open // the late comer has looked, and now makes the file it will link
      const between = storage(disk, machine.process(11))
      await between.open() // takes 8
      await between.close()
      await owner.open() // takes 9, removes 8
      return open(path, flags)
    }
    await expect(storage(disk, machine.process(10)).open()).rejects.toMatchObject({ holder: { pid: 12 } })
    expect(Object.keys(disk.files).filter((name) => name.startsWith('lock'))).toEqual(['lock-9'])
    await owner.write(one(1))
  })

  test.each([
    ['', 'at once'],
    ['{"pid', 'late'],
    ['null', 'late'],
    ['{"pid":"1"}', 'late'],
  ])('a lock that reads %j is taken over %s', async (text, when) => {
    const [disk, machine] = [new Disk(), new Machine()]
    disk.put('lock-5', Buffer.from(text))
    const opening = storage(disk, machine.process(10)).open()
    if (when === 'late') {
      await expect(opening).rejects.toThrow('another process')
      machine.now += SILENCE + 1
      await storage(disk, machine.process(10)).open()
    }
    await opening.catch(() => {})
    expect(disk.files['lock-6']?.length).toBeGreaterThan(0)
  })
})

describe('an owner that was taken for dead', () => {
  async function usurp() {
    const [disk, machine] = [new Disk(), new Machine()]
    const first = storage(disk, machine.process(10))
    await first.open()
    await first.write(one(1))
    machine.boot = 'boot-2'
    machine.now += SILENCE + 1
    disk.now = machine.now
    const second = storage(disk, machine.process(11))
    return { disk, machine, first, second }
  }

  test('finds out before its next write, and writes nothing', async () => {
    const { disk, first, second } = await usurp()
    expect(await second.open()).toEqual(new Map([['model/a', 1]]))
    const before = disk.files
    await expect(first.write(one(2))).rejects.toMatchObject({ code: 'STORAGE_LOCKED', holder: { pid: 11 } })
    expect(disk.files).toEqual(before)
    await first.close()
    await second.write(one(3))
    await expect(first.open()).rejects.toThrow(StorageLockedError)
  })

  test('finds out even when the one who took over is gone again', async () => {
    const { first, second } = await usurp()
    await second.open()
    await second.close()
    await expect(first.write(one(2))).rejects.toThrow(StorageLockedError)
  })

  test('and that writes all the same, having looked too early, writes where nobody reads', async () => {
    const { disk, machine, first, second } = await usurp()
    await first.close()
    machine.boot = 'boot-1'
    await first.open()
    machine.boot = 'boot-2'
    machine.now += SILENCE + 1
    const write = disk.write.bind(disk)
    disk.write = async (fd, bytes, from, at) => {
      disk.write = write
      await second.open() // between the look and the write
      return write(fd, bytes, from, at)
    }
    await expect(first.write([...one(2), ...one(2), ...one(2)])).rejects.toThrow(StorageLockedError)
    await second.write(one(3))
    machine.running.clear()
    expect(await storage(disk.crash(false), machine.process(12)).open()).toEqual(new Map([['model/a', 3]]))
  })

  test('acknowledges nothing that it wrote while it was taken over, and spoils nothing', async () => {
    const { disk, machine, first, second } = await usurp()
    let opening: Promise<unknown> | undefined
    // Between the look at the lock and the acknowledgement.
    disk.before = ({ call, name }) => {
      if (call === 'writeNow' && name === 'journal-1') {
        disk.before = () => undefined
        opening = second.open()
      }
      return undefined
    }
    const sync = disk.sync.bind(disk)
    disk.sync = async (fd) => {
      disk.sync = sync
      await opening
      await sync(fd)
    }
    await expect(first.write(one(2))).rejects.toThrow(StorageLockedError)
    await second.write(one(3))
    await second.close()
    expect(await storage(disk, machine.process(12)).open()).toEqual(new Map([['model/a', 3]]))
  })
})

describe('on the real file system', () => {
  const root = mkdtempSync(join(tmpdir(), 'escapement-lock-'))
  afterAll(() => rmSync(root, { recursive: true }))

  test('this process: alive, with a start where the platform tells; a process that never was: gone', () => {
    const platform = nodePlatform()
    const own = platform.life(process.pid)
    expect(own.gone).toBe(false)
    if (process.platform === 'linux') {
      expect(own).toMatchObject({ start: expect.stringMatching(/^\d+$/) })
      expect(platform.boot).toMatch(/^[\da-f-]{36}$/)
      expect(platform.namespace).toMatch(/^pid:/)
    }
    expect(platform.life(2 ** 22 + 1)).toEqual({ gone: true })
  })

  test('a process that was killed and that nobody asked about is gone', async ({ skip }) => {
    if (process.platform !== 'linux') skip('zombies are told from /proc')
    // The shell becomes a sleep, which never waits for the shell's child.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
    const stat = (of: number | undefined) => readFileSync(`/proc/${of}/stat`, 'latin1')
    while (!stat(parent.pid).includes('(sleep)')) await new Promise(setImmediate)
    expect(nodePlatform().life(pid)).toMatchObject({ gone: false })
    process.kill(pid, 'SIGKILL')
    while (!/\) Z /.test(stat(pid))) await new Promise(setImmediate)
    process.kill(pid, 0) // it still answers
    expect(nodePlatform().life(pid)).toEqual({ gone: true })
    parent.kill()
  })

  test('taking, losing to a higher number, releasing', async () => {
    const lock = await takeLock(nodeFileSystem, nodePlatform(), root)
    expect(lock.held()).toBe(true)
    writeFileSync(join(root, 'lock-2'), '')
    expect(lock.held()).toBe(false)
    await lock.release()
    const next = await takeLock(nodeFileSystem, nodePlatform(), root)
    expect(await nodeFileSystem.list(root)).toEqual(['lock-3'])
    rmSync(join(root, 'lock-3'))
    expect(next.held()).toBe(false)
    await next.release()
  })
})
