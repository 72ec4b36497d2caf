import { action, createMachine, interpret, state, transition } from 'robot3'
import type { Trial } from '../scenario.ts'
import { FIRST, stateAt, TEN, type Watch } from '../scenarios/cycle.ts'
import { eventAt, graphOf } from '../scenarios/graph.ts'

const lamp = createMachine('off', { off: state(transition('toggle', 'on')), on: state(transition('toggle', 'off')) })
const nothing = () => {}
type Service = { machine: { current: string }; send(event: string): void }
const start = (machine: unknown, change: () => void = nothing) =>
  interpret(machine as never, change) as unknown as Service

export function toggle(): Trial {
  const service = start(lamp)
  return {
    run(from, to) {
      for (let step = from; step < to; step++) service.send('toggle')
    },
    outcome: () => ({ on: service.machine.current === 'on' }),
  }
}

export function create(): Trial {
  let on = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        const service = start(lamp)
        service.send('toggle')
        if (service.machine.current === 'on') on++
      }
    },
    outcome: () => ({ on }),
  }
}

export function idle(): Trial {
  const held: Service[] = []
  return {
    run(from, to) {
      for (let step = from; step < to; step++) held.push(start(lamp))
    },
    outcome: () => ({ machines: held.length, on: held.filter((one) => one.machine.current === 'on').length }),
  }
}

export function cycle(watch: Watch): Trial {
  let calls = 0
  const see = () => {
    calls++
  }
  const seen = watch === 'handlers' ? [action(see)] : []
  const states = Object.fromEntries(
    TEN.map((name, i) => [name, state(transition(stateAt(i + 1), stateAt(i + 1), ...seen))]),
  )
  const service = start(createMachine(FIRST, states), watch === 'listener' ? see : nothing)
  return {
    run(from, to) {
      for (let step = from; step < to; step++) service.send(stateAt(step))
    },
    outcome: () => ({ state: service.machine.current, calls }),
    lacks: ['start'],
  }
}

export function walk(size: number): Trial {
  const { names, edges } = graphOf(size)
  const states = Object.fromEntries(
    names.map((name) => [
      name,
      state(...edges.filter((e) => e.source === name).map((e) => transition(e.trigger, e.dest))),
    ]),
  )
  const service = start(createMachine(names[0]!, states))
  return {
    run(from, to) {
      for (let step = from; step < to; step++) service.send(eventAt(step))
    },
    outcome: () => ({ state: service.machine.current }),
  }
}
