import { fileStorage, StorageLockedError } from 'escapement/storage/file'
import { type Board, claim, openBoard, outcome, type Refusal, replayRows } from './board.ts'
import { type Data, injectBad, readAirportNames, readFlights } from './data.ts'
import { help, type Options, parseOptions, UsageError } from './options.ts'
import { Progress, type Screen } from './progress.ts'
import { denialLines, differences, recompute, table, thousands } from './totals.ts'

/** What the program needs of its process. */
export interface Console {
  stdout: Screen
  stderr: Screen
  /** Milliseconds, going up. */
  now(): number
  /** Aborted when the user wants to stop; the reason is the exit code. */
  stop: AbortSignal
}

/** Runs the program; answers its exit code. */
export async function main(args: readonly string[], console: Console): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options.help) {
      console.stdout.write(help)
      return 0
    }
    const { name, rows } = await readFlights(options.data)
    const data = { name, rows: injectBad(rows.slice(0, options.limit), options.injectBad) }
    const board = await openBoard(fileStorage(options.dir))
    try {
      return await run(board, data, options, console)
    } finally {
      await board.store.close()
    }
  } catch (error) {
    console.stderr.write(`${(error as Error).message}\n`)
    return error instanceof UsageError ? 2 : error instanceof StorageLockedError ? 3 : 1
  }
}

async function run(board: Board, { name, rows }: Data, options: Options, console: Console): Promise<number> {
  const { stdout, stop } = console
  if (options.fresh) board.store.reset()
  if (!claim(board, name, rows)) {
    const held = `${options.dir} holds the replay of other data (${board.replay.source}, or the same with other options)`
    throw new UsageError(`${held}. Choose another --dir, or --fresh to forget it.`)
  }
  const before = board.flights.size
  stdout.write(`${before === 0 ? 'Replaying' : `Going on after ${thousands(before)} of`} `)
  stdout.write(`${thousands(rows.length)} flights of ${name} into ${options.dir}\n`)

  const progress = new Progress(stdout, console.now, rows.length, before)
  const onBatch = (done: number, refusals: readonly Refusal[]) => progress.update(done, refusals.length)
  const { done, refusals } = await replayRows(board, rows, { ...options, signal: stop, onBatch })
  progress.end()
  if (done < rows.length) {
    stdout.write(`Stopped after ${thousands(done)}. What was accepted is on disk; start again to go on.\n`)
    return stop.reason as number
  }
  const transitions = progress.perSecond(board.transitions.accepted)
  stdout.write(`${thousands(progress.speed(done))} flights and ${thousands(transitions)} transitions per second\n`)
  listRefusals(refusals, stdout)
  return report(board, rows, refusals, stdout)
}

function listRefusals(refusals: readonly Refusal[], stdout: Screen): void {
  if (refusals.length === 0) return
  stdout.write(`\nRefused, with nothing of them applied: ${thousands(refusals.length)}\n`)
  const shown = 50
  for (const { row, why } of refusals.slice(0, shown)) stdout.write(`  flight ${row}: ${why}\n`)
  if (refusals.length > shown) stdout.write(`  and ${thousands(refusals.length - shown)} more\n`)
}

async function report(board: Board, rows: Data['rows'], refusals: readonly Refusal[], stdout: Screen): Promise<number> {
  const stored = outcome(board, refusals.length)
  stdout.write(`\n${table(stored.airports, await readAirportNames()).join('\n')}\n\n`)
  stdout.write(`${denialLines(stored.denials).join('\n')}\n\n`)
  const wrong = differences(stored, recompute(rows))
  if (wrong.length === 0) {
    const what = `${thousands(stored.flights)} flights over ${thousands(stored.airports.size)} airports`
    stdout.write(`Checked: ${what}, and every flight's clock, the same as recomputed straight from the data.\n`)
    return 0
  }
  stdout.write(`NOT the same as recomputed straight from the data:\n  ${wrong.slice(0, 20).join('\n  ')}\n`)
  return 1
}
