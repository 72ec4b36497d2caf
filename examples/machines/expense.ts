/**
 * Expenses wait for approval: three days for the manager, then seven for the director, then they expire. The deadlines
 * are timeouts of states, and end with them. What an approval needs is said where it belongs, a receipt by `require`,
 * the sum by `canYieldTo`, the person by `canEnter`, and a refusal names the one that refused. Payment is an auto
 * state: it follows from the approval, and no code can forget it.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine, exclusive } from 'escapement'
import { manualTimers } from 'escapement/testing'
import * as v from 'valibot'
import { why } from './story.ts'

const DAY = 24 * 60 * 60 * 1000
const timers = manualTimers()
const say = (text: string) => console.log(`day ${String(timers.now() / DAY).padStart(2)}  ${text}`)

const step = exclusive('WithManager', 'WithDirector', 'Approved', 'Rejected', 'Expired')
const Expense = defineMachine(
  'expense',
  {
    Submitted: { add: ['WithManager'], args: v.object({ by: v.string(), euros: v.number() }) },
    Receipt: { require: ['Submitted'] },
    WithManager: { ...step.WithManager, require: ['Submitted'], timeout: { ms: 3 * DAY, add: 'WithDirector' } },
    WithDirector: { ...step.WithDirector, require: ['Submitted'], timeout: { ms: 7 * DAY, add: 'Expired' } },
    Approved: { ...step.Approved, require: ['Submitted', 'Receipt'], args: v.object({ by: v.string() }) },
    Rejected: { ...step.Rejected, require: ['Submitted'], args: v.object({ by: v.string(), because: v.string() }) },
    Expired: step.Expired,
    Paid: { auto: true, require: ['Approved'] },
  },
  { groups: { step } },
)

function submit(what: string, by: string, euros: number) {
  const expense = createMachine(Expense, { id: what, timers })
  expense.handle({
    WithManager: { canYieldTo: { Approved: () => euros <= 1000 } },
    Approved: { canEnter: ({ args }) => args.by !== by, canExit: () => false },
    Rejected: { canExit: () => false },
    Expired: { canExit: () => false },
    any: { entered: ({ transition }) => say(`${what}: ${transition.enters.join(', ')}`) },
  })
  expense.add('Submitted', { by, euros })
  return expense
}

const lunch = submit('lunch', 'Ann', 20)
const laptop = submit('laptop', 'Ben', 2000)
const yacht = submit('yacht', 'Cy', 900_000)
const taxi = submit('taxi', 'Di', 30)

say(`  lunch without a receipt: ${why(lunch.add('Approved', { by: 'Max' }))}`)
for (const expense of [lunch, laptop, yacht]) expense.add('Receipt')
say(`  lunch by Ann herself: ${why(lunch.add('Approved', { by: 'Ann' }))}`)
say(`  laptop by the manager: ${why(laptop.add('Approved', { by: 'Max' }))}`)
lunch.add('Approved', { by: 'Max' })
assert.deepEqual(lunch.active(), ['Submitted', 'Receipt', 'Approved', 'Paid'])

timers.advance(DAY)
taxi.add('Rejected', { by: 'Max', because: 'a bus goes there' })
timers.advance(3 * DAY)
assert.equal(laptop.switch('step'), 'WithDirector')
laptop.add('Approved', { by: 'Eve' })
assert(laptop.is('Paid'))
assert.equal(timers.pending, 1, 'of all the deadlines, that of the yacht is left')

timers.advance(30 * DAY)
say(`  yacht, at last: ${why(yacht.add('Approved', { by: 'Eve' }))}`)
assert.deepEqual([yacht.switch('step'), taxi.switch('step')], ['Expired', 'Rejected'])
assert.equal(timers.pending, 0)
console.log(`${yacht}`)
