import { untracked } from '@preact/signals-core'
import { effect, HydrationError, openStore, type Phase, type Store } from 'escapement'
import { crossTab, indexedDbStorage } from 'escapement/storage/indexeddb'
import { fillDisk, spoil } from './breakage.ts'
import { day } from './clock.ts'
import { airports as airportFacts, type Fact, facts } from './dataset.ts'
import { Airports, Clock, Controls, Flights, Home, type Notice, Notices, Progress, Statuses, state } from './flight.ts'
import { rulesOf } from './rules.ts'
import { simulate } from './simulation.ts'
import type { Status } from './status.ts'

/** How a board that never ran begins. */
export interface Winding {
  /** Minutes. */
  readonly at: number
  readonly playing: boolean
  readonly speed: number
}

/** How a board is opened. Plain data: it is handed to a worker as text. */
export interface HomeOptions extends Winding {
  /** Name of the database. */
  readonly name: string
}

/**
 * Opens the board's store where it is to live, a page or a worker, on the storage it shares with other tabs. The tab that
 * owns the machines puts on the board what is missing, and plays the day.
 *
 * @returns the store, and a function that ends all of it
 */
export async function openHome(options: HomeOptions): Promise<{ store: Store; close(): Promise<void> }> {
  const early: [unknown, Phase][] = []
  let tell = (error: unknown, phase: Phase): void => {
    early.push([error, phase])
  }
  const tabs = crossTab()
  const store = await openStore({
    name: 'flight-board',
    storage: indexedDbStorage(options.name, { fallback: 'memory' }),
    crossTab: tabs,
    state: [...state],
    onInvalid: 'quarantine',
    onError: (error, { phase }) => tell(error, phase),
  })
  const notices = store.get(Notices)
  // Not at once: what is reported may be in the middle of a commit.
  tell = (error, phase) => queueMicrotask(() => note(notices, error, phase))
  for (const [error, phase] of early) tell(error, phase)

  const home = store.get(Home)
  const stops = [
    effect(() => {
      home.role = tabs.role
    }),
    effect(() => {
      if (home.role !== 'owner' && home.role !== 'alone') return
      return untracked(() => run(store, options))
    }),
    watchControls(store, options.name),
  ]
  return {
    store,
    close: () => {
      for (const stop of stops) stop()
      return store.close()
    },
  }
}

/**
 * Puts on the board what is missing, and plays the day. A part at a time, each a commit and a task of its own: 2,000
 * births at once would hold up a page for half a second. Who takes over a board that is half full goes on with it.
 *
 * @returns a function that ends it
 */
export function run(store: Store, options: Winding): () => void {
  const { fillInParts, restart } = morning(store)
  const parts = fillInParts()
  let end = () => {}
  const next = () => {
    const isFull = store.transaction(() => {
      const { done = false } = parts.next()
      // With the last flight, so that whoever sees all of them sees the time too.
      if (done) begin(store, options)
      return done
    })
    end = isFull ? simulate({ store, restart }) : store.timers.after(0, next)
  }
  next()
  return () => end()
}

/** Births in one commit of `fillInParts`. */
const part = 100

/**
 * What there is in the morning: `fill` puts on the board what is missing, `fillInParts` the same with a stop after each
 * part, `restart` puts all of it back.
 */
export function morning(store: Store) {
  const [flights, statuses, airports] = [store.get(Flights), store.get(Statuses), store.get(Airports)]
  const [progress, controls, clock] = [store.get(Progress), store.get(Controls), store.get(Clock)]
  const rules = rulesOf({ flights, airports, progress, controls })
  const bound = new WeakSet<object>()
  const bind = (status: Status) => {
    if (!bound.has(status)) status.handle(rules)
    bound.add(status)
  }
  function* fillInParts(): Generator<void, void, undefined> {
    // What is there can be asked for something at once: it has to know its rules before the first stop.
    for (const status of statuses) bind(status)
    for (const { code } of airportFacts) if (!airports.has(code)) airports.add({}, code)
    let born = 0
    for (const fact of facts) {
      if (!flights.has(fact.id)) flights.add(published(fact), fact.id)
      if (statuses.has(fact.id)) continue
      if (born > 0 && born % part === 0) yield
      born++
      const status = statuses.add(fact.id)
      bind(status)
      status.add('Scheduled')
    }
  }
  const fill = () => {
    for (const _ of fillInParts());
  }
  const restart = () => {
    for (const { code } of airportFacts) airports.get(code)?.reset()
    for (const fact of facts) {
      flights.get(fact.id)?.set(published(fact))
      statuses.delete(fact.id)
    }
    fill()
    progress.set({ day: clock.day, minute: day.start, transitions: 0 })
  }
  return { fill, fillInParts, restart }
}

/** What is known of a flight in the morning: small delays at once, great ones are announced. */
function published({ origin, destination, departs, distance, real, gate }: Fact) {
  return { origin, destination, departs, distance, gate, delay: real > 15 ? 0 : real, note: '' }
}

/** Winds the clock of a board that never ran. */
function begin(store: Store, { at, playing, speed }: Winding): void {
  const clock = store.get(Clock)
  if (clock.since > 0) return
  clock.set({ at: at * 60, since: store.timers.now(), speed, playing })
  store.get(Progress).minute = day.start
}

function watchControls(store: Store, database: string): () => void {
  const [controls, notices] = [store.get(Controls), store.get(Notices)]
  let wasFull = false
  return effect(() => {
    const { storageFull, spoil: id } = controls
    if (storageFull !== wasFull) fillDisk(storageFull)
    // There is room again: no need to wait for the next attempt.
    if (wasFull && !storageFull) store.flush().catch(() => {})
    wasFull = storageFull
    if (id === '') return
    store
      .flush()
      .then(() => spoil(database, `model/flight/${id}`))
      .then(
        () => controls.set({ spoil: '' }),
        (error) => note(notices, error, 'storage'),
      )
  })
}

const kinds: Partial<Record<Phase, Notice['kind']>> = { recovery: 'recovery', storage: 'storage', handler: 'handler' }

function note(notices: { list: readonly Notice[] }, error: unknown, phase: Phase): void {
  const kind = kinds[phase] ?? 'other'
  const text =
    error instanceof HydrationError ? spoiltWords(error) : error instanceof Error ? error.message : `${error}`
  const { list } = notices
  // A disk that stays full says so at each attempt.
  if (list.some((known) => known.kind === kind && known.text === text)) return
  notices.list = [...list.slice(-4), { id: (list.at(-1)?.id ?? 0) + 1, kind, text }]
}

/** Which stored flights could not be read, and why. */
function spoiltWords({ entries }: HydrationError): string {
  const flights = entries.map(({ key, issues }) => {
    const why = issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    return `${key.split('/').at(-1)} (${why})`
  })
  return `Stored data of ${flights.join(', ')} did not fit and was put aside; the flight is back as published.`
}
