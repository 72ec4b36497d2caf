import type { Handlers, Model, ModelDefinition, Row } from 'escapement'
import type { Airport, Controls, Flight, Progress } from './flight.ts'
import type { FlightStatus, Status } from './status.ts'

type RowOf<D> = D extends ModelDefinition<infer F, infer C> ? Row<F, C> : never
type ModelOf<D> = D extends ModelDefinition<infer F, infer C> ? Model<F, C> : never
type States = NonNullable<(typeof FlightStatus)['$states']>

/** What the handlers of a flight read and write beside its machine. */
export interface Books {
  readonly flights: { get(id: string): RowOf<typeof Flight> | undefined }
  readonly airports: { get(code: string): RowOf<typeof Airport> | undefined }
  readonly progress: ModelOf<typeof Progress>
  readonly controls: ModelOf<typeof Controls>
}

const never = () => false

/**
 * What relations cannot say, because it depends on the past or on a model, and what a transition writes besides: the
 * totals of its airports, in the same commit.
 */
export function rulesOf({ flights, airports, progress, controls }: Books): Handlers<States, unknown> {
  const flightOf = (machine: Status) => flights.get(machine.id)
  const airportOf = (code: string | undefined) => (code === undefined ? undefined : airports.get(code))
  return {
    any: {
      entered: () => {
        progress.transitions++
      },
    },
    Gate: { canEnter: ({ machine }) => flightOf(machine as Status)?.gate !== '' },
    Delayed: {
      entered: ({ machine, args }) => {
        const flight = flightOf(machine as Status)
        if (flight === undefined || flight.delay === args.minutes) return
        const note = flight.note || (args.minutes > 180 ? 'Waiting for another crew' : '')
        flight.set({ delay: args.minutes, note })
      },
    },
    Boarding: {
      entered: ({ machine }) => {
        if (controls.throwing === machine.id) throw new Error('The boarding pass scanner does not answer')
      },
    },
    Departed: {
      canEnter: ({ machine }) => machine.is('Boarding'),
      canExit: never,
      entered: ({ machine }) => {
        const flight = flightOf(machine as Status)
        const airport = airportOf(flight?.origin)
        airport?.set({ departures: airport.departures + 1, delay: airport.delay + (flight?.delay ?? 0) })
      },
    },
    Airborne: { canEnter: ({ machine }) => !machine.is('Landed') },
    Landed: { canEnter: ({ machine }) => machine.is('Airborne'), canExit: never },
    Arrived: {
      canExit: never,
      entered: ({ machine }) => {
        const airport = airportOf(flightOf(machine as Status)?.destination)
        if (airport !== undefined) airport.arrivals++
      },
    },
    Cancelled: {
      canExit: never,
      entered: ({ machine }) => {
        const airport = airportOf(flightOf(machine as Status)?.origin)
        if (airport !== undefined) airport.cancelled++
      },
    },
  }
}
