import { autorun } from 'mobx'
import { Model, ModelAutoTypeCheckingMode, model, onPatches, setGlobalConfig, tProp, types } from 'mobx-keystone'
import type { Contestant, Trial } from '../scenario.ts'
import { INITIAL, refuses, TOO_HOT, temperatureAt } from '../scenarios/telemetry.ts'

setGlobalConfig({ modelAutoTypeChecking: ModelAutoTypeCheckingMode.AlwaysOn })

const Temperature = types.refinement(types.number, (value) => value >= -40 && value <= 125)

const Telemetry = model('bench/Telemetry')(
  class extends Model({
    temperature: tProp(Temperature, INITIAL.temperature).withSetter(),
    unit: tProp(types.string, INITIAL.unit),
    tags: tProp(types.array(types.string), () => [...INITIAL.tags]),
  }) {},
)

type Live = InstanceType<typeof Telemetry>

function telemetryTrial(
  watch: (telemetry: Live, see: (value: number) => void, hear: () => void) => void,
  reads = true,
): Trial {
  const telemetry = new Telemetry({})
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
      for (let step = from; step < to; step++) telemetry.setTemperature(temperatureAt(step))
    },
    outcome: () => ({
      calls,
      ...(reads ? { sum } : {}),
      last: telemetry.temperature,
      refused: refuses(() => telemetry.setTemperature(TOO_HOT)),
    }),
  }
}

export const writeEffect: Contestant = () => telemetryTrial((t, see) => void autorun(() => see(t.temperature)))
export const writeListener: Contestant = () => telemetryTrial((t, _, hear) => void onPatches(t, hear), false)
export const writeRead: Contestant = () => telemetryTrial((t, see) => void onPatches(t, () => see(t.temperature)))

const Todo = model('bench/Todo')(
  class extends Model({ title: tProp(types.string), done: tProp(types.boolean), owner: tProp(types.string) }) {},
)

export function rows(
  ids: readonly string[],
  rowAt: (i: number) => { title: string; done: boolean; owner: string },
): Trial {
  const held = new Map<string, InstanceType<typeof Todo>>()
  return {
    run(from, to) {
      for (let i = from; i < to; i++) held.set(ids[i]!, new Todo(rowAt(i)))
    },
    outcome: () => {
      const { title, done, owner } = held.get(ids[held.size - 1]!)!
      return { size: held.size, last: { title, done, owner } }
    },
  }
}
