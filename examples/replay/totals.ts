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
  /** The clock of each flight's machine, as text. */
  clocks: Map<string, string>
  /** How often mutations of the flights were refused, by reason. */
  denials: Map<string, number>
}

/**
 * The outcome computed straight from the data: plain loops and plain conditions, no store, no schemas and no machines,
 * so that it can tell when these are wrong.
 */
export function recompute(rows: readonly Row[]): Outcome {
  const airports = new Map<string, Totals>()
  const at = (code: string) => {
    const totals = airports.get(code) ?? { departures: 0, arrivals: 0, delay: 0 }
    airports.set(code, totals)
    return totals
  }
  const clocks = new Map<string, string>()
  const denials = new Map<string, number>()
  const deny = (words: string) => denials.set(words, (denials.get(words) ?? 0) + 1)
  for (const [index, row] of rows.entries()) {
    if (!isFlight(row)) continue
    const { delay } = row
    const [origin, destination] = [at(row.origin), at(row.destination)]
    const [late, flown] = [delay > 15, delay <= 180]
    clocks.set(`${index + 1}`, clockText(expectedClock(delay)))
    if (late) deny('relation: Boarding needs Gate')
    if (flown) {
      origin.departures++
      origin.delay += delay
      destination.arrivals++
      destination.delay += delay
      deny('relation: Cancelled is ruled out by Departed')
    } else {
      deny('handler: Departed.canEnter said no')
      deny('relation: Arrived needs Departed')
    }
  }
  return { flights: clocks.size, refused: rows.length - clocks.size, airports, clocks, denials }
}

/** Odd is active. Gate and Boarding came and went, Boarding after two calls if the flight had its gate at the first. */
function expectedClock(delay: number): Record<string, number> {
  const ground = { Scheduled: 1, Gate: 2, Delayed: delay > 15 ? 2 * Math.ceil(delay / 60) - 1 : 0 }
  const boarding = { Boarding: delay > 15 ? 2 : 4 }
  return delay <= 180
    ? { ...ground, ...boarding, Departed: 1, Airborne: 2, Arrived: 1 }
    : { ...ground, ...boarding, Cancelled: 1 }
}

/** The ticks that are not 0. */
export function clockText(clock: Readonly<Record<string, number>>): string {
  const ticked = Object.entries(clock).filter(([, tick]) => tick > 0)
  return ticked.map(([state, tick]) => `${state}:${tick}`).join(' ')
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
  for (const id of new Set([...stored.clocks.keys(), ...straight.clocks.keys()]))
    compare(`clock of flight ${id}`, stored.clocks.get(id), straight.clocks.get(id))
  for (const words of new Set([...stored.denials.keys(), ...straight.denials.keys()]))
    compare(words, stored.denials.get(words), straight.denials.get(words))
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
    departures + arrivals === 0 ? '' : `${(delay / (departures + arrivals)).toFixed(1)} min`,
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

/** Refused mutations by reason as lines of text, the most frequent first. */
export function denialLines(denials: ReadonlyMap<string, number>): string[] {
  const rows = [...denials].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const counts = rows.map(([, count]) => thousands(count))
  const total = rows.reduce((sum, [, count]) => sum + count, 0)
  const lines = rows.map(([words], i) => `  ${counts[i]!.padStart(counts[0]!.length)}  ${words}`)
  return [`Mutations refused by the flights' machines: ${thousands(total)}`, ...lines]
}

/** 12345 as 12,345, whatever the machine's language. */
export const thousands = (number: number) => Math.round(number).toLocaleString('en-US')
