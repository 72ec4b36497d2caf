import type { HomeOptions } from './home.ts'

/**
 * The worker is given its options as its name: there before any message. It is read as well, in the browser's tools and
 * in the devtools: `flight-board 580 100x playing`.
 */
export const nameOf = ({ name, at, speed, playing }: HomeOptions): string =>
  `${name} ${at} ${speed}x ${playing ? 'playing' : 'paused'}`

export function optionsOf(text: string): HomeOptions {
  const [name = '', at, speed, how] = text.split(' ')
  return { name, at: Number(at), speed: Number.parseFloat(speed ?? ''), playing: how === 'playing' }
}
