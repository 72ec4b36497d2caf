import { autorun, configure, observable, observe, runInAction } from 'mobx'
import type { Contestant, Trial } from '../scenario.ts'
import { patchAt, summing, sumOf, INITIAL as ZEROS } from '../scenarios/numbers.ts'
import { checked, INITIAL, refuses, TOO_HOT, temperatureAt } from '../scenarios/telemetry.ts'

configure({ enforceActions: 'never' })

type Telemetry = { temperature: number; unit: string; tags: string[] }

function telemetryTrial(
  watch: (state: Telemetry, see: (value: number) => void, hear: () => void) => void,
  reads = true,
): Trial {
  const state = observable(structuredClone(INITIAL) as Telemetry)
  let calls = 0
  let sum = 0
  const see = (value: number) => {
    calls++
    sum += value
  }
  watch(state, see, () => {
    calls++
  })
  calls = 0
  sum = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) state.temperature = checked(temperatureAt(step))
    },
    outcome: () => ({
      calls,
      ...(reads ? { sum } : {}),
      last: state.temperature,
      refused: refuses(() => {
        state.temperature = checked(TOO_HOT)
      }),
    }),
  }
}

export const writeEffect: Contestant = () => telemetryTrial((state, see) => void autorun(() => see(state.temperature)))
export const writeListener: Contestant = () =>
  telemetryTrial((state, _, hear) => void observe(state, 'temperature', hear), false)
export const fanOutEffects: Contestant = () =>
  telemetryTrial((state, see) => {
    for (let i = 0; i < 1000; i++) autorun(() => see(state.temperature))
  })

export function readTracked(): Trial {
  const add = summing<Record<string, number>>()
  const state = observable({ ...ZEROS })
  let runs = -1
  let sum = 0
  autorun(() => {
    runs++
    sum = add(state)
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) state.f0 = step
    },
    outcome: () => ({ runs, sum }),
  }
}

export function readPlain(): Trial {
  const add = summing<Record<string, number>>()
  const state = observable({ ...patchAt(0) })
  let sum = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) sum += add(state)
    },
    outcome: () => ({ sum }),
  }
}

export function setHundred(): Trial {
  const state = observable({ ...ZEROS })
  let calls = -1
  autorun(() => {
    calls++
    void state.f0
  })
  const set = (patch: Record<string, number>) =>
    runInAction(() => {
      for (const name in patch) {
        if (typeof patch[name] !== 'number') throw new TypeError(name)
        state[name] = patch[name]
      }
    })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) set(patchAt(step))
    },
    outcome: () => ({ calls, sum: sumOf(state), refused: refuses(() => set({ f0: 'no' as never })) }),
  }
}

export function rows(ids: readonly string[], rowAt: (i: number) => Record<string, unknown>): Trial {
  const held = observable.map<string, Record<string, unknown>>()
  return {
    run(from, to) {
      for (let i = from; i < to; i++) held.set(ids[i]!, rowAt(i))
    },
    outcome: () => ({ size: held.size, last: { ...held.get(ids[held.size - 1]!) } }),
  }
}
