import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, effect, openStore } from '../index.ts'
import { Lamp } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'
import { reports } from './fixtures/reports.ts'

describe('errors after the commit point go nowhere near the writer', () => {
  test('of tracers neither; other tracers are still told, and storage has it', async () => {
    const { list, onError } = reports()
    const storage = disk()
    const store = await openStore({ storage, state: [Lamp], onError, timers: manualTimers() })
    const told: string[] = []
    store.trace({
      commit: () => {
        throw new Error('tracer')
      },
    })
    store.trace({ commit: () => told.push('tracer') })
    store.get(Lamp).on = true
    await settled()
    expect([store.get(Lamp).on, told, list]).toEqual([true, ['tracer'], ['tracer: tracer']])
    await store.flush()
    expect(storage.entries.get('model/lamp')).toMatchObject({ d: { on: true } })
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
