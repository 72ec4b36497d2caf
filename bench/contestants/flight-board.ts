import { createStore } from 'escapement'
import { connectDevtools } from 'escapement/devtools'
import { manualTimers } from 'escapement/testing'
import { bend, day } from '../../demo/src/clock.ts'
import { Clock, Progress, state } from '../../demo/src/flight.ts'
import { morning } from '../../demo/src/home.ts'
import { simulate } from '../../demo/src/simulation.ts'
import type { Trial } from '../scenario.ts'

/** The flight board's whole day in each step, minute by minute; with the agent from before its first machine, or without. */
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
        clock.set({ ...bend(clock, timers.now(), { at: day.start * 60, playing: true }), day: step })
        timers.advance(25)
        while (progress.minute < day.end) {
          clock.set(bend(clock, timers.now(), { at: (progress.minute + 1) * 60 }))
          timers.advance(25)
        }
      }
    },
    outcome: () => ({ day: progress.day, minute: progress.minute }),
    close: () => {
      end()
      return store.close()
    },
  }
}
