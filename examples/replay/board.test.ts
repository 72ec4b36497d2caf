import type { StorageAdapter } from 'escapement'
import { expect, test, vi } from 'vitest'
import { claim, openBoard, outcome, type Refusal, recordFlight, replayRows } from './board.ts'
import { injectBad, readFlights } from './data.ts'
import { differences, recompute } from './totals.ts'

/** Storage that keeps what is written, and takes a turn of the event loop for it. */
function slowStorage() {
  const writes: (readonly ReadonlyMap<string, unknown>[])[] = []
  const entries = new Map<string, unknown>()
  const storage: StorageAdapter = {
    name: 'slow',
    open: async () => new Map(entries),
    async write(commits) {
      await new Promise((written) => setImmediate(written))
      writes.push(commits)
      for (const commit of commits)
        for (const [key, value] of commit) value === undefined ? entries.delete(key) : entries.set(key, value)
    },
    async close() {},
  }
  return { storage, writes }
}

const flight = { date: '2001/01/01 00:47', delay: 66, distance: 1750, origin: 'DTW', destination: 'LAS' }
const signal = new AbortController().signal
const pace = { batch: 10, rate: Number.POSITIVE_INFINITY, signal, onBatch: () => {} }

test("a flight is one commit: itself, its machine's clock, its two airports and what was refused", async () => {
  const { storage, writes } = slowStorage()
  const board = await openBoard(storage)
  recordFlight(board, '1', flight)
  await board.store.close()
  const keys = [
    'machine/flight-status/1',
    'model/airport/DTW',
    'model/airport/LAS',
    'model/denial/relation: Boarding needs Gate',
    'model/denial/relation: Cancelled is ruled out by Departed',
    'model/flight/1',
  ]
  expect(writes.flat().map((commit) => [...commit.keys()].sort())).toEqual([keys])
})

test.each([
  ['a field', { delay: 'late' }],
  ['the check across fields, when both airports are written already', { destination: 'DTW' }],
])('a flight refused by %s leaves nothing behind', async (_, bad) => {
  const { storage, writes } = slowStorage()
  const board = await openBoard(storage)
  expect(() => recordFlight(board, '1', { ...flight, ...bad })).toThrow(
    expect.objectContaining({ name: 'ValidationError' }),
  )
  const { flights, statuses, airports, denials, transitions } = board
  expect([flights.size, statuses.size, airports.size, denials.size, transitions.accepted]).toEqual([0, 0, 0, 0, 0])
  await board.store.close()
  expect(writes).toEqual([])
})

test('no more than a batch ever waits for the disk', async () => {
  const { storage, writes } = slowStorage()
  const board = await openBoard(storage)
  const { rows } = await readFlights()
  await replayRows(board, rows.slice(0, 205), pace)
  await board.store.close()
  // The replay's own machine commits too: when it begins and when it ends.
  const flights = writes.map((commits) => commits.filter((commit) => !commit.has('machine/replay')).length)
  expect(flights.reduce((sum, count) => sum + count)).toBe(205)
  expect(Math.max(...flights)).toBeLessThanOrEqual(10)
})

test('it goes on where it was stopped, and refuses the same rows again', async () => {
  const { storage } = slowStorage()
  const rows = injectBad((await readFlights()).rows.slice(0, 200), 14)
  const first = await openBoard(storage)
  const stop = new AbortController()
  const onBatch = (done: number) => done >= 100 && stop.abort()
  const { done } = await replayRows(first, rows, { ...pace, signal: stop.signal, onBatch })
  expect(done).toBeLessThan(120)
  expect(first.run.active()).toEqual(['Start', 'Paused', 'ErrInput'])
  await first.store.close()

  const second = await openBoard(storage)
  const seen: (readonly Refusal[])[] = []
  const { refusals } = await replayRows(second, rows, { ...pace, onBatch: (_, all) => seen.push(all) })
  expect([refusals.length, seen.at(-1)]).toEqual([14, refusals])
  expect(differences(outcome(second, refusals.length), recompute(rows))).toEqual([])
  expect(second.run.active()).toEqual(['Start', 'Done', 'ErrInput'])
  await second.store.close()
})

test('whatever pauses its machine pauses the replay', async () => {
  const board = await openBoard(slowStorage().storage)
  const { rows } = await readFlights()
  const onBatch = (done: number) => done >= 100 && board.run.add('Paused')
  expect((await replayRows(board, rows.slice(0, 200), { ...pace, onBatch })).done).toBeLessThan(120)
  await board.store.close()
})

test('a run that was killed while it read is found paused', async () => {
  const { storage } = slowStorage()
  const first = await openBoard(storage)
  first.run.set(['Start', 'Reading'])
  await first.store.flush()
  // No more is written: as if the process had ended here.
  const second = await openBoard(storage)
  expect(second.run.active()).toEqual(['Start', 'Paused', 'MachineRestored'])
  await first.store.close()
  await second.store.close()
})

test('what the disk refuses ends the replay in ErrStorage', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { storage } = slowStorage()
  const board = await openBoard({ ...storage, write: () => Promise.reject(new Error('the disk is full')) })
  const { rows } = await readFlights()
  await expect(replayRows(board, rows.slice(0, 30), pace)).rejects.toMatchObject({ name: 'StorageError' })
  expect(board.run.active()).toEqual(['Start', 'ErrStorage'])
  await expect(board.store.close()).rejects.toMatchObject({ name: 'ClosedError' })
  expect(told).toHaveBeenCalledWith(expect.objectContaining({ name: 'StorageError' }))
  told.mockRestore()
})

test('an error unforeseen ends the reading, and is told', async () => {
  const board = await openBoard(slowStorage().storage)
  const broken = new Error('the screen is gone')
  const onBatch = () => {
    throw broken
  }
  const { rows } = await readFlights()
  await expect(replayRows(board, rows.slice(0, 30), { ...pace, onBatch })).rejects.toBe(broken)
  expect(board.run.active()).toEqual(['Start', 'Paused', 'Exception'])
  await board.store.close()
})

test('paused in its last batch it is done all the same', async () => {
  const board = await openBoard(slowStorage().storage)
  const { rows } = await readFlights()
  const onBatch = (done: number) => done === 30 && board.run.add('Paused')
  expect((await replayRows(board, rows.slice(0, 30), { ...pace, onBatch })).done).toBe(30)
  expect(board.run.active()).toEqual(['Start', 'Done'])
  await board.store.close()
})

test('a board belongs to the data it was begun with', async () => {
  const board = await openBoard(slowStorage().storage)
  expect(claim(board, 'a.json', [flight])).toBe(true)
  expect(claim(board, 'renamed.json', [flight])).toBe(true)
  expect(claim(board, 'a.json', [{ ...flight, delay: 67 }])).toBe(false)
  expect(board.replay.source).toBe('a.json')
  await board.store.close()
})
