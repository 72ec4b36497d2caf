import type { Transition } from './transition.ts'

/** The transition whose handler is running right now, of whatever machine: the source of what it calls. */
export let running: Transition | undefined

/** Returns the one before, to be put back. */
export function setRunning(transition: Transition | undefined): Transition | undefined {
  const before = running
  running = transition
  return before
}
