import { types } from 'node:util'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel, effect } from '../index.ts'

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

test('one accessor per field on a prototype that all of a model share; no Proxy, no own properties', () => {
  const model = createStore({ state: [Telemetry] }).get(Telemetry)
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
  expect(Object.getPrototypeOf(createStore({ state: [Telemetry] }).get(Telemetry))).toBe(proto)
  const Rows = collection(Telemetry)
  const rows = createStore({ state: [Rows] }).get(Rows)
  expect(Object.getPrototypeOf(rows.add())).toBe(Object.getPrototypeOf(rows.add()))
})

test('two stores share a definition and nothing else', () => {
  const [a, b] = [
    createStore({ state: [Telemetry] }).get(Telemetry),
    createStore({ state: [Telemetry] }).get(Telemetry),
  ]
  const seen: number[] = []
  effect(() => {
    seen.push(b.temperature)
  })
  a.temperature = 50
  a.set({ tags: ['a'] })
  expect(b.toJSON()).toEqual({ temperature: 20, unit: 'C', tags: [] })
  expect(seen).toEqual([20])
  expect(b.revision).toBe(0)
})

test('set is one commit: one record', () => {
  const records: unknown[] = []
  const store = createStore({ state: [Telemetry], tracers: [{ commit: (record) => records.push(record) }] })
  store.get(Telemetry).set({ temperature: 50, unit: 'F', tags: ['a'] })
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

test('reset gives every field its initial value itself, not a copy of it', () => {
  const model = createStore({ state: [Telemetry] }).get(Telemetry)
  const first = model.tags
  model.set({ temperature: 50, unit: 'F', tags: ['a'] })
  model.reset()
  expect(model.tags).toBe(first)
})
