import { errors } from './errors.ts'

/** Says whether a transition may happen. Pure and synchronous; gets the context, with the event's payload over it. */
export type Guard<C extends object = Record<string, unknown>> = (context: C) => boolean

/** Guards by name. Made by `createGuards`. */
export class Guards<C extends object = Record<string, unknown>> {
  readonly #guards = new Map<string, Guard<C>>()

  /**
   * Names a guard.
   *
   * @throws EscapementError (`FSM_TAKEN`) when the name is taken
   * @example
   * ```ts
   * guards.register('is_full_fill', (ctx) => ctx.filled === ctx.quantity).register('is_open', equals('open', true))
   * ```
   */
  register(name: string, guard: Guard<C>): this {
    if (this.#guards.has(name)) throw errors.FSM_TAKEN({ name })
    this.#guards.set(name, guard)
    return this
  }

  get(name: string): Guard<C> | undefined {
    return this.#guards.get(name)
  }
}

/**
 * An empty registry of guards. `C` is the context they see.
 *
 * @example
 * ```ts
 * const guards = createGuards().register('is_full_fill', equals('fill', 'full'))
 * ```
 */
export const createGuards = <C extends object = Record<string, unknown>>(): Guards<C> => new Guards<C>()

type Built = (context: object) => boolean
/** What has an order of its own. Two values of different types never compare. */
export type Ordered = number | bigint | string | Date

/** The value at a path. Accessors of a class are found, what every object inherits is not: no path reaches a prototype. */
function at(context: unknown, path: string): unknown {
  let value = context
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || (key in {} && !Object.hasOwn(value, key))) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

const compare =
  <B extends Ordered>(test: (a: B, b: B) => boolean) =>
  (path: string, bound: B): Built =>
  (context) => {
    const value = at(context, path)
    const same = typeof value === typeof bound && value instanceof Date === bound instanceof Date
    return same && test(value as B, bound)
  }

/** True when the value at `path` is `value`, by `===`. `path` is dotted: `order.lines.0.price`. */
export const equals =
  (path: string, value: unknown): Built =>
  (context) =>
    at(context, path) === value

/** True when the value at `path` is not `value`; a missing one is not. */
export const notEquals = (path: string, value: unknown): Built => not(equals(path, value))

/** True when the value at `path` is of the type of `bound`, and greater. */
export const greaterThan: (path: string, bound: Ordered) => Built = /* @__PURE__ */ compare((a, b) => a > b)
/** True when the value at `path` is of the type of `bound`, and less. */
export const lessThan: (path: string, bound: Ordered) => Built = /* @__PURE__ */ compare((a, b) => a < b)
/** True when the value at `path` is of the type of `bound`, and equal or greater. */
export const atLeast: (path: string, bound: Ordered) => Built = /* @__PURE__ */ compare((a, b) => a >= b)
/** True when the value at `path` is of the type of `bound`, and equal or less. */
export const atMost: (path: string, bound: Ordered) => Built = /* @__PURE__ */ compare((a, b) => a <= b)

/** True when the value at `path` lies between the two, bounds included. */
export const between = (path: string, low: Ordered, high: Ordered): Built =>
  allOf(atLeast(path, low), atMost(path, high))

/** True when the value at `path` is one of `values`. */
export function oneOf(path: string, values: readonly unknown[]): Built {
  const own = new Set(values)
  return (context) => own.has(at(context, path))
}

/** True when the value at `path` is text that matches. A `g` or `y` flag keeps no place between calls. */
export function matches(path: string, pattern: RegExp): Built {
  const own = new RegExp(pattern)
  return (context) => {
    const value = at(context, path)
    own.lastIndex = 0
    return typeof value === 'string' && own.test(value)
  }
}

/** True when there is a value at `path`, and it is neither null nor undefined. */
export const exists =
  (path: string): Built =>
  (context) =>
    (at(context, path) ?? null) !== null

/** True when every one is. */
export const allOf =
  <C extends object>(...guards: readonly Guard<C>[]): Guard<C> =>
  (context) =>
    guards.every((guard) => guard(context))

/** True when at least one is. */
export const anyOf =
  <C extends object>(...guards: readonly Guard<C>[]): Guard<C> =>
  (context) =>
    guards.some((guard) => guard(context))

/** True when the other is not. */
export const not =
  <C extends object>(guard: Guard<C>): Guard<C> =>
  (context) =>
    !guard(context)
