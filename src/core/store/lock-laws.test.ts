import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, defineModel, LockedError, LockTimeoutError } from '../index.ts'
import { settled } from './fixtures/disk.ts'

// Random callers that want random models in random orders, hold them for a while, and end, throw, are aborted or run
// out of patience. Nobody is ever in with somebody else, those who wait for one and the same go in order, a plain
// write in between is refused or done whole, and everybody comes to an end.

const models = ['a', 'b', 'c', 'd'].map((name) => defineModel(name, { n: v.number() }, { initial: { n: 0 } }))

const caller = fc.record({
  wants: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
  start: fc.integer({ min: 0, max: 8 }),
  hold: fc.integer({ min: 0, max: 20 }),
  abortAt: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 2 }),
  timeout: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 3 }),
  throws: fc.boolean(),
})

test('exclusive, in order, without deadlock, and what is dropped is dropped whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(caller, { minLength: 1, maxLength: 12 }), async (callers) => {
      const timers = manualTimers()
      const store = createStore({ state: models, timers })
      const live = models.map((model) => store.get(model))
      const expected = [0, 0, 0, 0]
      const inside = new Set<number>()
      const entered: number[] = []
      const outcomes: string[] = []
      const reason = new Error('aborted')
      const work: Promise<void>[] = []
      const asked: number[] = []

      const start = (i: number) => {
        const { wants, hold, abortAt, timeout, throws } = callers[i]!
        const controller = new AbortController()
        if (abortAt !== undefined) timers.after(abortAt, () => controller.abort(reason))
        asked.push(i)
        let left = () => {}
        const done = store.lock(
          wants.map((want) => models[want]!),
          async (...drafts) => {
            entered.push(i)
            for (const want of wants) {
              expect(inside.has(want)).toBe(false)
              inside.add(want)
            }
            left = () => {
              for (const want of wants) inside.delete(want)
              left = () => {}
            }
            for (const draft of drafts) draft.n += 1
            for (const want of wants) {
              expect(() => {
                live[want]!.n = 99
              }).toThrow(LockedError)
            }
            controller.signal.addEventListener('abort', () => left())
            await new Promise<void>((resolve) => timers.after(hold, resolve))
            left()
            if (throws) throw new Error('mine')
          },
          { signal: controller.signal, ...(timeout !== undefined && { timeout }) },
        )
        work.push(
          done.then(
            () => {
              outcomes[i] = 'done'
              for (const want of wants) expected[want]! += 1
            },
            (error) => {
              if (error === reason) outcomes[i] = 'aborted'
              else if (error instanceof LockTimeoutError) outcomes[i] = 'timeout'
              else if (error.message === 'mine') outcomes[i] = 'threw'
              else outcomes[i] = String(error)
            },
          ),
        )
      }
      callers.forEach((one, i) => {
        timers.after(one.start, () => start(i))
      })
      for (let i = 0; i < 400; i++) {
        await settled()
        timers.advance(1)
      }
      // Not awaited: who is stuck is to be found out, not waited for.
      expect(work).toHaveLength(callers.length)
      for (let i = 0; i < callers.length; i++) expect(['done', 'aborted', 'timeout', 'threw']).toContain(outcomes[i])
      expect(live.map(({ n }) => n)).toEqual(expected)
      // Of two that wanted just one and the same model, who asked first went in first.
      for (let model = 0; model < 4; model++) {
        const only = (i: number) => callers[i]!.wants.length === 1 && callers[i]!.wants[0] === model
        const order = entered.filter(only)
        expect(order).toEqual(asked.filter((i) => only(i) && entered.includes(i)))
      }
      for (const one of live) one.n = 7
      expect(timers.pending).toBe(0)
    }),
    { numRuns: 60 },
  )
}, 60_000)
