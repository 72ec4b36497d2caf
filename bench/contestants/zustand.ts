import * as z from 'zod'
import { createStore } from 'zustand/vanilla'
import type { Trial } from '../scenario.ts'
import { NAMES, patchAt, summing, sumOf, INITIAL as ZEROS } from '../scenarios/numbers.ts'
import { INITIAL, refuses, TOO_HOT, temperatureAt } from '../scenarios/telemetry.ts'

const schema = z.object({
  temperature: z.number().min(-40).max(125),
  unit: z.enum(['C', 'F']),
  tags: z.array(z.string()),
})
type Telemetry = z.infer<typeof schema>
type Write = (value: number, state: Telemetry) => Partial<Telemetry>

interface Options {
  readonly validates?: boolean
  readonly reads?: boolean
  readonly listeners?: number
}

function telemetryTrial(write: Write, { validates = false, reads = false, listeners = 1 }: Options): Trial {
  const store = createStore<Telemetry>(() => INITIAL)
  let calls = 0
  let sum = 0
  const hear = () => {
    calls++
  }
  const see = (state: Telemetry) => {
    calls++
    sum += state.temperature
  }
  for (let i = 0; i < listeners; i++) store.subscribe(reads ? see : () => hear())
  return {
    run(from, to) {
      for (let step = from; step < to; step++) store.setState(write(temperatureAt(step), store.getState()))
    },
    outcome: () => ({
      calls,
      ...(reads ? { sum } : {}),
      last: store.getState().temperature,
      refused: validates && refuses(() => store.setState(write(TOO_HOT, store.getState()))),
    }),
    lacks: validates ? [] : ['refused'],
  }
}

const unchecked: Write = (temperature) => ({ temperature })
/** The state is one value, and so is its schema: every write validates the next state. */
const whole: Write = (temperature, state) => schema.parse({ ...state, temperature })
/** What a careful author would do about that. */
const field: Write = (temperature) => ({ temperature: schema.shape.temperature.parse(temperature) })

export const writeListener = () => telemetryTrial(unchecked, {})
export const writeListenerZod = () => telemetryTrial(whole, { validates: true })
export const writeListenerZodField = () => telemetryTrial(field, { validates: true })
export const writeRead = () => telemetryTrial(unchecked, { reads: true })
export const writeReadZod = () => telemetryTrial(whole, { validates: true, reads: true })
export const fanOutListeners = () => telemetryTrial(unchecked, { listeners: 1000 })

const numbers = z.object(Object.fromEntries(NAMES.map((name) => [name, z.number()])))

type Numbers = Record<string, number>

function hundred(check: (patch: Numbers, state: Numbers) => Numbers, validates: boolean, patch = patchAt): Trial {
  const store = createStore<Record<string, number>>(() => ZEROS)
  let calls = 0
  store.subscribe(() => {
    calls++
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) store.setState(check(patch(step), store.getState()))
    },
    outcome: () => ({
      calls,
      sum: sumOf(store.getState()),
      refused: validates && refuses(() => store.setState(check({ f0: 'no' as never }, store.getState()))),
    }),
    lacks: validates ? [] : ['refused'],
  }
}

export const setHundred = () => hundred((values) => values, false)
export const setHundredZod = () => hundred((values) => numbers.parse(values), true)

const wide = (step: number) => ({ f0: step })
export const writeWide = () => hundred((values) => values, false, wide)
export const writeWideZod = () => hundred((values, state) => numbers.parse({ ...state, ...values }), true, wide)

export function readPlain(): Trial {
  const add = summing<Record<string, number>>()
  const store = createStore<Record<string, number>>(() => patchAt(0))
  let sum = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) sum += add(store.getState())
    },
    outcome: () => ({ sum }),
  }
}
