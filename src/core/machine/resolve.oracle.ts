import type { StateOptions } from './types.ts'

/** States by name in definition order, `Exception` last. */
export type Definition = Record<string, StateOptions>

/**
 * The rules of the design, one by one, in its words, with lists of names and no regard to cost. Right by reading:
 * what `resolve` is held against.
 */
export function resolveSlowly(
  states: Definition,
  active: string[],
  type: 'add' | 'remove' | 'set',
  called: string[],
  banned: string[] = [],
): string[] {
  const names = Object.keys(states)
  const of = (s: string, relation: 'require' | 'add' | 'remove' | 'after') =>
    (states[s]?.[relation] ?? []).filter((n) => n !== s || relation === 'require' || relation === 'add')
  const inOrder = (list: string[]) => names.filter((n) => list.includes(n))
  const removes = (by: string, s: string) => of(by, 'remove').includes(s)

  // 1
  const before = inOrder(active)
  let start: string[] = []
  if (type === 'add') start = [...called, ...before.filter((s) => !called.includes(s))]
  if (type === 'remove') start = before.filter((s) => !called.includes(s))
  if (type === 'set') start = [...called]

  const entitled = (s: string) => !active.includes(s) || (!!states[s]?.multi && type !== 'remove' && called.includes(s))
  // 2
  const rule2 = (given: string[]) => {
    const list = [...given]
    for (let i = 0; i < list.length; i++) {
      const s = list[i] as string
      if (!entitled(s)) continue
      for (const n of of(s, 'add')) if (!list.includes(n) && !banned.includes(n)) list.push(n)
    }
    return list
  }
  // 3
  const rule3 = (given: string[]) => {
    let list = given
    for (;;) {
      const next = list.filter((s) => of(s, 'require').every((r) => list.includes(r)))
      if (next.length === list.length) return list
      list = next
    }
  }
  // 4
  const rule4 = (given: string[]) => {
    const dropped: string[] = []
    const out: string[] = []
    for (let i = given.length - 1; i >= 0; i--) {
      const s = given[i] as string
      if (given.some((other) => !dropped.includes(other) && removes(other, s))) dropped.push(s)
      else out.push(s)
    }
    return out
  }
  const left = rule4(rule3(rule2(start)))
  // 5
  const back = rule2(left).filter((s) => !left.some((other) => removes(other, s)))
  // 6
  let list = rule3([...back].reverse())
  // 7
  for (;;) {
    const wanted = list.filter(
      (s) => start.includes(s) || list.some((other) => entitled(other) && of(other, 'add').includes(s)),
    )
    const next = rule4(rule3(wanted)).reverse()
    if (next.length === list.length) break
    list = next
  }
  return handlerOrder(states, list)
}

function handlerOrder(states: Definition, targets: string[]): string[] {
  const topology: string[] = []
  const visited: string[] = []
  const visit = (s: string) => {
    if (visited.includes(s)) return
    visited.push(s)
    for (const r of states[s]?.require ?? []) visit(r)
    topology.push(s)
  }
  for (const s of Object.keys(states)) visit(s)
  let rest = topology.filter((s) => targets.includes(s))
  const order: string[] = []
  while (rest.length) {
    const free = rest.find((s) => !(states[s]?.after ?? []).some((a) => a !== s && rest.includes(a))) ?? rest[0]
    order.push(free as string)
    rest = rest.filter((s) => s !== free)
  }
  return order
}
