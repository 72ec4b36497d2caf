import { autorun } from 'mobx'
import { applySnapshot, getSnapshot, onPatch, onSnapshot, types } from 'mobx-state-tree'
import type { Contestant, Trial } from '../scenario.ts'
import { NAMES, patchAt, summing, sumOf, INITIAL as ZEROS } from '../scenarios/numbers.ts'
import { INITIAL, refuses, TOO_HOT, temperatureAt } from '../scenarios/telemetry.ts'
import { type Entries, ROWS, type Row, type RowsTrial } from '../scenarios/todo.ts'

const Telemetry = types
  .model('Telemetry', {
    temperature: types.refinement(types.number, (value) => value >= -40 && value <= 125),
    unit: types.enumeration(['C', 'F']),
    tags: types.array(types.string),
  })
  .actions((self) => ({
    setTemperature(value: number) {
      self.temperature = value
    },
  }))

type Live = ReturnType<typeof Telemetry.create>

function telemetryTrial(
  watch: (telemetry: Live, see: (value: number) => void, hear: () => void) => void,
  reads = true,
): Trial {
  const telemetry = Telemetry.create(INITIAL)
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
// Of its listeners, onPatch is the cheapest: onSnapshot makes a snapshot for each call.
export const writeListener: Contestant = () => telemetryTrial((t, _, hear) => void onPatch(t, hear), false)
export const writeRead: Contestant = () => telemetryTrial((t, see) => void onPatch(t, () => see(t.temperature)))

const Numbers = types
  .model('Numbers', Object.fromEntries(NAMES.map((name) => [name, types.number])))
  .actions((self) => ({
    put(name: string, value: number) {
      ;(self as Record<string, number>)[name] = value
    },
    assign(patch: Record<string, number>) {
      Object.assign(self, patch)
    },
  }))

export function readTracked(): Trial {
  const add = summing<Record<string, number>>()
  const model = Numbers.create(ZEROS)
  let runs = -1
  let sum = 0
  autorun(() => {
    runs++
    sum = add(model as unknown as Record<string, number>)
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) model.put('f0', step)
    },
    outcome: () => ({ runs, sum }),
  }
}

export function writeWide(): Trial {
  const model = Numbers.create(ZEROS)
  let calls = 0
  onPatch(model, () => {
    calls++
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) model.put('f0', step)
    },
    outcome: () => ({
      calls,
      sum: sumOf(model as unknown as Record<string, number>),
      refused: refuses(() => model.put('f0', 'no' as never)),
    }),
  }
}

export function setHundred(): Trial {
  const model = Numbers.create(ZEROS)
  let calls = 0
  onSnapshot(model, () => {
    calls++
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) model.assign(patchAt(step))
    },
    outcome: () => ({
      calls,
      sum: sumOf(model as unknown as Record<string, number>),
      refused: refuses(() => model.assign({ f0: 'no' as never })),
    }),
  }
}

const Todo = types.model('Todo', { title: types.string, done: types.boolean, owner: types.string }).actions((self) => ({
  setTitle(title: string) {
    self.title = title
  },
}))
const Todos = types.model('Todos', { rows: types.map(Todo) }).actions((self) => ({
  put(id: string, row: Row) {
    self.rows.set(id, row)
  },
}))

export function rows(ids: readonly string[], rowAt: (i: number) => Row): Trial {
  const todos = Todos.create({ rows: {} })
  return {
    run(from, to) {
      for (let i = from; i < to; i++) {
        todos.put(ids[i]!, rowAt(i))
        // Its instances are made when first touched, as ours: hold both to the same.
        void todos.rows.get(ids[i]!)!.title
      }
    },
    outcome: () => ({ size: todos.rows.size, last: getSnapshot(todos.rows.get(ids[todos.rows.size - 1]!)!) }),
  }
}

export const snapshotText: RowsTrial = (entries, titleAt) => {
  const todos = Todos.create({ rows: entries })
  const ids = Object.keys(entries)
  let text = ''
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        todos.rows.get(ids[step % ROWS]!)!.setTitle(titleAt(step))
        text = JSON.stringify(getSnapshot(todos))
      }
    },
    outcome: () => JSON.parse(text).rows,
  }
}

export function hydrate(text: string): Trial {
  let todos = Todos.create({ rows: {} })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        todos = Todos.create({ rows: {} })
        applySnapshot(todos, { rows: JSON.parse(text) as Entries })
      }
    },
    outcome: () => getSnapshot(todos).rows,
  }
}
