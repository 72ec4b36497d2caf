import * as v from 'valibot'
import type { Library, Scene, Suite } from '../fixtures/suite.ts'
import type { Definition, Model } from '../index.ts'
import { caught, ending } from './fixtures/scenes.ts'

const REFUSED = Symbol('refused')

/** A schema, a first value, and what becomes of some more. */
type Case = readonly [
  schema: v.GenericSchema,
  initial: unknown,
  ...written: (readonly [value: unknown, read: unknown])[],
]

/** An array with a hole in the middle. */
const holey = () => Object.assign(['a'], { 2: 'cd' })
const Percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100))
const Celsius = v.pipe(v.number(), v.minValue(-40), v.maxValue(125))
const beyond = [-40.001, 125.001, NaN, Infinity, -Infinity, '20', null, undefined, Object(20), 20n]

const cases: Readonly<Record<string, readonly Case[]>> = {
  'a pipe that starts with a pipe keeps the rules of both': [
    [v.pipe(v.pipe(v.string(), v.minLength(3)), v.maxLength(5)), 'abc', ['ab', REFUSED], ['abcdef', REFUSED]],
    [v.pipe(v.pipe(v.string(), v.trim()), v.maxLength(5)), 'abc', [' ab ', 'ab']],
    [v.pipe(Percent, v.integer()), 5, [101, REFUSED]],
    [v.nullable(v.pipe(Percent, v.integer())), null, [-1, REFUSED]],
  ],
  'rules behind a choice, and behind a wrapper, are kept': [
    [v.pipe(v.picklist(['a', 'abc']), v.minLength(2)), 'abc', ['a', REFUSED]],
    [v.pipe(v.optional(v.string(), 'abc'), v.minLength(2)), 'abc', ['a', REFUSED]],
    [v.pipe(v.nullable(v.number(), 7), v.minValue(5)), 7, [1, REFUSED]],
    [v.pipe(v.nullish(v.number(), 7), v.maxValue(9)), 7, [10, REFUSED]],
  ],
  'what a schema puts in the place of nothing is put there': [
    [v.optional(v.string(), 'ab'), 'x', [undefined, 'ab']],
    [v.nullable(v.string(), 'ab'), 'x', [null, 'ab']],
    [v.nullish(v.string(), 'ab'), 'x', [null, 'ab']],
    [v.nullable(v.string()), 'x', [null, null]],
    [v.optional(v.string()), 'x', [undefined, undefined]],
  ],
  'what a schema puts in the place of nothing, around another that takes it': [
    [v.nullish(v.nullable(v.string()), 'ab'), 'x', [null, 'ab']],
    [v.optional(v.nullish(v.string()), 'ab'), 'x', [undefined, 'ab']],
  ],
  'bounds count at both ends, and NaN is within none': [
    [Celsius, 0, [-40, -40], [125, 125], ...beyond.map((bad) => [bad, REFUSED] as const)],
    [v.number(), 0, [-0, -0], [Infinity, Infinity]],
  ],
  'an array that only looks right is asked about in full': [
    [
      v.array(v.string()),
      [],
      [
        ['a', 'b'],
        ['a', 'b'],
      ],
      [holey(), REFUSED],
      [['a', 1], REFUSED],
    ],
  ],
}

/** Fields: what their schemas accept, and give out. */
export const fields: Suite = (library) => {
  const { defineModel, ValidationError } = library
  const List = defineModel('list', { f: v.array(v.string()) }, { initial: { f: [] } })

  const scenes = Object.entries(cases).map(([name, all]): [string, Scene] => [name, sceneOf(library, all)])
  return {
    ...Object.fromEntries(scenes),
    'an array with methods of its own, or with elements that change, is seen through': {
      state: [List],
      async here({ get, expect }) {
        const list = get(List)
        const liar = Object.assign([1, 2], { every: () => true, includes: () => false, length: 2 })
        expect(await caught(() => list.set({ f: liar as never }))).toBeInstanceOf(ValidationError)
        expect(list.f).toEqual([])
        // Something else at the second look.
        let looks = 0
        const shifty = Object.defineProperty(['a'], 0, { enumerable: true, get: () => (looks++ < 1 ? 'a' : 42) })
        const error = await caught(() => list.set({ f: shifty })).catch(() => undefined)
        if (error === undefined) expect(list.f).toEqual(['a'])
        else expect([error instanceof ValidationError, list.f]).toEqual([true, []])
      },
    },
  }
}

/** Each value is written in both ways, from where it started. */
function sceneOf({ defineModel, ValidationError }: Library, all: readonly Case[]): Scene {
  const definitions = all.map(([schema, initial], at) =>
    defineModel(`m${at}`, { f: schema }, { initial: { f: initial } as never }),
  ) as unknown as Definition<Model<{ f: v.GenericSchema }>>[]
  return {
    state: definitions,
    there: ({ get }) => ({
      assign: (at: number, value: unknown) =>
        ending(() => {
          get(definitions[at]!).f = value
        }),
    }),
    async here({ get, expect, act }) {
      for (const [at, [, , ...written]] of all.entries()) {
        const model = get(definitions[at]!)
        const start = model.f
        for (const [value, read] of written) {
          if (read === REFUSED) {
            const before = model.f
            expect(await caught(() => model.set({ f: value }))).toBeInstanceOf(ValidationError)
            expect(await act('assign', at, value)).toBe('ValidationError')
            expect(model.f).toBe(before)
            continue
          }
          await model.set({ f: value })
          expect(model.f).toEqual(read)
          await model.reset()
          expect(model.f).toEqual(start)
          expect(await act('assign', at, value)).toBe('done')
          expect(model.f).toEqual(read)
          await model.reset()
        }
      }
    },
  }
}
