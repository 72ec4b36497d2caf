/**
 * A service and its database, two machines that know nothing of each other. Pipes keep a state of one in step with a
 * state of the other: the database's `Ready` is the service's `DatabaseReady`, and, inverse, the database is `Asleep`
 * as long as the service has not started. What follows from that is each machine's own affair, by its own relations:
 * the one opens by itself, the other falls back to `ReadOnly`.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine, pipe } from 'escapement'
import * as v from 'valibot'
import { pass, say, timers, why, work } from './story.ts'

const Database = defineMachine('database', {
  Opening: { auto: true, remove: ['Ready'] },
  Ready: { remove: ['Opening'] },
  Asleep: { remove: ['Opening', 'Ready'] },
})
const Service = defineMachine('service', {
  Start: {},
  DatabaseReady: { remove: ['ReadOnly'] },
  ReadOnly: { auto: true, require: ['Start'] },
  Write: { multi: true, require: ['Start', 'DatabaseReady'], args: v.object({ text: v.string() }) },
})
const database = createMachine(Database, { timers })
const service = createMachine(Service, { timers })

database.handle({
  Opening: {
    async entered({ signal }) {
      await work(100, signal)
      database.add('Ready')
    },
  },
})
for (const machine of [database, service]) {
  machine.listen(() => say(`${machine.definition.name.padEnd(8)}  ${machine.active().join(' ') || '-'}`))
}

pipe(service, 'Start', database, 'Asleep', { inverse: true })
const unpipe = pipe(database, 'Ready', service, 'DatabaseReady')
assert(database.is('Asleep'), 'a pipe begins with the current value')

service.add('Start')
say(`write? ${why(service.add('Write', { text: 'too early' }))}`)
await pass(200)
assert.deepEqual(service.active(), ['Start', 'DatabaseReady'])
say(`write? ${why(service.add('Write', { text: 'tick' }))}`)

say('-- the database fails, and opens again')
database.remove('Ready')
assert.deepEqual(service.active(), ['Start', 'ReadOnly'])
await pass(200)
assert.deepEqual(service.active(), ['Start', 'DatabaseReady'])

say('-- without the pipe nobody tells the service')
unpipe()
database.remove('Ready')
assert(service.is('DatabaseReady'))

say('-- the service ends while the database is opening')
service.remove('Start')
await pass(200)
assert.deepEqual(database.active(), ['Asleep'])
assert.equal(timers.pending, 0)
