import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { createStore, defineModel, isRedacted } from '../../core/index.ts'
import { manualTimers } from '../../testing/manual-timers.ts'
import { describe as described } from './definitions.ts'
import { Account, Connection, state, Telemetry, Todos } from './fixtures/definitions.ts'
import { faultyChannel, quiet } from './fixtures/faulty-channel.ts'
import { connectStore, serveStore } from './index.ts'
import { FAILED, VALUE } from './protocol.ts'

const SECRET = 'hunter2-very-secret'
/** One call, which goes whole. */
const ONE = new Uint8Array([0])

/** Both sides, and all that was said between them. */
async function spied() {
  const timers = manualTimers()
  const channel = faultyChannel()
  const store = createStore({ state, timers, onError: () => {} })
  const serving = serveStore(store, { endpoint: channel.port1, timers })
  const moved = async <T>(call: Promise<T>): Promise<T> => {
    let open = true
    const done = () => {
      open = false
    }
    call.then(done, done)
    while (open) {
      channel.deliver()
      await quiet()
    }
    return call
  }
  const mirror = await moved(connectStore(channel.port2, { state, timers, onError: () => {} }))
  /** All of it as text, bytes too. */
  const said = () =>
    channel.posted
      .map((message) =>
        JSON.stringify(message, (_, value) =>
          value instanceof Uint8Array
            ? [Buffer.from(value).toString('latin1')]
            : typeof value === 'bigint'
              ? `${value}`
              : value,
        ),
      )
      .join('\n')
  const close = () => Promise.all([mirror.close(), Promise.resolve(serving.close())])
  return { store, mirror, channel, moved, said, close }
}

describe('a redacted field stays in the worker', () => {
  test('whatever is done with its model', async () => {
    const { store, mirror, moved, said, close } = await spied()
    const account = store.get(Account)
    account.set({ owner: 'Ann', token: SECRET, cents: 1 })
    await moved(mirror.get(Account).set({ cents: 2 }))
    account.token = `${SECRET}-2`
    expect(mirror.get(Account).toJSON()).toMatchObject({ owner: 'Ann', cents: 2 })
    await moved(mirror.snapshot())
    await moved(mirror.hydrate(await moved(mirror.snapshot())))
    expect(account.token).toBe(`${SECRET}-2`)
    await expect(moved(mirror.get(Account).set({ cents: 'x' as never }))).rejects.toThrow()
    await expect(moved(mirror.get(Account).reset())).resolves.toBeUndefined()
    account.set({ owner: 'Ann', token: SECRET })
    // The rule across fields quotes the whole model in its error.
    await expect(moved(mirror.get(Account).set({ owner: 'Bob', cents: Number.NaN }))).rejects.toThrow()
    expect(said()).toContain('Ann')
    expect(said()).not.toContain(SECRET)
    await close()
  })

  test('and what a page replaces keeps it', async () => {
    const Users = (await import('../../core/index.ts')).collection(
      defineModel(
        'user',
        { name: v.string(), token: v.string() },
        { initial: { name: '', token: '' }, redact: ['token'] },
      ),
    )
    const channel = faultyChannel()
    const timers = manualTimers()
    const store = createStore({ state: [Users], timers })
    store.get(Users).add({ name: 'Ann', token: SECRET }, 'a')
    const serving = serveStore(store, { endpoint: channel.port1, timers })
    const connecting = connectStore(channel.port2, { state: [Users], timers })
    for (let i = 0; i < 4; i++) {
      channel.deliver()
      await quiet()
    }
    const mirror = await connecting
    const put = mirror.get(Users).put('a', { name: 'Bob' })
    for (let i = 0; i < 4; i++) {
      await quiet()
      channel.deliver()
    }
    await put
    expect(store.get(Users).get('a')?.toJSON()).toMatchObject({ name: 'Bob' })
    expect(store.get(Users).get('a')?.token).toBe(SECRET)
    await Promise.all([mirror.close(), Promise.resolve(serving.close())])
  })

  test('redacted arguments of a machine come as the marker', async () => {
    const { store, mirror, moved, said, close } = await spied()
    store.get(Connection).set(['Start', 'Connected'], { peer: 'x' })
    const waited = mirror.get(Connection).whenArgs('Message', { text: 'hello' })
    await quiet()
    await moved(mirror.flush())
    store.get(Connection).add('Message', { text: 'hello', secret: SECRET })
    const args = await moved(waited)
    expect(args.text).toBe('hello')
    expect(isRedacted(args.secret)).toBe(true)
    expect(said()).not.toContain(SECRET)
    await close()
  })
})

describe('messages are looked at before they are used', () => {
  /** A page that says what it likes, and what it was answered last. */
  async function speaker() {
    const channel = faultyChannel()
    const store = createStore({ state, timers: manualTimers() })
    const serving = serveStore(store, { endpoint: channel.port1, timers: manualTimers() })
    const heard: unknown[][] = []
    channel.port2.open({ message: (message) => heard.push(message as unknown[]), lost: () => {} })
    const say = async (message: unknown) => {
      heard.length = 0
      channel.port2.post(message)
      do await quiet()
      while (channel.deliver())
      return heard
    }
    const members = state.map((definition) => store.member(definition as never))
    const [welcome] = await say(['e:hello', 1, 'x', 1, 1, members.map(described)])
    expect(welcome?.[0]).toBe('e:welcome')
    return { store, say, close: () => serving.close() }
  }

  test('by the worker: a call that is none is an error', async () => {
    const { store, say, close } = await speaker()
    const before = store.snapshot()
    const calls = [
      ['set', 99, 0, {}],
      ['set', 0, 0, 'title'],
      ['set', [2, '__proto__'], 0, { title: 'x' }],
      ['set', 3, 0, {}],
      ['constructor', 0, 0, 'return 1'],
      ['__proto__', 0, 0],
      ['machine.handle', 3, 0, {}],
      ['machine.add', 0, 0, 'Start'],
      ['machine.add', 3, 0, { length: 1 }],
      ['machine.addError', 3, 0, 'no error'],
      ['wait', 3, 0, 'constructor', ['return 1']],
      ['wait', 3, 0, 'whenQuery', ['() => true']],
      ['wait', 3, 0, 'when', [7]],
      ['wait', 3, 0, 'when', ['Connected'], 'soon'],
      ['add', 0, 0, 'x', {}],
      ['add', 2, 0, '../up', {}],
      ['put', 2, 0, 'x', 'no row'],
      ['set', 0, 0, JSON.parse('{"__proto__": {"polluted": true}}')],
      ['set', 1, 0, { token: SECRET }],
      ['store.hydrate', 0, 0, 7],
    ]
    for (const [at, call] of calls.entries()) {
      const [frame] = await say(['e:calls', 1, at + 1, at, ONE, call])
      expect(frame?.[3], JSON.stringify(call)).toEqual([
        at + 1,
        FAILED,
        expect.objectContaining({ stack: expect.any(String) }),
      ])
    }
    expect(store.snapshot()).toEqual(before)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    close()
  })

  test('by the worker: an id is an id, and a key is a key', async () => {
    const { store, say, close } = await speaker()
    const calls = [
      ['add', 2, 0, '__proto__', { title: 'x' }],
      ['store.hydrate', 0, 0, { ...store.snapshot(), ...JSON.parse('{"__proto__": {"v": 1, "d": {}}}') }],
      ['add', 2, 0, '__proto__', { title: 'y' }],
    ]
    for (const [at, call] of calls.entries()) {
      const [frame] = await say(['e:calls', 1, at + 1, at, ONE, call])
      expect(frame?.[3], JSON.stringify(call)).toEqual([at + 1, VALUE, undefined])
    }
    expect(store.get(Todos).get('__proto__')?.title).toBe('y')
    expect(Object.getPrototypeOf(store.get(Todos).toJSON())).toBe(Object.prototype)
    close()
  })

  test('by the worker: a message that is none of its own is asked for again, or nothing to it', async () => {
    const { store, say, close } = await speaker()
    const before = store.snapshot()
    const again: unknown[] = [
      ['e:calls', 1],
      ['e:calls', 1, 1, 0],
      ['e:calls', 1, 1, 0, ONE, 'set'],
      ['e:calls', 1, 1, 0, 'set'],
      ['e:calls', 1, 1, 0, new Uint8Array([1, 99, 1, 0])],
      ['e:calls', 1, 1, 0, new Uint8Array([1, 3, 1, 99])],
      ['e:calls', 1, 1, 0, new Uint8Array([9, 3, 1, 0])],
      ['e:calls', 1, 1, 0, new Uint8Array([1, 3])],
      ['e:calls', 1, 1, 0, ONE],
      ['e:calls', 1, 1, 0, ONE, ['set', 0, { again: 7 }]],
      ['e:calls', 1, 2, 0, ONE, ['reset', 0, 0]],
      ['e:ping', 1, {}, []],
      ['e:ack', 1, Number.NaN],
      ['e:pong', 1],
    ]
    for (const message of again) expect(await say(message), JSON.stringify(message)).toEqual([['e:gap', 1]])
    const nothing: unknown[] = [
      [],
      [null, undefined],
      null,
      7,
      'e:calls',
      ['e:calls', 2, 1, 0, ONE, ['reset', 0, 0]],
      ['e:hello', 1, {}, 1, 1, []],
      ['e:hello', 1, 'x', 99, 1, [{ key: 'model/todo' }]],
      new Uint8Array(3),
      { type: 'APPLY', id: '1', path: ['close'] },
    ]
    for (const message of nothing) expect(await say(message), JSON.stringify(message)).toEqual([])
    expect(store.snapshot()).toEqual(before)
    close()
  })

  test('by the page: what does not fit is asked for again', async () => {
    const { store, mirror, channel, moved, close } = await spied()
    const greetings = () => channel.posted.filter((message) => (message as unknown[])[0] === 'e:hello')
    // Of the present epoch, in which one frame has come: any other is not even looked at.
    const frame = (...rest: number[]) => new Uint8Array([0x65, greetings().length, 2, ...rest])
    const connection = 2
    const messages: (() => unknown)[] = [
      () => frame().subarray(0, 1),
      () => frame(),
      () => frame(0, 99, 1, 2, 0, 1),
      () => frame(0, 0, 99, 1, 2, 0, 1),
      () => frame(0, 0, 0, 1, 2, 0, 1),
      () => frame(0, 0, connection, 2, 0xff),
      () => frame(0, 0, connection, 2, 200, 7),
      () => frame(0, 0, connection, 2, 2, 99, 1),
      () => frame(0, 0, connection, 2, 2, 0, 0),
      () => frame(0, 0, connection, 2, 4, 0, 1, 0, 1),
      () => ['e:frame', frame(1, 0), [[0, 0, 900]], []],
      () => ['e:frame', frame(1, 0), [[0, 99, 'x']], []],
      () => ['e:frame', frame(1, 0), [[connection, 0, 'x']], []],
      () => ['e:frame', frame(1, 0), [['+', 2, '../up', 0, ['x', '', true]]], []],
      () => ['e:frame', frame(1, 0), [['+', 2, 'x', 0, ['', '', true]]], []],
      () => ['e:frame', frame(1, 0), [['+', 3, '', 0, [1, 1]]], []],
      () => ['e:frame', frame(1, 0), [['-', 1234]], []],
      () => ['e:frame', frame(1, 0), [['x', 0]], []],
      () => ['e:frame', frame(1, 0), 'items', []],
      () => ['e:frame', frame(1, 0), [], [1, 99, {}]],
    ]
    const settle = async () => {
      for (let i = 0; i < 4; i++) {
        channel.deliver()
        await quiet()
      }
    }
    for (const [at, make] of messages.entries()) {
      store.get(Telemetry).temperature = at
      await settle()
      const before = greetings().length
      const message = make()
      channel.port1.post(message)
      await settle()
      const what = JSON.stringify(message)
      expect([mirror.status, greetings().length - before], what).toEqual(['memory', 1])
      expect(mirror.get(Connection).time(), what).toEqual(store.get(Connection).time())
    }
    const ignored: unknown[] = [
      ['e:welcome', 1, 77, true, 0, [], [], []],
      ['e:pong', 1, 'x', {}],
      { id: 'x', type: 'HANDLER', name: 'proxy', value: {} },
    ]
    const before = greetings().length
    for (const message of ignored) channel.port1.post(message)
    await settle()
    expect([mirror.status, greetings().length]).toEqual(['memory', before])
    await moved(mirror.get(Todos).add({ title: 'after all' }, 'x'))
    expect(mirror.get(Todos).toJSON()).toEqual(store.get(Todos).toJSON())
    await close()
  })

  test('by the page: a worker that greets with no snapshot is refused at once', async () => {
    const channel = faultyChannel()
    channel.port1.open({
      message: (hello) => channel.port1.post(['e:welcome', 1, (hello as unknown[])[3], true, 0, 'births', [], []]),
      lost: () => {},
    })
    const connecting = connectStore(channel.port2, { state, timers: manualTimers() }).catch((error: unknown) => error)
    while (channel.deliver()) await quiet()
    expect(await connecting).toMatchObject({ code: 'STALE' })
  })

  test('an error brings neither class nor prototype of its own', async () => {
    const { errorOf } = await import('./error-text.ts')
    const facts = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "name": "Evil", "field": "x"}')
    const error = errorOf({
      kind: 'Function',
      name: 'ValidationError',
      message: 'm',
      stack: 's',
      code: 'X',
      facts,
    }) as Error
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype)
    expect(error).toMatchObject({ name: 'ValidationError', message: 'm', stack: 's', field: 'x' })
    expect((error as { polluted?: boolean }).polluted).toBeUndefined()
    expect(errorOf(7)).toBeInstanceOf(Error)
    const own: Record<string, unknown> = { kind: 'Error', name: 'Error', message: 'm', stack: '' }
    own.cause = own
    expect(errorOf(own)).toBeInstanceOf(Error)
    const typed = errorOf({
      kind: 'ValidationError',
      name: 'ValidationError',
      message: 'm',
      stack: '',
      code: 'MODEL_INVALID',
      facts,
    })
    expect(typed).toBeInstanceOf((await import('../../core/index.ts')).ValidationError)
  })
})
