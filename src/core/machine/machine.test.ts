import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineMachine } from './define-machine.ts'
import { ManualTimers } from './fixtures/manual-timers.ts'
import { type Core, createMachine } from './machine.ts'
import { basicStates } from './states.ts'

describe('definitions', () => {
  test('are frozen data, Exception last and multi also when restated', () => {
    const d = defineMachine(
      'm',
      { Exception: { remove: ['A'] }, A: { remove: ['B'] }, B: {} },
      { version: 3, persist: false },
    )
    expect(d.names).toEqual(['A', 'B', 'Exception'])
    expect(d).toMatchObject({ kind: 'machine', name: 'm', version: 3, persist: false })
    expect(d.states.Exception).toEqual({ multi: true, remove: ['A'] })
    for (const part of [d, d.states, d.states.A, d.states.A.remove, d.names, d.groups])
      expect(Object.isFrozen(part)).toBe(true)
  })
  test('everything wrong is listed at once', () => {
    const bad = {
      A: { require: ['X'], add: ['B', 'Y'], timeout: { ms: 1, add: 'Z' } },
      B: { remove: ['A'], require: ['A'] },
      any: {},
    }
    expect(() => defineMachine('m', bad as never, { groups: { g: ['W'] as never[] } })).toThrow(
      expect.objectContaining({
        name: 'DefinitionError',
        problems: [
          'A.require names "X", which is not a state',
          'A.add names "Y", which is not a state',
          'A.timeout names "Z", which is not a state',
          'B removes "A", which its require names',
          '"any" cannot be the name of a state',
          'group "g" names "W", which is not a state',
        ],
      }),
    )
    expect(() => defineMachine('m', { A: { args: v.objectAsync({}) as never } })).toThrow(/asynchronous/)
    expect(() => defineMachine('m', { A: { remove: ['B'], add: ['B'] }, B: {} })).toThrow(/A removes "B"/)
    expect(() => defineMachine('m', { ['__proto__']: {} })).toThrow(/__proto__/)
    expect(() => defineMachine('m', { A: { require: ['toString' as never] } })).toThrow(/toString/)
  })
  test('two machines have each their id, parent and tags', () => {
    const d = defineMachine('m', { A: {} })
    const [a, b] = [createMachine(d), createMachine(d, { id: 'b', parent: createMachine(d, { id: 'p' }), tags: ['x'] })]
    expect([b.id, b.parent?.id, b.tags, a.parent, a.tags]).toEqual(['b', 'p', ['x'], undefined, []])
    expect(a.id).toMatch(/^[\w-]{16}$/)
    expect(a.id).toBe(a.id)
  })
})

describe('args', () => {
  const schemas = {
    zod: z.object({ peer: z.string(), n: z.number().default(7) }),
    arktype: type({ peer: 'string', n: 'number = 7' }),
  }
  test.each(Object.entries(schemas))('%s: the output reaches handlers, a rejection the caller', (_, args) => {
    const m = createMachine(defineMachine('m', { A: { args, multi: true }, B: {} }))
    const seen: unknown[] = []
    const dropped: string[] = []
    m.handle({ A: { entered: ({ args }) => void seen.push(args), exited: ({ args }) => void seen.push(args) } })
    m.trace({ mutationDropped: (mutation, why) => void dropped.push(`${mutation} ${why}`) })
    const loose = m as unknown as Record<string, (s: string | string[], args?: unknown) => unknown>
    for (const call of ['add', 'set', 'toggle', 'canAdd', 'canSet']) {
      for (const bad of [undefined, {}, { peer: 1 }]) {
        expect(() => loose[call]!('A', bad)).toThrow(
          expect.objectContaining({ name: 'ArgsError', state: 'A', machine: 'm', issues: expect.any(Array) }),
        )
      }
    }
    expect(() => loose.add!(['B', 'A'], { peer: 1 })).toThrow(/peer: /)
    expect(() => loose.remove!('A', { peer: 1 })).toThrow(/peer: /)
    expect(m.queueTick()).toBe(1)
    expect(dropped.length).toBe(11)
    m.add('A', { peer: 'x' } as never)
    m.remove('A')
    expect(seen).toEqual([{ peer: 'x', n: 7 }, undefined])
  })
})

describe('timeouts of states', () => {
  test('end with the machine', () => {
    const timers = new ManualTimers()
    const m = createMachine(defineMachine('m', { A: { timeout: { ms: 10, remove: 'A' } } }), { timers })
    m.add('A')
    expect(timers.open).toBe(1)
    m.dispose()
    expect(timers.open).toBe(0)
  })
  test('a handler that overruns handlerTimeout is an error', async () => {
    const timers = new ManualTimers()
    const onError = vi.fn()
    const d = defineMachine('m', { ...basicStates, A: {} })
    const m = createMachine(d, { timers, onError, handlerTimeout: 100 })
    let finish = () => {}
    m.handle({ A: { entered: () => new Promise<void>((resolve) => (finish = resolve)) } })
    m.add('A')
    timers.advance(99)
    expect(m.isError()).toBe(false)
    timers.advance(1)
    expect(m.is(['ErrHandlerTimeout', 'Exception'])).toBe(true)
    expect(m.error()).toMatchObject({
      code: 'HANDLER_TIMEOUT',
      name: 'TimeoutError',
      state: 'A',
      handler: 'entered',
      ms: 100,
    })
    expect(onError).toHaveBeenCalledTimes(1)
    expect(m.pending().handlers.length).toBe(1)
    finish()
    await Promise.resolve()
      .then(() => {})
      .then(() => {})
    expect(m.pending().handlers).toEqual([])
    m.remove('A')
    m.add('A')
    finish()
    await Promise.resolve()
      .then(() => {})
      .then(() => {})
    expect(timers.open).toBe(0)
  })
})

describe('data in and out', () => {
  test('ids of transitions go on after an import', () => {
    const Def = defineMachine('m', { A: {}, C: {}, MachineRestored: {} })
    const m = createMachine(Def)
    m.add('A')
    m.remove('A')
    const copy = createMachine(Def)
    const ids: number[] = []
    copy.trace({ transitionEnd: (t) => void ids.push(t.id) })
    copy.add('C')
    copy.import(m.export())
    copy.add('C')
    expect(ids).toEqual([1, 2, 3])
  })
  test('restore: silent clocks, lost states told, refused ones deactivated, one auto mutation', () => {
    const d = defineMachine('m', { A: {}, B: { remove: ['A'] }, Z: { auto: true, require: ['A'] } })
    const m = createMachine(d) as unknown as Core
    const entered: string[] = []
    m.handle({ A: { entered: () => void entered.push('A') }, Z: { entered: () => void entered.push('Z') } })
    expect(m.restore({ ticks: { A: 1, Gone: 3 }, queueTick: 9, machineTick: 4 })).toEqual(['Gone'])
    expect(m.clock()).toMatchObject({ A: 1, Z: 1 })
    expect(entered).toEqual(['Z'])
    expect([m.machineTick(), m.queueTick()]).toEqual([5, 10])
    // A and B were both active when B did not yet remove A.
    m.restore({ ticks: { A: 1, B: 1 }, queueTick: 1, machineTick: 0 })
    expect(m.active()).toEqual(['B'])
    expect(m.tick('A')).toBe(2)
  })
  test('restore keeps a state that only what it would imply removes', () => {
    const d = defineMachine('m', { A: { add: ['B'] }, B: { remove: ['C'] }, C: { remove: ['B'] } })
    const m = createMachine(d) as unknown as Core
    m.restore({ ticks: { A: 1, C: 1 }, queueTick: 1, machineTick: 0 })
    expect(m.active()).toEqual(['A', 'C'])
  })
  test('restore: MachineRestored brings the auto mutation, and only one', () => {
    const d = defineMachine('m', { A: {}, Z: { auto: true }, MachineRestored: {} })
    const types: string[] = []
    for (const ticks of [{ A: 1 }, { A: 1, MachineRestored: 1 }] as Record<string, number>[]) {
      const m = createMachine(d) as unknown as Core
      m.trace({ transitionEnd: (t) => void types.push(`${t.auto} ${t.called}`) })
      m.restore({ ticks, queueTick: 1, machineTick: 0 })
      expect(m.is(['Z', 'MachineRestored'])).toBe(true)
    }
    expect(types).toEqual(['false MachineRestored', 'true Z', 'false MachineRestored', 'true Z'])
  })
})

describe('dispose', () => {
  const Def = defineMachine('m', { A: {}, B: {} })
  test('everything ends; reads go on', () => {
    const m = createMachine(Def)
    m.add('A')
    const log: string[] = []
    const signal = m.signal('A')
    const free = m.signal('B')
    m.listen(() => void log.push('listener'))
    m.handle({ B: { entered: () => void log.push('entered') } })
    m.trace({ disposed: () => void log.push('disposed'), transitionEnd: () => void log.push('end') })
    m.dispose()
    m.dispose()
    expect(log).toEqual(['disposed'])
    expect([signal.aborted, free.aborted, m.signal('A').aborted]).toEqual([true, true, true])
    expect(m.listen(() => log.push('late'))()).toBeUndefined()
    m.trace({ mutationDropped: () => void log.push('late') })
    m.add('B')
    expect([m.is('A'), `${m}`, m.isDisposed(), log]).toEqual([true, '(A:1)', true, ['disposed']])
  })
  test('Symbol.dispose, where there is one', () => {
    const m = createMachine(Def)
    m[Symbol.dispose]()
    expect(m.isDisposed()).toBe(true)
  })
  test.each([
    ['listener', 'executed', 1],
    ['tracer', 'canceled', 0],
  ] as const)('in a %s', (where, status, tick) => {
    const m = createMachine(defineMachine('m', { A: {}, B: { remove: ['A'] }, Z: { auto: true, require: ['B'] } }))
    m.add('A')
    const log: string[] = []
    let queued: unknown
    const end = () => {
      queued = m.add('Z')
      m.dispose()
    }
    if (where === 'listener') m.listen(end)
    else {
      m.trace({ transitionStart: end })
      m.handle({ B: { entered: () => void log.push('entered') }, any: { entered: () => void log.push('any') } })
    }
    const result = m.add('B')
    expect([result.status, m.tick('B')]).toEqual([status, tick])
    if (status === 'canceled') expect(result).toMatchObject({ reason: { kind: 'disposed' } })
    expect([log, m.tick('Z'), (queued as { status: string }).status]).toEqual([[], 0, 'queued'])
  })
  test('tracers are told what the queue loses', () => {
    const m = createMachine(Def)
    const dropped: string[] = []
    m.trace({ mutationDropped: (mutation, why) => void dropped.push(`${mutation} ${why}`) })
    m.handle({
      A: {
        entered: () => {
          m.add('B')
          m.dispose()
        },
      },
    })
    m.add('A')
    expect(dropped).toEqual(['add B disposed'])
  })
  test('async handlers that run are no longer pending, and never overdue', () => {
    const onError = vi.fn()
    const timers = new ManualTimers()
    const m = createMachine(Def, { onError, handlerTimeout: 5, timers })
    m.handle({ A: { entered: () => new Promise(() => {}) } })
    m.add('A')
    expect([m.pending().handlers.length, timers.open]).toEqual([1, 1])
    m.dispose()
    expect([m.pending(), timers.open]).toEqual([{ handlers: [], waits: [] }, 0])
    timers.advance(5)
    expect(onError).not.toHaveBeenCalled()
  })
})
