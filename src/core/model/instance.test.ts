import { types } from 'node:util'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, type Definition, defineModel, effect, ValidationError } from '../index.ts'

const Telemetry = defineModel(
  'telemetry',
  {
    temperature: v.pipe(v.number(), v.minValue(-40), v.maxValue(125)),
    unit: v.picklist(['C', 'F']),
    tags: v.array(v.string()),
  },
  {
    initial: { temperature: 20, unit: 'C', tags: [] },
    computed: { fahrenheit: (t) => (t.temperature * 9) / 5 + 32 },
    check: (t) => t.unit === 'C' || t.temperature > -100 || 'too cold for F',
  },
)

/** A fresh store with `definition` in it. */
function alone<L>(definition: Definition<L>) {
  const errors: unknown[] = []
  const store = createStore({ state: [definition], onError: (error, { phase }) => errors.push([phase, error]) })
  return { store, model: store.get(definition), errors }
}

/** Runs `read` in an effect; answers what it gave, run by run. */
function watch<T>(read: () => T): { runs: T[]; stop: () => void } {
  const runs: T[] = []
  const stop = effect(() => {
    runs.push(read())
  })
  return { runs, stop }
}

function caught(fn: () => unknown): ValidationError {
  try {
    fn()
  } catch (error) {
    return error as ValidationError
  }
  throw new Error('threw nothing')
}

// --- shape ---------------------------------------------------------------------------------------------------------

test('one accessor per field on a prototype that all of a model share; no Proxy, no own properties', () => {
  const { model } = alone(Telemetry)
  const proto = Object.getPrototypeOf(model)
  for (const name of ['temperature', 'unit', 'tags', 'fahrenheit']) {
    expect(Object.getOwnPropertyDescriptor(proto, name)?.get).toBeTypeOf('function')
  }
  expect(Object.getOwnPropertyDescriptor(proto, 'temperature')?.set).toBeTypeOf('function')
  expect(types.isProxy(model)).toBe(false)
  expect(Reflect.ownKeys(model)).toEqual([])
  void model.temperature
  void model.fahrenheit
  model.listen(() => {})
  expect(Reflect.ownKeys(model)).toEqual([])
  expect(Object.getPrototypeOf(alone(Telemetry).model)).toBe(proto)
  const Rows = collection(Telemetry)
  const rows = createStore({ state: [Rows] }).get(Rows)
  expect(Object.getPrototypeOf(rows.add())).toBe(Object.getPrototypeOf(rows.add()))
})

test('two stores share a definition and nothing else', () => {
  const [a, b] = [alone(Telemetry).model, alone(Telemetry).model]
  const seen = watch(() => b.temperature)
  a.temperature = 50
  a.set({ tags: ['a'] })
  expect(b.toJSON()).toEqual({ temperature: 20, unit: 'C', tags: [] })
  expect(seen.runs).toEqual([20])
  expect(b.revision).toBe(0)
})

// --- reactivity ----------------------------------------------------------------------------------------------------

test('an effect runs when a field it read changes, and only then', () => {
  const { model } = alone(Telemetry)
  const temperature = watch(() => model.temperature)
  const unit = watch(() => model.unit)
  const both = watch(() => `${model.temperature}${model.unit}`)
  model.temperature = 30
  model.temperature = 31
  expect([temperature.runs, unit.runs]).toEqual([[20, 30, 31], ['C']])
  model.unit = 'F'
  model.tags = ['a']
  expect([temperature.runs, unit.runs]).toEqual([
    [20, 30, 31],
    ['C', 'F'],
  ])
  expect(both.runs).toEqual(['20C', '30C', '31C', '31F'])
  temperature.stop()
  model.temperature = 32
  expect(temperature.runs).toEqual([20, 30, 31])
})

test('peek, toJSON, revision and snapshot read without subscribing', () => {
  const { model, store } = alone(Telemetry)
  const runs = watch(() => [model.peek('temperature'), model.toJSON(), model.revision, store.snapshot()]).runs
  model.temperature = 30
  model.set({ unit: 'F', tags: ['x'] })
  expect(runs).toHaveLength(1)
  expect(model.peek('temperature')).toBe(30)
  expect(model.peek('tags')).toBe(model.tags)
})

test('writes see each other at once, and an effect of several runs once', () => {
  const { model } = alone(Telemetry)
  const seen = watch(() => [model.temperature, model.unit, model.tags.length].join())
  model.set({ temperature: 1, unit: 'F', tags: ['a'] })
  expect(seen.runs).toEqual(['20,C,0', '1,F,1'])
  model.reset()
  expect(seen.runs).toEqual(['20,C,0', '1,F,1', '20,C,0'])
})

test('a write and its way back within one transaction wakes nobody who read it', () => {
  const { model, store } = alone(Telemetry)
  const seen = watch(() => model.temperature)
  store.transaction(() => {
    model.temperature = 99
    expect(model.temperature).toBe(99)
    model.temperature = 20
  })
  expect(seen.runs).toEqual([20])
})

// --- writing -------------------------------------------------------------------------------------------------------

test('a refused write throws ValidationError before anything changed', () => {
  const { model, store } = alone(Telemetry)
  const seen = watch(() => model.temperature)
  let told = 0
  model.listen(() => told++)
  store.listen(() => told++)
  const error = caught(() => {
    model.temperature = 900
  })
  expect(error).toBeInstanceOf(ValidationError)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'ValidationError', model: 'telemetry', field: 'temperature', value: 900 })
  expect(error.code).toBeTypeOf('string')
  expect(error.issues).toEqual([{ path: ['temperature'], message: expect.stringContaining('125') }])
  expect(error.message).toContain('telemetry')
  expect(error.message).toContain('temperature')
  expect(error.message).toContain('125')
  expect(model.toJSON()).toEqual({ temperature: 20, unit: 'C', tags: [] })
  expect([seen.runs, told, model.revision]).toEqual([[20], 0, 0])
})

test('issues have the path from the model down', () => {
  const { model } = alone(Telemetry)
  const error = caught(() => {
    model.tags = ['a', 7, null] as never
  })
  expect(error.issues.map(({ path }) => path)).toEqual([
    ['tags', 1],
    ['tags', 2],
  ])
  expect(error.value).toEqual(['a', 7, null])
})

test('an unknown field throws, however it is written, and nothing is made', () => {
  const { model } = alone(Telemetry)
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
  for (const values of [
    { temprature: 3 },
    { fahrenheit: 3 },
    { revision: 3 },
    JSON.parse('{"__proto__":3}'),
    { toString: 1 },
  ]) {
    const error = caught(() => model.set({ temperature: 50, ...values }))
    expect(error).toBeInstanceOf(ValidationError)
    if (!('__proto__' in values && Object.hasOwn(values, '__proto__'))) {
      expect(error.issues[0]?.path).toEqual(Object.keys(values))
    }
  }
  const polluted = JSON.parse('{"temperature":50,"__proto__":{"unit":"F"}}')
  expect(caught(() => model.set(polluted)).issues[0]?.path).toEqual(['__proto__'])
  expect(model.toJSON()).toEqual({ temperature: 20, unit: 'C', tags: [] })
})

test('what is computed, and what an instance is made of, cannot be written', () => {
  const { model } = alone(Telemetry)
  for (const name of ['fahrenheit', 'revision', '$id']) {
    expect(() => {
      ;(model as unknown as Record<string, unknown>)[name] = 7
    }).toThrow(TypeError)
  }
  for (const name of ['set', 'peek', 'toJSON', 'listen', 'reset']) {
    expect(() => {
      ;(model as unknown as Record<string, unknown>)[name] = 7
    }).toThrow(TypeError)
  }
  expect([model.fahrenheit, model.revision]).toEqual([68, 0])
})

test('set writes several fields, all or none, and tells every reason', () => {
  const { model } = alone(Telemetry)
  const seen = watch(() => model.toJSON() && model.temperature)
  const error = caught(() => model.set({ temperature: 50, unit: 'K' as 'C', tags: [1] as never }))
  expect(error.issues.map(({ path }) => path)).toEqual([['unit'], ['tags', 0]])
  expect(error).toMatchObject({ field: 'unit', value: 'K' })
  expect(model.toJSON()).toEqual({ temperature: 20, unit: 'C', tags: [] })
  expect([seen.runs, model.revision]).toEqual([[20], 0])
  model.set({ tags: ['z'], temperature: 50 })
  expect(model.toJSON()).toEqual({ temperature: 50, unit: 'C', tags: ['z'] })
  model.set({})
  expect(model.toJSON()).toEqual({ temperature: 50, unit: 'C', tags: ['z'] })
})

test('set is one commit: one call of each listener, one record', () => {
  const records: unknown[] = []
  const store = createStore({ state: [Telemetry], tracers: [{ commit: (record) => records.push(record) }] })
  const model = store.get(Telemetry)
  let told = 0
  model.listen(() => told++)
  model.set({ temperature: 50, unit: 'F', tags: ['a'] })
  expect(told).toBe(1)
  expect(records).toMatchObject([
    {
      seq: 1,
      origin: 'local',
      changes: [
        { key: 'model/telemetry', field: 'temperature', before: 20, after: 50 },
        { key: 'model/telemetry', field: 'unit', before: 'C', after: 'F' },
        { key: 'model/telemetry', field: 'tags', before: [], after: ['a'] },
      ],
    },
  ])
})

test('reset puts every field back to its initial value, as one commit', () => {
  const { model } = alone(Telemetry)
  const first = model.tags
  model.set({ temperature: 50, unit: 'F', tags: ['a'] })
  let told = 0
  model.listen(() => told++)
  model.reset()
  expect(model.toJSON()).toEqual({ temperature: 20, unit: 'C', tags: [] })
  expect(model.tags).toBe(first)
  expect(told).toBe(1)
  model.reset()
  expect(told).toBe(1)
})

test('toJSON is the fields as plain frozen data, in their order; JSON.stringify uses it', () => {
  const { model } = alone(Telemetry)
  expect(JSON.stringify(model)).toBe('{"temperature":20,"unit":"C","tags":[]}')
  const plain = model.toJSON()
  expect(Object.getPrototypeOf(plain)).toBe(Object.prototype)
  expect(Object.isFrozen(plain)).toBe(true)
  expect(plain.tags).toBe(model.tags)
})

// --- what is a change ----------------------------------------------------------------------------------------------

test('a value equal to the old one, or the very value that was read, is not a change', () => {
  const Loose = defineModel('loose', { f: v.any(), g: v.any() }, { initial: { f: NaN, g: null } })
  const { model } = alone(Loose)
  const seen = watch(() => model.f)
  let told = 0
  model.listen(() => told++)
  const unchanged = (write: () => void) => {
    const before = [model.revision, told, seen.runs.length]
    write()
    expect([model.revision, told, seen.runs.length]).toEqual(before)
  }
  const changed = (write: () => void) => {
    const [revision, calls, runs] = [model.revision, told, seen.runs.length]
    write()
    expect(model.revision).toBeGreaterThan(revision)
    expect([told, seen.runs.length]).toEqual([calls + 1, runs + 1])
  }
  const same = (value: unknown) => {
    unchanged(() => {
      model.f = value
    })
    unchanged(() => model.set({ f: value, g: null }))
  }
  const other = (value: unknown) =>
    changed(() => {
      model.f = value
    })
  same(NaN)
  other(0)
  same(0)
  other(-0)
  expect(Object.is(model.f, -0)).toBe(true)
  expect(Object.is(seen.runs.at(-1), -0)).toBe(true)
  same(-0)
  other({ a: [1] })
  same(model.f)
  other({ a: [1] })
  other(new Date(0))
  same(model.f)
  other(undefined)
  same(undefined)
})

test('revision goes up with every change, and only then', () => {
  const { model, store } = alone(Telemetry)
  const up = (write: () => void) => {
    const before = model.revision
    write()
    expect(model.revision).toBeGreaterThan(before)
  }
  expect(model.revision).toBe(0)
  up(() => {
    model.temperature = 30
  })
  up(() => model.set({ temperature: 31, unit: 'F' }))
  up(() => model.reset())
  up(() =>
    store.transaction(() => {
      model.temperature = 40
    }),
  )
  const { revision } = model
  model.set({})
  model.temperature = 40
  expect(() => model.set({ temperature: 41, unit: 'K' as 'C' })).toThrow(ValidationError)
  expect(() =>
    store.transaction(() => {
      model.temperature = 42
      throw new Error('back')
    }),
  ).toThrow('back')
  expect(model.revision).toBe(revision)
})

test('an input that comes out of its schema as the old value is not a change', () => {
  const Trimmed = defineModel('trimmed', { f: v.pipe(v.string(), v.trim()) }, { initial: { f: 'x' } })
  const { model, store } = alone(Trimmed)
  let told = 0
  store.listen(() => told++)
  model.f = ' x '
  model.set({ f: 'x  ' })
  expect([model.f, model.revision, told]).toEqual(['x', 0, 0])
})
