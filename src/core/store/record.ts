import { ADDED, type Change, type Holder, type Phase, REMOVED } from '../ports/host.ts'

/** Who made a commit. */
export type Origin = 'local' | 'hydrate' | 'storage' | 'remote' | 'devtools'

/** What one commit did. Redacted values are replaced by a marker. */
export interface CommitRecord {
  /** Counts the commits of this store, from 1. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly origin: Origin
  /** How many commits of the peer this one stands for, where that is not one: a mirror is told of several at once. */
  readonly commits?: number
  /** Per field, or per row that came or went: what it was before the commit and is after it. */
  readonly changes: readonly Change[]
  /** What the machines did, as their tracers would be told. */
  readonly transitions: readonly unknown[]
}

/**
 * The changes of a commit, one per field or row: from the oldest `before` to the present value. A row that came and
 * went within it leaves none.
 */
export function changesOf(log: readonly unknown[], outward: boolean): Change[] {
  const whole = new Map<object, { first: number; last: number; at: number }>()
  const firsts = new Map<object, Map<number, number>>()
  for (let at = 0; at < log.length; at += 4) {
    if (log[at] === undefined) continue
    const entity = log[at + 1] as object
    const slot = log[at + 2] as number
    if (slot < 0) {
      const known = whole.get(entity)
      if (known === undefined) whole.set(entity, { first: slot, last: slot, at })
      else known.last = slot
      continue
    }
    let slots = firsts.get(entity)
    if (slots === undefined) {
      slots = new Map()
      firsts.set(entity, slots)
    }
    if (!slots.has(slot)) slots.set(slot, at)
  }
  const changes: Change[] = []
  for (const [entity, { first, last, at }] of whole) {
    if (first === ADDED && last === REMOVED) continue
    const change = (log[at] as Holder).change(entity, last, undefined, outward)
    const before = last === REMOVED ? { ...(change.before as object) } : undefined
    // The row went with the values this very commit had given it; before the commit it had others.
    for (const [slot, seen] of (before && firsts.get(entity)) ?? []) {
      const field = (log[at] as Holder).change(entity, slot, log[seen + 3], outward)
      Object.assign(before as object, { [field.field as string]: field.before })
    }
    changes.push(before === undefined ? change : { ...change, before: Object.freeze(before) })
  }
  for (const [entity, slots] of firsts) {
    if (whole.has(entity)) continue
    for (const [slot, at] of slots) {
      const holder = log[at] as Holder
      const { before, after } = holder.change(entity, slot, log[at + 3], false)
      if (!Object.is(before, after)) changes.push(holder.change(entity, slot, log[at + 3], outward))
    }
  }
  return changes
}

/** What a tracer of a store may answer to. A throw goes to `onError`. */
export interface StoreTracer {
  /** After the listeners of each commit, in commit order. */
  commit?(record: CommitRecord, store: object): void
  status?(status: string): void
  error?(error: unknown, about: { phase: Phase }): void
  /** @internal The undo log of a commit: what `undoable` stands on. */
  raw?(log: readonly unknown[], origin: Origin): void
}
