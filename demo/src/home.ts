import {
  effect,
  HydrationError,
  openStore,
  type Phase,
  type StorageAdapter,
  StorageError,
  type Store,
  type Timers,
} from 'escapement'
import { day } from './clock.ts'
import { airports as airportFacts, facts } from './dataset.ts'
import { Airports, Clock, Controls, Flights, type Notice, Notices, Progress, Statuses, state } from './flight.ts'
import { rulesOf } from './rules.ts'
import { simulate } from './simulation.ts'

/** How a board is opened. Plain data: it is handed to a worker as text. */
export interface HomeOptions {
  /** Name of the database. */
  readonly name: string
  /** Minutes at which a board that never ran begins. */
  readonly at: number
  readonly playing: boolean
  readonly speed: number
}

/** The place where the store lives. */
export interface Home {
  readonly store: Store
  close(): Promise<void>
}

/**
 * Opens the board's store on its storage, puts on it what is missing, ties the rules to the machines and plays the day.
 * All of it is the same in a page and in a worker.
 */
export async function openHome(
  options: HomeOptions,
  storage: StorageAdapter,
  { timers, leads = () => true }: { timers?: Timers; leads?: () => boolean } = {},
): Promise<Home> {
  const breakable = canFill(storage)
  const told: [unknown, Phase][] = []
  let tell = (error: unknown, phase: Phase): void => {
    told.push([error, phase])
  }
  const store = await openStore({
    name: 'flight-board',
    storage,
    state: [...state],
    onInvalid: 'quarantine',
    onError: (error, { phase }) => tell(error, phase),
    ...(timers && { timers }),
  })
  const notices = store.get(Notices)
  // Not at once: what is reported may be in the middle of a commit.
  tell = (error, phase) => {
    queueMicrotask(() => note(notices, error, phase))
  }
  for (const [error, phase] of told) tell(error, phase)

  const books = {
    flights: store.get(Flights),
    airports: store.get(Airports),
    progress: store.get(Progress),
    controls: store.get(Controls),
  }
  const rules = rulesOf(books)
  const statuses = store.get(Statuses)
  for (const status of statuses) status.handle(rules)
  const fill = () => {
    for (const { code } of airportFacts) if (!books.airports.has(code)) books.airports.add({}, code)
    for (const fact of facts) {
      if (!books.flights.has(fact.id)) books.flights.add(morningOf(fact), fact.id)
      if (statuses.has(fact.id)) continue
      const status = statuses.add(fact.id)
      status.handle(rules)
      status.add('Scheduled')
    }
  }
  const restart = () => {
    for (const { code } of airportFacts) books.airports.get(code)?.reset()
    for (const fact of facts) {
      books.flights.get(fact.id)?.set(morningOf(fact))
      statuses.delete(fact.id)
    }
    fill()
    books.progress.set({ day: store.get(Clock).day, minute: day.start, transitions: 0 })
  }
  if (leads())
    store.transaction(() => {
      start(store, fill, options)
    })

  const stopWatching = watchControls(store, storage, breakable)
  const stop = simulate({ store, leads, timers: store.timers, restart })
  return {
    store,
    close: () => {
      stop()
      stopWatching()
      return store.close()
    },
  }
}

/** What the morning knows of a flight: small delays at once, great ones are announced. */
function morningOf({ origin, destination, departs, distance, real, gate }: (typeof facts)[number]) {
  return { origin, destination, departs, distance, gate, delay: real > 15 ? 0 : real, note: '' }
}

function start(store: Store, fill: () => void, { at, playing, speed }: HomeOptions): void {
  fill()
  const [clock, progress] = [store.get(Clock), store.get(Progress)]
  if (clock.since > 0) return
  clock.set({ at: at * 60, since: store.timers.now(), speed, playing })
  progress.minute = day.start
}

function watchControls(store: Store, storage: StorageAdapter, breakable: { full: boolean }): () => void {
  const controls = store.get(Controls)
  return effect(() => {
    const wasFull = breakable.full
    breakable.full = controls.storageFull
    // There is room again: no need to wait for the next attempt.
    if (wasFull && !breakable.full) store.flush().catch(() => {})
    const { spoil } = controls
    if (spoil === '') return
    const bad = {
      v: 1,
      d: { ...store.get(Flights).get(spoil)?.toJSON(), gate: 'behind the fountain', delay: 'some' },
      o: 0,
    }
    // Straight into storage, past every check: what a bug of an older version may have left there.
    void store.flush().then(() => storage.write([new Map([[`model/flight/${spoil}`, bad]])]))
  })
}

/** Lets an adapter's writes fail like those of a disk that is full. */
function canFill(storage: StorageAdapter): { full: boolean } {
  const fault = { full: false }
  const write = storage.write.bind(storage)
  storage.write = (commits) =>
    fault.full
      ? Promise.reject(new StorageError('STORAGE_FAILED', 'Cannot write to the database: the quota is used up.'))
      : write(commits)
  return fault
}

const kinds: Partial<Record<Phase, Notice['kind']>> = { recovery: 'recovery', storage: 'storage', handler: 'handler' }

function note(notices: { list: readonly Notice[] }, error: unknown, phase: Phase): void {
  const kind = kinds[phase] ?? 'other'
  const text =
    error instanceof HydrationError ? quarantineWords(error) : error instanceof Error ? error.message : `${error}`
  const { list } = notices
  // A disk that stays full says so at each attempt.
  if (list.some((known) => known.kind === kind && known.text === text)) return
  notices.list = [...list.slice(-4), { id: (list.at(-1)?.id ?? 0) + 1, kind, text }]
}

/** Which stored flights could not be read, and why. */
function quarantineWords({ entries }: HydrationError): string {
  const flights = entries.map(({ key, issues }) => {
    const why = issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    return `${key.split('/').at(-1)} (${why})`
  })
  return `Stored data of ${flights.join(', ')} did not fit and was put aside; the flight is back as published.`
}
