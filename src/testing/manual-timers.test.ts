import { expect, test } from 'vitest'
import { memoryStorage } from '../core/store/memory-storage.ts'
import { faultyStorage } from './faulty-storage.ts'
import { manualTimers } from './manual-timers.ts'

test('calls come when due, in order of their time, then of their asking', () => {
  const timers = manualTimers(1000)
  const calls: string[] = []
  const note = (name: string) => () => calls.push(`${name}@${timers.now()}`)
  timers.after(20, note('c'))
  timers.after(10, note('a'))
  timers.after(10, note('b'))
  timers.after(5, () => timers.after(1, note('nested')))
  const cancel = timers.after(7, note('canceled'))
  cancel()
  timers.advance(9)
  expect(calls).toEqual(['nested@1006'])
  timers.advance(1)
  expect(calls).toEqual(['nested@1006', 'a@1010', 'b@1010'])
  expect(timers.pending).toBe(1)
  timers.advance(100)
  expect(calls.at(-1)).toBe('c@1020')
  expect(timers.now()).toBe(1110)
  expect(timers.pending).toBe(0)
})

test('faultyStorage fails as often as told, then works', async () => {
  const storage = faultyStorage(memoryStorage())
  await storage.open()
  storage.fail('write', 2)
  const commits = [new Map([['model/a', 1]])]
  await expect(storage.write(commits)).rejects.toThrow('The test made write fail.')
  await expect(storage.write(commits)).rejects.toMatchObject({ code: 'STORAGE_FAULT' })
  await storage.write(commits)
  expect(storage.writes).toHaveLength(3)
  storage.fail('open', 1, new Error('mine'))
  await expect(storage.open()).rejects.toThrow('mine')
})

test('faultyStorage holds calls until released', async () => {
  const storage = faultyStorage(memoryStorage())
  const release = storage.hold()
  let opened = false
  const opening = storage.open().then(() => {
    opened = true
  })
  await Promise.resolve()
  expect(opened).toBe(false)
  release()
  await opening
  expect(opened).toBe(true)
})
