import * as v from 'valibot'
import {
  collection,
  createMachine,
  createStore,
  defineMachine,
  defineModel,
  exclusive,
} from '../../../src/core/index.ts'

export const SECRET = 'hunter2-very-secret'

export const Door = defineMachine(
  'door',
  {
    ...exclusive('Open', 'Closed'),
    Closed: { auto: true, remove: ['Open'], description: 'Nobody can pass.' },
    Locked: { require: ['Closed'], remove: ['Open'], tags: ['security'] },
    Alarm: { require: ['Locked'], multi: true },
    Opening: { require: ['Closed'], remove: ['Locked'], timeout: { ms: 60_000, remove: 'Opening' } },
  },
  { groups: { wing: ['Open', 'Closed'] } },
)

export const Session = defineMachine('session', {
  Start: {},
  Connecting: { require: ['Start'], remove: ['Connected', 'Disconnected'] },
  Connected: { require: ['Start'], remove: ['Connecting', 'Disconnected'] },
  Disconnected: { auto: true, remove: ['Connecting', 'Connected'] },
  LoggedIn: {
    require: ['Connected'],
    args: v.object({ user: v.string(), password: v.string(), device: v.string() }),
    redact: ['device'],
  },
  Message: { multi: true, require: ['Connected'], args: v.object({ text: v.string() }) },
})

export const Lamp = defineMachine('lamp', { On: {}, Broken: { remove: ['On'] } })

export const Profile = defineModel(
  'profile',
  { name: v.string(), visits: v.number(), note: v.string() },
  { initial: { name: 'nobody', visits: 0, note: SECRET }, redact: ['note'] },
)
export const Todo = defineModel(
  'todo',
  { title: v.string(), done: v.boolean() },
  { initial: { title: '', done: false } },
)
const Todos = collection(Todo)

/** Three machines and a store, with everything the panel shows: refusals, vetoes, causes, async work, errors. */
export function makeApp() {
  const door = createMachine(Door, { id: 'door', tags: ['entrance'], onError: () => {} })
  const session = createMachine(Session, { id: 'session', onError: () => {} })
  const lamp = createMachine(Lamp, { id: 'lamp', parent: door, onError: () => {} })
  const store = createStore({ name: 'app', state: [Profile, Todos] })
  const profile = store.get(Profile)
  const todos = store.get(Todos)
  let finish = () => {}

  door.handle({
    Open: {
      canEnter: () => lamp.is('On'),
      entered: () => void lamp.remove('On'),
    },
    Locked: { entered: () => void session.add('Start') },
  })
  session.handle({
    Connecting: {
      async entered() {
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        session.add('Connected')
      },
    },
    LoggedIn: {
      entered: ({ args }) => {
        profile.set({ name: args.user, visits: profile.visits + 1 })
      },
    },
    Message: {
      entered: ({ args }) => {
        if (args.text === 'boom') throw new Error(`cannot say ${args.text}`)
        todos.add({ title: args.text }, `t${todos.size + 1}`)
      },
    },
  })

  const machines = { door, session, lamp }
  return {
    ...machines,
    store,
    profile,
    todos,
    finish: () => finish(),
    /** One round of everything. */
    round(n: number) {
      door.add('Closed')
      door.add('Open')
      lamp.add('On')
      door.add('Open')
      door.set('Closed')
      door.add('Alarm')
      door.add('Locked')
      door.add('Alarm')
      door.add('Alarm')
      session.add('Connecting')
      session.add('Connected')
      session.add('LoggedIn', { user: `Ann ${n}`, password: SECRET, device: SECRET })
      session.add('Message', { text: `hello ${n}` })
      session.add('Message', { text: 'boom' })
      session.remove('Exception')
      profile.note = `${SECRET} ${n}`
      profile.visits += 10
      session.remove('Connected')
      door.remove('Locked')
    },
    /** What core says now, by machine. */
    read() {
      return Object.fromEntries(
        Object.entries(machines).map(([label, machine]) => [
          label,
          {
            clock: machine.clock() as Record<string, number>,
            sum: machine.timeSum(),
            queueTick: machine.queueTick(),
            machineTick: machine.machineTick(),
            active: [...machine.active()] as string[],
          },
        ]),
      )
    },
  }
}
