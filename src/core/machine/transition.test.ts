import { describe, expect, test, vi } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { createMachine } from './machine.ts'
import type { ExceptionArgs, MachineOptions } from './types.ts'

const quiet = (onError = vi.fn()) => ({ onError }) satisfies MachineOptions

describe('order of handlers', () => {
  test('exits, enters, stays, yields, any; then exited, entered, any', () => {
    const machine = createMachine(
      defineMachine('m', {
        A: { remove: ['B', 'C'] },
        B: { remove: ['A'] },
        C: {},
        D: { multi: true, require: ['E'] },
        E: {},
        F: { after: ['A'] },
      }),
    )
    machine.set(['B', 'C', 'D', 'E'])
    const log: string[] = []
    const say = (what: string) => () => void log.push(what)
    for (const s of machine.definition.names) {
      machine.handle({
        [s]: {
          canExit: say(`canExit ${s}`),
          canEnter: say(`canEnter ${s}`),
          canStay: say(`canStay ${s}`),
          exited: say(`exited ${s}`),
          entered: say(`entered ${s}`),
          canYieldTo: { A: say(`${s} canYieldTo A`), E: say(`${s} canYieldTo E`) },
        },
      })
    }
    machine.handle({ any: { canEnter: say('any canEnter'), entered: say('any entered') } })
    machine.add(['F', 'D', 'A'])
    expect(log).toEqual([
      'canExit B',
      'canExit C',
      'canEnter A',
      'canEnter D',
      'canEnter F',
      'canStay D',
      'canStay E',
      'B canYieldTo A',
      'B canYieldTo E',
      'C canYieldTo A',
      'C canYieldTo E',
      'D canYieldTo A',
      'D canYieldTo E',
      'E canYieldTo A',
      'any canEnter',
      'exited B',
      'exited C',
      'entered A',
      'entered D',
      'entered F',
      'any entered',
    ])
    log.length = 0
    machine.remove('F')
    expect(log).not.toContain('canStay A')
    expect(log).toContain('any entered')
  })

  test('several bindings run in order of binding; unbinding twice is harmless; a binding changed midway waits', () => {
    const machine = createMachine(defineMachine('m', { A: {} }))
    const log: number[] = []
    const off = machine.handle({ A: { entered: () => void log.push(1) } })
    machine.handle({
      A: {
        entered: () => {
          log.push(2)
          off()
          machine.handle({ A: { entered: () => void log.push(4) } })
        },
      },
    })
    machine.handle({ A: { entered: () => void log.push(3) } })
    machine.add('A')
    expect(log).toEqual([1, 2, 3])
    off()
    machine.set([])
    machine.add('A')
    expect(log).toEqual([1, 2, 3, 2, 3, 4])
  })
})

describe('refusals', () => {
  const make = () =>
    createMachine(defineMachine('m', { A: {}, B: { remove: ['A'] }, C: { require: ['A'] }, D: { add: ['A'] } }))

  test('by relation', () => {
    const machine = make()
    expect(machine.add('C')).toMatchObject({
      status: 'canceled',
      reason: { kind: 'relation', state: 'C', relation: 'require', by: ['A'] },
    })
    machine.add('B')
    expect(machine.add('A')).toMatchObject({
      reason: { kind: 'relation', state: 'A', relation: 'remove', by: ['B'] },
    })
    expect(machine.time()).toEqual([0, 1, 0, 0, 0])
  })
  test.each([
    ['A', 'canEnter', () => ({ A: { canEnter: () => false } })],
    ['A', 'canExit', () => ({ A: { canExit: () => false } })],
    ['A', 'canStay', () => ({ A: { canStay: () => false } })],
    ['A', 'canYieldTo.D', () => ({ A: { canYieldTo: { D: () => false } } })],
    ['any', 'canEnter', () => ({ any: { canEnter: () => false } })],
  ] as const)('by %s.%s', async (state, handler, handlers) => {
    const machine = make()
    if (handler !== 'canEnter') machine.add('A')
    machine.handle(handlers())
    const before = machine.time()
    const result = handler === 'canExit' ? machine.remove('A') : machine.add(handler === 'canEnter' ? 'A' : 'D')
    expect(result).toMatchObject({ status: 'canceled', reason: { kind: 'handler', state, handler } })
    expect(machine.time()).toEqual(before)
    expect(await result.settled).toBe(result)
  })
  test('only false refuses', () => {
    const machine = make()
    machine.handle({ A: { canEnter: () => 0 as unknown as boolean } })
    expect(machine.add('A').status).toBe('executed')
  })
  test('executed is one constant', async () => {
    const machine = make()
    const result = machine.add('A')
    expect(machine.add('A')).toBe(result)
    expect(Object.isFrozen(result)).toBe(true)
    expect(result.settled).toBe(result.settled)
    expect(await result.settled).toBe(result)
  })
})

describe('auto', () => {
  test('a refused called state is taken off, and may not be implied; the rest is asked what it was not asked yet', () => {
    const machine = createMachine(
      defineMachine('m', { Go: {}, A: { auto: true, add: ['X'] }, B: { auto: true, add: ['A', 'Y'] }, X: {}, Y: {} }),
    )
    const log: string[] = []
    machine.handle({
      A: { canEnter: () => log.push('A') < 0 },
      B: { canEnter: () => void log.push('B') },
      X: { canEnter: () => void log.push('X') },
      Y: { canEnter: () => void log.push('Y') },
    })
    machine.add('Go')
    expect(machine.active()).toEqual(['Go', 'B', 'Y'])
    expect(log).toEqual(['A', 'B', 'Y'])
  })
  test('an implied state that refuses cancels the whole', () => {
    const machine = createMachine(
      defineMachine('m', { Go: {}, A: { auto: true, add: ['X'] }, B: { auto: true }, X: {} }),
    )
    machine.handle({ X: { canEnter: () => false } })
    machine.add('Go')
    expect(machine.active()).toEqual(['Go'])
  })
  test('a refusal to yield to a called one takes that one off', () => {
    const machine = createMachine(defineMachine('m', { Go: {}, A: { auto: true }, B: { auto: true } }))
    machine.handle({ Go: { canYieldTo: { A: () => false } } })
    machine.add('Go')
    expect(machine.active()).toEqual(['Go', 'B'])
  })
  test('health checks stir nothing, nor does what changed nothing', () => {
    const machine = createMachine(
      defineMachine('m', { Healthcheck: { multi: true }, Heartbeat: {}, A: { auto: true }, B: {} }),
    )
    machine.add('Healthcheck')
    machine.add('Heartbeat')
    machine.remove('B')
    expect(machine.is('A')).toBe(false)
    machine.add('B')
    expect(machine.is('A')).toBe(true)
  })
  test('comes before what handlers queued', () => {
    const machine = createMachine(defineMachine('m', { Go: {}, A: { auto: true }, B: {} }))
    const log: string[] = []
    machine.handle({
      Go: { entered: () => void machine.add('B') },
      A: { entered: () => void log.push('A') },
      B: { entered: () => void log.push('B') },
    })
    machine.add('Go')
    expect(log).toEqual(['A', 'B'])
  })
})

describe('throws', () => {
  const Def = defineMachine('m', { A: { add: ['B'] }, B: { after: ['A'] }, C: { require: ['B'] }, Z: { auto: true } })
  const boom = new Error('boom')
  const bang = () => {
    throw boom
  }

  test.each([
    ['canEnter', { A: { canEnter: bang } }, 'A', 'canEnter'],
    ['canExit', { C: { canExit: bang } }, 'C', 'canExit'],
    ['canStay', { C: { canStay: bang } }, 'C', 'canStay'],
    ['canYieldTo', { C: { canYieldTo: { A: bang } } }, 'C', 'canYieldTo.A'],
    ['any.canEnter', { any: { canEnter: bang } }, 'any', 'canEnter'],
  ] as const)('%s: nothing changes, Exception says where', (kind, handlers, state, handler) => {
    const onError = vi.fn()
    const machine = createMachine(Def, quiet(onError))
    machine.set(['B', 'C', 'Z'])
    const before = machine.active()
    const unbind = machine.handle(handlers)
    let args: ExceptionArgs | undefined
    machine.handle({
      Exception: {
        entered: (e) => {
          args = e.args
          unbind()
        },
      },
    })
    const result = kind === 'canExit' ? machine.remove('C') : machine.add('A')
    expect(result).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
    // These two throw when Exception comes too, which ends there.
    if (kind === 'any.canEnter' || kind === 'canStay') {
      expect(machine.active()).toEqual(before)
    } else {
      expect(machine.active()).toEqual([...before, 'Exception'])
      expect(machine.error()).toBe(boom)
      expect(args).toMatchObject({ error: boom, phase: 'negotiation', state, handler, before })
      expect(args?.called).toEqual(kind === 'canExit' ? ['C'] : ['A'])
    }
    expect(onError).toHaveBeenCalledTimes(1)
    expect(onError.mock.calls[0]![0]).toBe(boom)
    expect(onError.mock.calls[0]![1]).toMatchObject({ phase: 'handler', state, handler, machine })
  })

  test('entered: what ran stays, the rest is put back, and what then lacks a requirement goes', () => {
    const machine = createMachine(Def, quiet())
    const log: string[] = []
    machine.handle({
      B: { entered: bang },
      A: { entered: () => void log.push('A') },
      Z: { entered: () => void log.push('Z') },
    })
    const result = machine.add('A')
    expect(result).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
    // B: on and put back. No auto after the throw; the one after Exception is its own.
    expect(machine.tick('A')).toBe(1)
    expect(machine.tick('B')).toBe(2)
    expect(log).toEqual(['A', 'Z'])
    expect(machine.error()).toBe(boom)
  })
  test('exited: what did not run is active again', () => {
    const machine = createMachine(Def, quiet())
    machine.set(['A', 'B', 'C'])
    machine.handle({ B: { exited: bang } })
    machine.set([])
    // A left before B's handler; B and C came back.
    expect(machine.clock()).toMatchObject({ A: 2, B: 3, C: 3 })
  })
  test('a multi state that entered again is deactivated', () => {
    const machine = createMachine(defineMachine('m', { A: { multi: true }, B: { require: ['A'] } }), quiet())
    machine.add(['A', 'B'])
    machine.handle({ A: { entered: bang } })
    machine.add('A')
    expect(machine.clock()).toMatchObject({ A: 4, B: 2 })
  })
  test('any.entered: all stays', () => {
    const machine = createMachine(Def, quiet())
    const off = machine.handle({
      any: {
        entered: () => {
          off()
          bang()
        },
      },
    })
    expect(machine.add('C').status).toBe('canceled')
    expect(machine.add('A')).toMatchObject({ reason: { kind: 'error' } })
    expect(machine.clock()).toMatchObject({ A: 1, B: 1, Exception: 1 })
  })
  test('in an auto mutation: canceled whole, Exception follows', () => {
    const machine = createMachine(Def, quiet())
    machine.handle({ Z: { canEnter: bang } })
    expect(machine.add('B').status).toBe('executed')
    expect(machine.active()).toEqual(['B', 'Exception'])
  })
  test.each([['canEnter'], ['entered']] as const)('during Exception, %s: onError alone', (kind) => {
    const onError = vi.fn()
    const machine = createMachine(Def, quiet(onError))
    const second = new Error('second')
    machine.handle({
      A: { canEnter: bang },
      Exception: {
        [kind]: () => {
          throw second
        },
      },
    })
    machine.add('A')
    expect(onError.mock.calls.map(([e]) => e)).toEqual([boom, second])
    expect(machine.is('Exception')).toBe(false)
    expect(machine.tick('Exception')).toBe(kind === 'entered' ? 2 : 0)
  })
  test('the same error is told once', () => {
    const onError = vi.fn()
    const machine = createMachine(Def, quiet(onError))
    machine.handle({ A: { canEnter: bang }, Exception: { entered: ({ args }) => Promise.reject(args.error) } })
    machine.add('A')
    machine.add('A')
    expect(onError).toHaveBeenCalledTimes(1)
  })
  test('by default errors go to the console', () => {
    const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
    const machine = createMachine(Def)
    machine.handle({ A: { canEnter: bang } })
    machine.add('A')
    expect(spy.mock.calls).toEqual([[boom]])
    spy.mockRestore()
  })
  test('an onError that throws is survived', () => {
    const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
    const machine = createMachine(Def, { onError: bang })
    machine.handle({ A: { canEnter: bang } })
    expect(machine.add('A').status).toBe('canceled')
    expect(machine.is('Exception')).toBe(true)
    spy.mockRestore()
  })
  test('a negotiation handler that answers a promise has thrown', () => {
    const machine = createMachine(Def, quiet())
    machine.handle({ A: { canEnter: (async () => Promise.reject(new Error('late'))) as never } })
    expect(machine.add('A')).toMatchObject({ reason: { kind: 'error' } })
    expect(machine.error()).toMatchObject({ code: 'HANDLER_ASYNC' })
  })
})

describe('async handlers', () => {
  const Def = defineMachine('m', { A: {}, B: {} })
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

  test('a rejection adds Exception', async () => {
    const machine = createMachine(Def, quiet())
    const boom = new Error('boom')
    machine.handle({ A: { entered: async () => Promise.reject(boom) } })
    expect(machine.add('A').status).toBe('executed')
    expect(machine.pending().handlers).toEqual([{ state: 'A', handler: 'entered', transition: 1 }])
    expect(await machine.whenError()).toBe(boom)
    expect(machine.is('A')).toBe(true)
    expect(machine.pending().handlers).toEqual([])
  })
  test('an abort by its own signal does not', async () => {
    const onError = vi.fn()
    const machine = createMachine(Def, quiet(onError))
    const work = (signal: AbortSignal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    machine.handle({ A: { entered: ({ signal }) => work(signal) }, B: { entered: () => work(AbortSignal.abort()) } })
    machine.add('A')
    machine.remove('A')
    await turn()
    expect(onError).not.toHaveBeenCalled()
    // Someone else's abort is an error like any.
    machine.handle({ B: { entered: async () => AbortSignal.abort().throwIfAborted() } })
    machine.add('B')
    await turn()
    expect(machine.isError()).toBe(true)
  })
  test('a rejection while Exception is handled goes to onError alone', async () => {
    const onError = vi.fn()
    const machine = createMachine(Def, quiet(onError))
    machine.handle({ Exception: { entered: async () => Promise.reject(new Error('again')) } })
    machine.addError(new Error('first'))
    await turn()
    expect(machine.tick('Exception')).toBe(1)
    expect(onError).toHaveBeenCalledTimes(1)
  })
  test('mutations after an await are calls like any', async () => {
    const machine = createMachine(Def)
    machine.handle({
      A: {
        async entered() {
          await null
          expect(machine.add('B').status).toBe('executed')
        },
      },
    })
    machine.add('A')
    expect(machine.is('B')).toBe(false)
    await machine.when('B')
  })
})
