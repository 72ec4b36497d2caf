import type { Row } from './data.ts'

/** What is counted of one airport. */
export interface Totals {
  departures: number
  arrivals: number
  /** Minutes, summed over its flights; negative when they were early. */
  delay: number
}

/** What a replay comes to. */
export interface Outcome {
  flights: number
  refused: number
  airports: Map<string, Totals>
}

/**
 * The outcome computed straight from the data: plain loops and plain conditions, no store and no schemas, so that it
 * can tell when these are wrong.
 */
export function recompute(rows: readonly Row[]): Outcome {
  const airports = new Map<string, Totals>()
  const at = (code: string) => {
    const totals = airports.get(code) ?? { departures: 0, arrivals: 0, delay: 0 }
    airports.set(code, totals)
    return totals
  }
  let flights = 0
  for (const row of rows) {
    if (!isFlight(row)) continue
    flights++
    const [origin, destination] = [at(row.origin), at(row.destination)]
    origin.departures++
    origin.delay += row.delay
    destination.arrivals++
    destination.delay += row.delay
  }
  return { flights, refused: rows.length - flights, airports }
}

function isFlight(
  row: Row,
): row is { date: string; delay: number; distance: number; origin: string; destination: string } {
  if ('problem' in row) return false
  const { date, delay, distance, origin, destination } = row
  if (typeof date !== 'string' || typeof delay !== 'number' || typeof distance !== 'number') return false
  if (typeof origin !== 'string' || typeof destination !== 'string' || origin === destination) return false
  const [, year, month, day, hour, minute] = (/^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d)$/.exec(date) ?? []).map(Number)
  const days = [
    31,
    year! % 4 === 0 && (year! % 100 !== 0 || year! % 400 === 0) ? 29 : 28,
    31,
    30,
    31,
    30,
    31,
    31,
    30,
    31,
    30,
    31,
  ]
  if (!(day! >= 1 && day! <= (days[month! - 1] ?? 0) && hour! < 24 && minute! < 60)) return false
  if (!(Math.abs(delay) <= 10_080 && distance > 0 && distance <= 25_000)) return false
  return [origin, destination].every((code) => /^[A-Z0-9]{3,4}$/.test(code))
}

/** Everything in which two outcomes differ, one line each; empty when they are the same to the last bit. */
export function differences(stored: Outcome, straight: Outcome): string[] {
  const lines: string[] = []
  const compare = (what: string, found: unknown, expected: unknown) => {
    if (!Object.is(found, expected)) lines.push(`${what}: stored ${found}, recomputed ${expected}`)
  }
  compare('flights', stored.flights, straight.flights)
  compare('refused', stored.refused, straight.refused)
  for (const code of new Set([...stored.airports.keys(), ...straight.airports.keys()]))
    for (const key of ['departures', 'arrivals', 'delay'] as const)
      compare(`${code} ${key}`, stored.airports.get(code)?.[key], straight.airports.get(code)?.[key])
  return lines
}

/** The airports with the most flights, the busiest first; of equals the alphabet decides. */
export function busiest(airports: ReadonlyMap<string, Totals>, count: number): (Totals & { code: string })[] {
  const flights = ({ departures, arrivals }: Totals) => departures + arrivals
  return [...airports]
    .map(([code, totals]) => ({ code, ...totals }))
    .sort((a, b) => flights(b) - flights(a) || (a.code < b.code ? -1 : 1))
    .slice(0, count)
}

/** The table of the busiest airports as lines of text. */
export function table(airports: ReadonlyMap<string, Totals>, names: ReadonlyMap<string, string>): string[] {
  const rows = busiest(airports, 10).map(({ code, departures, arrivals, delay }, i) => [
    `${i + 1}`,
    code,
    names.get(code) ?? '',
    thousands(departures),
    thousands(arrivals),
    `${(delay / (departures + arrivals)).toFixed(1)} min`,
  ])
  const lines = [['#', 'airport', '', 'departures', 'arrivals', 'mean delay'], ...rows]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const left = new Set([1, 2])
  return lines.map((line) =>
    line
      .map((cell, i) => (left.has(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}

/** 12345 as 12,345, whatever the machine's language. */
export const thousands = (number: number) => Math.round(number).toLocaleString('en-US')
