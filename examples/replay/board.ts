import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MachineTracer, openStore, type StorageAdapter, StorageError, ValidationError } from 'escapement'
import type { RawFlight, Row } from './data.ts'
import { Airports, Denials, Flights, Replay, Statuses } from './models.ts'
import { ReplayRun } from './run.ts'
import { fly, rules, type StatusHandlers, whyNot } from './status.ts'
import { clockText, type Outcome, type Totals } from './totals.ts'

/** The store, and what it holds. */
export type Board = Awaited<ReturnType<typeof openBoard>>

/** Opens the store, with whatever earlier runs left in storage. */
export async function openBoard(storage: StorageAdapter) {
  const state = [Flights, Statuses, Airports, Denials, Replay, ReplayRun] as const
  const store = await openStore({ name: 'replay', storage, state })
  const [flights, airports, denials] = [store.get(Flights), store.get(Airports), store.get(Denials)]
  const transitions = { accepted: 0 }
  /** What a flight does at its airports: written in the transition, so in its commit. */
  const books: StatusHandlers = {
    Departed: {
      entered({ machine }) {
        const { origin, delay } = flights.get(machine.id)!
        const airport = airports.get(origin)!
        airport.set({ departures: airport.departures + 1, delay: airport.delay + delay })
      },
    },
    Arrived: {
      entered({ machine }) {
        const { destination, delay } = flights.get(machine.id)!
        const airport = airports.get(destination)!
        airport.set({ arrivals: airport.arrivals + 1, delay: airport.delay + delay })
      },
    },
  }
  /** A relation refuses without asking anybody: only a tracer hears of it. It too writes in the commit under way. */
  const counting: MachineTracer = {
    transitionEnd({ accepted, reason }) {
      if (accepted) transitions.accepted++
      if (reason === undefined) return
      const words = whyNot(reason)
      ;(denials.get(words) ?? denials.add({}, words)).count++
    },
  }
  const [statuses, replay, run] = [store.get(Statuses), store.get(Replay), store.get(ReplayRun)]
  return { store, flights, statuses, airports, denials, replay, run, books, counting, transitions }
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
 * One flight is one commit: itself, its machine's clock, the totals of its two airports and what was refused, all or
 * nothing. Throws a ValidationError when the row is no flight; then nothing of it was applied.
 */
export function recordFlight(board: Board, id: string, row: RawFlight): void {
  const { store, flights, statuses, airports } = board
  const unbind: (() => void)[] = []
  store.transaction(() => {
    // A row is a stranger's: the model says whether it is a flight.
    const { origin, destination, delay } = flights.add(row as Parameters<typeof flights.add>[0], id)
    for (const code of [origin, destination]) if (!airports.has(code)) airports.add({}, code)
    const flight = statuses.add(id)
    unbind.push(flight.handle(rules), flight.handle(board.books), flight.trace(board.counting))
    // All of it waits until the row has passed its checks, and is dropped if it does not.
    fly(flight, delay)
  })
  // It has landed. Machines that nobody watches cost next to nothing.
  for (const end of unbind) end()
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
 *
 * It goes on as long as the replay's machine is Reading, and leaves it Done, Paused or with its error.
 */
export async function replayRows(
  board: Board,
  rows: readonly Row[],
  pace: Pace,
): Promise<{ done: number; refusals: Refusal[] }> {
  const { run, store } = board
  run.set(['Start', 'Reading'])
  const reading = run.signal('Reading')
  const pause = () => void run.add('Paused')
  if (pace.signal.aborted) pause()
  pace.signal.addEventListener('abort', pause)
  try {
    const result = await readRows(board, rows, pace, reading)
    // Even when it was paused in its very last batch.
    if (result.done === rows.length) run.add('Done')
    await store.flush()
    return result
  } catch (error) {
    if (error instanceof StorageError) run.add('ErrStorage')
    else run.addError(error)
    throw error
  } finally {
    pace.signal.removeEventListener('abort', pause)
  }
}

async function readRows(board: Board, rows: readonly Row[], pace: Pace, reading: AbortSignal) {
  const refusals: Refusal[] = []
  const size = Math.ceil(Math.min(pace.batch, Math.max(1, pace.rate / 20)))
  const startedAt = performance.now()
  let recorded = 0
  let done = 0
  for (const row of rows) {
    if (reading.aborted) break
    done++
    if (board.flights.has(String(done))) continue
    const why = refused(board, String(done), row)
    if (why !== undefined) {
      refusals.push({ row: done, why })
      board.run.add('ErrInput', { row: done, why })
    }
    if (++recorded % size !== 0) continue
    // Memory runs ahead of the disk; waiting here bounds by how much.
    await board.store.flush()
    pace.onBatch(done, refusals)
    const ahead = startedAt + (recorded / pace.rate) * 1000 - performance.now()
    if (ahead > 0) await sleep(ahead, undefined, { signal: reading }).catch(() => {})
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
export function outcome({ flights, statuses, airports, denials }: Board, refused: number): Outcome {
  const totals = Array.from(airports, ({ $id, departures, arrivals, delay }): [string, Totals] => [
    $id,
    { departures, arrivals, delay },
  ])
  return {
    flights: flights.size,
    refused,
    airports: new Map(totals),
    clocks: new Map(Array.from(statuses, (flight) => [flight.id, clockText(flight.clock())])),
    denials: new Map(Array.from(denials, ({ $id, count }) => [$id, count])),
  }
}
