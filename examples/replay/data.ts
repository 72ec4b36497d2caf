import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseCsv } from './csv.ts'
import { UsageError } from './options.ts'

const columns = ['date', 'delay', 'distance', 'origin', 'destination'] as const

/** A flight as it stands in the data: nothing is known of it but the names of its fields. */
export type RawFlight = Record<(typeof columns)[number], unknown>

/** One row of the data: a flight, or what is wrong with the row as such. */
export type Row = RawFlight | { problem: string }

export interface Data {
  name: string
  rows: Row[]
}

/** Where the package vega-datasets keeps its files; it exports only its loader, which is made for browsers. */
const vega = (name: string) => fileURLToPath(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')))

/**
 * The rows of the user's file, or of vega-datasets. A row that is no flight stays, so that it can be refused by name.
 * Throws a UsageError when the file as a whole cannot be used.
 */
export async function readFlights(file: string = vega('flights-20k.json')): Promise<Data> {
  const name = basename(file)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Cannot read ${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}.`)
  })
  const kind = extname(file).toLowerCase()
  if (kind !== '.json' && kind !== '.csv')
    throw new UsageError(`${name} is neither .json nor .csv; --data takes one of these.`)
  const rows = kind === '.csv' ? csvRows(name, text) : jsonRows(name, text)
  if (rows.length === 0) throw new UsageError(`${name} holds no flights.`)
  return { name, rows }
}

function jsonRows(name: string, text: string): Row[] {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${(error as Error).message}.`)
  }
  if (!Array.isArray(value)) throw new UsageError(`${name} is not an array of flights.`)
  const first: unknown = value.find((row) => typeof row === 'object' && row !== null)
  expectColumns(name, Object.keys(first ?? {}))
  return value.map((row: unknown) =>
    typeof row === 'object' && row !== null
      ? pick((column) => (row as RawFlight)[column])
      : { problem: `expected a flight, found ${JSON.stringify(row)}` },
  )
}

function csvRows(name: string, text: string): Row[] {
  let records: ReturnType<typeof parseCsv>
  try {
    records = parseCsv(text)
  } catch (error) {
    throw new UsageError(`${name} is not CSV: ${(error as Error).message}.`)
  }
  const header = records.shift()?.cells.map((cell) => cell.trim()) ?? []
  expectColumns(name, header)
  return records.map(({ line, cells }) =>
    cells.length === header.length
      ? pick((column) => fromText(column, cells[header.indexOf(column)]!.trim()))
      : { problem: `line ${line} has ${cells.length} cells, the header ${header.length}` },
  )
}

/** CSV knows only text. What does not read as a number stays text: validation says so better than a NaN. */
function fromText(column: string, text: string): unknown {
  const numeric = column === 'delay' || column === 'distance'
  return numeric && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

function expectColumns(name: string, found: readonly string[]): void {
  const missing = columns.filter((column) => !found.includes(column))
  if (missing.length > 0)
    throw new UsageError(`${name} lacks ${missing.join(', ')}; its columns are ${found.join(', ') || 'none'}.`)
}

const pick = (read: (column: keyof RawFlight) => unknown): RawFlight => ({
  date: read('date'),
  delay: read('delay'),
  distance: read('distance'),
  origin: read('origin'),
  destination: read('destination'),
})

/** The names of airports by code, for the table. */
export async function readAirportNames(): Promise<Map<string, string>> {
  const [, ...records] = parseCsv(await readFile(vega('airports.csv'), 'utf8'))
  return new Map(records.map(({ cells: [code = '', , city = '', state = ''] }) => [code, `${city}, ${state}`]))
}

// One of each way in which a flight can be wrong. The last passes field by field: only the check across fields,
// which runs when both airports have been written already, refuses it.
const corruptions: ((flight: RawFlight) => Partial<RawFlight>)[] = [
  () => ({ delay: 'late' }),
  () => ({ date: '2001/02/30 12:00' }),
  () => ({ distance: -1 }),
  () => ({ destination: undefined }),
  ({ origin }) => ({ origin: String(origin).toLowerCase() }),
  () => ({ delay: Number.NaN }),
  ({ origin }) => ({ destination: origin }),
]

/** The same rows with `count` of them corrupted; always the same ones, so that a run can go on after a crash. */
export function injectBad(rows: readonly Row[], count: number): Row[] {
  if (count > rows.length) throw new UsageError(`--inject-bad ${count} is more than the ${rows.length} flights.`)
  const result = [...rows]
  // Multiplying by a prime that does not divide the length visits every row once, scattered over the data.
  const step = [7919, 7907, 7901].find((prime) => rows.length % prime !== 0)!
  for (let i = 0; i < count; i++) {
    const at = ((i + 1) * step) % rows.length
    const flight = rows[at]!
    if (!('problem' in flight)) result[at] = { ...flight, ...corruptions[i % corruptions.length]!(flight) }
  }
  return result
}
