import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore, type StorageAdapter, ValidationError } from 'escapement'
import type { RawFlight, Row } from './data.ts'
import { Airports, Flights, Replay } from './models.ts'
import type { Outcome, Totals } from './totals.ts'

/** The store, and what it holds. */
export type Board = Awaited<ReturnType<typeof openBoard>>

/** Opens the store, with whatever earlier runs left in storage. */
export async function openBoard(storage: StorageAdapter) {
  const store = await openStore({ name: 'replay', storage, state: [Flights, Airports, Replay] })
  return { store, flights: store.get(Flights), airports: store.get(Airports), replay: store.get(Replay) }
}

/**
 * Ties a board that is empty to the data it is about to replay. False when it holds the replay of other data: the two
 * must not be mixed.
 */
export function claim({ replay }: Board, source: string, rows: readonly Row[]): boolean {
  const digest = createHash('sha256').update(JSON.stringify(rows)).digest('hex')
  if (replay.digest === '') replay.set({ source, digest })
  return replay.digest === digest
}

/**
 * One flight is one transaction: the flight and the totals of its two airports, all or nothing.
 * Throws a ValidationError when any part of it is refused; then nothing of it was applied.
 */
export function recordFlight({ store, flights, airports }: Board, id: string, row: RawFlight): void {
  const airport = (code: string) => airports.get(code) ?? airports.add({}, code)
  store.transaction(() => {
    // A row is a stranger's: the model says whether it is a flight.
    const { origin, destination, delay } = flights.add(row as Parameters<typeof flights.add>[0], id)
    const from = airport(origin)
    from.set({ departures: from.departures + 1, delay: from.delay + delay })
    const to = airport(destination)
    to.set({ arrivals: to.arrivals + 1, delay: to.delay + delay })
  })
}

/** A row that was refused. */
export interface Refusal {
  /** The number of the flight in the data, from 1. */
  row: number
  why: string
}

interface Pace {
  batch: number
  /** Rows per second, at most. */
  rate: number
  /** Stops after the batch under way. */
  signal: AbortSignal
  onBatch(done: number, refusals: readonly Refusal[]): void
}

/**
 * Records every row that the board does not hold yet, in order. Where to go on is no cursor of its own but the flights
 * that are there: a commit is there whole or not at all, so the two can never disagree.
 */
export async function replayRows(
  board: Board,
  rows: readonly Row[],
  pace: Pace,
): Promise<{ done: number; refusals: Refusal[] }> {
  const refusals: Refusal[] = []
  const size = Math.ceil(Math.min(pace.batch, Math.max(1, pace.rate / 20)))
  const startedAt = performance.now()
  let recorded = 0
  let done = 0
  for (const row of rows) {
    if (pace.signal.aborted) break
    done++
    if (board.flights.has(String(done))) continue
    const why = refused(board, String(done), row)
    if (why !== undefined) refusals.push({ row: done, why })
    if (++recorded % size !== 0) continue
    // Memory runs ahead of the disk; waiting here bounds by how much.
    await board.store.flush()
    pace.onBatch(done, refusals)
    const ahead = startedAt + (recorded / pace.rate) * 1000 - performance.now()
    if (ahead > 0) await sleep(ahead, undefined, { signal: pace.signal }).catch(() => {})
  }
  await board.store.flush()
  pace.onBatch(done, refusals)
  return { done, refusals }
}

/** Why a row was refused; undefined when it was recorded. */
function refused(board: Board, id: string, row: Row): string | undefined {
  if ('problem' in row) return row.problem
  try {
    recordFlight(board, id, row)
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    return error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')
  }
  return undefined
}

/** What the board holds now. */
export function outcome({ flights, airports }: Board, refused: number): Outcome {
  const totals = Array.from(airports, ({ $id, departures, arrivals, delay }): [string, Totals] => [
    $id,
    { departures, arrivals, delay },
  ])
  return { flights: flights.size, refused, airports: new Map(totals) }
}
