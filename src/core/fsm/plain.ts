import type { Path, Report } from './shape.ts'

/** What is said of a key that must not be one. */
export const BAD_KEY = 'must not be a key: it can reach prototypes'

const DEPTH = 64
const FORBIDDEN = ['__proto__', 'constructor', 'prototype']

/**
 * A frozen copy of plain data: so that no caller can change a definition by keeping a reference. Reports keys by which
 * prototypes could be reached, and nesting that only an attack would have. `text` may replace each string value.
 * What is used twice (aliases of YAML, shared objects) is copied once, so the work is that of the data, not of the tree
 * it unfolds to.
 */
export function plain(input: unknown, report: Report, text?: (value: string, path: Path) => string): unknown {
  const copies = new Map<object, unknown>()
  const copy = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return text ? text(value, path) : value
    if (typeof value !== 'object' || value === null) return value
    if (path.length > DEPTH) return report('limit', path, `is nested deeper than ${DEPTH}`)
    const known = copies.get(value)
    if (known !== undefined) return known
    const list = Array.isArray(value)
    const proto = Object.getPrototypeOf(value)
    if (!list && proto !== null && Object.getPrototypeOf(proto) !== null) return value
    const made: Record<string, unknown> = (list ? [] : {}) as Record<string, unknown>
    copies.set(value, made)
    for (const key of Object.keys(value)) {
      const at = [...path, list ? Number(key) : key]
      if (FORBIDDEN.includes(key)) report('shape', at, BAD_KEY)
      else made[key] = copy((value as Record<string, unknown>)[key], at)
    }
    return Object.freeze(made)
  }
  return copy(input, [])
}
