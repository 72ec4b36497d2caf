import { batch, effect, type Signal, signal } from '@preact/signals-core'
import * as v from 'valibot'
import * as z from 'zod'
import type { Trial } from '../scenario.ts'
import { NAMES, patchAt, summing, INITIAL as ZEROS } from '../scenarios/numbers.ts'
import { checked, INITIAL, refuses, TOO_HOT, temperatureAt } from '../scenarios/telemetry.ts'

const valibot = v.pipe(v.number(), v.minValue(-40), v.maxValue(125))
const zod = z.number().min(-40).max(125)

function telemetryTrial(check: (value: number) => number, effects = 1): Trial {
  const temperature = signal(INITIAL.temperature)
  let calls = 0
  let sum = 0
  const see = (value: number) => {
    calls++
    sum += value
  }
  for (let i = 0; i < effects; i++) effect(() => see(temperature.value))
  calls = 0
  sum = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) temperature.value = check(temperatureAt(step))
    },
    outcome: () => ({
      calls,
      sum,
      last: temperature.value,
      refused: refuses(() => {
        temperature.value = check(TOO_HOT)
      }),
    }),
  }
}

export const writeEffectByHand = () => telemetryTrial(checked)
export const writeEffectValibot = () => telemetryTrial((value) => v.parse(valibot, value))
export const writeEffectZod = () => telemetryTrial((value) => zod.parse(value))
export const fanOutEffects = () => telemetryTrial(checked, 1000)

const numbers = () =>
  Object.fromEntries(NAMES.map((name) => [name, signal(ZEROS[name]!)])) as Record<string, Signal<number>>

export function readTracked(): Trial {
  const add = summing<Record<string, Signal<number>>>('.value')
  const signals = numbers()
  let runs = -1
  let sum = 0
  effect(() => {
    runs++
    sum = add(signals)
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) signals.f0!.value = step
    },
    outcome: () => ({ runs, sum }),
  }
}

export function readPlain(): Trial {
  const add = summing<Record<string, Signal<number>>>('.value')
  const signals = numbers()
  batch(() => {
    for (const name of NAMES) signals[name]!.value = patchAt(0)[name]!
  })
  let sum = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) sum += add(signals)
    },
    outcome: () => ({ sum }),
  }
}

/** One signal per field, as our rows would have if all were read. */
export function rows(ids: readonly string[], rowAt: (i: number) => Record<string, unknown>): Trial {
  const held = new Map<string, Record<string, Signal<unknown>>>()
  return {
    run(from, to) {
      for (let i = from; i < to; i++) {
        const { title, done, owner } = rowAt(i)
        held.set(ids[i]!, { title: signal(title), done: signal(done), owner: signal(owner) })
      }
    },
    outcome: () => {
      const last = held.get(ids[held.size - 1]!)!
      return { size: held.size, last: { title: last.title!.value, done: last.done!.value, owner: last.owner!.value } }
    },
  }
}
