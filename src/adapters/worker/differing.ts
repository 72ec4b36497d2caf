/** Deeper values than this count as different: they are only shown once more. */
const DEPTH = 100

/** The values of `next` that say something else than those of `now`. */
export function differing(now: object, next: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = now as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(next).filter(([name, value]) => !alike(known[name], value, DEPTH, new Map())),
  )
}

/**
 * Are two plain values equal, however often they were copied? `met`: which parts were held against which already. Parts
 * may be shared, or hold themselves: once is enough, and one difference anywhere ends it all.
 */
function alike(a: unknown, b: unknown, depth: number, met: Map<object, Set<object>>): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth === 0) return false
  const others = met.get(a)
  if (others?.has(b)) return true
  if (others) others.add(b)
  else met.set(a, new Set([b]))
  const lists = (one: readonly unknown[], other: readonly unknown[]) =>
    one.length === other.length && one.every((part, at) => alike(part, other[at], depth - 1, met))
  if (Array.isArray(a)) return Array.isArray(b) && lists(a, b)
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime())
  if (a instanceof RegExp) return b instanceof RegExp && String(a) === String(b)
  if (a instanceof Map) return b instanceof Map && lists([...a], [...b])
  if (a instanceof Set) return b instanceof Set && lists([...a], [...b])
  if (Array.isArray(b) || b instanceof Date || b instanceof RegExp || b instanceof Map || b instanceof Set) return false
  return lists(Object.entries(a), Object.entries(b))
}
