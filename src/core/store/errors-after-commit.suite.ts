import type { Suite } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { disk } from './fixtures/disk.ts'

/** Errors after the commit point go nowhere near the writer. */
export const errorsAfterCommit: Suite = (library) => {
  const { Lamp } = define(library)
  const { effect } = library
  const fail = (what: string) => {
    throw new Error(what)
  }

  return {
    'of effects, listeners and subscribers; all others are still told': {
      state: [Lamp],
      async here({ get, store, expect, turn, errors }) {
        const lamp = get(Lamp)
        const told: string[] = []
        effect(() => {
          if (lamp.on) fail('effect one')
        })
        effect(() => {
          if (lamp.on) told.push('effect')
        })
        lamp.listen(() => fail('listener'))
        lamp.listen(() => told.push('listener'))
        store.listen(() => fail('listener of the store'))
        store.listen(() => told.push('listener of the store'))
        store.subscribe(Lamp, () => fail('subscriber'))
        store.subscribe(Lamp, async () => fail('async subscriber'))
        store.subscribe(Lamp, () => told.push('subscriber'))
        await lamp.set({ on: true })
        await turn()
        expect(lamp.on).toBe(true)
        expect(told.sort()).toEqual(['effect', 'listener', 'listener of the store', 'subscriber'])
        expect((await errors()).sort()).toEqual([
          ['effect', 'effect one'],
          ['listener', 'listener'],
          ['listener', 'listener of the store'],
          ['subscriber', 'async subscriber'],
          ['subscriber', 'subscriber'],
        ])
      },
    },
    'those where the state lives are no trouble of who only reads it': {
      state: [Lamp],
      there({ get, store }) {
        const lamp = get(Lamp)
        effect(() => {
          if (lamp.on) fail('effect')
        })
        lamp.listen(() => fail('listener'))
        store.subscribe(Lamp, () => fail('subscriber'))
        store.trace({ commit: () => fail('tracer') })
      },
      async here({ get, expect, errors }) {
        await get(Lamp).set({ on: true })
        expect(get(Lamp).on).toBe(true)
        expect((await errors()).sort()).toEqual([
          ['effect', 'effect'],
          ['listener', 'listener'],
          ['subscriber', 'subscriber'],
          ['tracer', 'tracer'],
        ])
        expect(await errors()).toEqual([])
      },
    },
    'every one of several effects that throw is reported': {
      state: [Lamp],
      there: ({ get, store }) => ({
        light: () =>
          store.transaction(() => {
            get(Lamp).on = true
          }),
      }),
      async here({ get, expect, act, errors }) {
        const lamp = get(Lamp)
        for (const name of ['a', 'b', 'c']) {
          effect(() => {
            if (lamp.on) fail(name)
          })
        }
        await act('light')
        expect((await errors()).sort()).toEqual(['a', 'b', 'c'].map((name) => ['effect', name]))
      },
    },
    'an effect that throws runs again at the next commit': {
      state: [Lamp],
      there: ({ get, store }) => ({
        'write 8': () =>
          store.transaction(() => {
            get(Lamp).watts = 8
          }),
      }),
      async here({ get, expect, act, errors }) {
        const lamp = get(Lamp)
        effect(() => {
          if (lamp.watts > 5) fail(`${lamp.watts}`)
        })
        for (const watts of [6, 7]) await lamp.set({ watts })
        await act('write 8')
        expect(await errors()).toEqual(['6', '7', '8'].map((watts) => ['effect', watts]))
      },
    },
    'an effect on the status that throws stops neither writer nor storage': {
      state: [Lamp],
      disk,
      there: ({ disk }) => ({
        hold: () => {
          disk.manual = true
        },
        release: () => disk.mend(),
        stored: () => disk.entries.get('model/lamp'),
      }),
      async here({ get, store, expect, act, turn, errors }) {
        const lamp = get(Lamp)
        await act('hold')
        const stop = effect(() => {
          if (store.status === 'saving') fail('status')
        })
        const seen: number[] = []
        effect(() => void seen.push(lamp.watts))
        await lamp.set({ watts: 6 })
        expect(seen).toEqual([5, 6])
        expect(await errors()).toEqual([['effect', 'status']])
        stop()
        await act('release')
        await turn()
        expect(store.status).toBe('saved')
        expect(await act('stored')).toMatchObject({ d: { watts: 6 } })
      },
    },
  }
}
