import { createStore, defineModel, effect } from 'escapement'
import * as v from 'valibot'
import type { Trial } from '../scenario.ts'
import { NAMES, patchAt, summing, sumOf, writeTen, INITIAL as ZEROS } from '../scenarios/numbers.ts'
import { INITIAL, refuses, TOO_HOT, temperatureAt } from '../scenarios/telemetry.ts'

const Telemetry = defineModel(
  'telemetry',
  {
    temperature: v.pipe(v.number(), v.minValue(-40), v.maxValue(125)),
    unit: v.picklist(['C', 'F']),
    tags: v.array(v.string()),
  },
  { initial: INITIAL },
)

const Numbers = defineModel('numbers', Object.fromEntries(NAMES.map((name) => [name, v.number()])), { initial: ZEROS })
const numbers = () => createStore({ state: [Numbers] }).get(Numbers) as unknown as Record<string, number> & Writable
type Writable = {
  set(values: Record<string, number>): void
  listen(fn: () => void): () => void
  toJSON(): Record<string, number>
}

interface Live {
  temperature: number
  peek(field: 'temperature'): number
  listen(fn: () => void): () => void
}

function telemetryTrial(
  watch: (telemetry: Live, see: (value: number) => void, hear: () => void) => void,
  reads = true,
): Trial {
  const telemetry: Live = createStore({ state: [Telemetry] }).get(Telemetry)
  let calls = 0
  let sum = 0
  const see = (value: number) => {
    calls++
    sum += value
  }
  watch(telemetry, see, () => {
    calls++
  })
  calls = 0
  sum = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) telemetry.temperature = temperatureAt(step)
    },
    outcome: () => ({
      calls,
      ...(reads ? { sum } : {}),
      last: telemetry.peek('temperature'),
      refused: refuses(() => {
        telemetry.temperature = TOO_HOT
      }),
    }),
  }
}

export const writeEffect = () => telemetryTrial((t, see) => void effect(() => see(t.temperature)))
export const writeListener = () => telemetryTrial((t, _, hear) => void t.listen(hear), false)
// Outside of effects, `peek` is the way to read without making a signal.
export const writeRead = () => telemetryTrial((t, see) => void t.listen(() => see(t.peek('temperature'))))

export const fanOutEffects = () =>
  telemetryTrial((t, see) => {
    for (let i = 0; i < 1000; i++) effect(() => see(t.temperature))
  })

export const fanOutListeners = () =>
  telemetryTrial((t, _, hear) => {
    for (let i = 0; i < 1000; i++) t.listen(() => hear())
  }, false)

export function writeWide(): Trial {
  const model = numbers()
  let calls = 0
  model.listen(() => {
    calls++
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) model.f0 = step
    },
    outcome: () => ({
      calls,
      sum: sumOf(model.toJSON()),
      refused: refuses(() => {
        model.f0 = 'no' as never
      }),
    }),
  }
}

export function readTracked(): Trial {
  const add = summing<Record<string, number>>()
  const model = numbers()
  let runs = -1
  let sum = 0
  effect(() => {
    runs++
    sum = add(model)
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) model.f0 = step
    },
    outcome: () => ({ runs, sum }),
  }
}

export function readPlain(): Trial {
  const add = summing<Record<string, number>>()
  const model = numbers()
  model.set(patchAt(0))
  let sum = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) sum += add(model)
    },
    outcome: () => ({ sum }),
  }
}

export function setHundred(): Trial {
  const model = numbers()
  let calls = 0
  model.listen(() => {
    calls++
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) model.set(patchAt(step))
    },
    outcome: () => ({ calls, sum: sumOf(model), refused: refuses(() => model.set({ f0: 'no' as never })) }),
  }
}

export function rollback(): Trial {
  const store = createStore({ state: [Numbers] })
  const model = store.get(Numbers) as unknown as Record<string, number>
  const stop = new Error('stop')
  let thrown = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        try {
          store.transaction(() => {
            writeTen(model, step)
            throw stop
          })
        } catch (error) {
          if (error === stop) thrown++
        }
      }
    },
    outcome: () => ({ thrown, sum: sumOf(model) }),
  }
}
