// Ten states that exclude each other and all require an eleventh, Start; a step activates the next of the ten.
export const TEN: readonly string[] = Array.from({ length: 10 }, (_, i) => `S${i}`)
export const stateAt = (step: number): string => TEN[step % 10]!
/** Where everyone begins, so that step 0 is a step like any other. */
export const FIRST = 'S9'
/** States that take no part, for machines of a thousand. */
export const IDLE: readonly string[] = Array.from({ length: 989 }, (_, i) => `Idle${i}`)

/** Who looks on: nobody; one listener; an effect on one state, or on all ten; handlers of all ten. */
export type Watch = 'nobody' | 'listener' | 'effect' | 'effect-ten' | 'handlers'

/** How often an onlooker is called in `steps` steps. */
export function callsOf(watch: Watch, steps: number): number {
  if (watch === 'nobody') return 0
  if (watch === 'handlers') return 2 * steps
  if (watch !== 'effect') return steps
  let calls = 0
  for (let step = 0; step < steps; step++) if (step % 10 < 2) calls++
  // The first step of all enters S0, the eleventh again; the second leaves it.
  return calls
}

export const cycleAfter = (watch: Watch) => (steps: number) => ({
  state: stateAt(steps - 1),
  start: true,
  calls: callsOf(watch, steps),
})
