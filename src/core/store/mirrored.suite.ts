import * as v from 'valibot'
import type { Suite } from '../fixtures/suite.ts'
import type { Result } from '../index.ts'

/** How a mutation ended, as plain data. */
async function told(mutation: Result | Promise<Result>) {
  const result = await mutation
  const { status } = await result.settled
  return 'reason' in result ? [status, result.reason] : [status]
}

/** What machines and models say together, read and written from where they may not be. */
export const mirrored: Suite = (library) => {
  const { collection, defineMachine, defineModel, effect, exclusive, DisposedError, DuplicateIdError } = library

  const Connection = defineMachine(
    'connection',
    {
      Start: {},
      Connecting: { require: ['Start'], remove: ['Connected', 'Disconnected'] },
      Connected: { require: ['Start'], remove: ['Connecting', 'Disconnected'], args: v.object({ peer: v.string() }) },
      Disconnected: { auto: true, remove: ['Connecting', 'Connected'] },
      Message: { multi: true, require: ['Connected'] },
    },
    { groups: { phase: ['Connecting', 'Connected', 'Disconnected'] } },
  )
  const Flights = collection(defineMachine('flight', { ...exclusive('Gate', 'Air', 'Landed'), Late: {} }))
  const Gauge = defineModel('gauge', { level: v.number() }, { initial: { level: 20 } })
  const Todos = collection(defineModel('todo', { title: v.string() }, { initial: { title: '' } }))

  return {
    'a machine reads as its clock says': {
      state: [Connection],
      async here({ get, expect }) {
        const m = get(Connection)
        const names = ['Start', 'Connecting', 'Connected', 'Disconnected', 'Message', 'Exception']
        const about = { id: 'connection', name: 'connection', states: names, machineTick: 0 }
        expect(m.export()).toEqual({ ...about, time: [0, 0, 0, 0, 0, 0], queueTick: 1 })
        await m.add('Start')
        await m.set(['Start', 'Connected'], { peer: 'x' })
        expect([m.is('Connected'), m.is(['Start', 'Connected']), m.is(['Start', 'Message'])]).toEqual([
          true,
          true,
          false,
        ])
        expect([m.not(['Connecting', 'Message']), m.not(['Connecting', 'Start'])]).toEqual([true, false])
        expect([m.any(['Connecting', 'Connected']), m.any(['Connecting', 'Message'])]).toEqual([true, false])
        expect([m.tick('Start'), m.tick('Disconnected'), m.timeSum()]).toEqual([1, 2, 4])
        expect(m.time()).toEqual([1, 0, 1, 2, 0, 0])
        expect(m.clock()).toEqual(Object.fromEntries(names.map((name, at) => [name, m.time()[at]])))
        expect([m.machineTick(), m.active(), m.switch('phase')]).toEqual([0, ['Start', 'Connected'], 'Connected'])
        expect(m.toString()).toBe('(Start:1 Connected:1) [Disconnected:2]')
        expect(m.inspect()).toContain('Connected:1')
        expect([m.isError(), m.isDisposed(), m.error()]).toEqual([false, false, undefined])
        // From 1: two mutations, and one that came by itself.
        expect([m.export(), m.queueTick()]).toEqual([{ ...about, time: m.time(), queueTick: 4 }, 4])
      },
    },
    'mutations answer how they ended': {
      state: [Connection],
      async here({ get, expect }) {
        const m = get(Connection)
        const lacks = (state: string, by: string) => [
          'canceled',
          { kind: 'relation', state, relation: 'require', by: [by] },
        ]
        expect(await told(m.add('Connecting'))).toEqual(lacks('Connecting', 'Start'))
        expect(await told(m.add('Start'))).toEqual(['executed'])
        expect(await told(m.add('Connecting'))).toEqual(['executed'])
        expect(await told(m.toggle('Connecting'))).toEqual(['executed'])
        expect(m.active()).toEqual(['Start', 'Disconnected'])
        expect(await told(m.remove(['Start', 'Disconnected']))).toEqual(['executed'])
        expect(await told(m.set('Start'))).toEqual(['executed'])
        expect(await told(m.canAdd('Connecting'))).toEqual(['executed'])
        expect(await told(m.canAdd('Message'))).toEqual(lacks('Message', 'Connected'))
        expect(await told(m.canRemove('Start'))).toEqual(['executed'])
        expect(await told(m.canSet('Connecting'))).toEqual(lacks('Connecting', 'Start'))
        expect(m.active()).toEqual(['Start', 'Disconnected'])
      },
    },
    'an error makes an Exception, keeps its class, and can be waited for': {
      state: [Connection],
      async here({ get, expect }) {
        const m = get(Connection)
        const waited = m.whenError()
        await m.addError(new RangeError('too far'), { state: 'Start' })
        for (const error of [await waited, m.error()]) {
          expect(error).toBeInstanceOf(RangeError)
          expect((error as Error).message).toBe('too far')
        }
        expect([m.isError(), m.active()]).toEqual([true, ['Start', 'Disconnected', 'Exception']])
        await m.remove('Exception')
        expect([m.isError(), m.error()]).toEqual([false, undefined])
      },
    },
    'machines come and go': {
      state: [Flights],
      async here({ get, expect }) {
        const flights = get(Flights)
        const sizes: number[] = []
        effect(() => {
          sizes.push(flights.size)
        })
        const one = await flights.add('LH1')
        await flights.add('LH2')
        await one.add('Gate')
        await one.set('Air')
        await expect(async () => {
          await flights.add('LH1')
        }).rejects.toThrow(DuplicateIdError)
        expect([flights.get('LH1') === one, flights.has('LH2'), flights.ids]).toEqual([true, true, ['LH1', 'LH2']])
        expect([...flights].map(String)).toEqual(['(Air:1) [Gate:2]', '()'])
        const waiting = expect(one.when('Landed')).rejects.toThrow(DisposedError)
        expect([await flights.delete('LH1'), await flights.delete('LH1')]).toEqual([true, false])
        await waiting
        expect([one.isDisposed(), flights.ids, sizes]).toEqual([true, ['LH2'], [0, 1, 2, 1]])
        expect(await told(one.add('Late'))).toEqual(['canceled', { kind: 'disposed' }])
      },
    },
    'what was deleted does nothing to what came under its id': {
      state: [Flights],
      async here({ get, expect }) {
        const flights = get(Flights)
        const old = await flights.add('LH1')
        await flights.delete('LH1')
        const other = await flights.add('LH1')
        expect(other).not.toBe(old)
        const disposed = ['canceled', { kind: 'disposed' }]
        expect(await told(old.add('Late'))).toEqual(disposed)
        expect(await told(old.canAdd('Late'))).toEqual(disposed)
        expect(await told(old.addError(new Error('late')))).toEqual(disposed)
        await expect(old.when('Late')).rejects.toThrow(DisposedError)
        expect([other.active(), other.queueTick()]).toEqual([[], 1])
        expect(await told(other.add('Gate'))).toEqual(['executed'])
        expect([old.active(), other.active()]).toEqual([[], ['Gate']])
      },
    },
    'hydrate and reset are one change, of models, rows and machines': {
      state: [Gauge, Todos, Connection],
      async here({ get, store, expect }) {
        const [gauge, todos, connection] = [get(Gauge), get(Todos), get(Connection)]
        await todos.add({ title: 'a' }, 'a')
        await connection.add('Start')
        const before = await store.snapshot()
        await todos.add({ title: 'b' }, 'b')
        await todos.delete('a')
        await gauge.set({ level: 99 })
        await connection.remove('Start')
        const seen: unknown[] = []
        effect(() => {
          seen.push([todos.ids, gauge.level, connection.is('Start')])
        })
        let told = 0
        store.listen(() => told++)
        await store.hydrate(before)
        await store.reset()
        expect(seen).toEqual([
          [['b'], 99, false],
          [['a'], 20, true],
          [[], 20, false],
        ])
        expect(told).toBe(2)
        expect(connection.active()).toEqual(['Disconnected'])
      },
    },
  }
}
