import type { Store } from 'escapement'
import { bend, day, resumed, secondsAt } from './clock.ts'
import { facts } from './dataset.ts'
import { Clock, Flights, Progress, Statuses } from './flight.ts'
import { due, isDone, stageOf } from './schedule.ts'
import type { Status } from './status.ts'

/** Milliseconds between two looks at the clock: a frame or two. */
const pace = 25

/**
 * Plays the day: at every minute of the board's clock, all that is due happens in one commit, with the minute it was
 * played to. It runs where the store lives, a page or a worker, in the one tab that owns the machines.
 *
 * @param restart puts everything back to the morning, as part of the commit under way
 * @returns a function that ends it
 */
export function simulate({ store, restart }: { store: Store; restart(): void }): () => void {
  const { timers } = store
  const [flights, statuses, clock, progress] = [
    store.get(Flights),
    store.get(Statuses),
    store.get(Clock),
    store.get(Progress),
  ]
  // Flights that have begun and not ended, by index; begun up to `next`, by the time they first move.
  let open: number[] = []
  let next = 0
  let played = -1

  const begin = () => {
    open = []
    next = 0
    const bent = resumed(clock, progress.minute, timers.now())
    if (bent) clock.set(bent)
  }

  const play = (minute: number) => {
    while (next < facts.length && (facts[next]?.departs ?? 0) - 180 <= minute) open.push(next++)
    const left: number[] = []
    store.transaction(() => {
      for (const index of open) if (advance(index, minute)) left.push(index)
      progress.minute = minute
    })
    open = left
  }

  /** Asks for all that is due for one flight; answers whether something is left to come. */
  const advance = (index: number, minute: number): boolean => {
    const fact = facts[index]
    const flight = fact && flights.get(fact.id)
    const status = fact && statuses.get(fact.id)
    if (!fact || !flight || !status) return false
    const stage = stageOf(status)
    if (isDone(stage)) return status.is('Exception')
    const course = { departs: flight.departs, distance: flight.distance, delay: flight.delay, real: fact.real }
    for (const { state, minutes } of due(course, stage, minute)) {
      if (state === 'Delayed') (status as Status).add(state, { minutes: minutes as number })
      else (status as Status).add(state)
    }
    return true
  }

  const look = () => {
    const now = timers.now()
    const minute = Math.floor(secondsAt(clock, now) / 60)
    if (clock.day !== progress.day) store.transaction(restart)
    // The day began again, here or in another tab.
    if (progress.minute < played) begin()
    if (minute > progress.minute) play(minute)
    played = progress.minute
    if (clock.playing && minute >= day.end) clock.set(bend(clock, now, { playing: false }))
  }

  let ended = false
  let cancel = () => {}
  const again = () => {
    cancel = timers.after(pace, () => {
      look()
      if (!ended) again()
    })
  }
  begin()
  look()
  again()
  return () => {
    ended = true
    cancel()
  }
}
