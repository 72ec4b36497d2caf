/**
 * A connection that retries. Nobody calls "retry": `Connecting` is an auto state, so it is tried whenever neither
 * `Connected` nor `Pausing` forbids it, and a pause ends by its own timeout. Each attempt works under the AbortSignal
 * of its state: a dial that hangs, and a user who has had enough, end the work that is under way. And the clock of
 * `Connecting` has counted the attempts.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine, exclusive } from 'escapement'
import * as v from 'valibot'
import { pass, say, timers, why, work } from './story.ts'

const phases = exclusive('Connecting', 'Connected', 'Pausing')
const Connection = defineMachine(
  'connection',
  {
    Start: {},
    Connecting: { ...phases.Connecting, auto: true, require: ['Start'], timeout: { ms: 500, add: 'Pausing' } },
    Connected: { ...phases.Connected, require: ['Start'], args: v.object({ peer: v.string() }) },
    Pausing: { ...phases.Pausing, require: ['Start'], timeout: { ms: 200, remove: 'Pausing' } },
  },
  { groups: { phase: phases } },
)
const connection = createMachine(Connection, { timers })

/** What the server does at each attempt: it refuses, hangs, accepts, and then is slow. */
const server: ((signal: AbortSignal) => Promise<void>)[] = [
  () => Promise.reject(new Error('connection refused')),
  (signal) => work(60_000, signal),
  (signal) => work(50, signal),
  (signal) => work(300, signal),
]

connection.handle({
  Connecting: {
    async entered({ signal }) {
      const attempt = (connection.tick('Connecting') + 1) / 2
      say(`attempt ${attempt}`)
      signal.addEventListener('abort', () => say(`the signal of attempt ${attempt} fires`))
      try {
        await server[attempt - 1]?.(signal)
        connection.add('Connected', { peer: 'example.org' })
      } catch (error) {
        if (signal.aborted) return // Whoever ended the state knows why.
        say(`${error}`)
        connection.add('Pausing')
      }
    },
  },
  Connected: { entered: ({ args }) => say(`connected to ${args.peer}`), exited: () => say('disconnected') },
  Pausing: { entered: () => say('pausing') },
})

say(`connected, without a start? ${why(connection.add('Connected', { peer: 'nobody' }))}`)
connection.add('Start')
await pass(1000)
assert.equal(connection.switch('phase'), 'Connected')
assert.equal(connection.tick('Connecting'), 6, 'three attempts, begun and ended')

say('the peer hangs up')
connection.remove('Connected')
assert.equal(connection.switch('phase'), 'Connecting')
await pass(100)

say('the user stops')
connection.remove('Start')
await pass(1000)
assert.deepEqual(connection.active(), [], 'whatever requires Start went with it')
assert.equal(timers.pending, 0, 'and left no timer behind')
say(`${connection}`)
