import { effect as signalEffect } from '@preact/signals-core'
import { describe, expect, test } from 'vitest'
import { createStore, effect } from '../index.ts'
import { Lamp } from './fixtures/definitions.ts'
import { reports } from './fixtures/reports.ts'

const setup = () => {
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp], onError })
  return { store, list, lamp: store.get(Lamp) }
}

describe('effect made in a transaction', () => {
  test('first runs after the commit', () => {
    const { store, lamp } = setup()
    const seen: number[] = []
    store.transaction(() => {
      lamp.watts = 1
      effect(() => void seen.push(lamp.watts))
      expect(seen).toEqual([])
      store.transaction(() => {
        effect(() => void seen.push(-lamp.watts))
        lamp.watts = 2
      })
      expect(seen).toEqual([])
      lamp.watts = 3
    })
    expect(seen).toEqual([3, -3])
    lamp.watts = 4
    expect(seen.slice(2).sort()).toEqual([-4, 4])
  })

  test('does not see what is rolled back', () => {
    const { store, lamp } = setup()
    const seen: number[] = []
    expect(() =>
      store.transaction(() => {
        lamp.watts = 1
        effect(() => void seen.push(lamp.watts))
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(seen).not.toContain(1)
  })

  test('stopped before that never runs, and stopped later stops', () => {
    const { store, lamp } = setup()
    const seen: string[] = []
    let stop = () => {}
    store.transaction(() => {
      effect(() => void seen.push(`never ${lamp.watts}`))()
      stop = effect(() => void seen.push(`until stopped ${lamp.watts}`))
    })
    lamp.watts = 1
    stop()
    lamp.watts = 2
    expect(seen).toEqual(['until stopped 5', 'until stopped 1'])
  })

  test('that throws at its first run goes to onError', () => {
    const { store, list } = setup()
    store.transaction(() => {
      effect(() => {
        throw new Error('first run')
      })
    })
    expect(list).toEqual(['effect: first run'])
  })

  test('of another store waits just as well', () => {
    const { store } = setup()
    const other = createStore({ state: [Lamp] })
    const seen: string[] = []
    store.transaction(() => {
      other.transaction(() => {
        other.get(Lamp).watts = 9
        effect(() => void seen.push('ran'))
      })
      expect(seen).toEqual([])
    })
    expect(seen).toEqual(['ran'])
  })

  test('outside, that of signals-core does as well', () => {
    const { lamp } = setup()
    const seen: number[] = []
    const stop = signalEffect(() => void seen.push(lamp.watts))
    lamp.watts = 6
    stop()
    lamp.watts = 7
    expect(seen).toEqual([5, 6])
  })
})
