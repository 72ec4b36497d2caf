import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, effect, openStore } from '../index.ts'
import { Lamp } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { reports } from './fixtures/reports.ts'

describe('errors after the commit point go nowhere near the writer', () => {
  test('of effects, listeners, subscribers and tracers; all others are still told', async () => {
    const { list, onError } = reports()
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp], onError, timers: manualTimers() })
    const lamp = store.get(Lamp)
    const told: string[] = []
    const fail = (what: string) => {
      throw new Error(what)
    }
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
    store.trace({ commit: () => fail('tracer') })
    store.trace({ commit: () => told.push('tracer') })
    lamp.on = true
    await settled()
    expect(lamp.on).toBe(true)
    expect(told.sort()).toEqual(['effect', 'listener', 'listener of the store', 'subscriber', 'tracer'])
    expect(list.sort()).toEqual([
      'effect: effect one',
      'listener: listener',
      'listener: listener of the store',
      'subscriber: async subscriber',
      'subscriber: subscriber',
      'tracer: tracer',
    ])
    await store.flush()
    expect(storage.entries.get('model/lamp')).toMatchObject({ d: { on: true } })
  })

  test('every one of several effects that throw is reported', () => {
    const { list, onError } = reports()
    const store = createStore({ state: [Lamp], onError })
    const lamp = store.get(Lamp)
    for (const name of ['a', 'b', 'c']) {
      effect(() => {
        if (lamp.on) throw new Error(name)
      })
    }
    store.transaction(() => {
      lamp.on = true
    })
    expect(list.sort()).toEqual(['effect: a', 'effect: b', 'effect: c'])
  })

  test('an effect that throws runs again at the next commit', () => {
    const { list, onError } = reports()
    const store = createStore({ state: [Lamp], onError })
    const lamp = store.get(Lamp)
    effect(() => {
      if (lamp.watts > 5) throw new Error(`${lamp.watts}`)
    })
    lamp.watts = 6
    lamp.watts = 7
    store.transaction(() => {
      lamp.watts = 8
    })
    expect(list).toEqual(['effect: 6', 'effect: 7', 'effect: 8'])
  })

  test('an effect on the status that throws stops neither writer nor storage', async () => {
    const { list, onError } = reports()
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp], onError, timers: manualTimers() })
    const lamp = store.get(Lamp)
    const stop = effect(() => {
      if (store.status === 'saving') throw new Error('status')
    })
    const seen: number[] = []
    const ignore = effect(() => void seen.push(lamp.watts))
    lamp.watts = 6
    expect(lamp.watts).toBe(6)
    expect(seen).toEqual([5, 6])
    ignore()
    expect(list).toEqual(['effect: status'])
    stop()
    await store.flush()
    expect(storage.entries.get('model/lamp')).toMatchObject({ d: { watts: 6 } })
  })

  test('an effect that throws when all is saved is no unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const { list, onError } = reports()
      const store = await openStore({ storage: disk(), state: [Lamp], onError, timers: manualTimers() })
      let armed = false
      effect(() => {
        if (store.status === 'saved' && armed) throw new Error('saved')
      })
      armed = true
      store.get(Lamp).on = true
      await settled()
      await settled()
      expect(unhandled).toEqual([])
      expect(list).toEqual(['effect: saved'])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  test('onError that throws itself is no trouble either', async () => {
    const said: unknown[] = []
    const original = console.error
    console.error = (...data: unknown[]) => said.push(...data)
    try {
      const storage = disk()
      const store = await openStore({
        storage,
        state: [Lamp],
        timers: manualTimers(),
        onError: () => {
          throw new Error('the reporter is broken')
        },
      })
      const lamp = store.get(Lamp)
      const told: string[] = []
      effect(() => {
        if (lamp.on) throw new Error('effect')
      })
      lamp.listen(() => {
        throw new Error('listener')
      })
      lamp.listen(() => told.push('listener'))
      store.subscribe(Lamp, () => {
        throw new Error('subscriber')
      })
      store.trace({
        commit: () => {
          throw new Error('tracer')
        },
      })
      storage.failing = new Error('no space')
      lamp.on = true
      await settled()
      storage.failing = undefined
      expect(told).toEqual(['listener'])
      await store.flush()
      expect(said.length).toBeGreaterThan(0)
    } finally {
      console.error = original
    }
  })

  test('without onError they stand on the console', () => {
    const said: unknown[] = []
    const original = console.error
    console.error = (...data: unknown[]) => said.push(...data)
    try {
      const store = createStore({ state: [Lamp] })
      store.listen(() => {
        throw new Error('listener')
      })
      store.get(Lamp).on = true
    } finally {
      console.error = original
    }
    expect(said.map(String).join()).toContain('listener')
  })
})
