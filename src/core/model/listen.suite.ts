import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import { telemetryOf, watcher } from './fixtures/scenes.ts'

/** Listeners of a model. */
export const listening: Suite = (library) => {
  const Telemetry = telemetryOf(library)
  const Other = library.defineModel('other', { a: v.number() }, { initial: { a: 1 } })
  const watch = watcher(library)

  return {
    'a listener is called once per commit, after it, without arguments, until it is stopped': {
      state: [Telemetry],
      there: ({ get, store, note }) => ({
        nested() {
          const model = get(Telemetry)
          const stop = model.listen(() => note('too early'))
          store.transaction(() => {
            model.temperature = 40
            model.unit = 'F'
            model.temperature = 50
            store.transaction(() => {
              model.tags = ['x']
            })
            stop()
          })
        },
      }),
      async here({ get, store, expect, act, notes }) {
        const model = get(Telemetry)
        const calls: unknown[] = []
        const stop = model.listen((...args: unknown[]) => calls.push([args, model.temperature, [...model.tags]]))
        const all: string[] = []
        store.listen((...args: unknown[]) => all.push(`store ${args.length}`))
        await model.set({ temperature: 30 })
        await act('nested')
        expect(await notes()).toEqual([])
        expect(calls).toEqual([
          [[], 30, []],
          [[], 50, ['x']],
        ])
        expect(all).toEqual(['store 0', 'store 0'])
        stop()
        stop()
        await model.set({ temperature: 60 })
        expect(calls).toHaveLength(2)
        expect(all).toHaveLength(3)
      },
    },
    'a listener hears of its own model only': {
      state: [Telemetry, Other],
      async here({ get, expect }) {
        const heard: string[] = []
        get(Telemetry).listen(() => heard.push('telemetry'))
        get(Other).listen(() => heard.push('other'))
        await get(Other).set({ a: 2 })
        await get(Telemetry).set({ temperature: 3 })
        expect(heard).toEqual(['other', 'telemetry'])
      },
    },
    'the same function listens as often as it was given, and each stop ends one': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
        let told = 0
        const fn = () => told++
        const stops = [model.listen(fn), model.listen(fn)]
        await model.set({ temperature: 0 })
        expect(told).toBe(2)
        stops[0]!()
        await model.set({ temperature: 1 })
        expect(told).toBe(3)
        stops[1]!()
        await model.set({ temperature: 2 })
        expect(told).toBe(3)
      },
    },
    'what a listener throws goes to onError; the writer and the others do not notice': {
      state: [Telemetry],
      there({ get }) {
        get(Telemetry).listen(() => {
          throw new Error('boom')
        })
      },
      async here({ get, expect, errors }) {
        const model = get(Telemetry)
        let told = 0
        model.listen(() => told++)
        await model.set({ temperature: 30 })
        expect([told, model.temperature]).toEqual([1, 30])
        expect(await errors()).toEqual([['listener', 'boom']])
      },
    },
    'what an effect throws goes to onError, not to the writer': {
      state: [Telemetry],
      there({ get }) {
        library.effect(() => {
          if (get(Telemetry).temperature === 30) throw new Error('boom')
        })
      },
      async here({ get, expect, errors }) {
        const model = get(Telemetry)
        const seen = watch(() => model.temperature)
        await model.set({ temperature: 30 })
        await model.set({ temperature: 31 })
        expect(await errors()).toEqual([['effect', 'boom']])
        expect(seen).toEqual([20, 30, 31])
      },
    },
    'listeners that come or go during a round: those who were there are called once': {
      state: [Telemetry],
      async here({ get, expect }) {
        const model = get(Telemetry)
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
        await model.set({ temperature: 1 })
        expect(calls).toEqual(['a', 'b'])
        await model.set({ temperature: 2 })
        expect(calls).toEqual(['a', 'b', 'b', 'late'])
      },
    },
  }
}
