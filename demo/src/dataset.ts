import raw from 'virtual:flights'
import { gateOf } from './gates.ts'

/** A flight as the data has it. */
export interface Fact {
  /** `E0417`: its place on the board. The data has no flight numbers. */
  readonly id: string
  readonly origin: string
  readonly destination: string
  /** Minutes since midnight; what the data flew before the board's day began is flown at the end of it. */
  readonly departs: number
  /** Miles. */
  readonly distance: number
  /** Minutes late it really was. */
  readonly real: number
  readonly gate: string
}

export interface AirportFact {
  readonly code: string
  readonly city: string
  readonly state: string
  readonly name: string
  readonly longitude: number
  readonly latitude: number
}

/** 2,000 flights of the first quarter of 2001, flown on one day; in the order of their departure. */
export const facts: readonly Fact[] = raw.flights.map(([departs, real, distance, origin, destination], at) => ({
  id: `E${String(at + 1).padStart(4, '0')}`,
  origin,
  destination,
  departs,
  distance,
  real,
  gate: gateOf(at + 1),
}))

export const airports: readonly AirportFact[] = raw.airports.map(([code, name, city, state, longitude, latitude]) => ({
  code,
  name,
  city,
  state,
  longitude,
  latitude,
}))

const byCode = new Map(airports.map((airport) => [airport.code, airport]))
const byId = new Map(facts.map((fact, at) => [fact.id, at]))

/** The airport of a code; every flight's are there. */
export const airportAt = (code: string): AirportFact => byCode.get(code) ?? nowhere
/** The place of a flight on the board, from 0; −1 when there is none. */
export const indexOf = (id: string): number => byId.get(id) ?? -1

const nowhere: AirportFact = { code: '', name: '', city: 'unknown', state: '', longitude: -98, latitude: 39 }
