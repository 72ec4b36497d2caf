import type { Compiled } from './automaton.ts'
import { errors } from './errors.ts'
import { resolve } from './resolve.ts'

/** A clock by name, with the counters, as exports and stores keep it. */
export interface StoredClock {
  readonly ticks: Readonly<Record<string, number>>
  readonly queueTick: number
  readonly machineTick: number
}

/** @throws DefinitionError naming every state the definition lacks and every tick that is none. */
export function checkClock({ index, machine }: Compiled, { ticks }: StoredClock, dropUnknown: boolean): void {
  const problems: string[] = []
  for (const [state, tick] of Object.entries(ticks)) {
    if (!dropUnknown && !index.has(state)) problems.push(`the data names "${state}", which is not a state`)
    if (!(Number.isSafeInteger(tick) && tick >= 0)) problems.push(`the data has no tick for "${state}"`)
  }
  if (problems.length) throw errors.MACHINE_INVALID({ machine, problems })
}

/** The ticks of a stored clock in definition order, with what relations refuse deactivated (+1), and who is active. */
export function readClock(compiled: Compiled, { ticks }: StoredClock): { ticks: number[]; active: number[] } {
  const all = compiled.names.map((name) => (Object.hasOwn(ticks, name) ? ticks[name]! : 0))
  const odd = all.flatMap((tick, s) => (tick & 1 ? [s] : []))
  // As the active ones of a removal they imply nothing: relations only say who may stay.
  const { targets } = resolve(compiled, odd, 'remove', [])
  for (const s of odd) if (!targets.includes(s)) all[s]!++
  return { ticks: all, active: targets }
}
