import type { StorageAdapter } from 'escapement'
import { expect, test } from 'vitest'
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

test('a flight is one commit: itself and its two airports', async () => {
  const { storage, writes } = slowStorage()
  const board = await openBoard(storage)
  recordFlight(board, '1', flight)
  await board.store.close()
  expect(writes.flat().map((commit) => [...commit.keys()].sort())).toEqual([
    ['model/airport/DTW', 'model/airport/LAS', 'model/flight/1'],
  ])
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
  expect([board.flights.size, board.airports.size]).toEqual([0, 0])
  await board.store.close()
  expect(writes).toEqual([])
})

test('no more than a batch ever waits for the disk', async () => {
  const { storage, writes } = slowStorage()
  const board = await openBoard(storage)
  const { rows } = await readFlights()
  await replayRows(board, rows.slice(0, 205), pace)
  await board.store.close()
  expect(writes.flat()).toHaveLength(205)
  expect(Math.max(...writes.map((commits) => commits.length))).toBeLessThanOrEqual(10)
})

test('it goes on where it was stopped, and refuses the same rows again', async () => {
  const { storage } = slowStorage()
  const rows = injectBad((await readFlights()).rows.slice(0, 200), 14)
  const first = await openBoard(storage)
  const stop = new AbortController()
  const onBatch = (done: number) => done >= 100 && stop.abort()
  const { done } = await replayRows(first, rows, { ...pace, signal: stop.signal, onBatch })
  expect(done).toBeLessThan(120)
  await first.store.close()

  const second = await openBoard(storage)
  const seen: (readonly Refusal[])[] = []
  const { refusals } = await replayRows(second, rows, { ...pace, onBatch: (_, all) => seen.push(all) })
  expect([refusals.length, seen.at(-1)]).toEqual([14, refusals])
  expect(differences(outcome(second, refusals.length), recompute(rows))).toEqual([])
  await second.store.close()
})

test('a board belongs to the data it was begun with', async () => {
  const board = await openBoard(slowStorage().storage)
  expect(claim(board, 'a.json', [flight])).toBe(true)
  expect(claim(board, 'renamed.json', [flight])).toBe(true)
  expect(claim(board, 'a.json', [{ ...flight, delay: 67 }])).toBe(false)
  expect(board.replay.source).toBe('a.json')
  await board.store.close()
})
