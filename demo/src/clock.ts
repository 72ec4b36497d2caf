/** When the board's day begins and ends, in minutes since its midnight. */
export const day = { start: 240, end: 240 + 24 * 60 + 480 } as const

/** How fast the board's time may go. */
export const speeds = [1, 10, 60, 100, 300, 1000] as const

/** What the model `clock` says. */
export interface ClockReads {
  readonly at: number
  readonly since: number
  readonly speed: number
  readonly playing: boolean
}

/**
 * The board's time at `now`, in seconds. Time passes without anybody writing it: only what bends it (play, pause, speed,
 * jump) is a change, so tabs and worker agree on it and storage has nothing to do.
 */
export function secondsAt(clock: ClockReads, now: number): number {
  const passed = clock.playing ? (Math.max(0, now - clock.since) / 1000) * clock.speed : 0
  return Math.min(day.end * 60, clock.at + passed)
}

/** The clock bent at `now`: what is to be written so that it goes on from the time it shows. */
export function bend(clock: ClockReads, now: number, to: Partial<Pick<ClockReads, 'speed' | 'playing' | 'at'>>) {
  const at = Math.min(day.end * 60, to.at ?? secondsAt(clock, now))
  return { at, since: now, speed: to.speed ?? clock.speed, playing: to.playing ?? clock.playing }
}

/** The next faster speed, or the next slower one. */
export function step(speed: number, by: 1 | -1): number {
  const at = speeds.findIndex((known) => known >= speed)
  return speeds[Math.min(speeds.length - 1, Math.max(0, (at < 0 ? speeds.length - 1 : at) + by))] as number
}

// Longer than a reload takes, and shorter than a visit elsewhere.
const away = 15_000

/**
 * Where the clock goes on when a simulation takes over: after a reload as if nothing had been, but a board nobody
 * played for a while waited for us. Undefined when there is nothing to bend.
 */
export function resumed(clock: ClockReads, playedMinute: number, now: number) {
  if (!clock.playing || now - clock.since < away) return undefined
  const behind = secondsAt(clock, now) - playedMinute * 60 - 60
  return (behind / clock.speed) * 1000 > away ? bend(clock, now, { at: playedMinute * 60 + 60 }) : undefined
}
