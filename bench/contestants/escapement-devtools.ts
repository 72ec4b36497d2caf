import { createMachine, defineMachine } from 'escapement'
import { connectDevtools } from 'escapement/devtools'
import type { Trial } from '../scenario.ts'
import type { Watch } from '../scenarios/cycle.ts'
import { cycle } from './escapement-machines.ts'

// Once per process, as in an app: another agent would be another class of machines in the same loops.
let connected = false
function connect(seen: Seen): void {
  if (seen !== 'nobody' && !connected) connectDevtools()
  connected = true
}

const Lamp = defineMachine('lamp', { On: {} })
/** Made before any agent. */
const unseen = createMachine(Lamp)

/** Where the agent is: nowhere, at work elsewhere in the realm, or on the machine itself. */
export type Seen = 'nobody' | 'elsewhere' | 'agent'

export function toggle(seen: Seen): Trial {
  connect(seen)
  const late = createMachine(Lamp)
  if (seen === 'elsewhere') late.toggle('On')
  const lamp = seen === 'elsewhere' ? unseen : late
  return {
    run(from, to) {
      for (let step = from; step < to; step++) lamp.toggle('On')
    },
    outcome: () => ({ on: lamp.is('On') }),
  }
}

export function birth(seen: Seen): Trial {
  connect(seen)
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

export function around(watch: Watch, seen: Seen): Trial {
  connect(seen)
  return cycle(watch)
}
