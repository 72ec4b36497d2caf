/**
 * Whether two values are the same plain data: by kind and content, `-0` apart from `0`, a hole from `undefined`, and
 * cycles in the same places. Own, because the contract also runs in a browser, where there is no `node:assert`.
 */
export function same(a: unknown, b: unknown, met = new Map<object, object>()): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (met.has(a)) return met.get(a) === b
  met.set(a, b)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime())
  if (a instanceof RegExp) return String(a) === String(b)
  if (a instanceof Map) return sameList([...a].flat(1), [...(b as Map<unknown, unknown>)].flat(1), met)
  if (a instanceof Set) return sameList([...a], [...(b as Set<unknown>)], met)
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && same(read(a, key), read(b, key), met))
}

function sameList(a: readonly unknown[], b: readonly unknown[], met: Map<object, object>): boolean {
  return a.length === b.length && a.every((value, i) => same(value, b[i], met))
}

function read(object: object, key: string): unknown {
  return (object as Record<string, unknown>)[key]
}

/** A value in a message: short, and whatever it is. */
export function show(value: unknown): string {
  if (value instanceof Map)
    return `Map { ${[...value].map(([k, v]) => `${show(k)} => ${show(v)}`).join(', ')} }`.slice(0, 300)
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 300)
  } catch {
    return String(value)
  }
}
