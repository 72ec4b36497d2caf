import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Issue } from '../ports/host.ts'
import { Refused, seal } from './sealed.ts'

export type { StandardSchemaV1 }

type Test = (value: unknown) => boolean

/** Decides what becomes of a value written to one field. */
export interface Field {
  readonly name: string
  readonly schema: StandardSchemaV1
  /** True only for values that `schema` surely accepts and leaves as they are. Absent: always ask. */
  readonly fits: Test | undefined
}

/** Makes a field of its schema. */
export function defineField(name: string, schema: StandardSchemaV1): Field {
  const about = schema as unknown as Described
  return { name, schema, fits: schema['~standard'].vendor === 'valibot' ? shortcut(about) : undefined }
}

/**
 * Validates `input` and makes it a value, or answers `Refused` with every reason, each path starting with the field.
 *
 * Most writes are a primitive under a plain rule. For those a schema library spends its time on making result
 * objects; `fits` answers first, and only a doubt goes to the schema. `field.test.ts` holds both equal.
 */
export function accept({ name, schema, fits }: Field, input: unknown): unknown {
  if (fits !== undefined) {
    if (typeof input !== 'object') {
      if (fits(input)) return input
    } else {
      // The copy is looked at, not the original: that one may have getters, or an `every` of its own.
      const copy = sealedOr(input, name)
      if (!(copy instanceof Refused) && fits(copy)) return copy
    }
  }
  const answer = schema['~standard'].validate(input)
  if ('then' in answer) {
    // The verdict comes too late for anybody; its failure must not end the process.
    answer.then(undefined, () => {})
    return new Refused([{ path: [name], message: 'its schema is asynchronous, and a write is not' }])
  }
  if (answer.issues !== undefined) {
    return new Refused(
      answer.issues.map(({ path = [], message }): Issue => {
        return { path: [name, ...path.map((step) => (typeof step === 'object' ? step.key : step))], message }
      }),
    )
  }
  return sealedOr(answer.value, name)
}

function sealedOr(value: unknown, name: string): unknown {
  try {
    return seal(value, [name])
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}

/** The parts of a valibot schema that are data. */
interface Described {
  readonly kind: string
  readonly type: string
  readonly async: boolean
  readonly pipe?: readonly Described[]
  readonly requirement?: unknown
  readonly wrapped?: Described
  readonly item?: Described
  readonly default?: unknown
  readonly options?: readonly unknown[]
  readonly literal?: unknown
}

/** A test for the schemas that can be read: valibot's primitives, their bounds, null or undefined around, arrays of them. */
function shortcut({ type, async, pipe = [], wrapped, item, literal, options, ...rest }: Described): Test | undefined {
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  let whole = false
  // A pipe that starts with a pipe hides rules in there.
  if (async || pipe[0]?.pipe) return undefined
  const measure = type === 'number' ? 'value' : /^(string|array)$/.test(type) ? 'length' : ''
  for (const { kind, type: rule, requirement } of pipe.slice(1)) {
    const bound = typeof requirement === 'number' && measure
    if (type === 'number' && rule === 'integer') whole = true
    else if (bound && rule === `min_${measure}`) low = Math.max(low, requirement)
    else if (bound && rule === `max_${measure}`) high = Math.min(high, requirement)
    else if (kind !== 'metadata') return undefined
  }
  const inner = wrapped ?? item
  const test = inner && shortcut(inner)
  switch (type) {
    case 'number':
      // NaN is within no bounds.
      return (v) => typeof v === 'number' && v >= low && v <= high && (!whole || Number.isInteger(v))
    case 'string':
      return (v) => typeof v === 'string' && v.length >= low && v.length <= high
    case 'boolean':
      return (v) => typeof v === 'boolean'
    case 'literal':
      return typeof literal === 'symbol' ? undefined : (v) => v === literal
    case 'picklist':
    case 'enum':
      return (v) => (options as unknown[]).includes(v)
    case 'array':
      // every() passes over holes, which a schema sees as undefined.
      return (
        test &&
        ((v) => Array.isArray(v) && v.length >= low && v.length <= high && !v.includes(undefined) && v.every(test))
      )
    case 'nullable':
    case 'optional':
    case 'nullish': {
      const takesNull = type !== 'optional'
      const takesUndefined = type !== 'nullable'
      // With a default, the empty value is replaced: that is for the schema to do.
      const empty = (v: unknown) => (takesNull && v === null) || (takesUndefined && v === undefined)
      return test && ((v) => (empty(v) ? rest.default === undefined : test(v)))
    }
    default:
      return undefined
  }
}
