import { describe, expectTypeOf, test } from 'vitest'
import { collection, type Result } from '../../../core/index.ts'
import { Account, Connection, Flight, Flights, state, Telemetry, Todos } from '../fixtures/definitions.ts'
import { connectStore, type MachineMirror, type MirrorStore, offload, serveFunctions } from '../index.ts'

declare const store: MirrorStore
const Accounts = collection(Account)

describe('a mirrored model', () => {
  const telemetry = store.get(Telemetry)
  test('reads as the model does', () => {
    expectTypeOf(telemetry.temperature).toEqualTypeOf<number>()
    expectTypeOf(telemetry.unit).toEqualTypeOf<'C' | 'F'>()
    expectTypeOf(telemetry.fahrenheit).toEqualTypeOf<number>()
    expectTypeOf(telemetry.peek('tags')).toEqualTypeOf<string[]>()
    expectTypeOf(telemetry.toJSON().seen).toEqualTypeOf<Date>()
  })
  test('is written by promises', () => {
    expectTypeOf(telemetry.set({ temperature: 1 }, { durable: true, optimistic: true })).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error a field of the mirror cannot be assigned: a write takes time
    telemetry.temperature = 7
    // @ts-expect-error the field takes a number
    telemetry.set({ temperature: 'hot' })
    // @ts-expect-error there is no such field
    telemetry.set({ pressure: 1 })
  })
  test('lacks what is redacted', () => {
    const account = store.get(Account)
    expectTypeOf(account.owner).toEqualTypeOf<string>()
    // @ts-expect-error the token stays in the worker
    account.token
    // @ts-expect-error nor is it read this way
    account.peek('token')
    // @ts-expect-error nor written from here
    account.set({ token: 'x' })
    expectTypeOf(account.toJSON()).not.toHaveProperty('token')
    const row = store.get(Accounts).get('a')!
    expectTypeOf(row.$id).toEqualTypeOf<string>()
    // @ts-expect-error a row's neither
    row.token
    expectTypeOf(store.get(Accounts).put).parameter(1).not.toHaveProperty('token')
  })
  test('has no drafts', () => {
    // @ts-expect-error drafts are made where the store is
    store.checkout(telemetry)
  })
})

describe('a mirrored collection', () => {
  const todos = store.get(Todos)
  test('reads at once, writes by promises', () => {
    expectTypeOf(todos.size).toEqualTypeOf<number>()
    expectTypeOf(todos.get('a')?.title).toEqualTypeOf<string | undefined>()
    expectTypeOf(todos.add({ title: 'x' }, 'id')).resolves.toHaveProperty('$id')
    expectTypeOf(todos.delete('a')).toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(todos.where('byOwner', 'Ann')[0]!.done).toEqualTypeOf<boolean>()
    // @ts-expect-error there is no such index
    todos.where('byTitle', 'x')
  })
})

describe('a mirrored machine', () => {
  const connection = store.get(Connection)
  test('reads at once, mutates by promises of a result', () => {
    expectTypeOf(connection.is('Connected')).toEqualTypeOf<boolean>()
    expectTypeOf(connection.add('Connecting')).toEqualTypeOf<Promise<Result>>()
    expectTypeOf(connection.add('Connected', { peer: 'x' })).toEqualTypeOf<Promise<Result>>()
    expectTypeOf(connection.add('Connected', { peer: 'x' }, { durable: true })).toEqualTypeOf<Promise<Result>>()
    expectTypeOf(connection.add('Start', undefined, { durable: true })).toEqualTypeOf<Promise<Result>>()
    expectTypeOf(connection.switch('phase')).toExtend<string | undefined>()
    expectTypeOf(connection.whenArgs('Message', { text: 'a' })).resolves.toHaveProperty('text')
    // @ts-expect-error there is no such state
    connection.add('Conected')
    // @ts-expect-error its arguments are missing
    connection.add('Connected')
    // @ts-expect-error they are of another type
    connection.add('Connected', { peer: 7 })
    // @ts-expect-error there is no such group
    connection.switch('nope')
  })
  test('lacks what cannot work from afar', () => {
    // @ts-expect-error a function cannot travel
    connection.whenQuery(() => true)
    // @ts-expect-error handlers are bound in the worker
    connection.handle({})
    // @ts-expect-error it is disposed where it lives
    connection.dispose()
    // @ts-expect-error transitions are traced where they happen
    connection.trace({})
    // @ts-expect-error a transaction is synchronous
    store.transaction(() => {})
    // @ts-expect-error so is a lock's callback in its store
    store.lock([Telemetry], async () => {})
  })
  test('of a collection', () => {
    expectTypeOf(store.get(Flights).add('LH1')).resolves.toExtend<MachineMirror<never, never> | object>()
    expectTypeOf(store.get(Flights).get('LH1')!.is('Air')).toEqualTypeOf<boolean>()
    expectTypeOf(store.get(Flights).get('LH1')!.switch('phase')).toExtend<string | undefined>()
    // @ts-expect-error there is no such state
    store.get(Flights).get('LH1')!.is('Flying')
    expectTypeOf(store.get(Flight).set('Gate')).toEqualTypeOf<Promise<Result>>()
  })
})

test('what is subscribed to is typed', () => {
  store.subscribe(Telemetry, (snapshot, commit) => {
    expectTypeOf(snapshot.temperature).toEqualTypeOf<number>()
    expectTypeOf(commit.commits).toEqualTypeOf<number | undefined>()
  })
  store.subscribe(Todos, (rows) => {
    expectTypeOf(rows.get('a')!.title).toEqualTypeOf<string>()
  })
  store.subscribe(Account, (snapshot) => {
    // @ts-expect-error redacted here, too
    snapshot.token
  })
})

test('a worker of any kind is taken', () => {
  expectTypeOf(connectStore).toBeCallableWith({} as Worker, { state })
  expectTypeOf(connectStore).toBeCallableWith({} as SharedWorker, { state })
  expectTypeOf(connectStore).toBeCallableWith({} as MessagePort, { state })
  expectTypeOf(connectStore).toBeCallableWith({} as import('node:worker_threads').Worker, { state })
  expectTypeOf(connectStore).toBeCallableWith({} as import('node:worker_threads').MessagePort, { state })
  // @ts-expect-error a window posts to whoever is there
  connectStore({ name: 'x' }, { state })
})

test('offloaded functions are typed', () => {
  const heavy = serveFunctions({
    total: (rows: number[], from = 0) => rows.length + from,
    parse: async (text: string) => [text],
  })
  const pool = offload<typeof heavy>(() => ({}) as Worker)
  expectTypeOf(pool.call('total', [[1]])).toEqualTypeOf<Promise<number>>()
  expectTypeOf(pool.call('parse', ['x'], { transfer: [] })).toEqualTypeOf<Promise<string[]>>()
  expectTypeOf(pool.fn('parse')('x')).toEqualTypeOf<Promise<string[]>>()
  // @ts-expect-error there is no such function
  pool.call('sum', [])
  // @ts-expect-error it takes a list of numbers
  pool.call('total', ['x'])
})
