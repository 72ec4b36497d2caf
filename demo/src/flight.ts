import { collection, defineModel } from 'escapement'
import * as v from 'valibot'
import { FlightStatus } from './status.ts'

const code = v.pipe(
  v.string(),
  v.regex(/^[A-Z0-9]{3,4}$/, (issue) => `${issue.received} is no airport code`),
)
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const finite = v.pipe(v.number(), v.finite())

/** Minutes of delay from which on a flight must say why. */
export const explained = 180

/** What may be edited; the form asks the same schemas as the store does. */
export const editable = {
  gate: v.pipe(v.string(), v.regex(/^([A-H][1-9]\d?)?$/, 'A gate is a letter from A to H and a number, such as B12')),
  delay: v.pipe(
    v.number('Give the delay in whole minutes'),
    v.integer('Give the delay in whole minutes'),
    v.minValue(-60, 'A flight leaves at most 60 minutes early'),
    v.maxValue(720, 'After 12 hours a flight is cancelled, not delayed'),
  ),
  note: v.pipe(v.string(), v.maxLength(80, 'A note has at most 80 characters')),
}

export const Flight = defineModel(
  'flight',
  {
    origin: code,
    destination: code,
    /** Minutes since midnight, as published. */
    departs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1800)),
    /** Miles. */
    distance: v.pipe(v.number(), v.gtValue(0), v.maxValue(25_000)),
    ...editable,
  },
  {
    initial: { origin: 'AAA', destination: 'BBB', departs: 0, distance: 1, gate: '', delay: 0, note: '' },
    computed: { expected: (flight) => flight.departs + flight.delay },
    check: (flight) =>
      flight.delay <= explained || flight.note !== '' || 'A delay of more than three hours needs a note that says why',
  },
)

/** What has been counted of one airport so far. */
export const Airport = defineModel(
  'airport',
  {
    departures: count,
    arrivals: count,
    cancelled: count,
    /** Minutes, summed over its departures; negative when they were early. */
    delay: finite,
  },
  {
    initial: { departures: 0, arrivals: 0, cancelled: 0, delay: 0 },
    computed: { averageDelay: (airport) => (airport.departures === 0 ? 0 : airport.delay / airport.departures) },
  },
)

/** The board's time. It is not stored as it passes: four numbers say when it was what, and how fast it goes. */
export const Clock = defineModel(
  'clock',
  {
    /** Seconds since the board's midnight … */
    at: v.pipe(v.number(), v.finite(), v.minValue(0)),
    /** … at this time of ours, in milliseconds since the epoch; 0 on a board that never ran. */
    since: v.pipe(v.number(), v.finite(), v.minValue(0)),
    speed: v.pipe(v.number(), v.minValue(1), v.maxValue(3600)),
    playing: v.boolean(),
    /** Which day it is: raised to begin anew. */
    day: count,
  },
  { initial: { at: 0, since: 0, speed: 100, playing: false, day: 1 } },
)

/** How far the simulation has come. Written in the commits it makes, so it is never ahead of them or behind. */
export const Progress = defineModel(
  'progress',
  {
    day: count,
    /** The last minute of the day that has been played. */
    minute: count,
    /** Transitions of all flights so far. */
    transitions: count,
  },
  { initial: { day: 1, minute: 0, transitions: 0 } },
)

/** What a page asks of the place where its store lives, which may be a worker. Of this run, and not stored. */
export const Controls = defineModel(
  'controls',
  {
    /** Writes to storage fail, as with a quota used up. */
    storageFull: v.boolean(),
    /** The id of the flight whose boarding handler throws. */
    throwing: v.string(),
    /** The id of the flight whose stored row is to be spoilt. */
    spoil: v.string(),
  },
  { initial: { storageFull: false, throwing: '', spoil: '' }, persist: false },
)

/** Of several tabs on one storage: the one that plays the day, one that looks on, or one that knows of no others. */
export type Role = 'joining' | 'owner' | 'mirror' | 'alone'

/** What the place where the store lives says of itself. Not stored: each tab has its own. */
export const Home = defineModel(
  'home',
  { role: v.picklist(['joining', 'owner', 'mirror', 'alone']) },
  { initial: { role: 'joining' }, persist: false },
)

/** Something the store reported that no caller could catch. */
export interface Notice {
  readonly id: number
  readonly kind: 'recovery' | 'storage' | 'handler' | 'other'
  readonly text: string
}

const notice = v.object({
  id: v.number(),
  kind: v.picklist(['recovery', 'storage', 'handler', 'other']),
  text: v.string(),
})

/** The last of them. They are of this run, and not stored. */
export const Notices = defineModel('notices', { list: v.array(notice) }, { initial: { list: [] }, persist: false })

export const Flights = collection(Flight)
export const Statuses = collection(FlightStatus)
export const Airports = collection(Airport)

/** All that a store of the board holds. */
export const state = [Flights, Statuses, Airports, Clock, Progress, Controls, Home, Notices] as const
