import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { collection, createStore, DefinitionError, defineModel, ValidationError } from '../index.ts'

/** What defining throws; fails when it throws nothing, or something else. */
function refusal(define: () => unknown): DefinitionError {
  try {
    define()
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError)
    return error as DefinitionError
  }
  throw new Error('was defined')
}

/** A Standard Schema of our own. */
function schemaOf<T>(validate: (value: unknown) => StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>) {
  return { '~standard': { version: 1, vendor: 'test', validate } } as StandardSchemaV1<T, T>
}

/** Writes `value` to a live model of one field and reads it back. */
function through<S extends StandardSchemaV1>(schema: S, initial: StandardSchemaV1.InferInput<S>, value: unknown) {
  const definition = defineModel('m', { f: schema }, { initial: { f: initial } as never })
  const model = createStore({ state: [definition] }).get(definition) as { f: unknown }
  model.f = value
  return model.f
}

test('a definition has what was asked for', () => {
  const Plain = defineModel('plain', { a: v.number() }, { initial: { a: 1 } })
  expect(Plain).toMatchObject({
    kind: 'model',
    name: 'plain',
    version: 1,
    persist: true,
    key: 'model/plain',
    many: false,
  })
  const fields = { a: v.number(), b: v.string() }
  const Full = defineModel('full', fields, {
    initial: { a: 1, b: '' },
    version: 2,
    migrate: { 1: (old) => old },
    redact: ['a'],
    expose: ['b'],
    transient: ['b'],
    persist: false,
  })
  expect(Full).toMatchObject({ version: 2, persist: false, fields })
  expect([...Full.redact]).toEqual(['a'])
  expect([...Full.expose]).toEqual(['b'])
  expect(Object.isFrozen(Full)).toBe(true)
  expect(createStore({ state: [Plain] }).get(Plain).a).toBe(1)
})

// --- schemas -------------------------------------------------------------------------------------------------------

test('zod works by the same interface', () => {
  const schema = z.object({ name: z.string().trim().min(2), tags: z.array(z.string()).default([]) })
  expect(through(schema, { name: 'Ada' }, { name: ' Bob ' })).toEqual({ name: 'Bob', tags: [] })
  const error = caught(() => through(schema, { name: 'Ada' }, { name: 'Bob', tags: ['x', 7] }))
  expect(error).toBeInstanceOf(ValidationError)
  expect((error as ValidationError).issues).toMatchObject([{ path: ['f', 'tags', 1], message: expect.any(String) }])
})

test('arktype works by the same interface', () => {
  const schema = type({ name: 'string >= 2', 'tags?': 'string[]' })
  expect(through(schema, { name: 'Ada' }, { name: 'Bob', tags: ['x'] })).toEqual({ name: 'Bob', tags: ['x'] })
  const error = caught(() => through(schema, { name: 'Ada' }, { name: 'Bob', tags: ['x', 7] }))
  expect(error).toBeInstanceOf(ValidationError)
  expect((error as ValidationError).issues).toMatchObject([{ path: ['f', 'tags', 1], message: expect.any(String) }])
})

test('a schema that answers with a promise is a DefinitionError', () => {
  const own = schemaOf(async (value) => ({ value }))
  const failing = schemaOf(() => Promise.reject(new Error('never heard of')))
  const ours = v.pipeAsync(
    v.string(),
    v.checkAsync(async () => true),
  )
  const theirs = z.string().refine(async () => true)
  // Nothing but rules that a shortcut knows, and yet a promise.
  const known = v.pipeAsync(v.string(), v.minLength(1))
  for (const schema of [own, failing, ours, known, v.arrayAsync(v.string()), theirs] as StandardSchemaV1[]) {
    const error = refusal(() => defineModel('m', { f: schema }, { initial: { f: 'x' } as never }))
    expect(error.message).toContain('asynchronous')
    expect(error.message).toMatch(/\bf\b/)
  }
})

test('a schema that changes or refuses its own output is a DefinitionError', () => {
  const grows = v.pipe(
    v.string(),
    v.transform((s) => `${s}!`),
  )
  const changesType = v.pipe(v.string(), v.transform(Number), v.number())
  for (const [schema, initial] of [
    [grows, 'x'],
    [v.array(grows), ['x']],
    [v.object({ a: v.map(v.string(), grows) }), { a: new Map([['k', 'x']]) }],
    [changesType, '7'],
  ] as const) {
    const error = refusal(() => defineModel('m', { f: schema as StandardSchemaV1 }, { initial: { f: initial } }))
    expect(error.message).toMatch(/\bf\b/)
    expect(error.message).toContain('own output')
  }
})

test('law: every value a model holds is accepted by its schema, and left as it is', () => {
  const fields = {
    name: v.pipe(v.string(), v.trim(), v.maxLength(5)),
    level: v.optional(v.pipe(v.number(), v.minValue(0)), 3),
    tags: v.array(v.pipe(v.string(), v.toUpperCase())),
  }
  const Law = defineModel('law', fields, { initial: { name: '', tags: [] } })
  const law = createStore({ state: [Law] }).get(Law)
  const inputs = fc.record(
    {
      name: fc.string({ maxLength: 8 }),
      level: fc.option(fc.double(), { nil: undefined }),
      tags: fc.array(fc.string()),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(inputs, (input) => {
      const before = law.toJSON()
      try {
        law.set(input as never)
      } catch (error) {
        expect(error).toBeInstanceOf(ValidationError)
        expect(law.toJSON()).toEqual(before)
      }
      for (const [field, schema] of Object.entries(fields)) {
        expect(v.parse(schema as v.GenericSchema, law.peek(field as keyof typeof fields))).toEqual(
          law.peek(field as keyof typeof fields),
        )
      }
    }),
  )
})

// --- initial -------------------------------------------------------------------------------------------------------

test('initial is validated once, at definition', () => {
  let asked = 0
  const counting = schemaOf((value) => {
    asked++
    return { value }
  })
  defineModel('counted', { f: counting }, { initial: { f: [1] as never } })
  // Once for the value, and once more for the schema's promise about its own output.
  expect(asked).toBeLessThanOrEqual(2)
})

test('initial is copied: what the caller does to it later changes nothing', () => {
  const list = [{ a: 1 }]
  const Copied = defineModel('copied', { f: v.any() }, { initial: { f: list } })
  list[0]!.a = 2
  list.push({ a: 3 })
  expect(createStore({ state: [Copied] }).get(Copied).f).toEqual([{ a: 1 }])
})

// --- what cannot be defined ----------------------------------------------------------------------------------------

test('one DefinitionError tells every problem at once', () => {
  const error = refusal(() =>
    defineModel(
      '1 bad name',
      {
        a: v.number(),
        b: v.string(),
        $c: v.any(),
        set: v.any(),
        async: v.pipeAsync(v.any()) as never,
        grows: v.pipe(
          v.string(),
          v.transform((s) => `${s}!`),
        ),
      },
      {
        initial: { a: 'one', b: 2, unknown: 3, grows: 'x' } as never,
        computed: { a: () => 1, listen: () => 2, __x: () => 3 },
        version: 0,
        redact: ['nobody' as 'a'],
        expose: ['noone' as 'a'],
        transient: ['nothing' as 'a'],
      },
    ),
  )
  const told = [
    ...[
      /name must match/,
      /version/,
      /"\$c" is a reserved name/,
      /"set" is a reserved name/,
      /"listen" is a/,
      /"__x" is a/,
    ],
    ...[/"a" is both/, /"nobody"/, /"noone"/, /"nothing"/, /"unknown"/, /initial "?a\b/, /initial "?b\b/, /\basync\b/],
    ...[/\bgrows\b/, /own output/, /"1 bad name"/],
  ]
  for (const words of told) expect(error.message).toMatch(words)
})

test('names match [A-Za-z][\\w.-]*', () => {
  const named = (name: string) => defineModel(name, { a: v.number() }, { initial: { a: 1 } })
  for (const good of ['a', 'Z', 'a1', 'user.profile', 'x-y_z', `n${'a'.repeat(60)}`])
    expect(named(good).name).toBe(good)
  for (const bad of ['', '1', '_a', '.a', '-', 'a b', 'a/b', 'a\n', 'ä', 'aä', '../a', 'a\u0000', '__proto__', '$a']) {
    expect(refusal(() => named(bad)).message).toContain('its name must match')
  }
})

test('a field, computed or not, cannot be named like an instance member, nor start with $ or __', () => {
  const reserved = [
    ...['$id', '$', '$x', '__', '__x', '__defineGetter__', 'set', 'peek', 'reset', 'toJSON', 'revision', 'listen'],
    ...['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf', 'commit', 'rebase', 'changes'],
  ]
  for (const name of reserved) {
    expect(refusal(() => defineModel('m', { [name]: v.number() }, { initial: { [name]: 1 } })).message).toContain(
      `"${name}" is a reserved name`,
    )
    expect(
      refusal(() => defineModel('m', { a: v.number() }, { initial: { a: 1 }, computed: { [name]: () => 1 } })).message,
    ).toContain(`"${name}" is a reserved name`)
  }
  const proto = Object.defineProperty({}, '__proto__', { enumerable: true, value: v.number() })
  refusal(() => defineModel('m', proto as never, { initial: { ['__proto__']: 1 } as never }))
  for (const fine of [
    '_a',
    'a$',
    'name',
    'id',
    'size',
    'ids',
    'add',
    'value',
    'then',
    'length',
    'prototype',
    '0',
    'é',
  ]) {
    const definition = defineModel('m', { [fine]: v.number() }, { initial: { [fine]: 1 } })
    expect(createStore({ state: [definition] }).get(definition)[fine]).toBe(1)
  }
})

test('a version is a whole number from 1', () => {
  const versioned = (version: number) => defineModel('m', { a: v.number() }, { initial: { a: 1 }, version })
  for (const bad of [0, -1, 1.5, NaN, Infinity, '2' as never]) refusal(() => versioned(bad))
  expect(versioned(7).version).toBe(7)
})

test('what is no value is no initial either, and says where', () => {
  let deep: unknown = []
  for (let i = 0; i < 100_000; i++) deep = [deep]
  for (const bad of [() => 1, Symbol('s'), new Error('x'), deep, { a: new Uint8Array(1) }]) {
    expect(refusal(() => defineModel('m', { f: v.any() }, { initial: { f: bad } })).message).toMatch(/\bf\b/)
  }
})

test('one name is a model or a collection, not both', async () => {
  const One = defineModel('one', { a: v.number() }, { initial: { a: 1 } })
  const Again = defineModel('one', { b: v.number() }, { initial: { b: 1 } })
  refusal(() => createStore({ state: [One, collection(One)] }))
  refusal(() => createStore({ state: [One, Again] }))
  refusal(() => createStore({ state: [collection(One), collection(Again)] }))
  const store = createStore({ state: [One] })
  refusal(() => store.load(collection(One)))
  expect(store.load(One)).toBe(store.get(One))
})

test('a collection is made of a model, and of nothing else', () => {
  const One = defineModel('one', { a: v.number() }, { initial: { a: 1 } })
  expect(collection(One)).toMatchObject({ name: 'one', version: 1, persist: true, key: 'model/one', many: true })
  for (const bad of [collection(One), undefined, null, {}, 'one', () => 1]) refusal(() => collection(bad as never))
})

function caught(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  throw new Error('threw nothing')
}
