import { produce } from 'immer'
import type { Trial } from '../scenario.ts'
import { INITIAL, NAMES, sumOf } from '../scenarios/numbers.ts'

export function rollback(): Trial {
  let state = INITIAL
  const stop = new Error('stop')
  let thrown = 0
  return {
    run(from, to) {
      for (let step = from; step < to; step++) {
        try {
          state = produce(state, (draft) => {
            for (let i = 0; i < 10; i++) draft[NAMES[i]!] = step + i
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
