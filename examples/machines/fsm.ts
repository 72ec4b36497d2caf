/**
 * A plain finite state machine, a traffic light: of an `exclusive` group one state at most is active, `timeout` moves
 * it on, and `canEnter` knows which moves there are; a wrong one is refused, by name. Then what a plain one lacks: `Walk`
 * is a state of its own, at the same time, that requires `Red` and so ends with it, and `Broken` overrides everything
 * without a single arrow drawn from every other state.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine, exclusive } from 'escapement'
import { pass, say, timers, why } from './story.ts'

const light = exclusive('Red', 'Green', 'Yellow', 'Broken')
const TrafficLight = defineMachine(
  'traffic-light',
  {
    Red: { ...light.Red, timeout: { ms: 3000, add: 'Green' } },
    Green: { ...light.Green, timeout: { ms: 2000, add: 'Yellow' } },
    Yellow: { ...light.Yellow, timeout: { ms: 500, add: 'Red' } },
    Broken: light.Broken,
    Walk: { require: ['Red'] },
  },
  { groups: { light } },
)
const crossing = createMachine(TrafficLight, { timers })

/** Where each light may come from. `undefined` is the crossing that was just switched on. */
const from = { Red: [undefined, 'Yellow', 'Broken'], Green: ['Red'], Yellow: ['Green'] } as const
for (const [to, sources] of Object.entries(from)) {
  crossing.handle({ [to]: { canEnter: () => sources.some((source) => source === crossing.switch('light')) } })
}
crossing.handle({
  any: { entered: () => say(crossing.active().join(' and ')) },
  Walk: { exited: () => say('  (stop walking)') },
})

crossing.add('Red')
say(`yellow? ${why(crossing.add('Yellow'))}`)
crossing.add('Walk')
await pass(3000)
assert.deepEqual(crossing.active(), ['Green'])
say(`walk? ${why(crossing.add('Walk'))}`)
await pass(2500)
assert.deepEqual(crossing.active(), ['Red'])

crossing.add('Broken')
await pass(60_000)
assert.deepEqual(crossing.active(), ['Broken'], 'a state that ended takes its timeout along')
say(`green? ${why(crossing.add('Green'))}`)
crossing.add('Red')
assert.equal(crossing.switch('light'), 'Red')
say(`${crossing}`)
crossing.dispose()
assert.equal(timers.pending, 0)
