import { defineFsm } from 'escapement/fsm'
import type { Trial } from '../scenario.ts'
import { eventAt, graphOf } from '../scenarios/graph.ts'

export function walk(size: number): Trial {
  const { names, edges } = graphOf(size)
  const fsm = defineFsm({
    states: names.map((name, i) => ({
      name,
      type: i === 0 ? ('initial' as const) : ('stable' as const),
      on_enter: ['log'],
    })),
    transitions: edges.map((edge) => ({ ...edge, actions: ['act'] })),
  })
  let state = names[0]!
  return {
    run(from, to) {
      for (let step = from; step < to; step++) state = fsm.process(state, eventAt(step), {}).targetState ?? 'nowhere'
    },
    outcome: () => ({ state }),
  }
}
