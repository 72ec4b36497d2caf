import { defineMachine, type Machine, type States } from 'escapement'
import * as v from 'valibot'

/**
 * The life of one flight, as a board tells it. What passes (CheckIn, Gate, Boarding, LastCall, Airborne) is removed by what comes
 * after it; what is a fact (Departed, Landed, Arrived, Cancelled) removes and is removed by nothing, so whoever comes
 * too late is refused, and told by whom.
 *
 *     Scheduled ── CheckIn ── Gate ── Boarding ── LastCall ──▶ Departed + Airborne ──▶ Departed + Landed + Arrived
 *         └─ Delayed             └───────┴───────────┴──▶ Cancelled
 */
const states = {
  Scheduled: {},
  CheckIn: { require: ['Scheduled'] },
  Gate: { require: ['Scheduled'] },
  /** Announced late; again for each new estimate. */
  Delayed: {
    multi: true,
    require: ['Scheduled'],
    args: v.object({ minutes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(720)) }),
  },
  Boarding: { require: ['Gate'], remove: ['CheckIn'] },
  LastCall: { require: ['Boarding'] },
  Departed: { require: ['Scheduled'], remove: ['CheckIn', 'Gate', 'Boarding', 'LastCall', 'Delayed', 'Cancelled'] },
  Airborne: { require: ['Departed'] },
  Landed: { require: ['Departed'], remove: ['Airborne'] },
  Arrived: { require: ['Landed'] },
  Cancelled: { require: ['Scheduled'], remove: ['CheckIn', 'Gate', 'Boarding', 'LastCall', 'Delayed'] },
} as const satisfies States

export const FlightStatus = defineMachine('flight-status', states)

/** The machine of one flight. */
export type Status = Machine<typeof states>
export type StateOfFlight = keyof typeof states

/** What a chip says. Several states are active at once; a passenger wants to know one thing. */
export const phases = [
  'scheduled',
  'check-in',
  'delayed',
  'gate',
  'boarding',
  'last-call',
  'departed',
  'airborne',
  'landed',
  'arrived',
  'cancelled',
  'error',
] as const
export type Phase = (typeof phases)[number]

/** What is read of a machine, here or in a worker. */
export interface StatusReads {
  is(state: StateOfFlight | 'Exception'): boolean
}

/** The one thing to know about a flight: the latest of what holds. */
export function phaseOf(status: StatusReads): Phase {
  if (status.is('Exception')) return 'error'
  if (status.is('Cancelled')) return 'cancelled'
  if (status.is('Departed')) {
    if (status.is('Arrived')) return 'arrived'
    if (status.is('Landed')) return 'landed'
    return status.is('Airborne') ? 'airborne' : 'departed'
  }
  if (status.is('Boarding')) return status.is('LastCall') ? 'last-call' : 'boarding'
  if (status.is('Gate')) return 'gate'
  if (status.is('Delayed')) return 'delayed'
  return status.is('CheckIn') ? 'check-in' : 'scheduled'
}

/** Phases in words. */
export const phaseWords: Readonly<Record<Phase, string>> = {
  scheduled: 'Scheduled',
  'check-in': 'Check-in',
  delayed: 'Delayed',
  gate: 'Gate open',
  boarding: 'Boarding',
  'last-call': 'Last call',
  departed: 'Departed',
  airborne: 'In the air',
  landed: 'Landed',
  arrived: 'Arrived',
  cancelled: 'Cancelled',
  error: 'Error',
}
