import { expect, test } from 'vitest'
import { Entries } from './entries.ts'
import { FileStorage, type FileStorageOptions } from './file-storage.ts'
import { Disk, type Step, systemError } from './fixtures/disk.ts'
import { type Commit, numbered, numberedCommits, replay } from './fixtures/image.ts'
import { Machine } from './fixtures/machine.ts'
import { randomFrom } from './fixtures/random.ts'
import { SLICE_CHARACTERS, SLICE_ENTRIES, snapshotSlices } from './snapshot.ts'

const machine = new Machine()
let pids = 1
const storage = (disk: Disk, options: FileStorageOptions = {}) =>
  new FileStorage('/d', { report: () => {}, ...options }, disk, () => machine.process(pids++))
const names = (disk: Disk) =>
  Object.keys(disk.files)
    .filter((name) => !name.startsWith('lock'))
    .sort()

/** Groups of one to four commits, again and again compacted. How many commits were acknowledged, and how many tried. */
async function run(disk: Disk, commits: readonly Commit[], options: FileStorageOptions) {
  const adapter = storage(disk, options)
  let acknowledged = 0
  let tried = 0
  const done = await (async () => {
    await adapter.open()
    for (let size = 1; tried < commits.length; size = (size % 4) + 1) {
      const group = commits.slice(tried, tried + size)
      tried += group.length
      await adapter.write(group)
      acknowledged = tried
      // Sometimes the compaction has time to end, mostly it runs beside the next writes.
      if (size === 4 && tried % 3 === 0) await adapter.settled()
    }
    await adapter.settled()
  })().then(
    () => true,
    () => false,
  )
  return { adapter, acknowledged, tried, done }
}

test('killed after any step, power lost after any step: every acknowledged commit, none in part', async () => {
  const commits = numberedCommits(36)
  const random = randomFrom(7)
  for (let steps = 0; ; steps++) {
    const disk = new Disk()
    let calls = 0
    disk.before = () => (calls++ >= steps ? { error: systemError('KILLED'), partial: steps % 100 } : undefined)
    const { acknowledged, tried, done } = await run(disk, commits, { compactAt: 400 })
    disk.before = () => undefined
    for (const power of [false, true, true, true]) {
      machine.running.clear()
      const next = storage(disk.crash(power, random))
      const found = await next.open()
      const possible = Array.from({ length: tried - acknowledged + 1 }, (_, i) => replay(commits, acknowledged + i))
      expect(possible, `stopped at step ${steps}, power ${power}`).toContainEqual(found)
      // And it works on.
      await next.write([numbered(999)])
      await next.close()
    }
    if (done) return expect(steps).toBeGreaterThan(150)
  }
}, 60_000)

test('leaves one snapshot and its journal, and reading them gives the same', async () => {
  const disk = new Disk()
  const commits = numberedCommits(300)
  const { adapter } = await run(disk, commits, { compactAt: 2000 })
  const [journal, snapshot] = names(disk)
  expect(names(disk)).toEqual([expect.stringMatching(/^journal-\d+$/), expect.stringMatching(/^snapshot-\d+$/)])
  expect(journal?.split('-')[1]).toBe(snapshot?.split('-')[1])
  expect(Number(journal?.split('-')[1])).toBeGreaterThan(3)
  await adapter.close()
  const reads: string[] = []
  disk.before = ({ call, name }) => {
    if (call === 'read') reads.push(name)
    return undefined
  }
  expect(await storage(disk).open()).toEqual(replay(commits))
  // The work of opening is the live data and the tail, not the history.
  expect(reads.filter((name) => !name.startsWith('lock')).sort()).toEqual([journal, snapshot])
  expect(disk.files[journal!]!.length).toBeLessThan(2500)
})

test('waits until the journals outgrew the last snapshot, so that its cost is a share of what was written', async () => {
  const disk = new Disk()
  let appended = 0
  let copied = 0
  const write = disk.write.bind(disk)
  disk.write = (fd, bytes, from, at) => {
    copied += bytes.length
    return write(fd, bytes, from, at)
  }
  const writeNow = disk.writeNow.bind(disk)
  disk.writeNow = (fd, bytes, from, at) => {
    appended += bytes.length
    return writeNow(fd, bytes, from, at)
  }
  const adapter = storage(disk, { compactAt: 100, sync: 'never' }) // which lays out no room ahead
  await adapter.open()
  for (let i = 0; i < 2000; i++) {
    await adapter.write([new Map([[`model/row/${i}`, { i }]])]) // nothing is ever overwritten: the worst case
    await adapter.settled()
  }
  expect(copied).toBeGreaterThan(appended / 10)
  expect(copied).toBeLessThan(appended * 2.5)
  await adapter.close()
}, 60_000)

test('a slice is some hundred entries or some kilobytes, written aside; capturing and taking back are as small', async () => {
  const entries = new Map<string, unknown>()
  for (let i = 0; i < 3000; i++)
    entries.set(`model/row/${i}`, i % 10 === 0 ? new Date(i) : { text: 'x'.repeat(i % 300) })
  const small = new Map([...entries.keys()].map((key) => [key, 1]))
  for (const slice of [...snapshotSlices(entries, 1), ...snapshotSlices(small, 1)]) {
    const found = slice.toString().match(/model\/row\//g)?.length ?? 0
    expect(found).toBeLessThanOrEqual(SLICE_ENTRIES)
    expect(slice.length).toBeLessThan(SLICE_CHARACTERS + 1000)
  }

  const disk = new Disk()
  const adapter = storage(disk, { compactAt: 1 })
  await adapter.open()
  const aside: Step['call'][] = []
  disk.before = ({ call, name }) => {
    if (name.startsWith('snapshot') && call.startsWith('write')) aside.push(call)
    return undefined
  }
  await adapter.write([entries])
  await adapter.settled()
  expect(aside.length).toBeGreaterThan(3000 / SLICE_ENTRIES)
  expect(new Set(aside)).toEqual(new Set(['write']))

  const live = new Entries(new Map(entries))
  const frozen = live.freeze()
  live.apply([new Map([...entries.keys()].map((key) => [key, 1]))])
  expect(frozen).toEqual(entries)
  const sizes = () => [...frozen.values()].filter((value) => value === 1).length
  expect(live.thaw(1000)).toBe(false)
  expect(sizes()).toBe(1000)
  live.apply([new Map([['model/row/0', 2]])])
  expect([live.thaw(1000), live.thaw(1000), live.thaw(1000)]).toEqual([false, false, true])
  expect(sizes()).toBe(2999)
})

test.each<[string, (step: Step) => boolean]>([
  ['its journal cannot be begun', ({ call, name }) => call === 'open' && /journal-2/.test(name)],
  ['its journal cannot be synced', ({ call, name }) => call === 'sync' && /journal-2/.test(name)],
  ['the disk fills up', ({ call, name }) => call === 'write' && /snapshot/.test(name)],
  ['the snapshot cannot be synced', ({ call, name }) => call === 'sync' && /snapshot/.test(name)],
  ['it cannot get its name', ({ call }) => call === 'rename'],
])('%s: reported, nothing lost, tried again later', async (_, fails) => {
  const disk = new Disk()
  const reports: Error[] = []
  const adapter = storage(disk, { compactAt: 500, report: (error) => reports.push(error) })
  await adapter.open()
  let failing = true
  disk.before = (step) => (failing && fails(step) ? { error: systemError('ENOSPC') } : undefined)
  for (let n = 1; n <= 30; n++) {
    await adapter.write([numbered(n)])
    await adapter.settled()
  }
  expect(reports.length).toBeGreaterThan(0)
  expect(reports.length).toBeLessThan(6)
  expect(reports[0]).toMatchObject({ code: 'COMPACTION_FAILED', directory: '/d' })
  machine.running.clear()
  expect(await storage(disk.crash(true)).open()).toEqual(replay(numberedCommits(30)))
  failing = false
  for (let n = 31; n <= 60; n++) {
    await adapter.write([numbered(n)])
    await adapter.settled()
  }
  expect(names(disk)).toHaveLength(2)
  await adapter.close()
  expect(disk.descriptors).toBe(0)
  expect(await storage(disk).open()).toEqual(replay(numberedCommits(60)))
})

test('close stops a compaction, and leaves nothing half done', async () => {
  const disk = new Disk()
  const reports: Error[] = []
  const adapter = storage(disk, { compactAt: 1, report: (error) => reports.push(error) })
  await adapter.open()
  const entries = new Map(Array.from({ length: 5000 }, (_, i) => [`model/row/${i}`, i]))
  await adapter.write([entries])
  await adapter.close()
  expect(reports).toEqual([])
  expect(names(disk)).toEqual(['journal-1', 'journal-2'])
  expect(disk.descriptors).toBe(0)
  expect(await storage(disk).open()).toEqual(entries)
})
