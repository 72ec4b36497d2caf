import { VERSION } from './identity.ts'

/** Says whether something that came in has a shape. Inputs come from `JSON.parse`: plain, without getters. */
export type Check = (value: unknown) => boolean

/** A frame with more than this in one list was not made by us. */
const LONGEST_LIST = 100_000
const LONGEST_TEXT = 65_536

export const isWhole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
export const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value)
export const isText: Check = (value) => typeof value === 'string' && value.length <= LONGEST_TEXT
export const isFlag: Check = (value) => typeof value === 'boolean'
export const isTrue: Check = (value) => value === true
export const isNull: Check = (value) => value === null

/** One of some words or numbers. */
export const one = (...values: readonly unknown[]): Check => {
  const set = new Set(values)
  return (value) => set.has(value)
}

/** Any of some shapes. */
export const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value))

/** An array of up to `most`, all of one shape. */
export const list =
  (check: Check, most = LONGEST_LIST): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check)

/** An array with a shape for each place; the last `optional` ones may be missing. Longer ones pass: later versions add. */
export const tuple =
  (checks: readonly Check[], optional = 0): Check =>
  (value) => {
    if (!Array.isArray(value) || value.length < checks.length - optional) return false
    return checks.every((check, i) => i >= value.length || check(value[i]))
  }

/** State number, ticks, state number, …: whole numbers, an even count. */
export const isPairs: Check = (value) => list(isWhole)(value) && (value as unknown[]).length % 2 === 0

/** An object with a shape for each key of its own; those ending in `?` may be missing. Further keys pass. */
export function object(shape: { readonly [key: string]: Check }): Check {
  const keys = Object.entries(shape).map(([key, check]) => ({
    name: key.replace(/\?$/, ''),
    optional: key.endsWith('?'),
    check,
  }))
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    return keys.every(({ name, optional, check }) =>
      // Own only: nothing that somebody put on Object.prototype is part of a frame.
      Object.hasOwn(value, name) ? check((value as Record<string, unknown>)[name]) : optional,
    )
  }
}

// --- What frames of both directions have in common

export const isName: Check = (value) => isText(value) && value !== ''
export const names = list(isText, 10_000)
export const isVersion = one(VERSION)
export const mutationType = one('add', 'remove', 'set')
