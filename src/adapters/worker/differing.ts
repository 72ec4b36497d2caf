/** The values of `next` that say something else than those of `now`. */
export function differing(now: object, next: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = now as Readonly<Record<string, unknown>>
  return Object.fromEntries(Object.entries(next).filter(([name, value]) => !alike(known[name], value, new Map())))
}

/**
 * Are two plain values equal, however often they were copied? Each pair is looked at once, and is equal unless a
 * difference is found: a part may be shared by any number of others, itself included.
 */
function alike(a: unknown, b: unknown, met: Map<unknown, Set<unknown>>): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const others = met.get(a) ?? new Set()
  if (others.has(b)) return true
  met.set(a, others.add(b))
  const lists = (one: readonly unknown[], other: readonly unknown[]) =>
    one.length === other.length && one.every((part, at) => alike(part, other[at], met))
  if (Array.isArray(a)) return Array.isArray(b) && lists(a, b)
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime())
  if (a instanceof RegExp) return b instanceof RegExp && String(a) === String(b)
  if (a instanceof Map) return b instanceof Map && lists([...a], [...b])
  if (a instanceof Set) return b instanceof Set && lists([...a], [...b])
  if (Array.isArray(b) || b instanceof Date || b instanceof RegExp || b instanceof Map || b instanceof Set) return false
  return lists(Object.entries(a), Object.entries(b))
}
