import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createStore, DefinitionError, defineModel, ValidationError } from '../index.ts'
import { accept, defineField } from './field.ts'

// Most fields have a shortcut that accepts a value without asking the schema. The law: wherever the shortcut says
// yes, the schema says yes too, and gives back the very same value. All below asks valibot itself for the truth.

type Schema = v.GenericSchema<unknown, unknown>

/** An array with a hole in the middle. */
const holey = Object.assign(['a'], { 2: 'cd' })
const HUGE = 'x'.repeat(100_000)

/** Values that tell rules apart: bounds and beyond, look-alikes, boxes, holes. */
const awkward: readonly unknown[] = [
  ...[NaN, -0, 0, 1, -1, 0.5, 2, 3, 5, 1e21, Number.MAX_SAFE_INTEGER + 1, Infinity, -Infinity, Number.MIN_VALUE],
  ...['', 'a', 'ab', 'abc', 'abcdef', ' ', ' a ', '1', 'NaN', '\u0000', '😀', '\ud800', HUGE],
  ...[null, undefined, true, false, 0n, 1n, Symbol('s'), Symbol.iterator],
  ...[Object(1), Object('ab'), Object(true), Object(1n), Object(Symbol.iterator)],
  ...[[], ['ab'], ['a', 'b', 'c'], [1], [null], [undefined], new Array(2), holey, [['ab']]],
  ...[{}, { length: 2 }, { valueOf: () => 1 }, { toString: () => 'ab' }, () => 1, new Date(0), new Map(), /x/],
]

const values = fc.oneof(
  fc.constantFrom(...awkward),
  fc.double(),
  fc.integer({ min: -4, max: 6 }),
  fc.string({ maxLength: 8 }),
  fc.array(fc.oneof(fc.constantFrom(...awkward), fc.string({ maxLength: 4 })), { maxLength: 4 }),
)

const small = fc.integer({ min: -2, max: 5 })
const size = fc.integer({ min: 0, max: 4 })

/** Rules of numbers, as pipes have them: bounds, and things no shortcut may claim to know. */
const numberRule = fc.oneof(
  small.map((n) => v.minValue(n)),
  small.map((n) => v.maxValue(n)),
  small.map((n) => v.gtValue(n)),
  small.map((n) => v.ltValue(n)),
  fc.integer({ min: 1, max: 3 }).map((n) => v.multipleOf(n)),
  fc.constantFrom(v.integer(), v.safeInteger(), v.finite(), v.notValue(1), v.value(2), v.description('a number')),
  fc.constantFrom(
    v.check((n: number) => n !== 2),
    v.transform((n: number) => Math.abs(n)),
  ),
) as fc.Arbitrary<v.PipeItem<number, number, v.BaseIssue<unknown>>>

/** The same for whatever has a length. */
const lengthRule = fc.oneof(
  size.map((n) => v.minLength(n)),
  size.map((n) => v.maxLength(n)),
  size.map((n) => v.length(n)),
  size.map((n) => v.notLength(n)),
  fc.constantFrom(v.nonEmpty(), v.empty(), v.title('a thing with a length')),
)

const stringRule = fc.oneof(
  lengthRule,
  fc.constantFrom(
    v.trim(),
    v.toUpperCase(),
    v.regex(/^a/),
    v.email(),
    v.startsWith('a'),
    v.minValue('ab'),
    v.minBytes(2),
    v.brand('Name'),
    v.readonly(),
    v.picklist(['ab', 'a']),
    v.check((s: string) => s !== 'ab'),
  ),
) as fc.Arbitrary<v.PipeItem<string, string, v.BaseIssue<unknown>>>

function piped(base: fc.Arbitrary<unknown>, rule: fc.Arbitrary<unknown>): fc.Arbitrary<Schema> {
  const pipe = v.pipe as unknown as (...items: unknown[]) => Schema
  const once = fc.tuple(base, fc.array(rule, { maxLength: 3 })).map(([first, rules]) => pipe(first, ...rules))
  // A pipe may start with a pipe.
  return fc.oneof(
    base as fc.Arbitrary<Schema>,
    once,
    fc.tuple(once, fc.array(rule, { maxLength: 2 })).map(([first, rules]) => pipe(first, ...rules)),
  )
}

enum Unit {
  C = 'C',
  F = 'F',
}
enum Level {
  Low,
  High,
}

const strings = piped(fc.constant(v.string()), stringRule)
const numbers = piped(fc.constant(v.number()), numberRule)
const choices = piped(
  fc.constantFrom<unknown>(
    v.literal('ab'),
    v.literal(0),
    v.literal(-0),
    v.literal(NaN),
    v.literal(1n),
    v.literal(true),
    v.picklist(['a', 'ab', 'abcdef']),
    v.picklist([0, 1, NaN]),
    v.picklist([]),
    v.enum(Unit),
    v.enum(Level),
  ),
  stringRule,
)
const plain: fc.Arbitrary<Schema> = fc.oneof(
  strings,
  numbers,
  choices,
  fc.constantFrom<Schema>(v.boolean(), v.bigint(), v.null(), v.undefined(), v.any(), v.nan(), v.date()),
  fc.constantFrom<Schema>(v.fallback(v.number(), 1), v.fallback(v.pipe(v.string(), v.minLength(2)), 'ab')),
)

/** null and undefined around a schema, with and without something in their place, and rules behind it. */
function around(inner: fc.Arbitrary<Schema>): fc.Arbitrary<Schema> {
  const wraps: ((s: Schema) => Schema)[] = [
    (s) => v.nullable(s),
    (s) => v.optional(s),
    (s) => v.nullish(s),
    (s) => v.undefinedable(s),
    (s) => v.exactOptional(s),
    (s) => v.nonOptional(s),
    (s) => v.nonNullish(s),
    (s) => v.nullable(s, 'ab'),
    (s) => v.optional(s, 'ab'),
    (s) => v.optional(s, () => 2),
    (s) => v.optional(s, undefined),
    (s) => v.nullish(s, null),
    (s) => v.pipe(v.optional(s, 'ab') as unknown as v.GenericSchema<string>, v.minLength(2)),
    (s) => v.pipe(v.nullable(s, 3) as unknown as v.GenericSchema<number>, v.minValue(1)),
    (s) => v.array(s),
    (s) => v.pipe(v.array(s), v.minLength(1), v.maxLength(2)),
    (s) =>
      v.pipe(
        v.array(s),
        v.checkItems((item) => item !== 'ab'),
      ),
    (s) => v.lazy(() => s),
    (s) => v.union([s, v.literal('other')]),
  ]
  return fc.tuple(inner, fc.constantFrom(...wraps)).map(([schema, wrap]) => wrap(schema))
}

/** A schema as a failure report should show it. */
function named(schema: Schema): Schema {
  interface About {
    readonly type: string
    readonly pipe?: readonly About[]
    readonly wrapped?: About
    readonly item?: About
    readonly requirement?: unknown
    readonly default?: unknown
  }
  const text = ({ type, pipe, wrapped, item, requirement, default: other }: About, whole = true): string =>
    pipe && whole
      ? `pipe(${pipe.map((part, i) => text(part, i > 0 || part.pipe !== pipe)).join(', ')})`
      : `${type}(${[wrapped && text(wrapped), item && text(item), requirement, other].filter((x) => x !== undefined)})`
  return Object.defineProperty(schema, fc.toStringMethod, {
    configurable: true,
    value: () => text(schema as unknown as About),
  })
}

const schemas = fc.oneof(plain, around(plain), around(around(plain))).map(named)

/** What valibot says, or undefined where it cannot (a rule for strings that was given a number, say). */
function ask(schema: Schema, value: unknown): { ok: boolean; output: unknown } | undefined {
  try {
    const result = v.safeParse(schema, value)
    return { ok: result.success, output: result.output }
  } catch {
    return undefined
  }
}

test('law: a shortcut says yes only where the schema does, and only to values it leaves alone', () => {
  let agreed = 0
  fc.assert(
    fc.property(schemas, fc.array(values, { minLength: 20, maxLength: 40 }), (schema, tried) => {
      const { fits } = defineField('f', schema)
      if (fits === undefined) return
      for (const value of tried) {
        const truth = ask(schema, value)
        if (truth === undefined || !fits(value)) continue
        agreed++
        expect(truth.ok).toBe(true)
        // An array is copied by the schema, so its parts are compared; everything else is the very same.
        if (Array.isArray(value)) expect(truth.output).toEqual(value)
        else expect(truth.output).toBe(value)
      }
    }),
    { numRuns: 3000 },
  )
  expect(agreed).toBeGreaterThan(1000)
})

test('law: a field accepts what its schema accepts, and gives out what its schema gives out', () => {
  let [yes, no] = [0, 0]
  fc.assert(
    fc.property(schemas, fc.array(values, { minLength: 10, maxLength: 20 }), (schema, tried) => {
      // As a user sees it: a model is made with some value that fits, then written.
      const first = awkward.find((value) => {
        const truth = ask(schema, value)
        return truth?.ok && !['function', 'symbol'].includes(typeof truth.output) && typeof truth.output !== 'object'
      })
      let definition: ReturnType<typeof defineModel<{ f: Schema }>>
      try {
        definition = defineModel('m', { f: schema }, { initial: { f: first } })
      } catch (error) {
        if (error instanceof DefinitionError) return
        throw error
      }
      const model = createStore({ state: [definition] }).get(definition)
      for (const value of tried.filter((value) => typeof value !== 'object' && typeof value !== 'function')) {
        const truth = ask(schema, value)
        if (truth === undefined || typeof truth.output === 'symbol' || typeof truth.output === 'object') continue
        const before = model.f
        if (truth.ok) {
          model.f = value
          // A value equal to the old one is not a change, and what was read before fits as it is.
          expect(Object.is(model.f, truth.output) || Object.is(value, before)).toBe(true)
          yes++
        } else if (!Object.is(value, before)) {
          expect(() => {
            model.f = value
          }).toThrow(ValidationError)
          expect(model.f).toBe(before)
          no++
        }
      }
    }),
    { numRuns: 600 },
  )
  expect(yes).toBeGreaterThan(300)
  expect(no).toBeGreaterThan(300)
})

/** A model of one field, and what happens on a write. */
function written(schema: Schema, initial: unknown, value: unknown): unknown {
  const definition = defineModel('m', { f: schema }, { initial: { f: initial } })
  const model = createStore({ state: [definition] }).get(definition)
  model.f = value
  return model.f
}

test('rules behind an enum are kept', () => {
  expect(() => written(v.pipe(v.enum(Unit), v.minLength(2)) as Schema, 'C', 'F')).toThrow(DefinitionError)
})

test('a subclass of Array is refused with its path also where a shortcut knows the items', () => {
  class Stack extends Array<string> {}
  const error = caught(() => written(v.pipe(v.array(v.string()), v.minLength(0)), [], Stack.from(['a'])))
  // valibot copies arrays, so that a schema may make it plain; a shortcut may not let it through as it is.
  if (error !== undefined) expect(error).toBeInstanceOf(ValidationError)
})

test('accept answers every reason, with paths that start with the field', () => {
  const schema = v.object({ a: v.string(), b: v.object({ c: v.array(v.number()) }) })
  const verdict = accept(defineField('f', schema), { a: 1, b: { c: [1, 'x'] } }) as { issues: { path: unknown }[] }
  expect(verdict.issues.map(({ path }) => path)).toEqual([
    ['f', 'a'],
    ['f', 'b', 'c', 1],
  ])
})

function caught(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  return undefined
}
