import { createStore, type Store } from 'escapement'
import { type ManualTimers, manualTimers } from 'escapement/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { bend, day } from './clock.ts'
import { airports, facts } from './dataset.ts'
import { Airports, Clock, Flights, Progress, Statuses, state } from './flight.ts'
import { morning } from './home.ts'
import { crewLimit } from './schedule.ts'
import { simulate } from './simulation.ts'

let end = () => {}
afterEach(() => end())

/** A board that plays, from four in the morning, a minute in a second. */
function board(): { store: Store; timers: ManualTimers } {
  const timers = manualTimers(1_000_000)
  const store = createStore({ state: [...state], timers })
  const { fill, restart } = morning(store)
  store.transaction(() => {
    fill()
    store.get(Progress).minute = day.start
  })
  store.get(Clock).set({ at: day.start * 60, since: timers.now(), speed: 60, playing: true })
  end = simulate({ store, restart })
  return { store, timers }
}

const jump = (store: Store, at: number) => {
  const clock = store.get(Clock)
  clock.set(bend(clock, store.timers.now(), { at: at * 60 }))
}

/** What the airports counted. */
const books = (store: Store) =>
  Object.fromEntries(
    airports.map(({ code }) => {
      const { departures, arrivals, cancelled, delay } = store.get(Airports).get(code)!
      return [code, { departures, arrivals, cancelled, delay }]
    }),
  )

/** The same, straight from the data. */
function expected() {
  const books = Object.fromEntries(
    airports.map(({ code }) => [code, { departures: 0, arrivals: 0, cancelled: 0, delay: 0 }]),
  )
  for (const { origin, destination, real } of facts) {
    if (real > crewLimit) books[origin]!.cancelled++
    else {
      books[origin]!.departures++
      books[origin]!.delay += real
      books[destination]!.arrivals++
    }
  }
  return books
}

const clocks = (store: Store) => facts.map(({ id }) => String(store.get(Statuses).get(id)))

describe('a day', () => {
  test('at once, it comes to what the data says', () => {
    const { store, timers } = board()
    jump(store, day.end)
    timers.advance(25)
    expect(books(store)).toEqual(expected())
    // At the end of the day the clock stands.
    expect(store.get(Clock).playing).toBe(false)
  })

  test('in pieces it is the same day', () => {
    const whole = board()
    jump(whole.store, day.end)
    whole.timers.advance(25)
    const once = clocks(whole.store)
    end()
    const { store, timers } = board()
    for (let at = day.start; at <= day.end; at += 97) {
      jump(store, at)
      timers.advance(25)
    }
    jump(store, day.end)
    timers.advance(25)
    expect(clocks(store)).toEqual(once)
    expect(books(store)).toEqual(expected())
  })

  test('as the clock goes; paused it stands', () => {
    const { store, timers } = board()
    jump(store, 720)
    timers.advance(25)
    const before = store.get(Progress).transitions
    timers.advance(10_000)
    expect(store.get(Progress).minute).toBe(730)
    const after = store.get(Progress).transitions
    expect(after).toBeGreaterThan(before)
    store.get(Clock).set(bend(store.get(Clock), timers.now(), { playing: false }))
    timers.advance(60_000)
    expect(store.get(Progress)).toMatchObject({ minute: 730, transitions: after })
  })

  test('one commit for each minute, and none in between', () => {
    const { store, timers } = board()
    jump(store, 720)
    timers.advance(25)
    let commits = 0
    store.listen(() => commits++)
    timers.advance(10_000)
    expect(commits).toBe(10)
  })

  test('begun anew it is as it was in the morning', () => {
    const { store, timers } = board()
    const morning = store.snapshot()
    jump(store, 900)
    timers.advance(25)
    store.get(Flights).get('E0001')!.set({ gate: 'H1', note: 'not for long' })
    store.get(Clock).set({ at: day.start * 60, since: timers.now(), day: 2 })
    timers.advance(25)
    const again = store.snapshot()
    for (const key of Object.keys(morning).filter((key) => /^model\/(flight|airport)/.test(key))) {
      expect(again[key]?.d).toEqual(morning[key]?.d)
    }
    expect(clocks(store)).toEqual(facts.map(() => '(Scheduled:1)'))
    expect(store.get(Progress)).toMatchObject({ day: 2, minute: day.start })
  })
})

test('what somebody changed is taken into account: an earlier flight leaves earlier, a cancelled one not at all', () => {
  const { store, timers } = board()
  const noon = facts.filter(({ departs, real }) => departs > 725 && departs < 760 && real === 0)
  const [early, gone] = noon as [(typeof facts)[number], (typeof facts)[number]]
  jump(store, 700)
  timers.advance(25)
  store.get(Flights).get(early.id)!.delay = 705 - early.departs
  store.get(Statuses).get(gone.id)!.add('Cancelled')
  jump(store, 706)
  timers.advance(25)
  expect(store.get(Statuses).get(early.id)!.is('Departed')).toBe(true)
  jump(store, day.end)
  timers.advance(25)
  expect(store.get(Statuses).get(gone.id)!.is(['Scheduled', 'Cancelled'])).toBe(true)
  expect(store.get(Statuses).get(gone.id)!.is('Departed')).toBe(false)
})

test('a flight with an error stands still until it is cleared, then catches up', () => {
  const { store, timers } = board()
  const [first] = facts.filter(({ departs, real }) => departs > 720 && real === 0) as [(typeof facts)[number]]
  jump(store, 600)
  timers.advance(25)
  const status = store.get(Statuses).get(first.id)!
  status.addError(new Error('lightning'))
  jump(store, 1000)
  timers.advance(25)
  expect(status.is('Departed')).toBe(false)
  status.remove('Exception')
  jump(store, 1001)
  timers.advance(25)
  expect(status.is('Departed')).toBe(true)
})
