import type { Issue } from '../ports/host.ts'

// What is stored is a deeply frozen copy. Copies are remembered here, so that a value read from a store and written
// back (whole, or as part of a new one) is recognised and not copied again.
const sealed = new WeakSet<object>()

// Deeper than any sane data, shallower than the stack of any platform (and of the codecs that walk it later).
const MAX_DEPTH = 500

/** Thrown for what cannot be kept by value. */
export class Unsealable extends Error {
  readonly issue: Issue
  constructor(path: readonly PropertyKey[], message: string) {
    super(message)
    this.issue = { path, message }
  }
}

function refuse(): never {
  throw new TypeError('A value in a store cannot be changed in place. Write a changed copy to its field.')
}

function shut<T extends abstract new (...args: never[]) => object>(Class: T, mutator: RegExp): T {
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(Class.prototype))) {
    if (mutator.test(name)) Object.defineProperty(Class.prototype, name, { value: refuse })
  }
  return Class
}

// Object.freeze does not reach what a Date, Map or Set holds inside; their copies refuse instead.
const SealedDate = /* @__PURE__ */ shut(class extends Date {}, /^set/)
const SealedMap = /* @__PURE__ */ shut(class extends Map<unknown, unknown> {}, /^(set|delete|clear|getOrInsert)/)
const SealedSet = /* @__PURE__ */ shut(class extends Set<unknown> {}, /^(add|delete|clear)$/)

/**
 * A deeply frozen copy of `value`. Primitives (symbols excepted), plain objects, arrays, Date, Map, Set, RegExp and
 * cycles are values; anything else throws `Unsealable` with its path.
 */
export function seal(value: unknown, path: PropertyKey[] = [], seen?: Map<object, unknown>): unknown {
  if (typeof value !== 'object') {
    if (typeof value === 'symbol' || typeof value === 'function') {
      throw new Unsealable(path, `a ${typeof value} is not a value`)
    }
    return value
  }
  if (value === null || sealed.has(value)) return value
  const copies = seen ?? new Map<object, unknown>()
  const done = copies.get(value)
  if (done !== undefined) return done
  if (path.length > MAX_DEPTH) throw new Unsealable(path.slice(0, 3), `nested deeper than ${MAX_DEPTH} levels`)
  const copy = copyOf(value, path, copies)
  sealed.add(copy)
  return Object.freeze(copy)
}

function copyOf(value: object, path: PropertyKey[], copies: Map<object, unknown>): object {
  const inner = (part: unknown, key: PropertyKey) => {
    path.push(key)
    const copy = seal(part, path, copies)
    path.pop()
    return copy
  }
  const proto = Object.getPrototypeOf(value)
  if (Array.isArray(value)) {
    // Array.prototype of any realm stands right above Object.prototype; a subclass stands one further down.
    if (Object.getPrototypeOf(Object.getPrototypeOf(proto)) !== null) throw classInstance(proto, path)
    const copy: unknown[] = []
    copies.set(value, copy)
    for (let i = 0; i < value.length; i++) copy.push(inner(value[i], i))
    return copy
  }
  if (proto === null || Object.getPrototypeOf(proto) === null) return copyPlain(value, path, copies, inner)
  switch (proto) {
    case Date.prototype:
      return new SealedDate(value as Date)
    case RegExp.prototype:
      return new RegExp(value as RegExp)
    case Map.prototype: {
      const copy = new SealedMap()
      copies.set(value, copy)
      for (const [k, v] of value as Map<unknown, unknown>) {
        Map.prototype.set.call(copy, inner(k, 'key'), inner(v, typeof k === 'object' ? 'value' : String(k)))
      }
      return copy
    }
    case Set.prototype: {
      const copy = new SealedSet()
      copies.set(value, copy)
      let i = 0
      for (const v of value as Set<unknown>) Set.prototype.add.call(copy, inner(v, i++))
      return copy
    }
  }
  throw classInstance(proto, path)
}

function classInstance(proto: object, path: readonly PropertyKey[]): Unsealable {
  return new Unsealable([...path], `an instance of ${proto.constructor?.name || 'a class'} is not plain data`)
}

function copyPlain(
  value: object,
  path: PropertyKey[],
  copies: Map<object, unknown>,
  inner: (part: unknown, key: PropertyKey) => unknown,
): object {
  if (Object.getOwnPropertySymbols(value).length > 0) throw new Unsealable([...path], 'has a symbol key')
  const copy: Record<string, unknown> = {}
  copies.set(value, copy)
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new Unsealable([...path, key], 'is not an allowed key')
    copy[key] = inner((value as Record<string, unknown>)[key], key)
  }
  return copy
}

/** Are two sealed values alike? Used to see whether a schema leaves its own output alone. */
export function alike(a: unknown, b: unknown, seen = new Map<object, unknown>()): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (seen.get(a) === b) return true
  seen.set(a, b)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Date || a instanceof RegExp) return String(a) === String(b) && Object.is(+a, +b)
  const parts = (o: object) => (o instanceof Map || o instanceof Set ? [...o] : Object.entries(o))
  const [left, right] = [parts(a), parts(b)]
  return left.length === right.length && left.every((part, i) => alike(part, right[i], seen))
}
