import { type } from 'arktype'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import { createStore, type Definition, defineModel, type Input, type Model, type Output } from '../index.ts'

const Telemetry = defineModel(
  'telemetry',
  {
    temperature: v.pipe(v.number(), v.minValue(-40), v.maxValue(125)),
    unit: v.picklist(['C', 'F']),
    tags: v.array(v.string()),
  },
  {
    initial: { temperature: 20, unit: 'C', tags: [] },
    computed: { fahrenheit: (t) => (t.temperature * 9) / 5 + 32, label: (t) => `${t.temperature} ${t.unit}` },
    check: (t) => t.unit === 'C' || t.temperature > -100 || 'too cold for F',
    version: 2,
    migrate: { 1: (old) => ({ ...old, tags: [] }) },
    redact: ['tags'],
    expose: [],
    transient: [],
  },
)
const telemetry = createStore({ state: [Telemetry] }).get(Telemetry)

// Fields that take in other than they give out.
const Event = defineModel(
  'event',
  {
    at: v.pipe(
      v.union([v.string(), v.date()]),
      v.transform((x) => new Date(x)),
    ),
    title: v.optional(v.string(), 'untitled'),
    note: v.optional(v.string()),
    seats: v.nullable(v.number()),
  },
  { initial: { at: '2024-01-01', seats: null } },
)
const event = createStore({ state: [Event] }).get(Event)

test('the accessors have the output types, exactly, and can be written', () => {
  expectTypeOf(telemetry.temperature).toEqualTypeOf<number>()
  expectTypeOf(telemetry.unit).toEqualTypeOf<'C' | 'F'>()
  expectTypeOf(telemetry.tags).toEqualTypeOf<string[]>()
  expectTypeOf(event.at).toEqualTypeOf<Date>()
  expectTypeOf(event.title).toEqualTypeOf<string>()
  expectTypeOf(event.note).toEqualTypeOf<string | undefined>()
  expectTypeOf(event.seats).toEqualTypeOf<number | null>()
  telemetry.temperature = 30
  telemetry.unit = 'F'
  telemetry.tags = ['a']
  event.seats = 3
})

test('computed values have what their functions answer, and are read-only', () => {
  expectTypeOf(telemetry.fahrenheit).toEqualTypeOf<number>()
  expectTypeOf(telemetry.label).toEqualTypeOf<string>()
  const writes = () => {
    // @ts-expect-error what is derived cannot be written
    telemetry.fahrenheit = 3
    // @ts-expect-error nor set
    telemetry.set({ fahrenheit: 3 })
  }
  expectTypeOf(writes).toBeFunction()
})

test('a wrong field and a wrong type are type errors', () => {
  const writes = () => {
    // @ts-expect-error no such field
    telemetry.temprature = 3
    // @ts-expect-error a number is asked for
    telemetry.temperature = '3'
    // @ts-expect-error one of C and F
    telemetry.unit = 'K'
    // @ts-expect-error a list of strings
    telemetry.tags = [1]
    // @ts-expect-error no such field
    telemetry.set({ temprature: 3 })
    // @ts-expect-error a number is asked for
    telemetry.set({ temperature: '3' })
    // @ts-expect-error no such field
    telemetry.peek('temprature')
    // @ts-expect-error no such field to read
    telemetry.nothing
    // @ts-expect-error counted by the model alone
    telemetry.revision = 3
  }
  expectTypeOf(writes).toBeFunction()
})

test('the members', () => {
  expectTypeOf(telemetry.peek('unit')).toEqualTypeOf<'C' | 'F'>()
  expectTypeOf(telemetry.revision).toEqualTypeOf<number>()
  expectTypeOf(telemetry.toJSON()).toEqualTypeOf<{ temperature: number; unit: 'C' | 'F'; tags: string[] }>()
  expectTypeOf(telemetry.listen).toEqualTypeOf<(fn: () => void) => () => void>()
  expectTypeOf(telemetry.reset).toEqualTypeOf<() => void>()
  expectTypeOf(telemetry.set).parameter(0).toEqualTypeOf<{ temperature?: number; unit?: 'C' | 'F'; tags?: string[] }>()
})

test('set and initial take the input types', () => {
  expectTypeOf(event.set).parameter(0).toEqualTypeOf<{
    at?: string | Date
    title?: string | undefined
    note?: string | undefined
    seats?: number | null
  }>()
  event.set({ at: '2024-01-01', title: undefined })
  const writes = () => {
    // @ts-expect-error neither a string nor a date
    event.set({ at: 7 })
    // @ts-expect-error null is not among its inputs
    event.set({ title: null })
  }
  expectTypeOf(writes).toBeFunction()
  type Fields = (typeof Event)['fields']
  expectTypeOf<Input<Fields>>().toEqualTypeOf<{
    at: string | Date
    seats: number | null
    title?: string | undefined
    note?: string | undefined
  }>()
  expectTypeOf<Output<Fields>>().toEqualTypeOf<{
    at: Date
    title: string
    note: string | undefined
    seats: number | null
  }>()
})

test('initial is checked against the fields', () => {
  const fields = { a: v.number(), b: v.optional(v.string()) }
  const define = () => {
    defineModel('m', fields, { initial: { a: 1 } })
    // @ts-expect-error a is missing
    defineModel('m', fields, { initial: { b: 'x' } })
    // @ts-expect-error a is a number
    defineModel('m', fields, { initial: { a: 'x' } })
    // @ts-expect-error there is no c
    defineModel('m', fields, { initial: { a: 1, c: 2 } })
    // @ts-expect-error initial is missing
    defineModel('m', fields, {})
  }
  expectTypeOf(define).toBeFunction()
})

test('options name fields, and functions get the outputs, read-only', () => {
  const fields = { a: v.number(), b: v.string() }
  const define = () => {
    // @ts-expect-error no such field
    defineModel('m', fields, { initial: { a: 1, b: '' }, redact: ['c'] })
    // @ts-expect-error no such field
    defineModel('m', fields, { initial: { a: 1, b: '' }, transient: ['c'] })
    // @ts-expect-error no such field
    defineModel('m', fields, { initial: { a: 1, b: '' }, expose: ['c'] })
    // @ts-expect-error a check answers true, false or words
    defineModel('m', fields, { initial: { a: 1, b: '' }, check: () => 7 })
    // @ts-expect-error a field is a Standard Schema
    defineModel('m', { a: 'number' }, { initial: { a: 1 } })
    defineModel('m', fields, {
      initial: { a: 1, b: '' },
      computed: {
        c: (m) => {
          expectTypeOf(m).toEqualTypeOf<Readonly<{ a: number; b: string }>>()
          // @ts-expect-error what is given cannot be written
          m.a = 2
          return m.b.length
        },
      },
      check: (m) => {
        expectTypeOf(m.a).toEqualTypeOf<number>()
        expectTypeOf(m.c).toEqualTypeOf<number>()
        // @ts-expect-error what is given cannot be written
        m.a = 2
        // @ts-expect-error no such field
        return m.d === 1
      },
    })
  }
  expectTypeOf(define).toBeFunction()
})

test('zod and arktype are inferred alike', () => {
  const Mixed = defineModel(
    'mixed',
    { z: z.object({ n: z.number().default(1) }), a: type({ name: 'string', 'age?': 'number' }), c: z.coerce.number() },
    { initial: { z: {}, a: { name: 'x' }, c: '7' } },
  )
  const mixed = createStore({ state: [Mixed] }).get(Mixed)
  expectTypeOf(mixed.z).toEqualTypeOf<{ n: number }>()
  expectTypeOf(mixed.a).toEqualTypeOf<{ name: string; age?: number }>()
  expectTypeOf(mixed.c).toEqualTypeOf<number>()
})

test('a definition is one of its live model', () => {
  type Fields = { a: v.NumberSchema<undefined> }
  const One = defineModel('one', { a: v.number() }, { initial: { a: 1 } })
  const store = createStore({ state: [One] })
  expectTypeOf(One).toExtend<Definition<Model<Fields, Record<never, never>>>>()
  expectTypeOf(store.get(One).a).toEqualTypeOf<number>()
  expectTypeOf(store.load(One).a).toEqualTypeOf<number>()
  expectTypeOf(One.name).toEqualTypeOf<string>()
})
