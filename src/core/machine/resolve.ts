/** How a mutation asks: `add` for more, `remove` for fewer, `set` for these and no others. */
export type MutationType = 'add' | 'remove' | 'set'

/** The relations of a definition, by state number in definition order. */
export interface Relations {
  readonly names: readonly string[]
  readonly multi: readonly boolean[]
  readonly auto: readonly number[]
  readonly require: readonly (readonly number[])[]
  readonly add: readonly (readonly number[])[]
  readonly after: readonly (readonly number[])[]
  /** Who names the state in `remove`, and who in `add`: the questions asked are "who is against it, who wants it". */
  readonly removers: readonly (readonly number[])[]
  readonly adders: readonly (readonly number[])[]
  /** Place of each state in the `require` topology of the whole definition. */
  readonly rank: readonly number[]
}

/** Why a called state is not among the targets. */
export interface Refusal {
  readonly state: number
  readonly relation: 'require' | 'remove'
  readonly by: readonly number[]
}

/** What `resolve` answers. */
export interface Resolution {
  /** In handler order. */
  readonly targets: number[]
  /** The first called state that relations refuse. */
  readonly refusal?: Refusal | undefined
}

const NOBODY: ReadonlySet<number> = /* @__PURE__ */ new Set<number>()

/**
 * Which states hold after a mutation, by relations alone. Pure. Costs the active and called states and their
 * relations, whatever the number of others.
 *
 * Rules 1–6 are asyncmachine's (Tobiasz Cudnik); rule 7, transitive `add` and definition order are ours.
 *
 * @param active In definition order.
 * @param called As given, without repeats.
 * @param banned States that may not be implied.
 */
export function resolve(
  relations: Relations,
  active: readonly number[],
  type: MutationType,
  called: readonly number[],
  banned: ReadonlySet<number> = NOBODY,
): Resolution {
  const { require, add, adders, removers, multi } = relations
  const before = new Set(active)
  const calls = new Set(called)
  const start = new Set(
    type === 'set' ? called : type === 'add' ? [...called, ...active] : active.filter((s) => !calls.has(s)),
  )
  const reasons = new Map<number, Refusal>()
  const drop = (state: number, relation: Refusal['relation'], by: number[]) => {
    if (calls.has(state)) reasons.set(state, { state, relation, by })
  }
  const entitled = (s: number) => !before.has(s) || (type !== 'remove' && multi[s] && calls.has(s))

  const imply = (list: number[]) => {
    const seen = new Set(list)
    // The list grows while it is walked: breadth first, each once.
    for (const s of list) {
      if (!entitled(s)) continue
      for (const implied of add[s]!) {
        if (seen.has(implied) || banned.has(implied)) continue
        seen.add(implied)
        list.push(implied)
      }
    }
    return list
  }
  const satisfy = (list: number[]) => {
    for (;;) {
      const here = new Set(list)
      const kept = list.filter((s) => {
        const missing = require[s]!.filter((r) => !here.has(r))
        if (missing.length) drop(s, 'require', missing)
        return !missing.length
      })
      if (kept.length === list.length) return kept
      list = kept
    }
  }
  // From the end, so that of two that remove each other the one nearer the front stays. The answer is reversed.
  const walk = (list: number[]) => {
    const left = new Set(list)
    const out: number[] = []
    for (const s of list.toReversed()) {
      const by = removers[s]!.filter((r) => left.has(r))
      if (by.length) {
        left.delete(s)
        drop(s, 'remove', by)
      } else out.push(s)
    }
    return out
  }

  const left = walk(satisfy(imply([...start])))
  const firm = new Set(left)
  // What was blocked only by a state that is now leaving comes back.
  const back = imply([...left]).filter((s) => !removers[s]!.some((r) => firm.has(r)))
  let list = satisfy(back.reverse())
  for (let size = -1; size !== list.length; ) {
    size = list.length
    const here = new Set(list)
    const wanted = list.filter((s) => start.has(s) || adders[s]!.some((a) => here.has(a) && entitled(a)))
    list = walk(satisfy(wanted)).reverse()
  }

  const found = new Set(list)
  const lost = type === 'remove' ? undefined : called.find((s) => !found.has(s))
  return { targets: inHandlerOrder(relations, list), refusal: lost === undefined ? undefined : reasons.get(lost) }
}

/**
 * What an auto mutation comes to: called states that relations refuse are taken off and the rest is resolved again.
 * `undefined` when nothing is left to call.
 */
export function resolveAuto(
  relations: Relations,
  active: readonly number[],
  called: readonly number[],
  banned?: ReadonlySet<number>,
): { called: readonly number[]; targets: number[] } | undefined {
  while (called.length) {
    const { targets } = resolve(relations, active, 'add', called, banned)
    const kept = called.filter((s) => targets.includes(s))
    if (kept.length === called.length) return { called, targets }
    called = kept
  }
  return undefined
}

/** The inactive auto states that no active state removes, in definition order. */
export function autoCalled(relations: Relations, active: readonly number[]): number[] {
  const here = new Set(active)
  return relations.auto.filter((s) => !here.has(s) && !relations.removers[s]!.some((r) => here.has(r)))
}

/**
 * Drops what lacks a requirement, until all have theirs. `active` stays in its order.
 */
export function dropUnmet(relations: Relations, active: readonly number[]): readonly number[] {
  for (;;) {
    const here = new Set(active)
    const kept = active.filter((s) => relations.require[s]!.every((r) => here.has(r)))
    if (kept.length === active.length) return active
    active = kept
  }
}

function inHandlerOrder({ rank, after }: Relations, targets: number[]): number[] {
  const rest = targets.sort((a, b) => rank[a]! - rank[b]!)
  if (!rest.some((s) => after[s]!.length)) return rest
  const out: number[] = []
  const waiting = new Set(rest)
  while (rest.length) {
    const free = rest.findIndex((s) => !after[s]!.some((a) => waiting.has(a)))
    // In a cycle nobody is free: the first.
    const [next] = rest.splice(Math.max(free, 0), 1)
    waiting.delete(next!)
    out.push(next!)
  }
  return out
}
