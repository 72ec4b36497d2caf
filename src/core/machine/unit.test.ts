import { effect } from '@preact/signals-core'
import { describe, expect, test, vi } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { FakeUnit } from './fixtures/fake-unit.ts'
import { createMachine } from './machine.ts'
import type { Result } from './types.ts'

const Def = defineMachine('m', {
  A: {},
  B: { remove: ['A'] },
  C: {},
  M: { multi: true },
  Z: { auto: true, require: ['C'] },
})

const make = (unit = new FakeUnit(), onError = vi.fn()) => ({ unit, onError, m: createMachine(Def, { unit, onError }) })

describe('in a store', () => {
  test('an idle store drains at once', () => {
    const { unit, m } = make()
    expect(m.add('C').status).toBe('executed')
    expect(m.is(['C', 'Z'])).toBe(true)
    expect(m.add('B').status).toBe('executed')
    expect(m.add('A')).toMatchObject({ status: 'canceled', reason: { kind: 'relation' } })
    expect(unit.touched.has(m)).toBe(true)
  })
  test('a busy one queues; the mutations run after the function, in the order of their calls over all machines', async () => {
    const { unit, m } = make()
    const other = createMachine(Def, { unit })
    const log: string[] = []
    for (const [name, one] of [
      ['m', m],
      ['other', other],
    ] as const) {
      one.trace({ transitionEnd: (t) => void log.push(`${name} ${t.called}`) })
    }
    const results: Result[] = []
    unit.transaction(() => {
      results.push(m.add('A'), other.add('A'), m.add('C'), m.add('A'), other.remove('B'))
      expect(log).toEqual([])
      expect(m.is('A')).toBe(false)
    })
    expect(results.map((r) => r.status)).toEqual(['queued', 'queued', 'queued', 'executed', 'queued'])
    expect(log).toEqual(['m A', 'other A', 'm C', 'm Z', 'other B'])
    expect(await results[0]!.settled).toMatchObject({ status: 'executed' })
  })
  test('an undone transaction aborts them', async () => {
    const { unit, m } = make()
    const dropped: string[] = []
    m.trace({ mutationDropped: (mutation, why) => void dropped.push(`${mutation} ${why}`) })
    let result: Result | undefined
    let idle: Promise<void> | undefined
    expect(() =>
      unit.transaction(() => {
        result = m.add('A')
        idle = m.whenIdle()
        throw new Error('undo')
      }),
    ).toThrow('undo')
    expect(m.tick('A')).toBe(0)
    expect(dropped).toEqual(['add A aborted'])
    expect(await result!.settled).toMatchObject({ status: 'canceled', reason: { kind: 'aborted' } })
    await idle
    // A savepoint drops its own alone.
    unit.transaction(() => {
      m.add('A')
      expect(() =>
        unit.transaction(() => {
          m.add('C')
          throw new Error('inner')
        }),
      ).toThrow('inner')
      m.add('M')
    })
    expect(m.active()).toEqual(['A', 'M'])
  })
  test('what handlers call runs in the same commit, also on other machines', () => {
    const { unit, m } = make()
    const other = createMachine(Def, { unit })
    const results: string[] = []
    const told = vi.fn()
    m.listen(told)
    m.handle({ A: { entered: () => void results.push(m.add('C').status, other.add('A').status, m.add('M').status) } })
    other.handle({ A: { entered: () => void results.push(m.add('B').status) } })
    m.add('A')
    expect(results).toEqual(['queued', 'queued', 'queued', 'queued'])
    expect(m.active()).toEqual(['B', 'C', 'M', 'Z'])
    expect(told).toHaveBeenCalledTimes(1)
  })
  test('a failing savepoint is a throw of the handler; its writes are undone', () => {
    const { unit, m, onError } = make()
    m.handle({
      A: {
        entered: () => {
          unit.write('kept')
        },
      },
      C: {
        entered: () => {
          unit.write('lost')
          unit.failing = new Error('check')
        },
      },
    })
    m.add('A')
    expect(m.add('C')).toMatchObject({ reason: { kind: 'error' } })
    expect(unit.log).toEqual(['kept'])
    expect(m.clock()).toMatchObject({ A: 1, C: 2, Exception: 1 })
    expect(onError).toHaveBeenCalledTimes(1)
  })
  test('negotiation must not write', () => {
    const { unit, m } = make()
    m.handle({ A: { canEnter: () => unit.write('no') } })
    expect(m.add('A')).toMatchObject({ reason: { kind: 'error' } })
    expect(m.error()).toMatchObject({ message: 'no writes in negotiation' })
    expect(m.canAdd('A')).toMatchObject({ reason: { kind: 'error' } })
  })
  test('effects and listeners come once, after the commit', () => {
    const { unit, m } = make()
    const seen: string[] = []
    effect(() => void seen.push(`effect ${m.is('A')} ${m.is('C')} ${m.is('Z')}`))
    m.listen(() => void seen.push(`listener ${m.add('M').status}`))
    unit.transaction(() => {
      m.add('A')
      m.add('C')
    })
    expect(seen.slice(0, 3)).toEqual(['effect false false false', 'effect true true true', 'listener executed'])
    expect(seen.filter((s) => s.startsWith('effect')).length).toBe(2)
  })
  test('an exception of an async handler is its own commit', async () => {
    const { m } = make()
    m.handle({ A: { entered: async () => Promise.reject(new Error('late')) } })
    m.add('A')
    expect(await m.whenError()).toMatchObject({ message: 'late' })
  })
  test('a throw while a transaction waits comes first, with what caused it', () => {
    const { unit, m } = make()
    const log: string[] = []
    m.trace({ transitionEnd: (t) => void log.push(`${t.called}`) })
    m.handle({
      A: {
        entered: () => {
          throw new Error('x')
        },
      },
    })
    unit.transaction(() => {
      m.add('A')
      m.add('M')
    })
    expect(log).toEqual(['A', 'Exception', 'M'])
  })
  test('machines that keep each other going are stopped', () => {
    const { unit, m, onError } = make()
    const other = createMachine(Def, { unit, onError })
    m.handle({ M: { entered: () => void other.add('M') } })
    other.handle({ M: { entered: () => void m.add('M') } })
    m.add('M')
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'MACHINE_LOOP' }), expect.anything())
    expect(m.isError() || other.isError()).toBe(true)
    expect(m.add('C').status).toBe('executed')
    // The next commit counts anew.
    for (let i = 0; i < 20; i++) expect(m.toggle('A').status).toBe('executed')
  })
  test('import is a commit, or an error inside one', () => {
    const { unit, m } = make()
    m.add('A')
    const data = m.export()
    m.remove('A')
    unit.touched.clear()
    m.import(data)
    expect([m.is('A'), m.machineTick(), unit.touched.has(m)]).toEqual([true, 1, true])
    unit.transaction(() => expect(() => m.import(data)).toThrow(expect.objectContaining({ code: 'MACHINE_BUSY' })))
    expect(m.machineTick()).toBe(1)
  })
  test('disposal inside a commit drops what waits', async () => {
    const { unit, m } = make()
    let result: Result | undefined
    unit.transaction(() => {
      result = m.add('A')
      m.dispose()
    })
    expect(await result!.settled).toMatchObject({ reason: { kind: 'disposed' } })
    expect(m.tick('A')).toBe(0)
  })
  test('behaves as outside of a store', () => {
    const { m } = make()
    const alone = createMachine(Def)
    for (const one of [m, alone]) {
      one.handle({
        A: { entered: () => void one.add('M'), exited: () => void one.add('C') },
        M: { canEnter: () => !one.is('C') },
      })
    }
    for (const s of ['A', 'B', 'M', 'A', 'C', 'A'] as const) {
      expect(m.toggle(s).status).toBe(alone.toggle(s).status)
      expect(m.time()).toEqual(alone.time())
    }
  })
})
