import { readTime } from './minutes.ts'

/** What the address asks for, before the `#`. Made for demonstrations and tests: `?at=12:30&paused&place=page`. */
export interface Wishes {
  /** Minutes at which a board that never ran begins. */
  readonly at: number
  readonly playing: boolean
  readonly speed: number
  /** Name of the database. */
  readonly name: string
  readonly place: 'page' | 'worker'
}

export function wishesOf(search: string, usual: Wishes['place']): Wishes {
  const params = new URLSearchParams(search)
  const place = params.get('place')
  return {
    // Something is in the air by then.
    at: readTime(params.get('at')) ?? 9 * 60 + 40,
    playing: !params.has('paused'),
    speed: Math.min(1000, Math.max(1, Number(params.get('speed')) || 100)),
    name: /^[\w-]{1,60}$/.exec(params.get('db') ?? '')?.[0] ?? 'flight-board',
    place: place === 'page' || place === 'worker' ? place : usual,
  }
}
