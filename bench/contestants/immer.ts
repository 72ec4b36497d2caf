import { produce } from 'immer'
import type { Trial } from '../scenario.ts'
import { INITIAL, sumOf, writeTen } from '../scenarios/numbers.ts'

export function rollback(): Trial {
  let state = INITIAL
  const stop = new Error('stop')
  let thrown = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        try {
          state = produce(state, (draft) => {
            writeTen(draft, step)
            throw stop
          })
        } catch (error) {
          if (error === stop) thrown++
        }
      }
    },
    outcome: () => ({ thrown, sum: sumOf(state) }),
  }
}
