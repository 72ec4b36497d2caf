import outline from 'virtual:outline'
import { airports } from '../dataset.ts'
import { mapSize, type Point, type Route } from '../geometry.ts'
import { type Plane, places } from '../sky.ts'

/** Colours of the map, as the style sheet has them. */
export interface Inks {
  readonly land: string
  readonly border: string
  readonly place: string
  readonly text: string
  readonly trail: string
  readonly plane: string
  readonly late: string
  readonly chosen: string
}

/** Reads them, for the theme that is on. */
export function inksOf(element: Element): Inks {
  // A custom property holds its words, `light-dark(…)` say, which a canvas does not read; a colour is what they come to.
  const probe = document.createElement('i')
  probe.hidden = true
  element.append(probe)
  const style = getComputedStyle(probe)
  const ink = (name: string) => {
    probe.style.color = `var(--map-${name})`
    return style.color
  }
  const inks = {
    land: ink('land'),
    border: ink('border'),
    place: ink('place'),
    text: ink('text'),
    trail: ink('trail'),
    plane: ink('plane'),
    late: ink('late'),
    chosen: ink('chosen'),
  }
  probe.remove()
  return inks
}

/** Makes a canvas as sharp as the screen, with the map's units as its own. Answers its context, cleared. */
export function prepare(canvas: HTMLCanvasElement, width: number): CanvasRenderingContext2D {
  const ratio = Math.min(2, devicePixelRatio)
  const scale = (width / mapSize.width) * ratio
  const [w, h] = [Math.round(mapSize.width * scale), Math.round(mapSize.height * scale)]
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w
    canvas.height = h
  }
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, mapSize.width, mapSize.height)
  return context
}

// Paths are made when first drawn: importing this touches nothing.
let paths: { land: Path2D; borders: Path2D } | undefined

function pathOf(lines: readonly (readonly number[])[], closed: boolean): Path2D {
  const path = new Path2D()
  for (const line of lines) {
    let [x, y] = [0, 0]
    for (let i = 0; i < line.length; i += 2) {
      x += line[i] as number
      y += line[i + 1] as number
      if (i === 0) path.moveTo(x / 10, y / 10)
      else path.lineTo(x / 10, y / 10)
    }
    if (closed) path.closePath()
  }
  return path
}

/** What does not move. `unit`: map units of one pixel of the page. */
export function drawLand(context: CanvasRenderingContext2D, inks: Inks, unit: number): void {
  paths ??= { land: pathOf(outline.land, true), borders: pathOf(outline.borders, false) }
  context.fillStyle = inks.land
  context.fill(paths.land, 'evenodd')
  context.strokeStyle = inks.border
  context.lineWidth = unit
  context.lineJoin = 'round'
  context.stroke(paths.borders)
  context.stroke(paths.land)
  context.fillStyle = inks.place
  places.forEach(({ x, y }, rank) => {
    context.beginPath()
    context.arc(x, y, (rank < 12 ? 2.2 : 1.2) * unit, 0, 7)
    context.fill()
  })
  context.fillStyle = inks.text
  context.font = `600 ${10 * unit}px ${getComputedStyle(document.body).fontFamily}`
  context.textBaseline = 'middle'
  labelled.forEach((code) => {
    const rank = airports.findIndex((airport) => airport.code === code)
    const { x, y } = places[rank] as Point
    context.fillText(code, x + 5 * unit, y + 0.5 * unit)
  })
}

// The busiest that do not lie on top of each other.
const labelled = ['ORD', 'DFW', 'LAX', 'ATL', 'PHX', 'EWR', 'DEN', 'SEA', 'MIA', 'MSP', 'ANC', 'HNL', 'SJU']

/**
 * The way each plane has come. Long thin curves that cross are what costs most to draw without a graphics card: they have
 * a canvas of their own, drawn seldom.
 */
export function drawTrails(
  context: CanvasRenderingContext2D,
  inks: Inks,
  unit: number,
  planes: readonly Plane[],
): void {
  context.lineWidth = unit
  context.strokeStyle = inks.trail
  context.beginPath()
  for (const { route, share } of planes) flown(context, route, share)
  context.stroke()
}

/** What moves: the planes, and the chosen flight over them. */
export function drawSky(
  context: CanvasRenderingContext2D,
  inks: Inks,
  unit: number,
  planes: readonly Plane[],
  chosen: { readonly index: number; readonly route: Route } | undefined,
): void {
  const size = 4.6 * unit
  for (const ink of [inks.plane, inks.late]) {
    context.fillStyle = ink
    context.beginPath()
    for (const plane of planes)
      if (plane.late === (ink === inks.late)) dart(context, plane, plane.late ? size * 1.2 : size)
    context.fill()
  }
  if (!chosen) return
  const { from, bend, to } = chosen.route
  context.strokeStyle = inks.chosen
  context.lineWidth = 2 * unit
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.quadraticCurveTo(bend.x, bend.y, to.x, to.y)
  context.stroke()
  context.fillStyle = inks.chosen
  context.beginPath()
  for (const { x, y } of [from, to]) {
    context.moveTo(x, y)
    context.arc(x, y, 4 * unit, 0, 7)
  }
  const plane = planes.find(({ index }) => index === chosen.index)
  if (plane) dart(context, plane, size * 2)
  context.fill()
}

/** The part of the curve up to `share` (de Casteljau). */
function flown(context: CanvasRenderingContext2D, { from, bend, to }: Route, share: number): void {
  const mix = (a: Point, b: Point) => ({ x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share })
  const near = mix(from, bend)
  const end = mix(near, mix(bend, to))
  context.moveTo(from.x, from.y)
  context.quadraticCurveTo(near.x, near.y, end.x, end.y)
}

function dart(context: CanvasRenderingContext2D, { x, y, heading }: Plane, size: number): void {
  const [cos, sin] = [Math.cos(heading) * size, Math.sin(heading) * size]
  const at = (forward: number, right: number) =>
    [x + cos * forward - sin * right, y + sin * forward + cos * right] as const
  context.moveTo(...at(1.2, 0))
  context.lineTo(...at(-0.9, 0.75))
  context.lineTo(...at(-0.5, 0))
  context.lineTo(...at(-0.9, -0.75))
  context.closePath()
}
