import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  collection,
  createStore,
  DefinitionError,
  DisposedError,
  DuplicateIdError,
  defineMachine,
  effect,
  HydrationError,
  memoryStorage,
  openStore,
} from '../index.ts'

const Door = defineMachine('door', { Open: { remove: ['Closed'] }, Closed: { auto: true, remove: ['Open'] } })
const Doors = collection(Door)
const CLOCK = { v: 1, d: { ticks: { Open: 1 }, queueTick: 2, machineTick: 0 } }

function setup() {
  const store = createStore({ state: [Doors] })
  return { store, doors: store.get(Doors) }
}

test('ids are unique, storable, or random; order is that of adding', () => {
  const { doors } = setup()
  doors.add('b')
  doors.add('a')
  expect(() => doors.add('a')).toThrow(DuplicateIdError)
  expect(() => doors.add('..')).toThrow(DefinitionError)
  expect(doors.add().id).toMatch(/^[\w-]{16}$/)
  expect([doors.ids.slice(0, 2), doors.size]).toEqual([['b', 'a'], 3])
  expect([...doors].map((door) => door.id)).toEqual(doors.ids)
})

test('an id or a name that no storage could hold is told at once, not by a write that fails for ever', () => {
  const { store } = setup()
  expect(() => store.hydrate({ 'machine/door/..': CLOCK })).toThrow(HydrationError)
  expect(() => createStore({ state: [Doors], snapshot: { 'machine/door/a\u0000': CLOCK } })).toThrow(HydrationError)
  expect(() => createStore({ state: [defineMachine('my door', {})] })).toThrow(DefinitionError)
  expect(() => createStore({ state: [defineMachine('d'.repeat(300), {})] })).toThrow(DefinitionError)
})

test('a reader of one door is woken by that door alone', () => {
  const { doors } = setup()
  doors.add('a')
  const runs: Record<string, number> = { a: 0, b: 0, size: 0 }
  const count = (name: string, read: () => unknown) =>
    effect(() => {
      read()
      runs[name]!++
    })
  count('a', () => doors.get('a')?.is('Open'))
  count('b', () => doors.has('b'))
  count('size', () => doors.size)
  expect(runs).toEqual({ a: 1, b: 1, size: 1 })
  doors.add('c')
  expect(runs).toEqual({ a: 1, b: 1, size: 2 })
  doors.add('b')
  expect(runs).toEqual({ a: 1, b: 2, size: 3 })
  doors.get('a')?.add('Open')
  expect(runs).toEqual({ a: 2, b: 2, size: 3 })
  doors.delete('a')
  expect(runs).toEqual({ a: 3, b: 2, size: 4 })
})

test('a deleted machine is disposed when that is past undoing, and not before', async () => {
  const { store, doors } = setup()
  const a = doors.add('a')
  const waiting = a.when('Open').catch((error) => error)
  expect(() =>
    store.transaction(() => {
      doors.delete('a')
      expect(a.isDisposed()).toBe(false)
      throw new Error('back')
    }),
  ).toThrow('back')
  expect([doors.get('a') === a, a.isDisposed()]).toEqual([true, false])
  doors.delete('a')
  expect([doors.get('a'), a.isDisposed()]).toEqual([undefined, true])
  expect(await waiting).toBeInstanceOf(DisposedError)
})

test('machines that nobody touched are there after a reload, with their clocks, in their order', async () => {
  const storage = memoryStorage()
  const first = await openStore({ storage, state: [Doors] })
  for (const id of ['c', 'a', 'b']) first.get(Doors).add(id)
  first.get(Doors).get('a')?.add('Open')
  await first.close()
  const second = await openStore({ storage, state: [Doors] })
  await second.close()
  const third = await openStore({ storage, state: [Doors] })
  expect(third.get(Doors).ids).toEqual(['c', 'a', 'b'])
  expect(third.get(Doors).get('a')?.tick('Open')).toBe(1)
})

test('law: adding and deleting in transactions that may fail is a list of ids, in memory and after a reload', async () => {
  const step = fc.record({ do: fc.constantFrom('add', 'delete', 'open'), id: fc.constantFrom('a', 'b', 'c') })
  const transaction = fc.record({ steps: fc.array(step, { maxLength: 5 }), fails: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(transaction, { maxLength: 8 }), async (program) => {
      const storage = memoryStorage()
      const store = await openStore({ storage, state: [Doors] })
      const doors = store.get(Doors)
      // Each id with the times its present machine was opened.
      let expected = new Map<string, number>()
      for (const { steps, fails } of program) {
        const next = new Map(expected)
        try {
          store.transaction(() => {
            for (const { do: what, id } of steps) {
              if (what === 'add' && !next.has(id)) {
                doors.add(id)
                next.set(id, 0)
              } else if (what === 'delete') {
                doors.delete(id)
                next.delete(id)
              } else if (what === 'open' && next.has(id)) {
                doors.get(id)?.add('Open')
                next.set(id, 1)
              }
            }
            if (fails) throw new Error('back')
          })
          expected = next
        } catch (error) {
          expect((error as Error).message).toBe('back')
        }
        expect(doors.ids).toEqual([...expected.keys()])
        for (const [id, opened] of expected) expect(doors.get(id)?.tick('Open')).toBe(opened)
      }
      await store.close()
      const again = await openStore({ storage, state: [Doors] })
      expect(again.get(Doors).ids).toEqual([...expected.keys()])
      for (const [id, opened] of expected) expect(again.get(Doors).get(id)?.tick('Open')).toBe(opened)
    }),
    { numRuns: 200 },
  )
})
