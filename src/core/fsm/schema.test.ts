import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { defineFsm, type FsmDefinition, FsmDefinitionError } from './index.ts'
import schema from './schema.json' with { type: 'json' }

type Schema = { [key: string]: unknown }

/** As much of JSON Schema as the file uses; any other keyword is an error. */
function accepts(one: Schema, value: unknown): boolean {
  const keywords: Record<string, (rule: never) => boolean> = {
    $ref: (ref: string) =>
      accepts((schema.definitions as Record<string, Schema>)[ref.replace('#/definitions/', '')]!, value),
    type: (type: string) => {
      if (type === 'array') return Array.isArray(value)
      if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
      if (type === 'integer') return Number.isInteger(value)
      return typeof value === type && (type !== 'number' || Number.isFinite(value))
    },
    required: (keys: string[]) =>
      typeof value !== 'object' || value === null || keys.every((key) => Object.hasOwn(value, key)),
    properties: (rules: Record<string, Schema>) =>
      typeof value !== 'object' ||
      value === null ||
      Object.entries(rules).every(([key, rule]) => !Object.hasOwn(value, key) || accepts(rule, (value as Schema)[key])),
    additionalProperties: () =>
      typeof value !== 'object' ||
      value === null ||
      Object.keys(value).every((key) => Object.hasOwn(one.properties as object, key)),
    items: (rule: Schema) => !Array.isArray(value) || value.every((item) => accepts(rule, item)),
    minItems: (min: number) => !Array.isArray(value) || value.length >= min,
    anyOf: (rules: Schema[]) => rules.some((rule) => accepts(rule, value)),
    enum: (values: unknown[]) => values.includes(value),
    pattern: (pattern: string) => typeof value !== 'string' || new RegExp(pattern).test(value),
    exclusiveMinimum: (min: number) => typeof value !== 'number' || value > min,
    minimum: (min: number) => typeof value !== 'number' || value >= min,
    maximum: (max: number) => typeof value !== 'number' || value <= max,
  }
  const notes = ['$schema', 'title', 'description', 'default', 'definitions']
  return Object.entries(one).every(
    ([key, rule]) => notes.includes(key) || (keywords[key] as (rule: unknown) => boolean)(rule),
  )
}

describe('the JSON Schema says what the validator says of the form', { timeout: 60_000 }, () => {
  const shapely = (value: unknown) => {
    try {
      defineFsm(value as FsmDefinition)
      return true
    } catch (error) {
      if (!(error instanceof FsmDefinitionError)) throw error
      return error.problems.every(({ kind }) => kind !== 'shape')
    }
  }
  test('for the recorded definitions and the broken ones', () => {
    const lines = readFileSync(join(import.meta.dirname, 'vectors/definitions.jsonl'), 'utf8')
      .trim()
      .split('\n')
    const fixtures = join(import.meta.dirname, 'fixtures')
    // What holds prototype keys is refused before its form is looked at; what does not parse has none.
    const files = readdirSync(fixtures).filter((file) => /^(0|1|2|30|31|32|33).*definition$/.test(file))
    const all = [
      ...lines.map((line) => JSON.parse(line).definition),
      ...files.map((file) => parse(readFileSync(join(fixtures, file), 'utf8'))),
    ]
    const verdicts = all.map((one) => accepts(schema, one))
    expect(verdicts).toEqual(all.map(shapely))
    expect(new Set(verdicts).size).toBe(2)
  })
  test('for definitions with anything anywhere', () => {
    const odd = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('A', 'B', 'go') },
      fc.constantFrom<unknown>(
        null,
        true,
        0,
        -1,
        1.5,
        5,
        '',
        'a b',
        '\u0085',
        '\u00a0',
        'é',
        [],
        ['A'],
        ['A', 1],
        [''],
        {},
        { seconds: 1, destination: 'A' },
        { seconds: 1, destination: 'A', x: 1 },
        { seconds: 0 },
        { strict_mode: true },
        { strict_mode: 1 },
        { retry_attempts: 2 },
        { retry_attempts: 2 ** 60 },
        { retry_attempts: 0.5 },
        { version: 1 },
        { default_fallback: [] },
      ),
    )
    const record = (keys: string[]) =>
      fc.record(Object.fromEntries(keys.map((key) => [key, odd])), { requiredKeys: [] })
    const state = record(['name', 'type', 'on_enter', 'on_exit', 'timeout', 'extra'])
    const transition = record(['trigger', 'source', 'dest', 'guards', 'actions', 'extra'])
    const root = fc.record(
      {
        states: fc.oneof(odd, fc.array(fc.oneof(state, odd), { maxLength: 2 })),
        transitions: fc.oneof(odd, fc.array(transition, { maxLength: 2 })),
        meta: odd,
        error_policy: odd,
        extra: odd,
      },
      { requiredKeys: ['states', 'transitions'] },
    )
    const sound = fc.record(
      {
        states: fc.array(
          fc.record({ name: fc.constantFrom('A', 'a b'), on_enter: odd, timeout: odd }, { requiredKeys: ['name'] }),
          { maxLength: 1 },
        ),
        transitions: fc.array(
          fc.record(
            { trigger: odd, source: odd, dest: odd, guards: odd },
            { requiredKeys: ['trigger', 'source', 'dest'] },
          ),
          { maxLength: 1 },
        ),
        meta: odd,
      },
      { requiredKeys: ['states', 'transitions'] },
    )
    fc.assert(
      fc.property(fc.oneof(root, sound), (value) => {
        expect(accepts(schema, value)).toBe(shapely(value))
      }),
      { numRuns: 3000 },
    )
  })
})
