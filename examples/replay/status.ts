import { type CancelReason, defineMachine, type Handlers, type Machine, type States } from 'escapement'
import * as v from 'valibot'

/**
 * The life of one flight. Scheduled, Delayed, Departed, Arrived and Cancelled are facts and stay; Gate, Boarding and
 * Airborne pass. `remove` in one direction only is what makes a fact final: who comes later is refused.
 *
 *     Scheduled ── Gate ── Boarding ──▶ Departed + Airborne ──▶ Departed + Arrived
 *         └─ Delayed           └──────▶ Cancelled
 */
const states = {
  Scheduled: {},
  Gate: { require: ['Scheduled'] },
  /** Announced late; once more for each further hour. */
  Delayed: { multi: true, require: ['Scheduled'] },
  /** Called once more: the last call. */
  Boarding: { multi: true, require: ['Gate'] },
  Departed: {
    require: ['Scheduled'],
    remove: ['Gate', 'Boarding', 'Cancelled'],
    args: v.object({ delay: v.number() }),
  },
  Airborne: { auto: true, require: ['Departed'] },
  Arrived: { require: ['Departed'], remove: ['Airborne'] },
  Cancelled: { require: ['Scheduled'], remove: ['Gate', 'Boarding'] },
} as const satisfies States
export const FlightStatus = defineMachine('flight-status', states)

/** The machine of one flight. */
export type Status = Machine<typeof states>
/** Handlers of such a machine. */
export type StatusHandlers = Handlers<typeof states, unknown>

/** Minutes from which on a flight counts as late, and waits for another gate. */
const late = 15
/** Minutes after which the crew may not take off any more. This rule is ours: the data knows no cancelled flights. */
const crewLimit = 180

const never = () => false

/**
 * What relations cannot say, because they know what is, and neither what was nor how late it is: a flight departs only
 * from boarding and in its crew's time, and what has happened has happened.
 */
export const rules: StatusHandlers = {
  Departed: { canEnter: ({ machine, args }) => machine.is('Boarding') && args.delay <= crewLimit, canExit: never },
  Arrived: { canExit: never },
  Cancelled: { canExit: never },
}

/**
 * Asks of every flight the same, whatever became of what was asked before; the machine decides. So some is refused:
 * a late flight has no gate at its first call, a crew out of time does not depart, what did not depart does not
 * arrive, and what departed is not cancelled when the board is cleared.
 */
export function fly(flight: Status, delay: number): void {
  flight.add('Scheduled')
  if (delay <= late) flight.add('Gate')
  flight.add('Boarding')
  if (delay > late) {
    for (let announced = 0; announced < delay; announced += 60) flight.add('Delayed')
    flight.add('Gate')
  }
  flight.add('Boarding')
  flight.add('Departed', { delay })
  flight.add('Arrived')
  flight.add('Cancelled')
}

/** Who refused, and by what rule. */
export function whyNot(reason: CancelReason): string {
  if (reason.kind === 'handler') return `handler: ${reason.state}.${reason.handler} said no`
  if (reason.kind !== 'relation') return reason.kind
  const { state, relation, by } = reason
  return `relation: ${state} ${relation === 'require' ? 'needs' : 'is ruled out by'} ${by.join(' and ')}`
}
