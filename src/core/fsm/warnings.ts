import { many } from './check.ts'
import type { Fsm } from './fsm.ts'
import type { Report } from './shape.ts'
import type { FsmDefinition, Problem } from './types.ts'

/**
 * What is probably not meant in a definition, though it can be used: a transition that can never win, a state nothing
 * leads to, a state that is not terminal and nothing leads out of. With line and column for what was loaded from text.
 *
 * @example
 * ```ts
 * for (const { path, message } of warningsOf(orders)) console.warn(path.join('.'), message)
 * ```
 */
export function warningsOf(fsm: Fsm): readonly Problem[] {
  const problems: Problem[] = []
  checkIntent(fsm.toJSON(), (kind, path, message) => problems.push({ kind, path, message }))
  return fsm.place(problems)
}

function checkIntent({ states, transitions, error_policy }: FsmDefinition, report: Report): void {
  const exits = new Map(states.map(({ name, timeout }) => [name, timeout ? [timeout.destination] : []]))
  const seen = new Map<string, (readonly string[])[]>()
  transitions.forEach(({ trigger, source, dest, guards }, at) => {
    const needed = many(guards)
    for (const from of new Set(many(source))) {
      exits.get(from)?.push(dest)
      const key = `${from} ${trigger}`
      const earlier = seen.get(key) ?? []
      if (earlier.some((list) => list.every((guard) => needed.includes(guard)))) {
        report(
          'shadowed-transition',
          ['transitions', at],
          `can never win: an earlier one takes "${trigger}" from "${from}"`,
        )
      }
      earlier.push(needed)
      seen.set(key, earlier)
    }
  })
  const reached = new Set(states.filter(({ type }) => type === 'initial').map(({ name }) => name))
  const fallback = error_policy?.default_fallback
  if (fallback !== undefined) reached.add(fallback)
  for (const name of reached) for (const to of exits.get(name) ?? []) reached.add(to)
  states.forEach(({ name, type }, at) => {
    const path = ['states', at, 'name']
    if (!reached.has(name)) report('unreachable-state', path, `nothing leads to "${name}"`)
    if (type !== 'terminal' && exits.get(name)?.length === 0) {
      report('no-way-out', path, `nothing leads out of "${name}", and it is not terminal`)
    }
  })
}
