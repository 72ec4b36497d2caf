import { proxy, subscribe } from 'valtio/vanilla'
import type { Contestant, Trial } from '../scenario.ts'
import { patchAt, summing } from '../scenarios/numbers.ts'
import { checked, INITIAL, refuses, TOO_HOT, temperatureAt } from '../scenarios/telemetry.ts'

// `true`: told at once. By default it tells later, many writes in one, which is other work.
function telemetryTrial(listeners: number): Trial {
  const state = proxy(structuredClone(INITIAL))
  let calls = 0
  for (let i = 0; i < listeners; i++) {
    subscribe(
      state,
      () => {
        calls++
      },
      true,
    )
  }
  return {
    run(from, to) {
      for (let step = from; step < to; step++) state.temperature = checked(temperatureAt(step))
    },
    outcome: () => ({
      calls,
      last: state.temperature,
      refused: refuses(() => {
        state.temperature = checked(TOO_HOT)
      }),
    }),
  }
}

export const writeListener: Contestant = () => telemetryTrial(1)
export const fanOutListeners: Contestant = () => telemetryTrial(1000)

export function readPlain(): Trial {
  const add = summing<Record<string, number>>()
  const state = proxy({ ...patchAt(0) })
  let sum = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) sum += add(state)
    },
    outcome: () => ({ sum }),
  }
}

export function rows(ids: readonly string[], rowAt: (i: number) => Record<string, unknown>): Trial {
  const held = proxy<Record<string, Record<string, unknown>>>({})
  return {
    run(from, to) {
      for (let i = from; i < to; i++) held[ids[i]!] = rowAt(i)
    },
    outcome: () => {
      const size = Object.keys(held).length
      return { size, last: { ...held[ids[size - 1]!] } }
    },
  }
}
