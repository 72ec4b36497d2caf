import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import type { ValidationError } from '../index.ts'
import { assigning, caught } from './fixtures/scenes.ts'

/** A Standard Schema of our own. */
function schemaOf<T>(validate: (value: unknown) => StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>) {
  return { '~standard': { version: 1, vendor: 'test', validate } } as StandardSchemaV1<T, T>
}

/** What a definition promises of the models made of it. */
export const definitions: Suite = (library) => {
  const { collection, defineModel, ValidationError } = library

  const Paths = defineModel(
    'paths',
    {
      f: schemaOf((value) =>
        value === 'bad'
          ? { issues: [{ message: 'no', path: [{ key: 'a' }, 'b', 0] }, { message: 'nor this' }] }
          : { value },
      ),
    },
    { initial: { f: 'good' } },
  )
  const callable = Object.assign(
    () => {},
    schemaOf((value) => ({ value })),
  )
  const Callable = defineModel('callable', { f: callable as unknown as StandardSchemaV1 }, { initial: { f: 1 } })
  const Late = defineModel(
    'late',
    { f: schemaOf((value) => (value === 0 ? { value } : Promise.reject(new Error('late')))) },
    { initial: { f: 0 } },
  )
  const settling: [StandardSchemaV1, unknown, unknown][] = [
    [v.pipe(v.string(), v.trim(), v.toLowerCase()), ' AbC ', 'abc'],
    [v.optional(v.string(), 'none'), undefined, 'none'],
    [
      v.union([
        v.date(),
        v.pipe(
          v.string(),
          v.transform((s) => new Date(s)),
        ),
      ]),
      '2024-01-01',
      new Date('2024-01-01'),
    ],
    [v.map(v.string(), v.set(v.number())), new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]])],
    [v.object({ a: v.array(v.nullable(v.bigint())) }), { a: [1n, null], b: 1 }, { a: [1n, null] }],
    [v.any(), /x/gi, /x/gi],
    [v.number(), -0, -0],
    [v.any(), NaN, NaN],
  ]
  const Settling = settling.map(([schema, initial], at) =>
    defineModel(`settling${at}`, { f: schema }, { initial: { f: initial } as never }),
  )
  const ring: { me?: object } = {}
  ring.me = ring
  const Ring = defineModel('ring', { f: v.any() }, { initial: { f: ring } })

  // How often the schema was asked, on this side.
  let asked = 0
  const counting = schemaOf((value) => {
    asked++
    return { value }
  })
  const Counted = defineModel('counted', { f: counting }, { initial: { f: [1] as never } })
  const Many = collection(defineModel('many', { f: counting }, { initial: { f: [1] as never } }))
  const Trimmed = defineModel('trimmed', { f: v.pipe(v.string(), v.trim()) }, { initial: { f: ' x ' } })
  const Empty = defineModel('empty', {}, { initial: {} })
  const Empties = collection(defineModel('empties', {}, { initial: {} }))

  return {
    'any Standard Schema works, whatever form its paths have': {
      state: [Paths],
      async here({ get, expect }) {
        const model = get(Paths)
        await model.set({ f: 'better' })
        expect(model.f).toBe('better')
        const { issues } = await caught<ValidationError>(() => model.set({ f: 'bad' }))
        expect(issues).toEqual([
          { path: ['f', 'a', 'b', 0], message: 'no' },
          { path: ['f'], message: 'nor this' },
        ])
      },
    },
    'a schema that is a function is one too': {
      state: [Callable],
      async here({ get, expect }) {
        await get(Callable).set({ f: 2 })
        expect(get(Callable).f).toBe(2)
      },
    },
    'a schema that turns asynchronous later refuses that write, and its own failure harms nobody': {
      state: [Late],
      there: assigning(Late),
      async here({ get, expect, act, errors }) {
        for (const f of [1, [1]]) {
          const error = await caught<ValidationError>(() => get(Late).set({ f }))
          expect(error).toBeInstanceOf(ValidationError)
          expect(error).toMatchObject({ model: 'late', field: 'f', issues: [{ path: ['f'] }] })
        }
        await expect(act('assign', 'f', 2)).rejects.toThrow('asynchronous')
        expect(get(Late).f).toBe(0)
        expect(await errors()).toEqual([])
      },
    },
    'a schema that settles is fine, whatever it gives out': {
      state: [...Settling, Ring],
      async here({ get, expect }) {
        for (const [at, [, input, output]] of settling.entries()) {
          const model = get(Settling[at]!)
          expect(model.f).toEqual(output)
          await model.set({ f: input })
          expect(model.f).toEqual(output)
        }
        const { f } = get(Ring)
        expect((f as typeof ring).me).toBe(f)
      },
    },
    'initial is validated once, at definition; stores and rows ask nothing again': {
      state: [Counted, Many],
      there({ get }) {
        asked = 0
        return {
          add() {
            for (let i = 0; i < 5; i++) get(Many).add()
          },
          asked: () => asked,
        }
      },
      async here({ get, expect, act }) {
        await act('add')
        await get(Counted).reset()
        await get(Many).add({}, 'x')
        await get(Many).get('x')!.reset()
        expect(await act('asked')).toBe(0)
        expect([get(Counted).f, get(Many).size, get(Many).get('x')?.f]).toEqual([[1], 6, [1]])
        await get(Counted).set({ f: 2 as never })
        expect(await act('asked')).toBe(1)
      },
    },
    'initial takes input, and what is read is output': {
      state: [Trimmed],
      async here({ get, expect }) {
        const trimmed = get(Trimmed)
        expect(trimmed.f).toBe('x')
        await trimmed.set({ f: 'y' })
        await trimmed.reset()
        expect(trimmed.f).toBe('x')
      },
    },
    'a model may have no fields': {
      state: [Empty, Empties],
      async here({ get, store, expect }) {
        const empty = get(Empty)
        expect([empty.toJSON(), empty.revision]).toEqual([{}, 0])
        await empty.set({})
        await empty.reset()
        expect(await store.snapshot()).toEqual({ 'model/empty': { v: 1, d: {} } })
        expect((await get(Empties).add({}, 'x')).toJSON()).toEqual({})
        expect([...get(Empties).ids]).toEqual(['x'])
      },
    },
  }
}
