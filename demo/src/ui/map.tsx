import { untracked } from '@preact/signals-core'
import { useStoreValue } from 'escapement/preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { airports, facts, indexOf } from '../dataset.ts'
import { mapSize, nearest } from '../geometry.ts'
import { type Plane, places, planes, skyWords, wayOf } from '../sky.ts'
import { useApp } from './context.ts'
import { drawLand, drawSky, drawTrails, type Inks, inksOf, prepare } from './map-drawing.ts'

/** Seconds of the board in which the fastest plane moves about a quarter of a pixel: what is less is not drawn. */
const tick = 5
/** The same for what planes leave behind them: a pixel or two. */
const trailTick = 60
/** Milliseconds between two pictures, at the least: time may go fast. */
const pause = 33
/** The same for what planes leave behind them. */
const trailPause = 250
/** Pixels around a plane that count as it. */
const reach = 14

/** Where everything is. What it shows in a picture it says below in words, and the board lists it. */
export function SkyMap() {
  const { view } = useApp()
  const box = useRef<HTMLDivElement>(null)
  const canvas = () => useRef<HTMLCanvasElement>(null)
  const [land, trails, sky] = [canvas(), canvas(), canvas()]
  const theme = useStoreValue(() => view.theme.value)
  const picture = usePicture({ box, land, trails, sky }, theme)
  const words = useWords()
  const [over, setOver] = useState<string | undefined>(undefined)

  const at = (event: MouseEvent) => picture.at(event.offsetX, event.offsetY)
  return (
    <section class="panel sky" aria-label="Map" id="map">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the board offers the same by keys */}
      <div
        class="sky-picture"
        ref={box}
        role="img"
        aria-label={`Map of the United States. ${words}`}
        style={{ aspectRatio: `${mapSize.width} / ${mapSize.height}`, cursor: over ? 'pointer' : 'default' }}
        onPointerMove={(event) => setOver(at(event)?.label)}
        onPointerLeave={() => setOver(undefined)}
        onClick={(event) => {
          const found = at(event)
          if (found?.id !== undefined) view.go({ page: 'flight', id: found.id })
          else if (found) view.words.value = found.code
        }}
      >
        <canvas ref={land} />
        <canvas ref={trails} />
        <canvas ref={sky} />
        <span class="sky-over" aria-hidden="true">
          {over}
        </span>
      </div>
      <div class="sky-words">
        <p>{words}</p>
        <button
          type="button"
          class="link"
          onClick={() => {
            view.filter.value = 'air'
            view.words.value = ''
            view.go({ page: 'board' })
          }}
        >
          List them
        </button>
      </div>
    </section>
  )
}

/** The words below the map, said anew each minute. */
function useWords(): string {
  const { board, frames, overview } = useApp()
  return useStoreValue(() => {
    const minute = frames.minute.value
    void overview.version.value
    return untracked(() => skyWords(planes(overview, board.reads, minute * 60)))
  })
}

interface Found {
  readonly label: string
  readonly code: string
  readonly id?: string
}

interface Layers {
  readonly box: { current: HTMLDivElement | null }
  readonly land: { current: HTMLCanvasElement | null }
  readonly trails: { current: HTMLCanvasElement | null }
  readonly sky: { current: HTMLCanvasElement | null }
}

/** Draws: the land when size or theme change, the sky when something in it does, and what is behind the planes seldom. */
function usePicture({ box, land, trails, sky }: Layers, theme: string) {
  const { board, frames, overview, view } = useApp()
  const shown = useRef<{ planes: readonly Plane[]; unit: number }>({ planes: [], unit: 1 })
  // Refs stay the same; the theme decides the inks.
  useEffect(() => {
    let inks: Inks | undefined
    let width = 0
    let skyIsDue = due(pause)
    let trailsAreDue = due(trailPause)
    const paint = () => {
      const element = box.current
      if (!element || !land.current) return
      width = element.clientWidth
      shown.current.unit = mapSize.width / Math.max(1, width)
      inks = inksOf(element)
      skyIsDue = due(pause)
      trailsAreDue = due(trailPause)
      if (width > 0) drawLand(prepare(land.current, width), inks, shown.current.unit)
    }
    const draw = (seconds: number) => {
      if (!inks || width === 0 || !sky.current || !trails.current) return
      const route = view.route.peek()
      const index = route.page === 'flight' ? indexOf(route.id) : -1
      if (!skyIsDue(`${Math.floor(seconds / tick)} ${overview.version.peek()} ${index}`)) return
      const { unit } = shown.current
      const list = planes(overview, board.reads, seconds)
      shown.current.planes = list
      if (trailsAreDue(`${Math.floor(seconds / trailTick)}`))
        drawTrails(prepare(trails.current, width), inks, unit, list)
      drawSky(prepare(sky.current, width), inks, unit, list, index < 0 ? undefined : { index, route: wayOf(index) })
    }
    const observer = new ResizeObserver(paint)
    observer.observe(box.current as Element)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', paint)
    const stop = frames.each(draw)
    return () => {
      stop()
      observer.disconnect()
      dark.removeEventListener('change', paint)
    }
  }, [board, frames, overview, theme])

  return {
    at(offsetX: number, offsetY: number): Found | undefined {
      const { planes: list, unit } = shown.current
      const point = { x: offsetX * unit, y: offsetY * unit }
      const plane = list[nearest(list, point, reach * unit)]
      if (plane) {
        const { id, origin, destination } = facts[plane.index] as (typeof facts)[number]
        return { id, code: destination, label: `${id}  ${origin} → ${destination}` }
      }
      const airport = airports[nearest(places, point, reach * unit)]
      return airport && { code: airport.code, label: `${airport.code}  ${airport.city}` }
    },
  }
}

/** Says whether to draw: when what decides the picture has changed, and the last one was drawn long enough ago. */
function due(pause: number): (key: string) => boolean {
  let [last, at] = ['', Number.NEGATIVE_INFINITY]
  return (key) => {
    const now = performance.now()
    if (key === last || now - at < pause) return false
    last = key
    at = now
    return true
  }
}
