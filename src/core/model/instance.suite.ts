import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import type { ValidationError } from '../index.ts'
import { assigning, caught, telemetryOf, watcher } from './fixtures/scenes.ts'

/** A model: what is read of it, what is written to it, what wakes whom. */
export const instances: Suite = (library) => {
  const { defineModel, ValidationError, EscapementError } = library
  const Telemetry = telemetryOf(library)
  const Loose = defineModel('loose', { f: v.any(), g: v.any() }, { initial: { f: NaN, g: null } })
  const Trimmed = defineModel('trimmed', { f: v.pipe(v.string(), v.trim()) }, { initial: { f: 'x' } })
  const watch = watcher(library)
  const first = { temperature: 20, unit: 'C', tags: [] }

  return {
    'a model starts from its initial values': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
        expect(model.toJSON()).toEqual(first)
        expect([model.temperature, model.fahrenheit, model.peek('unit'), [...model.tags]]).toEqual([20, 68, 'C', []])
        expect(model.revision).toBe(0)
        expect(get(Telemetry)).toBe(model)
      },
    },

    // --- reactivity ------------------------------------------------------------------------------------------------

    'an effect runs when a field it read changes, and only then': {
      state: [Telemetry],
      there: assigning(Telemetry),
      async here({ get, expect, act, library }) {
        const model = get(Telemetry)
        const temperature: number[] = []
        const stop = library.effect(() => {
          temperature.push(model.temperature)
        })
        const unit = watch(() => model.unit)
        const both = watch(() => `${model.temperature}${model.unit}`)
        const fahrenheit = watch(() => model.fahrenheit)
        await model.set({ temperature: 30 })
        await act('assign', 'temperature', 31)
        expect([temperature, unit]).toEqual([[20, 30, 31], ['C']])
        await act('assign', 'unit', 'F')
        await model.set({ tags: ['a'] })
        expect([temperature, unit]).toEqual([
          [20, 30, 31],
          ['C', 'F'],
        ])
        expect(both).toEqual(['20C', '30C', '31C', '31F'])
        expect(fahrenheit).toEqual([68, 86, 87.8])
        stop()
        await model.set({ temperature: 32 })
        expect(temperature).toEqual([20, 30, 31])
      },
    },
    'peek, toJSON, revision and snapshot read without subscribing': {
      state: [Telemetry],
      there: assigning(Telemetry),
      async here({ get, store, expect, act }) {
        const model = get(Telemetry)
        const { length } = watch(() => [model.peek('temperature'), model.toJSON(), model.revision, store.snapshot()])
        const runs = watch(() => [model.peek('temperature'), model.toJSON(), model.revision, store.snapshot()])
        await act('assign', 'temperature', 30)
        await model.set({ unit: 'F', tags: ['x'] })
        expect([length, runs.length]).toEqual([1, 1])
        expect(model.peek('temperature')).toBe(30)
        expect(model.peek('tags')).toBe(model.tags)
      },
    },
    'an effect of several writes at once runs once': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
        const seen = watch(() => [model.temperature, model.unit, model.tags.length].join())
        await model.set({ temperature: 1, unit: 'F', tags: ['a'] })
        expect(seen).toEqual(['20,C,0', '1,F,1'])
        await model.reset()
        expect(seen).toEqual(['20,C,0', '1,F,1', '20,C,0'])
      },
    },
    'a write and its way back within one transaction wakes nobody who read it': {
      state: [Telemetry],
      there: ({ get, store, note }) => ({
        there() {
          const model = get(Telemetry)
          store.transaction(() => {
            model.temperature = 99
            note(model.temperature)
            model.temperature = 20
          })
        },
      }),
      async here({ get, expect, act, notes }) {
        const model = get(Telemetry)
        const seen = watch(() => model.temperature)
        await act('there')
        expect(await notes()).toEqual([99])
        expect([seen, model.temperature]).toEqual([[20], 20])
      },
    },

    // --- writing ---------------------------------------------------------------------------------------------------

    'a refused write throws ValidationError before anything changed': {
      state: [Telemetry],
      there: assigning(Telemetry),
      async here({ get, store, expect, act }) {
        const model = get(Telemetry)
        const seen = watch(() => model.temperature)
        let told = 0
        model.listen(() => told++)
        store.listen(() => told++)
        const error = await caught<ValidationError>(() => model.set({ temperature: 900 }))
        expect(error).toBeInstanceOf(ValidationError)
        expect(error).toBeInstanceOf(EscapementError)
        expect(error).toMatchObject({ name: 'ValidationError', model: 'telemetry', field: 'temperature', value: 900 })
        expect(error.code).toBe('MODEL_INVALID')
        expect(error.issues).toEqual([{ path: ['temperature'], message: expect.stringContaining('125') }])
        for (const word of ['telemetry', 'temperature', '125']) expect(error.message).toContain(word)
        await expect(act('assign', 'temperature', -41)).rejects.toThrow('telemetry')
        expect(model.toJSON()).toEqual(first)
        expect([seen, told, model.revision]).toEqual([[20], 0, 0])
      },
    },
    'issues have the path from the model down': {
      state: [Telemetry],
      async here({ get, expect }) {
        const error = await caught<ValidationError>(() => get(Telemetry).set({ tags: ['a', 7, null] as never }))
        expect(error.issues.map(({ path }) => path)).toEqual([
          ['tags', 1],
          ['tags', 2],
        ])
        expect(error.value).toEqual(['a', 7, null])
      },
    },
    'an unknown field throws, however it is written, and nothing is made': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
        const loose = model as unknown as Record<PropertyKey, unknown>
        expect(() => {
          loose.temprature = 3
        }).toThrow(TypeError)
        expect(() => {
          loose[Symbol('x')] = 3
        }).toThrow(TypeError)
        expect(() => {
          Object.setPrototypeOf(loose, {})
        }).toThrow(TypeError)
        expect(() => Object.defineProperty(model, 'temperature', { value: 7 })).toThrow(TypeError)
        for (const values of [{ temprature: 3 }, { fahrenheit: 3 }, { revision: 3 }, { toString: 1 }]) {
          const error = await caught<ValidationError>(() => model.set({ temperature: 50, ...values } as never))
          expect(error).toBeInstanceOf(ValidationError)
          expect(error.issues[0]?.path).toEqual(Object.keys(values))
        }
        for (const polluted of ['{"__proto__":3}', '{"temperature":50,"__proto__":{"unit":"F"}}']) {
          const error = await caught<ValidationError>(() => model.set(JSON.parse(polluted)))
          expect(error).toBeInstanceOf(ValidationError)
          expect(error.issues[0]?.path).toEqual(['__proto__'])
        }
        expect(model.toJSON()).toEqual(first)
        expect(({} as { unit?: string }).unit).toBe(undefined)
      },
    },
    'what is computed, and what an instance is made of, cannot be written': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
        const { set } = model
        for (const name of ['fahrenheit', 'revision', '$id', 'set', 'peek', 'toJSON', 'listen', 'reset']) {
          expect(() => {
            ;(model as unknown as Record<string, unknown>)[name] = 7
          }, name).toThrow(TypeError)
        }
        expect([model.fahrenheit, model.revision, model.set]).toEqual([68, 0, set])
      },
    },
    'set writes several fields, all or none, and tells every reason': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
        const seen = watch(() => model.temperature)
        const error = await caught<ValidationError>(() =>
          model.set({ temperature: 50, unit: 'K' as 'C', tags: [1] as never }),
        )
        expect(error.issues.map(({ path }) => path)).toEqual([['unit'], ['tags', 0]])
        expect(error).toMatchObject({ field: 'unit', value: 'K' })
        expect(model.toJSON()).toEqual(first)
        expect([seen, model.revision]).toEqual([[20], 0])
        await model.set({ tags: ['z'], temperature: 50 })
        expect(model.toJSON()).toEqual({ temperature: 50, unit: 'C', tags: ['z'] })
        await model.set({})
        expect(model.toJSON()).toEqual({ temperature: 50, unit: 'C', tags: ['z'] })
      },
    },
    'set is one commit: one call of each listener': {
      state: [Telemetry],
      async here({ get, store, expect }) {
        const model = get(Telemetry)
        let told = 0
        model.listen(() => told++)
        store.listen(() => told++)
        await model.set({ temperature: 50, unit: 'F', tags: ['a'] })
        expect(told).toBe(2)
      },
    },
    'reset puts every field back to its initial value, as one commit': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
        await model.set({ temperature: 50, unit: 'F', tags: ['a'] })
        let told = 0
        model.listen(() => told++)
        await model.reset()
        expect(model.toJSON()).toEqual(first)
        expect(told).toBe(1)
        await model.reset()
        expect(told).toBe(1)
      },
    },
    'toJSON is the fields as plain frozen data, in their order; JSON.stringify uses it': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
        expect(JSON.stringify(model)).toBe('{"temperature":20,"unit":"C","tags":[]}')
        await model.set({ tags: ['x'] })
        const plain = model.toJSON()
        expect(JSON.stringify(model)).toBe('{"temperature":20,"unit":"C","tags":["x"]}')
        expect(Object.getPrototypeOf(plain)).toBe(Object.prototype)
        expect(Object.isFrozen(plain)).toBe(true)
        expect(plain.tags).toBe(model.tags)
      },
    },

    // --- what is a change ------------------------------------------------------------------------------------------

    'a value equal to the old one, or the very value that was read, is not a change': {
      state: [Loose],
      there: ({ get }) => ({
        assign(value: unknown) {
          get(Loose).f = value
        },
        again() {
          const model = get(Loose)
          const { f, g } = model
          model.f = f
          model.set({ f, g })
        },
      }),
      async here({ get, expect, act }) {
        const model = get(Loose)
        const seen = watch(() => model.f)
        let told = 0
        model.listen(() => told++)
        const unchanged = async (write: () => unknown) => {
          const before = [model.revision, told, seen.length]
          await write()
          expect([model.revision, told, seen.length]).toEqual(before)
        }
        const changed = async (write: () => unknown) => {
          const [revision, calls, runs] = [model.revision, told, seen.length]
          await write()
          expect(model.revision).toBeGreaterThan(revision)
          expect([told, seen.length]).toEqual([calls + 1, runs + 1])
        }
        const same = async (value: unknown) => {
          await unchanged(() => act('assign', value))
          await unchanged(() => model.set({ f: value, g: null }))
        }
        await same(NaN)
        await changed(() => model.set({ f: 0 }))
        await same(0)
        await changed(() => model.set({ f: -0 }))
        expect(Object.is(model.f, -0)).toBe(true)
        expect(Object.is(seen.at(-1), -0)).toBe(true)
        await same(-0)
        await changed(() => act('assign', 0))
        for (const value of [{ a: [1] }, { a: [1] }, new Date(0)]) {
          await changed(() => act('assign', value))
          await unchanged(() => act('again'))
        }
        expect(model.f).toEqual(new Date(0))
        await changed(() => model.set({ f: undefined }))
        await same(undefined)
      },
    },
    'revision goes up with every change, and only then': {
      state: [Telemetry],
      there: ({ get, store }) => ({
        assign(temperature: number) {
          get(Telemetry).temperature = temperature
        },
        undo() {
          store.transaction(() => {
            get(Telemetry).temperature = 42
            throw new Error('back')
          })
        },
        transact() {
          store.transaction(() => {
            get(Telemetry).temperature = 40
          })
        },
      }),
      async here({ get, expect, act }) {
        const model = get(Telemetry)
        const up = async (write: () => unknown) => {
          const before = model.revision
          await write()
          expect(model.revision).toBeGreaterThan(before)
        }
        await up(() => act('assign', 30))
        await up(() => model.set({ temperature: 31, unit: 'F' }))
        await up(() => model.reset())
        await up(() => act('transact'))
        const { revision } = model
        await model.set({})
        await act('assign', 40)
        await model.set({ temperature: 40 })
        await expect(async () => {
          await model.set({ temperature: 41, unit: 'K' as 'C' })
        }).rejects.toThrow(ValidationError)
        await expect(act('undo')).rejects.toThrow('back')
        expect(model.revision).toBe(revision)
      },
    },
    'an input that comes out of its schema as the old value is not a change': {
      state: [Trimmed],
      there: assigning(Trimmed),
      async here({ get, store, expect, act }) {
        const model = get(Trimmed)
        let told = 0
        store.listen(() => told++)
        await act('assign', 'f', ' x ')
        await model.set({ f: 'x  ' })
        expect([model.f, model.revision, told]).toEqual(['x', 0, 0])
        await model.set({ f: ' y ' })
        expect([model.f, told]).toEqual(['y', 1])
      },
    },
  }
}
