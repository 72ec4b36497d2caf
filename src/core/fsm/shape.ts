import * as v from 'valibot'
import type { ProblemKind } from './types.ts'

export type Path = readonly (string | number)[]

/** Takes a problem: what kind, where, and its words. */
export type Report = (kind: ProblemKind, path: Path, message: string) => unknown

// Ranges instead of \p{Cc}, so that schema.json can hold the same pattern for validators that compile without `u`.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a name
const NAME = /^[^\s\x00-\x1f\x7f-\x9f]+$/

const A_NAME = 'must be a name without white space'
const A_LIST = 'must be a list'
const AN_OBJECT = 'must be an object'

const isName = (input: unknown) => typeof input === 'string' && NAME.test(input)
const isNames = (input: unknown) => (Array.isArray(input) ? input.every(isName) : isName(input))

// `custom` for every plain value: one function of valibot instead of eight, for the bundle's sake.
const name = /* @__PURE__ */ v.custom(isName, A_NAME)
const maybe = (test: (input: never) => unknown, message: string) =>
  v.optional(v.custom((i) => !!test(i as never), message))
const names = /* @__PURE__ */ maybe(isNames, `${A_NAME}, or a list of them`)
const text = /* @__PURE__ */ maybe((input) => typeof input === 'string', 'must be text')

const TIMEOUT = {
  seconds: /* @__PURE__ */ v.custom<number>(
    (input) => Number.isFinite(input) && (input as number) > 0,
    'must be a number above 0',
  ),
  destination: name,
}
const META = {
  version: text,
  machine_name: text,
  strict_mode: /* @__PURE__ */ maybe((input) => typeof input === 'boolean', 'must be true or false'),
}
const POLICY = {
  default_fallback: /* @__PURE__ */ v.optional(name),
  retry_attempts: /* @__PURE__ */ maybe(
    (input) => Number.isSafeInteger(input) && input >= 0,
    'must be a whole number, 0 or more',
  ),
}
const STATE = {
  name,
  type: /* @__PURE__ */ maybe(
    (input) => ['initial', 'stable', 'terminal', 'error'].includes(input),
    'must be initial, stable, terminal or error',
  ),
  on_enter: names,
  on_exit: names,
  timeout: /* @__PURE__ */ v.optional(/* @__PURE__ */ v.looseObject(TIMEOUT, AN_OBJECT)),
}
const TRANSITION = {
  trigger: name,
  source: /* @__PURE__ */ v.custom(
    (input) => isNames(input) && (input as string).length > 0,
    `${A_NAME}, or a list of at least one`,
  ),
  dest: name,
  guards: names,
  actions: names,
}
const ROOT = {
  meta: /* @__PURE__ */ v.optional(/* @__PURE__ */ v.looseObject(META, AN_OBJECT)),
  states: /* @__PURE__ */ v.array(/* @__PURE__ */ v.looseObject(STATE, AN_OBJECT), A_LIST),
  transitions: /* @__PURE__ */ v.array(/* @__PURE__ */ v.looseObject(TRANSITION, AN_OBJECT), A_LIST),
  error_policy: /* @__PURE__ */ v.optional(/* @__PURE__ */ v.looseObject(POLICY, AN_OBJECT)),
}
const root = /* @__PURE__ */ v.looseObject(ROOT, AN_OBJECT)

/** A value as an error message shows it. */
function shown(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.slice(0, 9).map((item) => (typeof item === 'object' ? '…' : shown(item)))}]`
  if (typeof value === 'object' && value) return 'an object'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)
}

/** What is said of a key itself, and not of its value. */
export const NO_KEY = 'is not a known key'

/** Reports everything that is wrong with the form of a definition: types, ranges, missing and unknown keys. */
export function checkShape(input: unknown, report: Report): void {
  const { issues = [] } = root['~standard'].validate(input) as { issues?: readonly v.BaseIssue<unknown>[] }
  for (const { path = [], input: value, message } of issues) {
    const keys = path.map(({ key }) => key as string | number)
    report('shape', keys, value === undefined ? 'is missing' : `${message}, not ${shown(value)}`)
  }
  const { states, meta, error_policy } = Object(input)
  known(input, ROOT, [], report)
  known(meta, undefined, ['meta'], report)
  known(error_policy, undefined, ['error_policy'], report)
  if (!Array.isArray(states)) return
  states.forEach((state, at) => {
    known(state?.timeout, TIMEOUT, ['states', at, 'timeout'], report)
  })
}

/**
 * What valibot does not see: every unknown key (it stops at the first one, and never looks at `constructor`), and a list
 * where an object should be, which it takes for one without keys.
 */
function known(input: unknown, keys: object | undefined, path: Path, report: Report): void {
  if (Array.isArray(input)) report('shape', path, `${AN_OBJECT}, not a list`)
  else if (keys && typeof input === 'object' && input) {
    for (const key of Object.keys(input)) {
      if (!Object.hasOwn(keys, key)) report('shape', [...path, key], NO_KEY)
    }
  }
}
