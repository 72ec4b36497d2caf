/**
 * A lift: calls come in at any time, and one is served at a time. The loop is an auto state: `Serving` is tried after
 * every change, and its `canEnter` lets it in as long as a call waits. A served call ends the state, which is a change,
 * so the next one begins; `Halted` removes the state, and the signal stops the lift between two floors. Another
 * `canEnter` guards the door of the loop: what makes no sense is refused before it is queued.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine } from 'escapement'
import * as v from 'valibot'
import { pass, say, timers, why, work } from './story.ts'

const Lift = defineMachine('lift', {
  Power: {},
  Call: { multi: true, require: ['Power'], args: v.object({ floor: v.number() }) },
  Serving: { auto: true, require: ['Power'] },
  Halted: { remove: ['Serving'] },
})
const lift = createMachine(Lift, { timers })
const calls: number[] = []
let floor = 0

lift.handle({
  Call: {
    canEnter: ({ args }) =>
      Number.isInteger(args.floor) && args.floor >= 0 && args.floor <= 9 && !calls.includes(args.floor),
    entered: ({ args }) => void calls.push(args.floor),
  },
  Serving: {
    canEnter: () => calls.length > 0,
    async entered({ signal }) {
      const [to] = calls as [number]
      say(`from ${floor} to ${to}`)
      while (floor !== to) {
        await work(100, signal)
        floor += Math.sign(to - floor)
      }
      say(`doors open at ${floor}`)
      calls.shift() // Only what was served is taken from the list.
      lift.remove('Serving')
    },
  },
  Halted: { entered: () => say(`halted at ${floor}`), exited: () => say('going on') },
})

say(`a call without power: ${why(lift.add('Call', { floor: 3 }))}`)
lift.add('Power')
lift.add('Call', { floor: 3 })
lift.add('Call', { floor: 1 })
say(`floor 3 again: ${why(lift.add('Call', { floor: 3 }))}`)
say(`floor 12: ${why(lift.add('Call', { floor: 12 }))}`)
await pass(120)
lift.add('Call', { floor: 5 })
assert.deepEqual(calls, [3, 1, 5])
lift.add('Halted')
await pass(500)
assert.deepEqual([floor, lift.is('Serving')], [1, false])
lift.remove('Halted')
await pass(1500)
assert.deepEqual([floor, calls], [5, []])
assert.deepEqual(lift.active(), ['Power', 'Call'], 'nothing to do, so the loop rests')
say(`${lift}`)
