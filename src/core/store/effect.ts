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
  if (waiting === undefined) return signalEffect(fn)
  let stop: (() => void) | undefined
  let stopped = false
  waiting.push(() => {
    if (!stopped) stop = signalEffect(fn)
  })
  return () => {
    stopped = true
    stop?.()
  }
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
