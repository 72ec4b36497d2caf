import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineMachine, exclusive } from './define-machine.ts'
import { ManualTimers } from './fixtures/manual-timers.ts'
import { type Core, createMachine } from './machine.ts'
import { basicStates, connectedStates, connectionPoolStates, disposedStates } from './states.ts'

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
    const m = createMachine(d)
    m.add('A')
    m.addError('x')
    expect(m.active()).toEqual(['Exception'])
    m.addError('y')
    expect(m.tick('Exception')).toBe(3)
  })
  test('what was given is not touched, and changing it later changes nothing', () => {
    const states = { A: { remove: ['A', 'B'] as ('A' | 'B')[] }, B: {} }
    const m = createMachine(defineMachine('m', states))
    states.A.remove.pop()
    m.add('B')
    m.add('A')
    expect(m.active()).toEqual(['A'])
    expect(states.A.remove).toEqual(['A'])
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
  test('exclusive groups and switch', () => {
    const phase = exclusive('Idle', 'Busy', 'Done')
    const m = createMachine(defineMachine('m', { ...phase, Free: {} }, { groups: { phase, two: ['Idle', 'Free'] } }))
    expect(m.switch('phase')).toBeUndefined()
    m.add(['Free', 'Idle'])
    m.add('Busy')
    expect([m.switch('phase'), m.switch('two')]).toEqual(['Busy', 'Free'])
    m.add('Done')
    expect(m.active()).toEqual(['Done', 'Free'])
  })
  test('mixins go together', () => {
    const m = createMachine(defineMachine('m', { ...basicStates, ...connectedStates, ...disposedStates }))
    m.add('Start')
    expect(m.active()).toEqual(['Start', 'Disconnected'])
    m.add('Connecting')
    m.add('Connected')
    expect(m.active()).toEqual(['Start', 'Connected'])
    m.addError(new Error('lost'), { state: 'ErrNetwork' })
    expect(m.is(['ErrNetwork', 'Exception'])).toBe(true)
    m.add('Disposing')
    // Without Start there is no connection; without Exception no error state.
    expect(m.active()).toEqual(['Disconnected', 'Disposing'])
    m.add('Disposed')
    expect(m.is('Disposing')).toBe(false)
    const pool = createMachine(defineMachine('p', { ...basicStates, ...connectionPoolStates }))
    pool.add(['Start', 'Connected'])
    pool.add(['ConnectedFully', 'Connecting'])
    expect(pool.active()).toEqual(['Start', 'Connecting', 'Connected', 'ConnectedFully'])
    pool.add('Disconnecting')
    expect(pool.active()).toEqual(['Start', 'Disconnecting'])
  })
  test('two machines share nothing but the definition', () => {
    const d = defineMachine('m', { A: {} })
    const [a, b] = [createMachine(d), createMachine(d, { id: 'b', parent: createMachine(d, { id: 'p' }), tags: ['x'] })]
    a.add('A')
    expect(b.is('A')).toBe(false)
    expect([b.id, b.parent?.id, b.tags, a.parent, a.tags]).toEqual(['b', 'p', ['x'], undefined, []])
    expect(a.id).toMatch(/^[\w-]{16}$/)
    expect(a.id).toBe(a.id)
  })
})

describe('args', () => {
  const schemas = {
    valibot: v.object({ peer: v.string(), n: v.optional(v.number(), 7) }),
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
  test('two states with schemas each get their own output', () => {
    const m = createMachine(
      defineMachine('m', { A: { args: v.object({ a: v.string() }) }, B: { args: v.object({ b: v.number() }) }, C: {} }),
    )
    const seen: unknown[] = []
    const look = { entered: ({ args }: { args: unknown }) => void seen.push(args) }
    m.handle({ A: look, B: look, C: look })
    m.add(['A', 'B', 'C'], { a: 'x', b: 1 })
    expect(seen).toEqual([{ a: 'x' }, { b: 1 }, { a: 'x', b: 1 }])
  })
  test('a state with a schema is never given what was meant for another', () => {
    const m = createMachine(
      defineMachine('m', {
        A: { args: v.object({ a: v.string() }) },
        B: { args: v.object({ b: v.number() }), remove: ['A'], add: ['C'] },
        C: { args: v.object({ c: v.number() }) },
      }),
    )
    const seen: unknown[] = []
    const look = ({ args, state }: { args: unknown; state: string }) => void seen.push([state, args])
    m.handle({ A: { exited: look }, B: { entered: look }, C: { entered: look } })
    m.add('A', { a: 'x' })
    m.add('B', { b: 1 })
    expect(seen).toEqual([
      ['A', undefined],
      ['B', { b: 1 }],
      ['C', undefined],
    ])
  })
  test('an asynchronous schema is refused at the call', () => {
    const args = { '~standard': { version: 1, vendor: 'x', validate: async () => ({ value: 1 }) } } as const
    const m = createMachine(defineMachine('m', { A: { args } }))
    expect(() => m.add('A', 1 as never)).toThrow(/asynchronous/)
  })
  test('what is redacted is not quoted', () => {
    const args = v.object({ user: v.string(), pin: v.pipe(v.string(), v.length(4)) })
    const message = (redact: true | string[]) => {
      try {
        createMachine(defineMachine('m', { A: { args, redact } })).add('A', { user: 1 as never, pin: '12345' })
      } catch (error) {
        return (error as Error).message
      }
      return ''
    }
    expect(message(['pin'])).toMatch(/user: .*received 1[\s\S]*pin: rejected \(redacted\)/)
    expect(message(true)).not.toMatch(/12345|received/)
  })
  test('Exception restated with args keeps its error', () => {
    const m = createMachine(defineMachine('m', { Exception: { args: v.object({ code: v.number() }) } }))
    m.addError('boom', { args: { code: 7 } })
    expect(m.error()).toBe('boom')
    expect(() => m.addError('x', { args: { code: 'y' } })).toThrow(/code/)
    m.addError('bare')
    expect(m.error()).toBe('bare')
  })
})

describe('timeouts of states', () => {
  test('add, remove, set; cleared when the tick changes', () => {
    const timers = new ManualTimers()
    const d = defineMachine('m', {
      A: { timeout: { ms: 10, add: 'T' } },
      B: { timeout: { ms: 10, remove: ['B', 'T'] }, multi: true },
      C: { timeout: { ms: 5, set: 'T' } },
      T: {},
    })
    const m = createMachine(d, { timers })
    m.add('A')
    timers.advance(9)
    m.remove('A')
    expect(timers.open).toBe(0)
    m.add('A')
    timers.advance(10)
    expect(m.active()).toEqual(['A', 'T'])
    m.add('B')
    timers.advance(6)
    m.add('B')
    timers.advance(9)
    expect(m.is('B')).toBe(true)
    timers.advance(1)
    expect(m.active()).toEqual(['A'])
    m.add('C')
    timers.advance(5)
    expect(m.active()).toEqual(['T'])
    m.add('A')
    expect(timers.open).toBe(1)
    m.dispose()
    expect(timers.open).toBe(0)
  })
  test('not for a state that was put back; again after an import', () => {
    const timers = new ManualTimers()
    const d = defineMachine('m', { A: { timeout: { ms: 10, remove: 'A' } } })
    const m = createMachine(d, { timers, onError: () => {} })
    const off = m.handle({
      A: {
        entered: () => {
          throw new Error('x')
        },
      },
    })
    m.add('A')
    expect(timers.open).toBe(0)
    off()
    m.add('A')
    const copy = createMachine(d, { timers })
    copy.import(m.export())
    expect(timers.open).toBe(2)
    timers.advance(10)
    expect([m.is('A'), copy.is('A')]).toEqual([false, false])
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
  const Def = defineMachine('m', { A: {}, B: { require: ['A'] }, C: {}, MachineRestored: { auto: false } })
  test('toString and inspect', () => {
    const m = createMachine(defineMachine('m', { Foo: { require: ['Bar'] }, Bar: { multi: true }, Baz: {} }), {
      id: 'x',
    })
    expect(`${m}`).toBe('()')
    m.add(['Foo', 'Bar'])
    m.add('Bar')
    m.toggle('Baz')
    m.toggle('Baz')
    expect(`${m}`).toBe('(Foo:1 Bar:3) [Baz:2]')
    expect(m.inspect()).toBe('m x\n1 Foo:1, require Bar\n1 Bar:3, multi\n0 Baz:2\n0 Exception:0, multi')
  })
  test('export, import: by name, restarts counted, MachineRestored added, ids of transitions go on', () => {
    const m = createMachine(Def, { id: 'one' })
    m.add(['A', 'B'])
    m.remove('B')
    const data = m.export()
    expect(data).toEqual({
      id: 'one',
      name: 'm',
      states: ['A', 'B', 'C', 'MachineRestored', 'Exception'],
      time: [1, 2, 0, 0, 0],
      queueTick: 3,
      machineTick: 0,
    })
    const copy = createMachine(Def, { id: 'two' })
    const ids: number[] = []
    copy.trace({ transitionEnd: (t) => void ids.push(t.id) })
    copy.add('C')
    copy.import(JSON.parse(JSON.stringify(data)))
    expect(copy.clock()).toEqual({ A: 1, B: 2, C: 0, MachineRestored: 1, Exception: 0 })
    expect([copy.id, copy.machineTick(), copy.queueTick()]).toEqual(['two', 1, 4])
    copy.add('C')
    expect(ids).toEqual([1, 2, 3])
  })
  test('names are checked; what relations refuse is deactivated', () => {
    const m = createMachine(Def)
    const data = { ...m.export(), states: ['X', 'B', 'A'], time: [1, 3, 2] }
    expect(() => m.import(data)).toThrow(
      expect.objectContaining({ name: 'DefinitionError', message: expect.stringMatching(/"X"/) }),
    )
    for (const tick of [-1, 0.5, Number.NaN, '1', undefined]) {
      expect(() => m.import({ ...data, states: ['A'], time: [tick as number] })).toThrow(/no tick for "A"/)
    }
    expect(m.machineTick()).toBe(0)
    m.import(data, { dropUnknown: true })
    expect(m.clock()).toMatchObject({ A: 2, B: 4 })
  })
  test('not inside a transition', () => {
    const m = createMachine(Def)
    let error: unknown
    m.handle({
      A: {
        entered: () => {
          try {
            m.import(m.export())
          } catch (e) {
            error = e
          }
        },
      },
    })
    m.add('A')
    expect(error).toMatchObject({ code: 'MACHINE_BUSY' })
  })
  test('import settles waits, fires signals, tells listeners', async () => {
    const m = createMachine(Def)
    const from = createMachine(Def)
    from.add('A')
    const when = m.when('A')
    const signal = m.signal('A')
    const listener = vi.fn()
    m.listen(listener)
    m.import(from.export())
    await when
    expect(signal.aborted).toBe(true)
    expect(listener).toHaveBeenCalled()
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
  test('everything ends; reads go on', async () => {
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
    for (const result of [m.add('B'), m.remove('A'), m.set([]), m.toggle('A'), m.addError(1), m.canAdd('B')]) {
      expect(result).toMatchObject({ status: 'canceled', reason: { kind: 'disposed' } })
      expect(await result.settled).toBe(result)
    }
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
    ['canEnter', 'canceled', 0],
    ['any.canEnter', 'canceled', 0],
    ['exited', 'executed', 1],
    ['entered', 'executed', 1],
    ['any.entered', 'executed', 1],
    ['listener', 'executed', 1],
    ['tracer', 'executed', 1],
    ['abort', 'executed', 1],
  ] as const)('in %s', (where, status, tick) => {
    const m = createMachine(defineMachine('m', { A: {}, B: { remove: ['A'] }, Z: { auto: true, require: ['B'] } }))
    m.add('A')
    const log: string[] = []
    let queued: unknown
    const end = () => {
      queued = m.add('Z')
      m.dispose()
    }
    const after = { B: { entered: () => void log.push('entered') }, any: { entered: () => void log.push('any') } }
    if (where === 'canEnter') m.handle({ B: { canEnter: end } })
    if (where === 'any.canEnter') m.handle({ any: { canEnter: end } })
    if (where === 'exited') m.handle({ A: { exited: end } })
    if (where === 'entered') m.handle({ B: { entered: end } })
    if (where === 'any.entered') m.handle({ any: { entered: end } })
    if (where === 'listener') m.listen(end)
    if (where === 'tracer') m.trace({ transitionStart: end })
    if (where === 'abort') m.signal('A').addEventListener('abort', end)
    const ran = ['listener', 'any.entered'].includes(where)
    m.handle(ran ? {} : after)
    const expected = where === 'tracer' ? ['canceled', 0] : [status, tick]
    const result = m.add('B')
    expect([result.status, m.tick('B')]).toEqual(expected)
    if (expected[0] === 'canceled') expect(result).toMatchObject({ reason: { kind: 'disposed' } })
    expect([log, m.tick('Z'), (queued as { status: string }).status]).toEqual([[], 0, 'queued'])
  })
  test('drops the queue: what waited settles canceled', async () => {
    const m = createMachine(Def)
    const dropped: string[] = []
    m.trace({ mutationDropped: (mutation, why) => void dropped.push(`${mutation} ${why}`) })
    let settled: Promise<unknown> | undefined
    m.handle({
      A: {
        entered: () => {
          settled = m.add('B').settled
          m.dispose()
        },
      },
    })
    m.add('A')
    expect(await settled).toMatchObject({ status: 'canceled', reason: { kind: 'disposed' } })
    expect(dropped).toEqual(['add B disposed'])
  })
  test('an async handler that ends later changes and reports nothing but its own errors', async () => {
    const onError = vi.fn()
    const m = createMachine(Def, { onError, handlerTimeout: 5, timers: new ManualTimers() })
    m.handle({
      A: {
        entered: ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      },
      B: { entered: async () => Promise.reject(new Error('own')) },
    })
    m.add(['A', 'B'])
    m.dispose()
    expect(m.pending()).toEqual({ handlers: [], waits: [] })
    await new Promise((resolve) => setImmediate(resolve))
    expect(onError.mock.calls.map(([e]) => e.message)).toEqual(['own'])
    expect(m.tick('Exception')).toBe(0)
  })
})
