/** The size of the map, in its own units. */
export const mapSize = { width: 975, height: 610 } as const

export interface Point {
  readonly x: number
  readonly y: number
}

const radians = Math.PI / 180

interface Conic {
  readonly parallels: readonly [number, number]
  readonly center: readonly [longitude: number, latitude: number]
  readonly scale: number
  readonly at: Point
}

const mainland: Conic = { parallels: [29.5, 45.5], center: [-96, 38.5], scale: 1285, at: { x: 487.5, y: 305 } }
// Far away, so drawn smaller, or nearer, where there is sea: as maps of the country have it.
const alaska: Conic = { parallels: [55, 65], center: [-153, 60], scale: 370, at: { x: 140, y: 528 } }
const hawaii: Conic = { parallels: [8, 18], center: [-157.3, 20.7], scale: 1285, at: { x: 285, y: 545 } }
const caribbean: Conic = { parallels: [8, 18], center: [-65.9, 18.2], scale: 1600, at: { x: 880, y: 560 } }

/**
 * A place of the United States on the map: Albers' equal-area conic projection (Albers, 1805; formulas in Snyder, "Map
 * Projections", 1987, p. 100), with insets for Alaska, Hawaii and the Caribbean.
 */
export function project(longitude: number, latitude: number): Point {
  return albers(insetOf(longitude, latitude), longitude, latitude)
}

function insetOf(longitude: number, latitude: number): Conic {
  // The Aleutians cross the 180th meridian.
  if (latitude > 50 && (longitude < -129 || longitude > 170)) return alaska
  if (latitude < 30 && longitude < -140) return hawaii
  return latitude < 20 && longitude > -70 ? caribbean : mainland
}

function albers({ parallels, center, scale, at }: Conic, longitude: number, latitude: number): Point {
  const [south, north] = parallels.map((degrees) => Math.sin(degrees * radians)) as [number, number]
  const n = (south + north) / 2
  const c = 1 - south * south + 2 * n * south
  const radius = (degrees: number) => Math.sqrt(Math.max(0, c - 2 * n * Math.sin(degrees * radians))) / n
  const turn = ((longitude - center[0] + 540) % 360) - 180
  const angle = n * turn * radians
  const rho = radius(latitude)
  return {
    x: at.x + scale * rho * Math.sin(angle),
    y: at.y + scale * (rho * Math.cos(angle) - radius(center[1])),
  }
}

/** A way across the map: from one place to another, bent a little, so that flights there and back do not meet. */
export interface Route {
  readonly from: Point
  readonly bend: Point
  readonly to: Point
}

/** The way between two places. */
export function routeOf(from: Point, to: Point): Route {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  // To the right of the way, and never so far that it leaves the map.
  const arc = 0.12
  return { from, to, bend: { x: (from.x + to.x) / 2 - dy * arc, y: (from.y + to.y) / 2 + dx * arc } }
}

/** Where on a route something is, and which way it looks: 0 to the right, in radians, clockwise. */
export function along({ from, bend, to }: Route, share: number): Point & { readonly heading: number } {
  const t = Math.min(1, Math.max(0, share))
  const at = (a: number, b: number, c: number) => (1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c
  const speed = (a: number, b: number, c: number) => (1 - t) * (b - a) + t * (c - b)
  return {
    x: at(from.x, bend.x, to.x),
    y: at(from.y, bend.y, to.y),
    heading: Math.atan2(speed(from.y, bend.y, to.y), speed(from.x, bend.x, to.x)),
  }
}

/** The nearest of some points, within `reach` of `point`; −1 when none is. */
export function nearest(points: readonly Point[], point: Point, reach: number): number {
  let best = -1
  let least = reach * reach
  points.forEach(({ x, y }, index) => {
    const distance = (x - point.x) ** 2 + (y - point.y) ** 2
    if (distance > least) return
    best = index
    least = distance
  })
  return best
}
