import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createStore, type Definition, defineModel, effect } from '../index.ts'

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

test('a listener is called once per commit, after it, without arguments, until it is stopped', () => {
  const { model, store } = alone(Telemetry)
  const calls: unknown[] = []
  const stop = model.listen((...args: unknown[]) => calls.push([args, model.temperature]))
  const all: string[] = []
  store.listen((...args: unknown[]) => all.push(`store ${args.length}`))
  model.temperature = 30
  store.transaction(() => {
    model.temperature = 40
    model.unit = 'F'
    model.temperature = 50
    store.transaction(() => {
      model.tags = ['x']
    })
    expect(calls).toHaveLength(1)
  })
  expect(calls).toEqual([
    [[], 30],
    [[], 50],
  ])
  expect(all).toEqual(['store 0', 'store 0'])
  stop()
  stop()
  model.temperature = 60
  expect(calls).toHaveLength(2)
  expect(all).toHaveLength(3)
})

test('a listener hears of its own model only', () => {
  const Other = defineModel('other', { a: v.number() }, { initial: { a: 1 } })
  const store = createStore({ state: [Telemetry, Other] })
  const heard: string[] = []
  store.get(Telemetry).listen(() => heard.push('telemetry'))
  store.get(Other).listen(() => heard.push('other'))
  store.get(Other).a = 2
  store.get(Telemetry).temperature = 3
  expect(heard).toEqual(['other', 'telemetry'])
})

test('the same function listens as often as it was given, and each stop ends one', () => {
  const { model } = alone(Telemetry)
  let told = 0
  const fn = () => told++
  const stops = [model.listen(fn), model.listen(fn)]
  stops[0]!()
  model.temperature = 1
  expect(told).toBe(1)
  stops[1]!()
  model.temperature = 2
  expect(told).toBe(1)
})

test('what a listener throws goes to onError; the writer and the others do not notice', () => {
  const { model, errors } = alone(Telemetry)
  const boom = new Error('boom')
  let told = 0
  model.listen(() => {
    throw boom
  })
  model.listen(() => told++)
  model.temperature = 30
  expect([told, model.temperature, errors]).toEqual([1, 30, [['listener', boom]]])
})

test('what an effect throws goes to onError, not to the writer', () => {
  const { model, errors } = alone(Telemetry)
  const boom = new Error('boom')
  effect(() => {
    if (model.temperature === 30) throw boom
  })
  const seen = watch(() => model.temperature)
  model.temperature = 30
  model.temperature = 31
  expect(errors).toEqual([['effect', boom]])
  expect(seen.runs).toEqual([20, 30, 31])
})

test('listeners that come or go during a round: those who were there are called once', () => {
  const { model } = alone(Telemetry)
  const calls: string[] = []
  const stops: (() => void)[] = []
  stops.push(
    model.listen(() => {
      calls.push('a')
      stops[0]!()
      model.listen(() => calls.push('late'))
    }),
  )
  model.listen(() => calls.push('b'))
  model.temperature = 1
  expect(calls).toEqual(['a', 'b'])
  model.temperature = 2
  expect(calls).toEqual(['a', 'b', 'b', 'late'])
})
