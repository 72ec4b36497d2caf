import type { StateOfFlight, StatusReads } from './status.ts'

/** Minutes of delay from which on it is announced. */
export const announced = 15
/** Minutes after which the crew may not fly any more. The rule is ours: the data knows no cancelled flights. */
export const crewLimit = 180
/** Minutes from leaving the gate to the air. */
export const taxi = 9

/** How long a flight is in the air, in minutes: half a thousand miles an hour, and the climb. */
export function airMinutes(distance: number): number {
  return Math.round(15 + (distance / 500) * 60)
}

/** What the simulation knows of a flight. */
export interface Course {
  readonly departs: number
  readonly distance: number
  /** As the model says now. */
  readonly delay: number
  /** As it really was. */
  readonly real: number
}

/** One thing that happens to a flight. */
export interface Step {
  /** Minutes since midnight. */
  readonly at: number
  readonly state: StateOfFlight
  /** Minutes, with `Delayed`. */
  readonly minutes?: number
}

const stages = ['Scheduled', 'CheckIn', 'Gate', 'Boarding', 'LastCall', 'Departed', 'Airborne', 'Landed', 'Arrived']

/** How far a flight has come: the number of the last stage it entered, and whether its delay was announced. */
export interface Stage {
  readonly stage: number
  readonly late: boolean
}
const done = stages.length - 1

/** Read off its machine. A flight with an error stands still. */
export function stageOf(status: StatusReads): Stage {
  const late = status.is('Delayed')
  const at = (stage: string) => ({ stage: stages.indexOf(stage), late })
  if (status.is('Cancelled') || status.is('Arrived') || status.is('Exception')) return { stage: done, late }
  if (status.is('Landed')) return at('Landed')
  if (status.is('Airborne')) return at('Airborne')
  if (status.is('Departed')) return at('Departed')
  if (status.is('Boarding')) return at(status.is('LastCall') ? 'LastCall' : 'Boarding')
  if (status.is('Gate')) return at('Gate')
  return at(status.is('CheckIn') ? 'CheckIn' : 'Scheduled')
}

/**
 * What happens to a flight up to and including minute `until`, in order. Pure: the machine is only asked where it
 * stands, because in a transaction it has not moved yet.
 */
export function* due(course: Course, from: Stage, until: number): Generator<Step, void, undefined> {
  let { stage, late } = from
  let { delay } = course
  for (;;) {
    const next = nextStep({ ...course, delay }, stage, late)
    if (next === undefined || next.at > until) return
    yield next
    if (next.state === 'Delayed') {
      late = true
      delay = next.minutes as number
    } else if (next.state === 'Cancelled') return
    else stage++
  }
}

function nextStep({ departs, distance, delay, real }: Course, stage: number, late: boolean): Step | undefined {
  if (stage >= done) return undefined
  const leaves = departs + delay
  const early = Math.min(departs, leaves)
  const next = (at: number, state: StateOfFlight): Step => ({ at, state })
  // Whoever gave it a delay of their own knows better.
  const hears = !late && stage < stages.indexOf('Departed') && real > announced && delay <= announced
  const news: Step | undefined = hears ? { at: departs - 40, state: 'Delayed', minutes: real } : undefined
  const landing = leaves + taxi + airMinutes(distance)
  const move = [
    next(early - 120, 'CheckIn'),
    next(early - 60, 'Gate'),
    next(leaves - 35, 'Boarding'),
    next(leaves - 12, 'LastCall'),
    next(leaves, 'Departed'),
    next(leaves + taxi, 'Airborne'),
    next(landing, 'Landed'),
    next(landing + 7, 'Arrived'),
  ][stage] as Step
  if (delay > crewLimit && stage < stages.indexOf('Departed')) {
    const end = next(departs + 60, 'Cancelled')
    if (end.at <= move.at) return end
  }
  return news !== undefined && news.at <= move.at ? news : move
}

/** Is nothing left to happen? */
export const isDone = ({ stage }: Stage): boolean => stage >= done
