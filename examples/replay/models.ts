import { collection, defineModel } from 'escapement'
import * as v from 'valibot'
import { FlightStatus } from './status.ts'

/** A minute on a calendar: what a Date makes of the numbers must be the numbers. */
function isMinute(text: string): boolean {
  const parts = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d)$/.exec(text)
  if (!parts) return false
  const [year, month, day, hour, minute] = parts.slice(1).map(Number) as [number, number, number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour && minute < 60
}

const minute = v.pipe(
  v.string(),
  v.check(isMinute, (issue) => `${issue.received} is no date and time`),
)
const airportCode = v.pipe(
  v.string(),
  v.regex(/^[A-Z0-9]{3,4}$/, (issue) => `${issue.received} is no airport code`),
)
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

export const Flight = defineModel(
  'flight',
  {
    date: minute,
    /** Minutes late; early is negative. */
    delay: v.pipe(v.number(), v.minValue(-10_080), v.maxValue(10_080)),
    /** Miles. */
    distance: v.pipe(v.number(), v.gtValue(0), v.maxValue(25_000)),
    origin: airportCode,
    destination: airportCode,
  },
  {
    initial: { date: '2001/01/01 00:00', delay: 0, distance: 1, origin: 'AAA', destination: 'BBB' },
    check: (flight) => flight.origin !== flight.destination || `flies from ${flight.origin} to itself`,
  },
)

/** What has been counted of one airport so far. */
export const Airport = defineModel(
  'airport',
  { departures: count, arrivals: count, delay: v.pipe(v.number(), v.finite()) },
  { initial: { departures: 0, arrivals: 0, delay: 0 } },
)

/** Which data a directory holds the replay of, so that two are never mixed. */
export const Replay = defineModel(
  'replay',
  { source: v.string(), digest: v.string() },
  { initial: { source: '', digest: '' } },
)

/** How often a mutation of a flight was refused, by the words of `whyNot`. */
export const Denial = defineModel('denial', { count }, { initial: { count: 0 } })

/** Flights by their number in the data, from 1. */
export const Flights = collection(Flight)
/** Airports by code. */
export const Airports = collection(Airport)
/** The machines of the flights, under the same numbers. */
export const Statuses = collection(FlightStatus)
export const Denials = collection(Denial)
