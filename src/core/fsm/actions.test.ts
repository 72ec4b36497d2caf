import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createExecutor, idempotencyKeys } from './index.ts'

describe('an executor', () => {
  const result = (...allActions: string[]) => ({ allActions })
  const about = { entity: 'o/1', eventId: 'e#1' }

  test('runs in order, under keys that differ for the same action twice', async () => {
    const calls: unknown[] = []
    const executor = createExecutor()
      .register('a', (context, { key, attempt }) => calls.push([context, key, attempt]))
      .register('b', async () => calls.push('b'))
    const context = { x: 1 }
    expect(await executor.execute(result('a', 'b', 'a'), context, about)).toMatchObject({
      ran: [{ action: 'a', attempts: 1 }, { action: 'b' }, { action: 'a' }],
      failed: [],
      skipped: [],
    })
    expect(calls).toEqual([[context, 'o%2F1/e%231/a', 1], 'b', [context, 'o%2F1/e%231/a#2', 1]])
  })

  test('keys of different triples differ', () => {
    const parts = fc.string({ unit: fc.constantFrom('a', '/', '#', '%', '2', 'F') })
    fc.assert(
      fc.property(
        fc.tuple(parts, parts, fc.array(parts, { maxLength: 3 })),
        fc.tuple(parts, parts, fc.array(parts, { maxLength: 3 })),
        (one, other) => {
          const keys = [one, other].map(([entity, event, actions]) => idempotencyKeys(entity, event, actions))
          expect(new Set(keys[0]).size).toBe(one[2].length)
          if (one[0] !== other[0] || one[1] !== other[1])
            expect(keys[0]!.filter((key) => keys[1]!.includes(key))).toEqual([])
        },
      ),
    )
  })

  const flaky = (failures: number) => {
    let left = failures
    return createExecutor()
      .register('flaky', () => {
        if (left-- > 0) throw new Error(`${left} left`)
      })
      .register('after', () => {})
  }
  test('tries again, so many times and no more', async () => {
    expect(await flaky(2).execute(result('flaky'), {}, { ...about, retry: 2 })).toMatchObject({
      ran: [{ attempts: 3 }],
    })
    expect(await flaky(3).execute(result('flaky'), {}, { ...about, retry: 2 })).toMatchObject({
      failed: [{ attempts: 3, error: new Error('0 left') }],
    })
    expect(await flaky(1).execute(result('flaky'), {}, about)).toMatchObject({ failed: [{ attempts: 1 }] })
  })
  test('stops after a failure, or goes on', async () => {
    expect(await flaky(1).execute(result('flaky', 'after'), {}, about)).toMatchObject({
      ran: [],
      skipped: [{ action: 'after' }],
    })
    expect(await flaky(1).execute(result('flaky', 'after'), {}, { ...about, onError: 'continue' })).toMatchObject({
      ran: [{ action: 'after' }],
      skipped: [],
    })
  })
  test('an action nobody registered fails, and names itself', async () => {
    const { failed } = await createExecutor().execute(result('toString'), {}, about)
    expect((failed[0]!.error as Error).message).toContain('actions [toString]')
  })
  test('a signal ends an action and the rest, and is left alone afterwards', async () => {
    const stop = new AbortController()
    const tries: number[] = []
    const executor = createExecutor().register('never', (_, { attempt }) => {
      tries.push(attempt)
      return new Promise(() => {})
    })
    const going = executor.execute(result('never', 'never'), {}, { ...about, signal: stop.signal, retry: 3 })
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    stop.abort(new Error('enough'))
    const { failed, skipped } = await going
    expect([failed.map(({ error }) => (error as Error).message), skipped.length, tries]).toEqual([['enough'], 1, [1]])
    const aborted = await createExecutor().execute(result('a'), {}, { ...about, signal: AbortSignal.abort() })
    expect(aborted.skipped).toHaveLength(1)
  })
})
