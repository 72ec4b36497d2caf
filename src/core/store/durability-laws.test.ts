import fc from 'fast-check'
import { expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { openStore, StorageError } from '../index.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { disk, settled } from './fixtures/disk.ts'

// Random commits beside a disk that fails, hangs and recovers at random. After every call of `write` that succeeded,
// what is on disk is the state after some whole number of commits, and never an older one than before.

type Step =
  | { do: 'lamp' | 'tank' | 'both'; n: number }
  | { do: 'add' | 'delete'; id: string }
  | { do: 'settle' | 'fail' | 'recover' | 'hold' | 'resolve' | 'reject' | 'flush' }
  | { do: 'advance'; ms: number }

const n = fc.integer({ min: 1, max: 99 })
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('lamp', 'tank', 'both'), n }) as fc.Arbitrary<Step> },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('add', 'delete'),
        id: fc.constantFrom('a', 'b', 'c'),
      }) as fc.Arbitrary<Step>,
    },
    {
      weight: 7,
      arbitrary: fc.record({
        do: fc.constantFrom('settle', 'fail', 'recover', 'hold', 'resolve', 'reject', 'flush'),
      }) as fc.Arbitrary<Step>,
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.integer({ min: 1, max: 500 }) }) as fc.Arbitrary<Step>,
    },
  ),
  { minLength: 1, maxLength: 40 },
)

const text = (entries: Iterable<readonly [string, unknown]>) =>
  JSON.stringify([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))

test('storage always holds a whole number of commits, never goes back, and ends up with all', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (program) => {
      const storage = disk()
      const timers = manualTimers()
      const store = await openStore({ storage, state: [Lamp, Tank, Todos], timers, onError: () => {} })
      const [lamp, tank, todos] = [store.get(Lamp), store.get(Tank), store.get(Todos)]
      // What is to be on disk after each commit, by its number.
      const after: string[] = [text([])]
      const expected = new Map<string, unknown>()
      store.trace({
        commit: ({ changes }) => {
          const whole = store.snapshot()
          for (const { key } of changes) {
            if (whole[key] === undefined) expected.delete(key)
            else expected.set(key, whole[key])
          }
          after.push(text(expected))
        },
      })
      let at = 0
      const look = () => {
        const now = text(storage.entries)
        const next = after.indexOf(now, at)
        expect(next, `on disk: ${now}`).toBeGreaterThanOrEqual(at)
        at = next
      }
      // Each flush, and how many commits there were when it was called.
      const flushes: Promise<void>[] = []
      let problems: unknown[] = []
      for (const step of program) {
        if (step.do === 'lamp') lamp.watts = step.n
        else if (step.do === 'tank') tank.level = step.n
        else if (step.do === 'both') {
          store.transaction(() => {
            lamp.watts = step.n
            tank.level = step.n
            todos.put('both', { title: `${step.n}`, done: true })
          })
        } else if (step.do === 'add') todos.put(step.id, { title: step.id, done: false })
        else if (step.do === 'delete') todos.delete(step.id)
        else if (step.do === 'fail') storage.failing = new Error('no space')
        else if (step.do === 'recover') storage.failing = undefined
        else if (step.do === 'hold') storage.manual = true
        else if (step.do === 'advance') timers.advance(step.ms)
        else if (step.do === 'flush') {
          const upTo = after.length - 1
          flushes.push(
            store.flush().then(
              () => {
                if (after.indexOf(text(storage.entries), upTo) < upTo) problems.push(['flushed too early', upTo])
              },
              (error) => {
                if (!(error instanceof StorageError)) problems.push(error)
              },
            ),
          )
        } else {
          const call = storage.calls.shift()
          if (step.do === 'resolve') await call?.resolve()
          else if (step.do === 'reject') await call?.reject()
          else if (call) storage.calls.unshift(call)
          await settled()
        }
        look()
        const { status } = store
        if (status === 'saved') expect(text(storage.entries)).toBe(after.at(-1))
      }
      storage.failing = undefined
      storage.manual = false
      for (const call of storage.calls.splice(0)) await call.resolve()
      await settled()
      timers.advance(30_000)
      await store.flush()
      await Promise.all(flushes)
      await settled()
      expect(problems).toEqual([])
      problems = []
      expect(text(storage.entries)).toBe(after.at(-1))
      expect([store.status, store.storageError, storage.most <= 1, timers.pending]).toEqual([
        'saved',
        undefined,
        true,
        0,
      ])
      await store.close()
    }),
    { numRuns: 250 },
  )
}, 60_000)
