import { effect as signalEffect } from '@preact/signals-core'

// Effects made while a transaction runs. Module-wide, because an effect belongs to no store; undefined when none runs.
let waiting: (() => void)[] | undefined

/**
 * Runs `fn` now and again whenever something it read has changed. Made inside a transaction, it first runs after the
 * commit, so it never sees a value that may be rolled back.
 *
 * @returns a function that stops it.
 * @example
 * ```ts
 * const stop = effect(() => console.log(telemetry.temperature))
 * ```
 * The effect of `@preact/signals-core`, save for the waiting.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: as signals-core has it: most effects return nothing
export function effect(fn: () => void | (() => void)): () => void {
  // Of several effects that throw in one round, signals-core tells only the first: each tells its own store instead.
  const told = () => {
    try {
      return fn()
    } catch (error) {
      if (report === undefined) throw error
      report(error)
    }
  }
  if (waiting === undefined) return signalEffect(told)
  let stop: (() => void) | undefined
  let stopped = false
  waiting.push(() => {
    if (!stopped) stop = signalEffect(told)
  })
  return () => {
    stopped = true
    stop?.()
  }
}

// Who hears of what effects throw: the store whose commit they run after; undefined while there is none.
let report: ((error: unknown) => void) | undefined

/** Sets who hears of what effects throw; answers who did before. */
export function reportEffects(to: typeof report): typeof report {
  const before = report
  report = to
  return before
}

/** Makes effects wait from here on, until the answer is called; that answers those which waited. */
export function holdEffects(): () => readonly (() => void)[] {
  if (waiting !== undefined) return () => []
  const mine: (() => void)[] = []
  waiting = mine
  return () => {
    waiting = undefined
    return mine
  }
}
