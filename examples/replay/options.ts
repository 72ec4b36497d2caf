import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface Options {
  /** The user's own flights, JSON or CSV; without it the 20,000 of the package vega-datasets. */
  data?: string
  /** Where the store keeps its files. */
  dir: string
  fresh: boolean
  injectBad: number
  limit: number
  /** Flights between two flushes: the most a crash can cost, and the most that ever waits for the disk. */
  batch: number
  /** Flights per second, at most. */
  rate: number
  help: boolean
}

/** A command line or a data file we cannot use. Its message is for the user; the program ends with code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const help = `Replays real flights into a durable store: each flight is one transaction over the flight, the
machine that says what may happen to it, and its two airports.
Stop it with Ctrl-C or kill -9 and start it again: it goes on where it stopped, and the numbers and clocks at the end
are the same.

  npm start -- [options]

  --data FILE      your own flights, .json (an array of objects) or .csv (with a header line):
                   date (2001/01/31 23:59), delay (minutes), distance, origin, destination (airport codes)
  --dir DIR        where the store keeps its files (default .data)
  --fresh          forget what earlier runs stored in DIR
  --limit N        only the first N flights
  --inject-bad N   corrupt N of the flights first; validation refuses them, whole
  --rate N         at most N flights per second (default: as fast as it goes)
  --batch N        flush to disk every N flights (default 500)
  --help           this text

Slow enough to kill it in the middle:  npm start -- --fresh --rate 2000

Every machine is asked the same: gate, boarding, departure, arrival and, when the board is cleared, cancellation. What
its relations and handlers refuse is counted by reason. A flight more than 180 minutes late is cancelled.

Exit codes: 0 done, and totals and clocks agree with a recomputation from the data; 1 they do not, or something failed;
2 the options or the data cannot be used; 3 another process holds DIR; 130 stopped by Ctrl-C (143 by SIGTERM).
`

/** Reads the command line. Throws a UsageError that says which option is wrong and why. */
export function parseOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    ...{ data: text, dir: text, fresh: flag, limit: text, rate: text, batch: text, help: flag },
    'inject-bad': text,
  }
  const { values } = usage(() => parseArgs({ args: [...args], options, allowPositionals: false }))
  return {
    ...(values.data === undefined ? {} : { data: filled('data', values.data) }),
    dir: filled('dir', values.dir ?? '.data'),
    fresh: values.fresh ?? false,
    injectBad: count('inject-bad', values['inject-bad'] ?? '0', 0),
    limit: values.limit === undefined ? Number.POSITIVE_INFINITY : count('limit', values.limit, 1),
    batch: count('batch', values.batch ?? '500', 1),
    rate: values.rate === undefined ? Number.POSITIVE_INFINITY : count('rate', values.rate, 1),
    help: values.help ?? false,
  }
}

function usage<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. --help lists the options.`)
  }
}

function filled(name: string, value: string): string {
  if (value === '') throw new UsageError(`--${name} needs a name.`)
  return value
}

function count(name: string, value: string, least: number): number {
  if (!/^\d{1,9}$/.test(value) || Number(value) < least)
    throw new UsageError(`--${name} needs a whole number of at least ${least}, not "${value}".`)
  return Number(value)
}
