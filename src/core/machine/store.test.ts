import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineMachine, defineModel, effect, memoryStorage, openStore } from '../index.ts'

const Door = defineMachine('door', {
  Open: { remove: ['Closed'] },
  Closed: { auto: true, remove: ['Open'] },
  Locked: { require: ['Closed'] },
})
const Log = defineModel(
  'log',
  { count: v.number(), last: v.string() },
  { initial: { count: 0, last: '' }, check: (log) => log.count < 3 || 'too many' },
)

test('model writes of a synchronous handler commit together with the ticks', async () => {
  const storage = memoryStorage()
  const store = await openStore({ storage, state: [Door, Log] })
  const door = store.get(Door)
  const log = store.get(Log)
  const commits: string[][] = []
  store.trace({ commit: (record) => commits.push(record.changes.map((c) => c.field as string)) })
  const seen: string[] = []
  effect(() => {
    seen.push(`${door.is('Open')} ${log.count}`)
  })
  door.handle({
    Open: {
      entered() {
        log.count++
        log.last = 'opened'
      },
    },
  })
  expect(door.add('Open').status).toBe('executed')
  expect(seen).toEqual(['false 0', 'true 1'])
  expect(commits).toEqual([['count', 'last']])
  await store.flush()
  await store.close()
  const again = await openStore({ storage, state: [Door, Log] })
  expect(again.get(Door).is('Open')).toBe(true)
  expect(again.get(Door).machineTick()).toBe(1)
  expect(again.get(Log).toJSON()).toEqual({ count: 1, last: 'opened' })
})

test('mutations in a transaction run after the function, in the same commit, and are dropped with it', async () => {
  const store = createStore({ state: [Door, Log] })
  const door = store.get(Door)
  const log = store.get(Log)
  let records = 0
  store.trace({ commit: () => records++ })
  const queued = store.transaction(() => {
    log.count = 1
    const result = door.add('Open')
    expect(door.is('Open')).toBe(false)
    return result
  })
  expect(queued.status).toBe('queued')
  expect((await queued.settled).status).toBe('executed')
  expect(door.is('Open')).toBe(true)
  expect(records).toBe(1)
  let dropped = queued
  expect(() =>
    store.transaction(() => {
      dropped = door.add('Closed')
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(await dropped.settled).toMatchObject({ status: 'canceled', reason: { kind: 'aborted' } })
  expect(door.is('Open')).toBe(true)
})

test('a handler that throws, or breaks a check, undoes its own model writes only', () => {
  const errors: unknown[] = []
  const store = createStore({ state: [Door, Log], onError: (e) => errors.push(e) })
  const door = store.get(Door)
  const log = store.get(Log)
  door.handle({
    Open: {
      canEnter() {
        expect(() => {
          log.count = 9
        }).toThrow(/negotiation/)
        return true
      },
      entered() {
        log.count = 5
      },
    },
  })
  const result = door.add('Open')
  expect(result).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
  expect(log.count).toBe(0)
  expect(door.isError()).toBe(true)
  // Told once, beside the Exception it became.
  expect(errors).toHaveLength(1)
})

test('a collection of machines: made when touched, deleted with its clock, rolled back', async () => {
  const storage = memoryStorage()
  const Doors = collection(Door)
  const store = await openStore({ storage, state: [Doors] })
  const doors = store.get(Doors)
  doors.add('a').add('Open')
  doors.add('b')
  expect(() =>
    store.transaction(() => {
      doors.delete('a')
      doors.add('a')
      doors.add('c')
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(doors.ids).toEqual(['a', 'b'])
  expect(doors.get('a')?.is('Open')).toBe(true)
  doors.delete('b')
  await store.close()
  const again = await openStore({ storage, state: [Doors] })
  expect(again.get(Doors).ids).toEqual(['a'])
  expect(again.get(Doors).get('a')?.toString()).toBe('(Open:1)')
})

test('snapshot and hydrate carry clocks', () => {
  const store = createStore({ state: [Door, Log] })
  store.get(Door).add('Open')
  const snapshot = store.snapshot()
  store.get(Door).add('Closed')
  store.hydrate(snapshot)
  expect(store.get(Door).toString()).toBe('(Open:1)')
  store.reset()
  expect(store.get(Door).toString()).toBe('(Closed:1) [Open:2]')
})

test('a commit record holds no redacted arguments', () => {
  const args = v.object({ user: v.string(), pin: v.string() })
  const Login = defineMachine('login', {
    Key: { args, redact: ['pin'], multi: true },
    All: { args, redact: true },
  })
  const store = createStore({ state: [Login] })
  const records: unknown[] = []
  store.trace({ commit: (record) => records.push(record.transitions) })
  store.get(Login).add('Key', { user: 'ann', pin: 'hunter2' })
  store.get(Login).add('All', { user: 'bob', pin: 'hunter2' })
  expect(records).toMatchObject([
    [{ key: 'machine/login', called: ['Key'], args: { user: 'ann', pin: { $redacted: true } }, accepted: true }],
    [{ called: ['All'], args: { $redacted: true } }],
  ])
  expect(JSON.stringify(records)).not.toContain('hunter2')
})
