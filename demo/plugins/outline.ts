import { type Point, project } from '../src/geometry.ts'

/** What is used of a TopoJSON file: arcs, shared by the shapes that meet at them. */
export interface Topology {
  transform: { scale: [number, number]; translate: [number, number] }
  arcs: [number, number][][]
  objects: Record<'land' | 'states', Shape | { type: 'GeometryCollection'; geometries: Shape[] }>
}
type Shape = { type: 'Polygon'; arcs: number[][] } | { type: 'MultiPolygon'; arcs: number[][][] }

/** In units of the map: what is nearer than this to the last point is left out, and what is smaller altogether. */
const step = 1.1
const smallest = 3

/** Land and borders on the map, as integers: tenths of its units, each point relative to the one before. */
export function outlineOf(topology: Topology): { land: number[][]; borders: number[][] } {
  const arcs = topology.arcs.map((arc) => placed(arc, topology.transform))
  const shapes = (name: 'land' | 'states') => {
    const object = topology.objects[name]
    return object.type === 'GeometryCollection' ? object.geometries : [object]
  }
  // An arc's number counted from behind means its points backwards (TopoJSON, 2.1.4).
  const pointsOf = (arc: number) => (arc < 0 ? (arcs[~arc] ?? []).toReversed() : (arcs[arc] ?? []))
  const rings = shapes('land').flatMap(ringsOf)
  const land = rings.map((ring) => thin(ring.flatMap((arc, i) => pointsOf(arc).slice(i === 0 ? 0 : 1))))
  const users = new Map<number, number>()
  for (const shape of shapes('states')) {
    for (const arc of ringsOf(shape).flat()) {
      const number = arc < 0 ? ~arc : arc
      users.set(number, (users.get(number) ?? 0) + 1)
    }
  }
  const shared = [...users].flatMap(([arc, count]) => (count > 1 ? [thin(arcs[arc] ?? [])] : []))
  return { land: land.filter(isSeen).map(packed), borders: shared.filter((line) => line.length > 1).map(packed) }
}

function ringsOf(shape: Shape): number[][] {
  return shape.type === 'Polygon' ? shape.arcs : shape.arcs.flat()
}

/** The points of an arc, which are stored as differences, on the map. */
function placed(arc: [number, number][], { scale, translate }: Topology['transform']): Point[] {
  let [x, y] = [0, 0]
  return arc.map(([dx, dy]) => {
    x += dx
    y += dy
    return project(x * scale[0] + translate[0], y * scale[1] + translate[1])
  })
}

function thin(points: readonly Point[]): Point[] {
  const kept: Point[] = []
  points.forEach((point, i) => {
    const last = kept.at(-1)
    const near = last !== undefined && Math.hypot(point.x - last.x, point.y - last.y) < step
    if (!near || i === points.length - 1) kept.push(point)
  })
  return kept
}

function isSeen(ring: readonly Point[]): boolean {
  const [xs, ys] = [ring.map(({ x }) => x), ring.map(({ y }) => y)]
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys))
  return ring.length > 3 && size > smallest
}

function packed(points: readonly Point[]): number[] {
  let [x, y] = [0, 0]
  return points.flatMap((point) => {
    const [nx, ny] = [Math.round(point.x * 10), Math.round(point.y * 10)]
    const step = [nx - x, ny - y]
    ;[x, y] = [nx, ny]
    return step
  })
}
