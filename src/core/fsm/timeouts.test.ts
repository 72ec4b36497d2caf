import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/manual-timers.ts'
import { checkTimeout, defineFsm, TimeoutManager } from './index.ts'

describe('timeouts', () => {
  const fsm = defineFsm({
    states: [
      { name: 'A', type: 'initial', timeout: { seconds: 5, destination: 'B' }, on_exit: 'x' },
      { name: 'B', timeout: { seconds: 0.0015, destination: 'B' }, on_exit: 'y', on_enter: 'z' },
      { name: 'C', type: 'terminal', timeout: { seconds: 2592000, destination: 'A' } },
      { name: 'D' },
    ],
    transitions: [],
  })
  test('fire at their time, in terminal states too, and into the same state with its actions', () => {
    expect(checkTimeout(fsm, 'A', 1000, 5999.5)).toEqual({ expired: false, remainingMs: 0.5, result: null })
    expect(checkTimeout(fsm, 'A', 1000, 6000).result).toMatchObject({
      trigger: '_timeout',
      targetState: 'B',
      allActions: ['x', 'z'],
      guardsEvaluated: [],
    })
    expect(checkTimeout(fsm, 'B', 0, 2).result).toMatchObject({
      isSelfTransition: true,
      stateChanged: false,
      noOp: false,
      allActions: ['y', 'z'],
    })
    expect(checkTimeout(fsm, 'C', 0, 3e9)).toMatchObject({ expired: true, remainingMs: null })
    expect(checkTimeout(fsm, 'D', 0, 1e15)).toEqual({ expired: false, remainingMs: null, result: null })
    expect(() => checkTimeout(fsm, 'E' as 'D', 0, 0)).toThrow('has no state "E"')
    expect(() => checkTimeout(fsm, 'A', Number.NaN, 0)).toThrow('Not milliseconds')
  })

  test('a manager calls back in order of time, from the clock it was given', () => {
    const manual = manualTimers()
    let longest = 0
    const after = (ms: number, run: () => void) => {
      longest = Math.max(longest, ms)
      return manual.after(ms, run)
    }
    const timers = { ...manual, after, now: () => manual.now() }
    const called: string[] = []
    const manager = new TimeoutManager(fsm, {
      timers,
      onTimeout: (entity, result) => called.push(`${timers.now()} ${entity} ${result.targetState}`),
    })
    const start = timers.now()
    manager.track('late', 'C', start)
    manager.track('second', 'A', start + 10)
    manager.track('first', 'A', start)
    manager.track('gone', 'A', start)
    manager.track('none', 'D', start)
    expect([manager.size, manager.nextDue]).toEqual([4, start + 5000])
    expect([manager.untrack('gone'), manager.untrack('gone'), manager.untrack('none')]).toEqual([true, false, false])
    timers.advance(4999)
    expect(called).toEqual([])
    timers.advance(11)
    expect(called).toEqual([`${start + 5000} first B`, `${start + 5010} second B`])
    // Thirty days are more than one timer can count.
    timers.advance(2 ** 31)
    expect(called).toHaveLength(2)
    timers.advance(2592000_000)
    expect(called).toHaveLength(3)
    expect([manager.size, manager.nextDue, manual.pending]).toEqual([0, undefined, 0])
    // What setTimeout can count to; longer, it fires at once.
    expect(longest).toBe(2 ** 31 - 1)
  })

  test('what is due already is called soon, never at once; an error stops nobody', async () => {
    const timers = manualTimers()
    const called: string[] = []
    const failed: string[] = []
    const manager = new TimeoutManager(fsm, {
      timers,
      onTimeout: (entity) => {
        called.push(entity)
        if (entity === 'throws') throw new Error('a')
        if (entity === 'rejects') return Promise.reject(new Error('b'))
        // Due again at once: must not keep the ring from ending.
        if (called.length < 10) manager.track(entity, 'B', 0)
        return undefined
      },
      onError: (error, entity) => failed.push(`${entity} ${(error as Error).message}`),
    })
    manager.track('throws', 'A', -9000)
    manager.track('rejects', 'A', -8000)
    manager.track('again', 'A', -7000)
    expect(called).toEqual([])
    timers.advance(0)
    timers.advance(1)
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    expect(called.slice(0, 3)).toEqual(['throws', 'rejects', 'again'])
    expect(failed).toEqual(['throws a', 'rejects b'])
    manager.dispose()
    manager.track('after', 'A', 0)
    expect([manager.size, timers.pending]).toEqual([0, 0])
  })

  test('whatever is tracked and untracked, the heap calls everyone once, in order', () => {
    const step = fc.tuple(fc.nat(20), fc.integer({ min: 0, max: 20000 }), fc.boolean())
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const timers = manualTimers()
        const start = timers.now()
        const called: [string, number][] = []
        const manager = new TimeoutManager(fsm, {
          timers,
          onTimeout: (entity) => called.push([entity, timers.now() - start]),
        })
        const model = new Map<string, [due: number, order: number]>()
        steps.forEach(([entity, at, keep], order) => {
          if (keep) {
            manager.track(`e${entity}`, 'A', start + at)
            model.set(`e${entity}`, [at + 5000, order])
          } else expect(manager.untrack(`e${entity}`)).toBe(model.delete(`e${entity}`))
        })
        timers.advance(30000)
        const expected = [...model]
          .sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1])
          .map(([entity, [due]]) => [entity, due])
        expect(called).toEqual(expected)
      }),
    )
  })
})
