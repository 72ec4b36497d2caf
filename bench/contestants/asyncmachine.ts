import { machine } from 'asyncmachine'
import type { Trial } from '../scenario.ts'
import { FIRST, IDLE, stateAt, TEN, type Watch } from '../scenarios/cycle.ts'

type States = Record<string, { drop?: string[]; require?: string[] }>
const lamp = { On: {} }

export function toggle(): Trial {
  const it = machine(lamp)
  return {
    // It has no toggle of its own.
    run(from, to) {
      for (let step = from; step < to; step++) {
        if (step & 1) it.drop('On')
        else it.add('On')
      }
    },
    outcome: () => ({ on: it.is('On') }),
  }
}

export function create(): Trial {
  let on = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        const it = machine(lamp)
        it.add('On')
        if (it.is('On')) on++
      }
    },
    outcome: () => ({ on }),
  }
}

export function idle(): Trial {
  const held: ReturnType<typeof machine>[] = []
  return {
    run(from, to) {
      for (let step = from; step < to; step++) held.push(machine(lamp))
    },
    outcome: () => ({ machines: held.length, on: held.filter((it) => it.is('On')).length }),
  }
}

function statesOf(names: readonly string[]): States {
  const states: States = { Start: {} }
  for (const name of TEN) states[name] = { drop: TEN.filter((other) => other !== name), require: ['Start'] }
  for (const name of names) states[name] = {}
  return states
}

export function cycle(watch: Watch, large = false): Trial {
  const it = machine(statesOf(large ? IDLE : []))
  let calls = 0
  const see = () => {
    calls++
  }
  const on = (event: string) => (it as unknown as { on(event: string, fn: () => void): void }).on(event, see)
  it.add('Start')
  it.add(FIRST)
  if (watch === 'listener') on('tick')
  if (watch === 'effect') {
    on('S0_state')
    on('S0_end')
  }
  if (watch === 'effect-ten') for (const state of TEN) on(`${state}_state`)
  if (watch === 'handlers') {
    it.setTarget(
      Object.fromEntries(TEN.flatMap((state) => [`${state}_state`, `${state}_end`].map((name) => [name, see]))),
    )
  }
  calls = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) it.add(stateAt(step))
    },
    outcome: () => ({ state: TEN.filter((state) => it.is(state)).join(), start: it.is('Start'), calls }),
  }
}
