import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  collection,
  createStore,
  DefinitionError,
  defineMachine,
  HydrationError,
  memoryStorage,
  openStore,
} from '../index.ts'

const Door = defineMachine('door', { Open: { remove: ['Closed'] }, Closed: { auto: true, remove: ['Open'] } })
const Doors = collection(Door)
const CLOCK = { v: 1, d: { ticks: { Open: 1 }, queueTick: 2, machineTick: 0 } }

test('an id or a name that no storage could hold is told at once, not by a write that fails for ever', () => {
  expect(() => createStore({ state: [Doors], snapshot: { 'machine/door/a\u0000': CLOCK } })).toThrow(HydrationError)
  expect(() => createStore({ state: [defineMachine('my door', {})] })).toThrow(DefinitionError)
  expect(() => createStore({ state: [defineMachine('d'.repeat(300), {})] })).toThrow(DefinitionError)
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
