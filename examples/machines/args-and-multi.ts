/**
 * A chat. `Message` is a multi state: called while it is active it is entered again, with the arguments of that call,
 * which its schema has checked (wrong ones are thrown at the caller, and nothing happens). Its clock counts them.
 * What a handler calls is queued, never nested: the answer comes after the question has been dealt with. A wait for a
 * message can look at its arguments.
 */
import assert from 'node:assert/strict'
import { ArgsError, createMachine, defineMachine } from 'escapement'
import * as v from 'valibot'
import { pass, say, timers, why } from './story.ts'

const Chat = defineMachine('chat', {
  Joined: {
    args: v.object({ name: v.string(), password: v.pipe(v.string(), v.minLength(8)) }),
    redact: ['password'], // Not in errors, nor in traces.
  },
  Typing: { multi: true, require: ['Joined'], timeout: { ms: 300, remove: 'Typing' } },
  Message: {
    multi: true,
    require: ['Joined'],
    remove: ['Typing'],
    args: v.object({ from: v.string(), text: v.pipe(v.string(), v.trim(), v.minLength(1)) }),
  },
})
const chat = createMachine(Chat, { timers })
const messages = () => (chat.tick('Message') + 1) >> 1

chat.handle({
  Joined: { entered: ({ args }) => say(`* ${args.name} is here`), exited: () => say('* gone') },
  Typing: { exited: () => say('* stopped typing') },
  Message: {
    entered({ args }) {
      say(`${args.from}: ${args.text}`)
      if (!args.text.endsWith('?')) return
      const answer = chat.add('Message', { from: 'clock', text: `it is ${timers.now()} ms past zero` })
      say(`* (the answer is ${answer.status})`)
    },
  },
})

say(`a message before joining: ${why(chat.add('Message', { from: 'Ann', text: 'hello' }))}`)
assert.throws(
  () => chat.add('Joined', { name: 'Ann', password: 'secret' }),
  (error) => {
    say(`${error}`)
    return error instanceof ArgsError && !error.message.includes('secret')
  },
)
chat.add('Joined', { name: 'Ann', password: 'a long secret' })
assert.throws(() => chat.add('Message', { from: 'Ann', text: '  ' }), ArgsError)

const answered = chat.whenArgs('Message', { from: 'clock' }, { timeout: 10_000, signal: chat.signal('Joined') })
chat.add('Typing')
await pass(200)
chat.add('Typing') // Entered again: its timeout begins anew.
await pass(200)
assert(chat.is('Typing'))
chat.add('Message', { from: 'Ann', text: ' hello ' })
chat.add('Message', { from: 'Ann', text: 'what time is it?' })
say(`* heard: ${(await answered).text}`)
assert.equal(messages(), 3)

chat.add('Typing')
await pass(400)
assert(chat.not('Typing'))
chat.remove('Joined')
assert.deepEqual(chat.active(), [], 'what requires Joined went with it')
say(`* ${messages()} messages; ${chat}`)
