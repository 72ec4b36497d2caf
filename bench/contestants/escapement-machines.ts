import { createMachine, defineMachine, effect, exclusive } from 'escapement'
import type { Trial } from '../scenario.ts'
import { FIRST, IDLE, stateAt, TEN, type Watch } from '../scenarios/cycle.ts'

const Lamp = defineMachine('lamp', { On: {} })

export function toggle(): Trial {
  const lamp = createMachine(Lamp)
  return {
    run(from, to) {
      for (let step = from; step < to; step++) lamp.toggle('On')
    },
    outcome: () => ({ on: lamp.is('On') }),
  }
}

export function create(): Trial {
  let on = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        const lamp = createMachine(Lamp)
        lamp.add('On')
        if (lamp.is('On')) on++
      }
    },
    outcome: () => ({ on }),
  }
}

export function idle(): Trial {
  const held: { is(state: 'On'): boolean }[] = []
  return {
    run(from, to) {
      for (let step = from; step < to; step++) held.push(createMachine(Lamp))
    },
    outcome: () => ({ machines: held.length, on: held.filter((lamp) => lamp.is('On')).length }),
  }
}

type Relations = Record<string, { remove?: readonly string[]; require?: readonly string[] }>

function definitionOf(names: readonly string[]) {
  const states: Relations = { Start: {} }
  for (const [name, { remove }] of Object.entries(exclusive(...TEN))) states[name] = { remove, require: ['Start'] }
  for (const name of names) states[name] = {}
  return defineMachine('cycle', states)
}

const Small = definitionOf([])
const Large = definitionOf(IDLE)

export function cycle(watch: Watch, large = false): Trial {
  const machine = createMachine(large ? Large : Small)
  let calls = 0
  const see = () => {
    calls++
  }
  machine.add('Start')
  machine.add(FIRST)
  if (watch === 'listener') machine.listen(see)
  if (watch === 'effect') {
    effect(() => {
      machine.is('S0')
      see()
    })
  }
  if (watch === 'effect-ten') {
    effect(() => {
      for (const state of TEN) machine.is(state)
      see()
    })
  }
  if (watch === 'handlers')
    machine.handle(Object.fromEntries(TEN.map((state) => [state, { entered: see, exited: see }])))
  calls = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) machine.add(stateAt(step))
    },
    outcome: () => ({ state: TEN.filter((state) => machine.is(state)).join(), start: machine.is('Start'), calls }),
  }
}
