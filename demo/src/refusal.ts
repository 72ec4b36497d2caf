import type { CancelReason } from 'escapement'

/** How the states of a machine are spoken of. What is not named is called by its state. */
export interface Wording {
  /** As what is asked for: "Boarding". */
  readonly asked?: Readonly<Record<string, string>>
  /** As what is needed or in the way: "a Gate". */
  readonly named?: Readonly<Record<string, string>>
  /** What a rule of a handler means, by `State.handler`: a whole sentence. */
  readonly rules?: Readonly<Record<string, string>>
}

/** The states of a flight. */
export const flightWording: Wording = {
  asked: {
    CheckIn: 'Check-in',
    Gate: 'Opening the gate',
    Delayed: 'Announcing a delay',
    LastCall: 'The last call',
    Departed: 'Departure',
  },
  named: {
    Scheduled: 'a schedule',
    CheckIn: 'Check-in',
    Gate: 'a Gate',
    LastCall: 'the last call',
    Departed: 'a departure',
    Landed: 'a landing',
    Arrived: 'an arrival',
    Cancelled: 'the cancellation',
  },
  rules: {
    'Gate.canEnter': 'Opening the gate needs a gate number: give the flight one first',
    'Departed.canEnter': 'Departure needs Boarding: nobody is on board yet',
    'Departed.canExit': 'What has departed stays departed',
    'Airborne.canEnter': 'The flight has landed already',
    'Landed.canEnter': 'Only what is in the air can land',
    'Landed.canExit': 'What has landed stays landed',
    'Arrived.canExit': 'What has arrived stays arrived',
    'Cancelled.canExit': 'A cancelled flight stays cancelled',
  },
}

/**
 * Why a mutation did not happen, as one sentence without a full stop, from the `reason` of its result.
 *
 * @example
 * ```ts
 * refusalWords({ kind: 'relation', state: 'Boarding', relation: 'require', by: ['Gate'] }) // 'Boarding needs a Gate'
 * ```
 */
export function refusalWords(reason: CancelReason, { asked, named, rules }: Wording = flightWording): string {
  switch (reason.kind) {
    case 'relation': {
      const by = list(reason.by.map((state) => named?.[state] ?? state))
      const subject = asked?.[reason.state] ?? reason.state
      return reason.relation === 'require' ? `${subject} needs ${by}` : `${subject} is ruled out by ${by}`
    }
    case 'handler':
      return (
        rules?.[`${reason.state}.${reason.handler}`] ??
        `${asked?.[reason.state] ?? reason.state} was refused by its rule ${reason.handler}`
      )
    case 'queue-full':
      return 'Too many changes are waiting: try again in a moment'
    case 'disposed':
      return 'This flight is no longer on the board'
    case 'error':
      return 'It failed on the way, and was taken back'
    case 'aborted':
      return 'It was called off before its turn came'
    case 'check':
      return 'A rule may not change anything while it is asked'
    default:
      return unknownKind(reason)
  }
}

// A kind that a later version adds does not compile here; should it come over a wire all the same, it is named.
function unknownKind(reason: never): string {
  return `It was refused (${(reason as { kind: string }).kind})`
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** Why something could not even be asked. */
export function failureWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'DisconnectedError'
    ? 'The worker is gone: nothing can be changed until another is started.'
    : error.message
}
