import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'
import { outlineOf, type Topology } from './outline.ts'

const modules: Record<string, (read: (file: string) => string) => unknown> = {
  'virtual:flights': (read) => flightsOf(JSON.parse(read('flights-2k.json')), read('airports.csv')),
  'virtual:outline': (read) => outlineOf(JSON.parse(read('us-10m.json')) as Topology),
}

/**
 * The data of `vega-datasets`, cut down at build time to what the board shows: 170 kB of flights become 40, and a map
 * of 640 kB one of 40.
 */
export function dataset(): Plugin {
  return {
    name: 'flight-board:dataset',
    resolveId: (id) => (id in modules ? `\0${id}` : undefined),
    load: (id) => (id.startsWith('\0') ? dataModule(id.slice(1)) : undefined),
  }
}

/** The code of one of the modules that `dataset` makes. */
export function dataModule(id: string): string | undefined {
  const make = modules[id]
  if (make === undefined) return undefined
  const folder = new URL('../../node_modules/vega-datasets/data/', import.meta.url)
  const made = make((file) => readFileSync(new URL(file, folder), 'utf8'))
  return `export default JSON.parse(${JSON.stringify(JSON.stringify(made))})`
}

interface RawFlight {
  date: string
  delay: number
  distance: number
  origin: string
  destination: string
}

/** All flights of three months on one day, in the order of their departure, and the airports they use. */
function flightsOf(raw: readonly RawFlight[], csv: string) {
  const flights = raw
    .map(({ date, delay, distance, origin, destination }) => {
      const minutes = Number(date.slice(11, 13)) * 60 + Number(date.slice(14, 16))
      // The board's day begins at four, when nothing flies.
      return [minutes < 240 ? minutes + 1440 : minutes, delay, distance, origin, destination] as const
    })
    .sort((a, b) => a[0] - b[0] || (a[3] + a[4] < b[3] + b[4] ? -1 : 1))
  const count = new Map<string, number>()
  for (const [, , , ...codes] of flights) for (const code of codes) count.set(code, (count.get(code) ?? 0) + 1)
  const airports = csv
    .split(/\r?\n/)
    // No field of these airports is quoted.
    .map((line) => line.split(','))
    .filter(([code = '']) => count.has(code))
    .sort(([a = ''], [b = '']) => (count.get(b) ?? 0) - (count.get(a) ?? 0) || (a < b ? -1 : 1))
    .map(([code, name, city, state, , latitude, longitude]) => [
      ...[code, name, city, state],
      ...[longitude, latitude].map((degrees) => Math.round(Number(degrees) * 1000) / 1000),
    ])
  return { flights, airports }
}
