import { effect, type Result, type Status as Saving, type Store } from 'escapement'
import { bend, type ClockReads } from './clock.ts'
import {
  Airports,
  Clock,
  Controls,
  Flights,
  Home,
  type Notice,
  Notices,
  Progress,
  type Role,
  Statuses,
} from './flight.ts'
import type { StateOfFlight, StatusReads } from './status.ts'

export type Verb = 'add' | 'remove'
export type AnyState = StateOfFlight | 'Exception'
export interface Args {
  readonly minutes: number
}

/** What of a flight can be edited. */
export interface Editable {
  readonly gate: string
  /** Minutes. */
  readonly delay: number
  readonly note: string
}

export interface FlightReads extends Editable {
  readonly origin: string
  readonly destination: string
  /** Minutes since midnight, as published. */
  readonly departs: number
  /** The same, as things stand. */
  readonly expected: number
  /** Miles. */
  readonly distance: number
  readonly revision: number
}

export interface AirportReads {
  readonly departures: number
  readonly arrivals: number
  readonly cancelled: number
  /** Minutes. */
  readonly averageDelay: number
}

/** What is read of a flight's machine. */
export interface MachineReads extends StatusReads {
  tick(state: AnyState): number
  queueTick(): number
  error(): unknown
}

/** All that is read: local, synchronous and reactive, whichever place the store lives in. */
export interface Reads {
  readonly flights: { get(id: string): FlightReads | undefined }
  readonly statuses: { readonly size: number; get(id: string): MachineReads | undefined }
  readonly airports: { get(code: string): AirportReads | undefined }
  readonly clock: ClockReads & { readonly day: number }
  readonly progress: { readonly minute: number; readonly transitions: number }
  readonly controls: { readonly storageFull: boolean; readonly throwing: string; readonly spoil: string }
  readonly home: { readonly role: Role }
  readonly notices: { readonly list: readonly Notice[] }
}

/** The board as the page sees it. Every change is asked for and answered later: the store may live in a worker. */
export interface Board {
  readonly place: 'page' | 'worker'
  readonly reads: Reads
  /** Where the data stands. Reactive. */
  saving(): Saving
  /** @throws ValidationError with an issue for each field that does not fit; nothing is changed then */
  edit(id: string, values: Partial<Editable>): Promise<void>
  mutate(id: string, verb: Verb, state: AnyState, args?: Args): Promise<Result>
  /** What `mutate` would answer; nothing changes. */
  probe(id: string, verb: Verb, state: AnyState, args?: Args): Promise<Result>
  /** Play, pause, speed or jump. */
  bend(to: Partial<Pick<ClockReads, 'playing' | 'speed' | 'at'>>): Promise<void>
  /** Begins the day anew, at a time of day in seconds. */
  restart(at: number): Promise<void>
  control(values: Partial<{ storageFull: boolean; throwing: string }>): Promise<void>
  /** Spoils what is stored of a flight, past every check. Resolves when that is done. */
  spoil(id: string): Promise<void>
  dismiss(notice: number): Promise<void>
  /** Resolves when all that was changed before is stored. */
  flush(): Promise<void>
  close(): Promise<void>
  /** The worker it lives in: how to kill it, and how to put another one in its place. */
  readonly worker?: { kill(): void; replace(): Promise<void> } | undefined
}

/** What differs by place. */
export interface Place {
  readonly place: Board['place']
  close(): Promise<void>
  readonly worker?: Board['worker']
}

/**
 * A board on a store in this page. A mirror of one in a worker fits as well: it reads the same, and an `await` does not
 * care whether what it waits for is there already.
 */
export function boardOn(store: Store, { place, close, worker }: Place): Board {
  const [flights, statuses, clock] = [store.get(Flights), store.get(Statuses), store.get(Clock)]
  const [controls, notices] = [store.get(Controls), store.get(Notices)]
  const reads = {
    ...{ flights, statuses, clock, controls, notices },
    airports: store.get(Airports),
    progress: store.get(Progress),
    home: store.get(Home),
  }
  const machineOf = (id: string) => {
    const machine = statuses.get(id)
    if (machine === undefined) throw missing(id)
    return machine
  }
  return {
    place,
    worker,
    reads: reads as Reads,
    saving: () => store.status,
    edit: async (id, values) => {
      const flight = flights.get(id)
      if (flight === undefined) throw missing(id)
      await flight.set(values)
    },
    mutate: async (id, verb, state, args) => {
      const machine = machineOf(id)
      const result = await (verb === 'remove'
        ? machine.remove(state)
        : state === 'Delayed'
          ? machine.add(state, args ?? { minutes: 30 })
          : machine.add(state))
      return result.status === 'queued' ? result.settled : result
    },
    probe: async (id, verb, state, args) => {
      const machine = machineOf(id)
      if (verb === 'remove') return machine.canRemove(state)
      return state === 'Delayed' ? machine.canAdd(state, args ?? { minutes: 30 }) : machine.canAdd(state)
    },
    bend: async (to) => await clock.set(bend(clock, Date.now(), to)),
    restart: async (at) => await clock.set({ ...bend(clock, Date.now(), { at }), day: clock.peek('day') + 1 }),
    control: async (values) => await controls.set(values),
    spoil: async (id) => {
      await controls.set({ spoil: id })
      await when(() => controls.spoil === '')
    },
    dismiss: async (id) => await notices.set({ list: notices.peek('list').filter((notice) => notice.id !== id) }),
    flush: () => store.flush(),
    close,
  }
}

const missing = (id: string) => new Error(`Flight ${id} is not on the board`)

/** Resolves as soon as something reactive holds. */
export function when(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let stop = () => {}
    stop = effect(() => {
      if (!holds()) return
      resolve()
      // Not now: when it holds already, there is nothing to stop yet.
      queueMicrotask(() => stop())
    })
  })
}
