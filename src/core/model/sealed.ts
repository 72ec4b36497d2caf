import type { Issue } from '../ports/host.ts'

// What is stored is a deeply frozen copy. Copies are remembered here, so that a value read from a store and written
// back (whole, or as part of a new one) is recognised and not copied again.
const sealed = /* @__PURE__ */ new WeakSet<object>()

// Deeper than any sane data, shallower than the stack of any platform (and of the codecs that walk it later).
const MAX_DEPTH = 500

/** Why a value was not accepted. */
export class Refused extends Error {
  readonly issues: readonly Issue[]
  constructor(issues: readonly Issue[]) {
    super('refused')
    this.issues = issues
  }
}

function refuse(): never {
  throw new TypeError('A value in a store cannot be changed in place. Write a changed copy to its field.')
}

// Object.freeze does not reach what a Date, Map, Set or RegExp holds inside; the prototypes of their copies refuse instead.
const shut = /* @__PURE__ */ new Map<object, object>(
  /* @__PURE__ */ [Date, Map, Set, RegExp].map(({ prototype }) => [
    prototype,
    Object.create(
      prototype,
      Object.fromEntries(
        Object.getOwnPropertyNames(prototype)
          .filter((name) => /^(set|add|delete|clear|getOrInsert|compile)/.test(name))
          .map((name) => [name, { value: refuse }]),
      ),
    ),
  ]),
)

/**
 * A deeply frozen copy of `value`. Primitives (symbols excepted), plain objects, arrays, Date, Map, Set, RegExp and
 * cycles are values; anything else throws `Refused` with its path.
 */
export function seal(value: unknown, path: PropertyKey[] = [], copies?: Map<object, unknown>): unknown {
  if (typeof value === 'symbol' || typeof value === 'function') throw refused(path, `a ${typeof value} is not a value`)
  if (typeof value !== 'object' || value === null || sealed.has(value)) return value
  const flat = flatCopy(value)
  if (flat !== undefined) {
    sealed.add(flat)
    return flat
  }
  const seen = copies ?? new Map<object, unknown>()
  const done = seen.get(value)
  if (done !== undefined) return done
  if (path.length > MAX_DEPTH) throw refused(path.slice(0, 3), `nested deeper than ${MAX_DEPTH} levels`)
  const remember: Remember = (empty) => {
    // Known before it is filled, so that a cycle finds it.
    seen.set(value, empty)
    return empty
  }
  const copy = copyOf(value, path, remember, (part, key) => {
    path.push(key)
    const inner = seal(part, path, seen)
    path.pop()
    return inner
  })
  sealed.add(copy)
  return Object.freeze(copy)
}

/** The short way for a list of primitives, the most frequent value that is no primitive itself. */
function flatCopy(value: object): object | undefined {
  if (!Array.isArray(value) || getPrototypeOf(value) !== Array.prototype) return undefined
  if (Object.getOwnPropertySymbols(value).length > 0) return undefined
  // Each element is read once, and it is the copy that is looked at: the original may have accessors.
  const copy = [...value]
  return copy.every((part) => part === null || PRIMITIVE.test(typeof part)) ? Object.freeze(copy) : undefined
}

const PRIMITIVE = /^(string|number|boolean|bigint)$/

type Remember = <T extends object>(empty: T) => T
type Inner = (part: unknown, key: PropertyKey) => unknown

const { getPrototypeOf } = Object

function copyOf(value: object, path: readonly PropertyKey[], remember: Remember, inner: Inner): object {
  const proto = getPrototypeOf(value)
  // Array.prototype of any realm stands right above Object.prototype; a subclass stands one further down.
  const isArray = Array.isArray(value) && getPrototypeOf(getPrototypeOf(proto)) === null
  const isPlain = proto === null || getPrototypeOf(proto) === null
  if ((isArray || isPlain) && Object.getOwnPropertySymbols(value).length > 0) throw refused(path, 'has a symbol key')
  if (isArray) {
    const copy: unknown[] = remember([])
    for (let i = 0; i < value.length; i++) copy.push(inner(value[i], i))
    return copy
  }
  if (isPlain) {
    const copy: Record<string, unknown> = remember({})
    for (const key of Object.keys(value)) {
      if (key === '__proto__') throw refused([...path, key], 'is not an allowed key')
      copy[key] = inner((value as Record<string, unknown>)[key], key)
    }
    return copy
  }
  const closed = shut.get(proto)
  const copy = closed && copyBuiltIn(value, remember, inner)
  if (copy === undefined)
    throw refused(path, `an instance of ${proto.constructor?.name || 'a class'} is not plain data`)
  return Object.setPrototypeOf(copy, closed as object)
}

/** Undefined for what only has the prototype of one. */
function copyBuiltIn(value: object, remember: Remember, inner: Inner): object | undefined {
  try {
    // Each throws a TypeError for an impostor.
    if (value instanceof Date) return new Date(value.getTime())
    if (value instanceof RegExp) return new RegExp(value.source, value.flags)
    void (value as Map<unknown, unknown>).size
  } catch {
    return undefined
  }
  if (value instanceof Map) {
    const map: Map<unknown, unknown> = remember(new Map())
    for (const [k, v] of value) map.set(inner(k, 'key'), inner(v, typeof k === 'object' ? 'value' : String(k)))
    return map
  }
  const set: Set<unknown> = remember(new Set())
  let i = 0
  for (const v of value as Set<unknown>) set.add(inner(v, i++))
  return set
}

const refused = (path: readonly PropertyKey[], message: string) => new Refused([{ path: [...path], message }])
