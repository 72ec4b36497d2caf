import type { Issue } from '../ports/host.ts'
import { seal, Unsealable } from './sealed.ts'
import { ask, type StandardSchemaV1, type Verdict } from './standard-schema.ts'

/** Decides what becomes of a value written to one field. */
export interface Field {
  readonly name: string
  readonly schema: StandardSchemaV1
  /** True only for primitives that `schema` surely accepts and leaves as they are. Absent: always ask. */
  readonly fits: Test | undefined
}

type Test = (value: unknown) => boolean

/** Makes a field of its schema. */
export function defineField(name: string, schema: StandardSchemaV1): Field {
  return { name, schema, fits: shortcut(schema) }
}

/**
 * Validates `input` and makes it a value: `{ value }`, or every reason why not, each path starting with the field.
 *
 * Most writes are a plain primitive under a plain rule. For those a schema library spends its time on making result
 * objects; `fits` answers first, and only a doubt goes to the schema. `field.test.ts` holds both equal.
 */
export function accept(field: Field, input: unknown): Verdict {
  if (field.fits?.(input)) return { value: input }
  const verdict = ask(field.schema, input)
  if (verdict.issues !== undefined) return { issues: under(field.name, verdict.issues) }
  try {
    return { value: seal(verdict.value) }
  } catch (error) {
    if (error instanceof Unsealable) return { issues: under(field.name, [error.issue]) }
    throw error
  }
}

const under = (name: string, issues: readonly Issue[]) =>
  issues.map(({ path, message }) => ({ path: [name, ...path], message }))

/** The parts of a valibot schema that are data. */
interface Described {
  readonly kind: string
  readonly type: string
  readonly async: boolean
  readonly pipe?: readonly Described[]
  readonly requirement?: unknown
  readonly wrapped?: Described
  readonly default?: unknown
  readonly options?: readonly unknown[]
  readonly literal?: unknown
}

/** A test for the schemas that can be read: valibot's primitives, their common rules, and null or undefined around them. */
function shortcut(schema: StandardSchemaV1): Test | undefined {
  const about = schema as unknown as Described
  return schema['~standard'].vendor === 'valibot' && !about.async ? testOf(about) : undefined
}

function testOf(about: Described): Test | undefined {
  if (about.pipe === undefined) return baseTest(about)
  const [first, ...rules] = about.pipe
  let test = first && baseTest(first)
  for (const rule of rules) {
    if (test === undefined || rule.kind === 'metadata') continue
    const next = ruleTest((first as Described).type, rule)
    const before = test
    test = next && ((v) => before(v) && next(v))
  }
  return test
}

function baseTest(about: Described): Test | undefined {
  const { wrapped, literal, options } = about
  if (wrapped !== undefined) {
    const inner = testOf(wrapped)
    // With a default, the empty value is replaced: that is for the schema to do.
    const empty = about.default !== undefined ? [] : (EMPTY[about.type] ?? [])
    return inner && EMPTY[about.type] ? (v) => inner(v) || empty.includes(v) : undefined
  }
  switch (about.type) {
    case 'string':
      return (v) => typeof v === 'string'
    case 'number':
      // biome-ignore lint/suspicious/noSelfCompare: the fastest test for NaN
      return (v) => typeof v === 'number' && v === v
    case 'boolean':
      return (v) => typeof v === 'boolean'
    case 'bigint':
      return (v) => typeof v === 'bigint'
    case 'literal':
      return typeof literal === 'symbol' ? undefined : (v) => v === literal
    case 'picklist':
    case 'enum':
      return options && ((v) => typeof v !== 'object' && options.includes(v))
    default:
      return undefined
  }
}

const EMPTY: Record<string, readonly unknown[]> = {
  nullable: [null],
  optional: [undefined],
  nullish: [null, undefined],
}

function ruleTest(base: string, { kind, type, requirement }: Described): Test | undefined {
  if (kind !== 'validation') return undefined
  if (base === 'number') {
    const bound = requirement as number
    if (type === 'min_value') return (v) => (v as number) >= bound
    if (type === 'max_value') return (v) => (v as number) <= bound
    if (type === 'integer') return Number.isInteger
    if (type === 'finite') return Number.isFinite
    if (type === 'safe_integer') return Number.isSafeInteger
  }
  if (base === 'string') {
    const bound = requirement as number
    if (type === 'min_length') return (v) => (v as string).length >= bound
    if (type === 'max_length') return (v) => (v as string).length <= bound
    if (type === 'length') return (v) => (v as string).length === bound
    if (type === 'non_empty') return (v) => (v as string).length > 0
  }
  return undefined
}
