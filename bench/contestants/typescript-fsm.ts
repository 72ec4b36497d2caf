import { SyncStateMachine, t } from 'typescript-fsm'
import type { Trial } from '../scenario.ts'
import { FIRST, stateAt, TEN, type Watch } from '../scenarios/cycle.ts'

const nothing = () => {}

// Its synchronous class: the other one goes through a timer for every event. Without a callback that class takes a
// transition for missing, so there is always one.
const lamp = () =>
  new SyncStateMachine<'on' | 'off', 'toggle'>('off', [
    t('off', 'toggle', 'on', nothing),
    t('on', 'toggle', 'off', nothing),
  ])

export function toggle(): Trial {
  const machine = lamp()
  return {
    run(from, to) {
      for (let step = from; step < to; step++) machine.syncDispatch('toggle')
    },
    outcome: () => ({ on: machine.getState() === 'on' }),
  }
}

export function create(): Trial {
  let on = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        const machine = lamp()
        machine.syncDispatch('toggle')
        if (machine.getState() === 'on') on++
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
    outcome: () => ({ machines: held.length, on: held.filter((machine) => machine.getState() === 'on').length }),
  }
}

export function cycle(watch: Watch): Trial {
  let calls = 0
  const see = () => {
    calls++
  }
  const edges = TEN.map((name, i) => t(name, stateAt(i + 1), stateAt(i + 1), watch === 'nobody' ? nothing : see))
  const machine = new SyncStateMachine<string, string>(FIRST, edges as never)
  return {
    run(from, to) {
      for (let step = from; step < to; step++) machine.syncDispatch(stateAt(step))
    },
    outcome: () => ({ state: machine.getState(), calls }),
    lacks: ['start'],
  }
}
