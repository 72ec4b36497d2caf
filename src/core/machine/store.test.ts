import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineMachine, defineModel, memoryStorage, openStore } from '../index.ts'

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
  door.handle({
    Open: {
      entered() {
        log.count++
        log.last = 'opened'
      },
    },
  })
  expect(door.add('Open').status).toBe('executed')
  expect(commits).toEqual([['count', 'last']])
  await store.flush()
  await store.close()
  const again = await openStore({ storage, state: [Door, Log] })
  expect(again.get(Door).is('Open')).toBe(true)
  expect(again.get(Door).machineTick()).toBe(1)
  expect(again.get(Log).toJSON()).toEqual({ count: 1, last: 'opened' })
})

test('a collection of machines in storage: what was rolled back or deleted is not there', async () => {
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
  doors.delete('b')
  await store.close()
  const again = await openStore({ storage, state: [Doors] })
  expect(again.get(Doors).ids).toEqual(['a'])
  expect(again.get(Doors).get('a')?.toString()).toBe('(Open:1)')
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
