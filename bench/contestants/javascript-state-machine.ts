import StateMachine from 'javascript-state-machine'
import type { Trial } from '../scenario.ts'
import { eventAt, graphOf } from '../scenarios/graph.ts'

export function walk(size: number): Trial {
  const { names, edges } = graphOf(size)
  const machine = new StateMachine({
    init: names[0],
    transitions: edges.map(({ trigger, source, dest }) => ({ name: trigger, from: source, to: dest })),
  }) as { state: string } & Record<string, () => void>
  return {
    run(from, to) {
      for (let step = from; step < to; step++) machine[eventAt(step)]!()
    },
    outcome: () => ({ state: machine.state }),
  }
}
