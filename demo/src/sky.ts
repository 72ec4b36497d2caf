import type { Reads } from './board.ts'
import { airportAt, airports, facts } from './dataset.ts'
import { along, type Point, project, type Route, routeOf } from './geometry.ts'
import type { Overview } from './overview.ts'
import { airMinutes, taxi } from './schedule.ts'

/** A flight on the map. */
export interface Plane extends Point {
  readonly index: number
  readonly route: Route
  /** How much of the way is behind it, 0 to 1. */
  readonly share: number
  readonly heading: number
  readonly late: boolean
}

/** Airports on the map, in the order of the data: the busiest first. */
export const places: readonly Point[] = airports.map(({ longitude, latitude }) => project(longitude, latitude))

const routes: (Route | undefined)[] = []

/** The way of a flight on the map. Made once. */
export function wayOf(index: number): Route {
  const { origin, destination } = facts[index] as (typeof facts)[number]
  const place = (code: string) => {
    const { longitude, latitude } = airportAt(code)
    return project(longitude, latitude)
  }
  routes[index] ??= routeOf(place(origin), place(destination))
  return routes[index]
}

/** How much of its way in the air a flight has behind it at a minute of the board, 0 to 1. */
export function shareOf(flight: { departs: number; delay: number; distance: number }, minute: number): number {
  const start = flight.departs + flight.delay + taxi
  return Math.min(1, Math.max(0, (minute - start) / airMinutes(flight.distance)))
}

/** Everything that has left its gate and not landed, and where: what the board calls under way. */
export function planes(overview: Overview, reads: Reads, seconds: number): Plane[] {
  const list: Plane[] = []
  for (let index = 0; index < facts.length; index++) {
    const phase = overview.phase(index)
    if (phase !== 'airborne' && phase !== 'departed') continue
    const flight = reads.flights.get((facts[index] as (typeof facts)[number]).id)
    if (flight === undefined) continue
    const route = wayOf(index)
    const share = shareOf(flight, seconds / 60)
    list.push({ index, route, share, late: flight.delay > 15, ...along(route, share) })
  }
  return list
}

/** What the map shows, in a sentence: for who cannot see it, and below it for who can. */
export function skyWords(list: readonly Plane[]): string {
  if (list.length === 0) return 'Nothing is under way.'
  const bound = new Map<string, number>()
  for (const { index } of list) {
    const { destination } = facts[index] as (typeof facts)[number]
    bound.set(destination, (bound.get(destination) ?? 0) + 1)
  }
  const [first] = [...bound].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const late = list.filter((plane) => plane.late).length
  const most = first ? `; most are bound for ${airportAt(first[0]).city} (${first[1]})` : ''
  return `${list.length} ${list.length === 1 ? 'flight is' : 'flights are'} under way, ${late} of them late${most}.`
}
