import * as v from 'valibot'
import { afterEach, describe, expect, test } from 'vitest'
import { ArgsError, defineMachine, defineModel, effect, ValidationError } from '../../core/index.ts'
import { Account, Connection, Flights, Telemetry, Todos } from './fixtures/definitions.ts'
import { type Pair, pair } from './fixtures/pair.ts'

let open: Pair[] = []
const opened = async (...about: Parameters<typeof pair>) => {
  const made = await pair(...about)
  open.push(made)
  return made
}
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})

describe('a mirror', () => {
  test('begins as the store is', async () => {
    const { mirror } = await opened(
      {},
      { snapshot: { 'model/todo/7': { v: 1, d: { title: 'wind', owner: 'Ann', done: false }, o: 0 } } },
    )
    expect(mirror.get(Telemetry).toJSON()).toEqual({ temperature: 20, unit: 'C', tags: [], seen: new Date(0) })
    expect(mirror.get(Todos).get('7')?.title).toBe('wind')
    expect(
      mirror
        .get(Todos)
        .where('byOwner', 'Ann')
        .map(({ $id }) => $id),
    ).toEqual(['7'])
    expect(mirror.get(Connection).active()).toEqual([])
    expect(mirror.status).toBe('memory')
  })

  test('follows what is changed in the worker, reactively', async () => {
    const { store, mirror } = await opened()
    const seen: unknown[] = []
    const stop = effect(() => {
      const { temperature, fahrenheit } = mirror.get(Telemetry)
      seen.push([temperature, fahrenheit, mirror.get(Connection).is('Disconnected'), mirror.get(Todos).size])
    })
    store.transaction(() => {
      store.get(Telemetry).temperature = 25
      store.get(Todos).add({ title: 'a' }, 'a')
      store.get(Connection).add('Start')
    })
    await mirror.flush()
    expect(seen).toEqual([
      [20, 68, false, 0],
      [25, 77, true, 1],
    ])
    stop()
  })

  test('writes in the worker, and shows it when the write has resolved', async () => {
    const { store, mirror } = await opened()
    const telemetry = mirror.get(Telemetry)
    await telemetry.set({ temperature: 21, tags: ['x'] })
    expect(telemetry.temperature).toBe(21)
    expect(store.get(Telemetry).tags).toEqual(['x'])
    await expect(telemetry.set({ temperature: 900 })).rejects.toThrow(ValidationError)
    await expect(telemetry.set({ temperature: 900 })).rejects.toMatchObject({
      model: 'telemetry',
      field: 'temperature',
      issues: [{ path: ['temperature'] }],
      value: 900,
    })
    await expect(telemetry.set({ unit: 'F', temperature: -35 })).rejects.toThrow('too cold for F')
    const row = await mirror.get(Todos).add({ title: 'b', owner: 'Bob' }, 'b')
    expect([row.title, row.$id, mirror.get(Todos).ids]).toEqual(['b', 'b', ['b']])
    await row.set({ done: true })
    expect(row.done).toBe(true)
    expect(await mirror.get(Todos).delete('b')).toBe(true)
    expect(mirror.get(Todos).size).toBe(0)
  })

  test('mutates machines in the worker', async () => {
    const { store, mirror } = await opened()
    const connection = mirror.get(Connection)
    store.get(Connection).handle({ Connecting: { canEnter: () => false } })
    expect((await connection.add('Start')).status).toBe('executed')
    expect(connection.active()).toEqual(['Start', 'Disconnected'])
    expect(connection.switch('phase')).toBe('Disconnected')
    expect(await connection.add('Connecting')).toMatchObject({
      status: 'canceled',
      reason: { kind: 'handler', state: 'Connecting', handler: 'canEnter' },
    })
    expect(await connection.canAdd('Message', { text: '' })).toMatchObject({
      status: 'canceled',
      reason: { kind: 'relation', relation: 'require', by: ['Connected'] },
    })
    await expect(connection.add('Connected', { peer: 7 } as never)).rejects.toThrow(ArgsError)
    await connection.add('Connected', { peer: 'x' })
    expect(connection.export()).toEqual({ ...store.get(Connection).export() })
    const flight = await mirror.get(Flights).add('LH1')
    await flight.set('Air')
    expect(flight.toString()).toBe('(Air:1)')
    expect(mirror.get(Flights).get('LH1')).toBe(flight)
  })

  test('refuses at once what cannot be cloned, and that call alone', async () => {
    const { store, mirror } = await opened()
    const connection = mirror.get(Connection)
    await connection.add('Start')
    const cannot = { name: 'DataCloneError', message: expect.stringContaining('could not be cloned') }
    const calls = [
      connection.add('Connected', { peer: (() => 'x') as never }),
      connection.addError('x', { args: { at: () => 1 } }),
      connection.whenArgs('Message', { text: (() => 'x') as never }),
    ]
    const fine = connection.add('Connecting')
    for (const call of calls) await expect(call).rejects.toMatchObject(cannot)
    expect((await fine).status).toBe('executed')
    expect(store.get(Connection).active()).toEqual(['Start', 'Connecting'])
  })

  test('lacks what is redacted', async () => {
    const { store, mirror } = await opened()
    store.get(Account).set({ owner: 'Ann', token: 'hunter2', cents: 250 })
    await mirror.flush()
    const account = mirror.get(Account)
    expect([account.owner, account.euros]).toEqual(['Ann', 2.5])
    expect(() => account.hint).toThrow('redacted')
    expect(() => (account as never as { token: string }).token).toThrow('redacted')
    await expect(account.set({ token: 'x' } as never)).rejects.toThrow('stays in the worker')
  })

  test('waits for ticks that are no whole numbers, as the machine does', async () => {
    const { mirror } = await opened()
    const connection = mirror.get(Connection)
    await connection.whenTicks('Start', -1)
    await connection.whenTime('Start', -1)
    const waited = connection.whenTicks('Start', 0.5)
    await connection.add('Start')
    await waited
  })

  test('waits for arguments that are a list', async () => {
    const Lamp = defineMachine('lamp', { Blink: { multi: true, args: v.array(v.number()) } })
    const { store, mirror } = await opened({ state: [Lamp] }, { state: [Lamp] })
    const waited = mirror.get(Lamp).whenArgs('Blink', [5])
    await mirror.flush()
    store.get(Lamp).add('Blink', [5, 6])
    await mirror.flush()
    expect(await waited).toEqual([5, 6])
  })

  test('hears of what was thrown, also of what has no words', async () => {
    const bare = Object.create(null) as object
    const Door = defineModel(
      'door',
      {
        angle: v.pipe(
          v.number(),
          v.check((angle) => {
            if (angle > 90) throw bare
            return true
          }),
        ),
      },
      { initial: { angle: 0 } },
    )
    const { store, mirror } = await opened({ state: [Door, Connection] }, { state: [Door, Connection] })
    await expect(mirror.get(Door).set({ angle: 180 })).rejects.toThrow('cannot be told')
    store.get(Connection).addError(bare)
    await mirror.flush()
    expect(mirror.get(Connection).error()).toBeInstanceOf(Error)
  })

  test('hears with a new machine why it is in Exception, and that it has ended', async () => {
    const { store, mirror } = await opened()
    const flights = store.get(Flights)
    flights.add('late')
    await mirror.flush()
    const signal = mirror.get(Flights).get('late')!.signal('Air')
    flights.add('new').addError(new Error('no gate'))
    flights.get('new')!.dispose()
    await mirror.flush()
    const fresh = mirror.get(Flights).get('new')!
    expect([fresh.isError(), String(fresh.error()), fresh.isDisposed()]).toEqual([true, 'Error: no gate', true])
    expect(signal.aborted).toBe(false)
  })

  test("of another worker does not keep the first one's errors", async () => {
    const { store, mirror } = await opened()
    store.get(Connection).addError(new Error('the first'))
    await mirror.flush()
    expect(String(mirror.get(Connection).error())).toBe('Error: the first')
    const other = await opened()
    other.store.get(Connection).add('Exception')
    await mirror.reconnect(other.port())
    expect([mirror.get(Connection).isError(), mirror.get(Connection).error()]).toEqual([true, undefined])
  })
})
