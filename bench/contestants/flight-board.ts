import { createStore } from 'escapement'
import { connectDevtools } from 'escapement/devtools'
import { manualTimers } from 'escapement/testing'
import { bend, day } from '../../demo/src/clock.ts'
import { Clock, Progress, state } from '../../demo/src/flight.ts'
import { morning } from '../../demo/src/home.ts'
import { simulate } from '../../demo/src/simulation.ts'
import type { Trial } from '../scenario.ts'

/** The flight board's day, minute by minute, over and over; with the agent from before its first machine, or without. */
export function play(agent: boolean): Trial {
  if (agent) connectDevtools()
  const timers = manualTimers(1_000_000)
  const store = createStore({ state: [...state], timers })
  const { fill, restart } = morning(store)
  const [clock, progress] = [store.get(Clock), store.get(Progress)]
  store.transaction(() => {
    fill()
    progress.minute = day.start
  })
  clock.set({ at: day.start * 60, since: timers.now(), speed: 1, playing: true })
  const end = simulate({ store, restart })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        const at = progress.minute === day.end ? day.start : progress.minute + 1
        const today = at === day.start ? clock.day + 1 : clock.day
        clock.set({ ...bend(clock, timers.now(), { at: at * 60, playing: true }), day: today })
        timers.advance(25)
      }
    },
    outcome: () => ({ minute: progress.minute }),
    close: () => {
      end()
      return store.close()
    },
  }
}
