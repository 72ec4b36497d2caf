import { untracked } from '@preact/signals-core'
import type { Machine, StateName, WithoutArgs } from './types.ts'

/**
 * Keeps a target state in step with a source state: an activation adds it, a deactivation removes it, in order, the
 * current value first. A source that is entered again while active adds again. The target may refuse. A source that is
 * disposed leaves the target as it is.
 *
 * @returns Ends the pipe. It ends by itself when either machine is disposed.
 * @example
 * ```ts
 * const unpipe = pipe(connection, 'Connected', app, 'Online')
 * pipe(connection, 'Connected', app, 'Offline', { inverse: true })
 * ```
 */
export function pipe<S, G, T, H>(
  source: Machine<S, G>,
  from: StateName<S>,
  target: Machine<T, H>,
  to: WithoutArgs<T>,
  { inverse = false }: { readonly inverse?: boolean } = {},
): () => void {
  const put = target as unknown as { add(state: string): unknown; remove(state: string): unknown }
  let seen = -1
  const follow = () => {
    if (target.isDisposed()) return unpipe()
    const now = untracked(() => source.tick(from))
    if (now === seen) return
    seen = now
    if ((now % 2 === 1) !== inverse) put.add(to)
    else put.remove(to)
  }
  // Transitions at once, in order; an import is no transition, and listeners hear of it.
  const stops = [source.trace({ transitionEnd: follow }), source.listen(follow)]
  const unpipe = () => {
    for (const stop of stops) stop()
  }
  follow()
  return unpipe
}
