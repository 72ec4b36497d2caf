/** What the programs share: a clock that passes as fast as the work allows, the same in every run, and a voice. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Result } from 'escapement'
import { manualTimers } from 'escapement/testing'

/** The time of the story. A real program leaves the option `timers` out. */
export const timers = manualTimers()

/** Resolves after `ms` of the story's time, or rejects as soon as the signal fires: stands for any slow, abortable work. */
export function work(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = timers.after(ms, () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop)
  })
}

/** Lets `ms` pass in steps of 10, so that whoever awaits something goes on in between. */
export async function pass(ms: number): Promise<void> {
  for (const end = timers.now() + ms; timers.now() < end; timers.advance(Math.min(10, end - timers.now()))) await turn()
  await turn()
}

/** Prints a line, with the time. */
export function say(text: string): void {
  console.log(`${String(timers.now()).padStart(5)} ms  ${text}`)
}

/** A result in words: every refusal says who refused, and by what rule. */
export function why(result: Result): string {
  if (result.status !== 'canceled') return result.status
  const { reason } = result
  if (reason.kind === 'handler') return `refused by ${reason.state}.${reason.handler}`
  if (reason.kind !== 'relation') return `refused: ${reason.kind}`
  const by = reason.by.join(' and ')
  return reason.relation === 'require'
    ? `refused: ${reason.state} requires ${by}`
    : `refused: ${by} removes ${reason.state}`
}
