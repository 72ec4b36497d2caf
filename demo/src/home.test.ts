import { createStore } from 'escapement'
import { manualTimers } from 'escapement/testing'
import { afterEach, expect, test } from 'vitest'
import { day } from './clock.ts'
import { airports, facts } from './dataset.ts'
import { Airports, Clock, Flights, Progress, Statuses, state } from './flight.ts'
import { run } from './home.ts'

const options = { at: 600, playing: false, speed: 100 }

let end = () => {}
afterEach(() => end())

/** A board that begins, and how many flights each commit so far has put on it. */
function board() {
  const timers = manualTimers(1_000_000)
  const store = createStore({ state: [...state], timers })
  const births: number[] = []
  let known = 0
  store.listen(() => {
    const { size } = store.get(Statuses)
    if (size > known) births.push(size - known)
    known = size
  })
  end = run(store, options)
  return { store, timers, births }
}

test('an empty board is filled in steps of 100 flights, then played', () => {
  const { store, timers, births } = board()
  expect(births).toEqual([100])
  expect(store.get(Clock).since).toBe(0)
  timers.advance(1000)
  expect(births).toEqual(Array.from({ length: facts.length / 100 }, () => 100))
  expect(store.get(Flights).size).toBe(facts.length)
  expect(store.get(Airports).size).toBe(airports.length)
  expect(store.get(Clock).at).toBe(600 * 60)
  expect(store.get(Progress).minute).toBe(600)
})

test('whoever sees all flights sees the time too', () => {
  const { store, timers } = board()
  const seen: number[] = []
  store.listen(() => {
    if (store.get(Statuses).size === facts.length) seen.push(store.get(Progress).minute)
  })
  timers.advance(1000)
  expect(seen[0]).toBe(day.start)
})

test('left half full it is filled by who comes next, and knows its rules from the start', () => {
  const { store, timers, births } = board()
  end()
  timers.advance(1000)
  expect(births).toEqual([100])
  const first = store.get(Statuses).get('E0001')!
  end = run(store, options)
  expect(first.add('Departed').status).toBe('canceled')
  timers.advance(1000)
  expect(store.get(Statuses).size).toBe(facts.length)
  expect(first.is('Departed')).toBe(true)
})
