import { createStore } from '@xstate/store'
import type { Trial } from '../scenario.ts'
import { FIRST, stateAt, TEN, type Watch } from '../scenarios/cycle.ts'
import { eventAt, graphOf } from '../scenarios/graph.ts'
import { checked, INITIAL, refuses, TOO_HOT, temperatureAt } from '../scenarios/telemetry.ts'

export function writeListener(): Trial {
  const store = createStore({
    context: INITIAL,
    on: {
      write: (context, event: { temperature: number }) => ({ ...context, temperature: checked(event.temperature) }),
    },
  })
  let calls = 0
  store.subscribe(() => {
    calls++
  })
  return {
    run(from, to) {
      for (let step = from; step < to; step++) store.send({ type: 'write', temperature: temperatureAt(step) })
    },
    outcome: () => ({
      calls,
      last: store.getSnapshot().context.temperature,
      refused: refuses(() => store.send({ type: 'write', temperature: TOO_HOT })),
    }),
  }
}

const lamp = () => createStore({ context: { on: false }, on: { toggle: ({ on }) => ({ on: !on }) } })
const TOGGLE = { type: 'toggle' } as const

export function toggle(): Trial {
  const store = lamp()
  return {
    run(from, to) {
      for (let step = from; step < to; step++) store.send(TOGGLE)
    },
    outcome: () => ({ on: store.getSnapshot().context.on }),
  }
}

export function create(): Trial {
  let on = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        const store = lamp()
        store.send(TOGGLE)
        if (store.getSnapshot().context.on) on++
      }
    },
    outcome: () => ({ on }),
  }
}

export function idle(): Trial {
  const held: ReturnType<typeof lamp>[] = []
  return {
    run(from, to) {
      for (let step = from; step < to; step++) held.push(lamp())
    },
    outcome: () => ({ machines: held.length, on: held.filter((store) => store.getSnapshot().context.on).length }),
  }
}

/** One state in the context: it knows no relations. */
export function cycle(watch: Watch): Trial {
  const store = createStore({
    context: { state: FIRST },
    on: { enter: (_context, { state }: { state: string }) => ({ state }) },
  })
  let calls = 0
  if (watch === 'listener') store.subscribe(() => calls++)
  const events = Object.fromEntries(TEN.map((state) => [state, { type: 'enter' as const, state }]))
  return {
    run(from, to) {
      for (let step = from; step < to; step++) store.send(events[stateAt(step)]!)
    },
    outcome: () => ({ state: store.getSnapshot().context.state, calls }),
    lacks: ['start'],
  }
}

/** Its pure function, over a table of ours: it has none. */
export function walk(size: number): Trial {
  const { names, edges } = graphOf(size)
  const table = new Map(names.map((name) => [name, new Map<string, string>()]))
  for (const { source, trigger, dest } of edges) table.get(source)?.set(trigger, dest)
  const move =
    (trigger: string) =>
    ({ state }: { state: string }) => ({ state: table.get(state)?.get(trigger) ?? state })
  const store = createStore({
    context: { state: names[0]! },
    on: { next: move('next'), skip: move('skip'), back: move('back') },
  })
  const events = { next: { type: 'next' }, skip: { type: 'skip' }, back: { type: 'back' } } as const
  let snapshot = store.getSnapshot()
  return {
    run(from, to) {
      for (let step = from; step < to; step++) snapshot = store.transition(snapshot, events[eventAt(step)])[0]
    },
    outcome: () => ({ state: snapshot.context.state }),
  }
}
