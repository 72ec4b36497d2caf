import { describe, expect, test, vi } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { createMachine } from './machine.ts'
import type { Result } from './types.ts'

const Def = defineMachine('m', { A: {}, B: {}, C: {}, M: { multi: true } })

describe('queue', () => {
  test('mutations of handlers run after the transition, in order, also when it was canceled', async () => {
    const machine = createMachine(Def)
    const log: string[] = []
    let queued: Result | undefined
    machine.handle({
      A: {
        canEnter: () => {
          queued = machine.add('B')
          machine.add('C')
          return false
        },
      },
      B: { entered: () => void log.push('B') },
      C: { entered: () => void log.push('C') },
    })
    expect(machine.add('A').status).toBe('canceled')
    expect(log).toEqual(['B', 'C'])
    expect(queued).toMatchObject({ status: 'queued', queueTick: 3 })
    expect(await queued!.settled).toBe(machine.add([]))
  })
  test('a queued mutation settles with its refusal', async () => {
    const machine = createMachine(defineMachine('m', { A: {}, B: { require: ['C'] }, C: {} }))
    let queued: Result | undefined
    let early: Promise<Result> | undefined
    machine.handle({
      A: {
        entered: () => {
          queued = machine.add('B')
          early = queued.settled
        },
      },
    })
    machine.add('A')
    expect(await early).toMatchObject({ status: 'canceled', reason: { kind: 'relation', state: 'B' } })
    expect(await queued!.settled).toBe(await early)
  })
  test('queueTick counts from 1 and tells when a queued one is done', () => {
    const machine = createMachine(Def)
    expect(machine.queueTick()).toBe(1)
    machine.add('A')
    expect(machine.queueTick()).toBe(2)
    const ticks: (number | undefined)[] = []
    machine.handle({
      B: {
        entered: () => {
          for (const s of ['A', 'C'] as const) {
            const result = machine.toggle(s)
            ticks.push(result.status === 'queued' ? result.queueTick : undefined)
          }
        },
      },
      A: { exited: () => void ticks.push(machine.queueTick()) },
      C: { entered: () => void ticks.push(machine.queueTick()) },
    })
    machine.add('B')
    expect(ticks).toEqual([4, 5, 4, 5])
  })
  test('duplicates of a waiting one are dropped, but not of the running one, with arguments, or of multi states', () => {
    const machine = createMachine(Def)
    const dropped: string[] = []
    machine.trace({ mutationDropped: (m, why) => void dropped.push(`${m} ${why}`) })
    const loose = machine as unknown as { add(s: string | string[], args?: unknown): Result }
    const results: string[] = []
    machine.handle({
      A: {
        entered: () => {
          const all = [
            machine.add('A'),
            machine.add(['B', 'C']),
            machine.add(['B', 'C']),
            machine.add(['C', 'B']),
            loose.add('B', {}),
            loose.add('B', {}),
            machine.add('M'),
            machine.add('M'),
            machine.set(['B', 'C']),
          ]
          results.push(...all.map((r) => r.status))
        },
      },
    })
    machine.add('A')
    expect(results).toEqual(['queued', 'queued', 'executed', ...Array(6).fill('queued')])
    expect(dropped).toEqual(['add B C duplicate'])
  })
  test('removing what is not active, with nothing queued, is done at once', () => {
    const machine = createMachine(Def)
    const dropped: string[] = []
    machine.trace({ mutationDropped: (m, why) => void dropped.push(`${m} ${why}`) })
    const results: string[] = []
    machine.handle({
      A: {
        entered: () => {
          results.push(machine.remove('B').status, machine.remove(['A', 'B']).status, machine.remove('C').status)
        },
      },
    })
    machine.add('A')
    expect(results).toEqual(['executed', 'queued', 'queued'])
    expect(dropped).toEqual(['remove B nothing-to-do'])
    // From outside it is a transition.
    const tick = machine.queueTick()
    machine.remove('B')
    expect(machine.queueTick()).toBe(tick + 1)
  })
  test('a full queue cancels, but lets the first Exception in', () => {
    const machine = createMachine(Def, { queueLimit: 2 })
    const dropped: string[] = []
    machine.trace({ mutationDropped: (m, why) => void dropped.push(`${m} ${why}`) })
    const results: Result[] = []
    machine.handle({
      A: {
        entered: () => {
          results.push(machine.add('B'), machine.add('C'), machine.add('M'))
          results.push(machine.addError(1), machine.addError(2))
        },
      },
    })
    machine.add('A')
    expect(results.map((r) => r.status)).toEqual(['queued', 'queued', 'canceled', 'queued', 'canceled'])
    expect(results[2]).toMatchObject({ reason: { kind: 'queue-full' } })
    expect(dropped).toEqual(['add M queue-full', 'add Exception queue-full'])
    expect(machine.error()).toBe(1)
  })
  test.each(['listener', 'effect', 'tracer'] as const)('a mutation of a %s is queued', async (who) => {
    const { effect } = await import('@preact/signals-core')
    const machine = createMachine(Def)
    const results: string[] = []
    const react = () => {
      if (machine.is('A') && !machine.is('B') && results.length === 0) results.push(machine.add('B').status)
    }
    if (who === 'listener') machine.listen(react)
    if (who === 'effect') effect(react)
    if (who === 'tracer') machine.trace({ transitionEnd: react })
    machine.add('A')
    expect(results).toEqual(['queued'])
    expect(machine.is('B')).toBe(true)
  })
  test('machines call each other: a free one at once, the caller after it is done', () => {
    const a = createMachine(Def)
    const b = createMachine(Def)
    const log: string[] = []
    a.handle({
      A: { entered: () => void log.push(`a.A, b ${b.add('A').status}`) },
      B: { entered: () => void log.push('a.B') },
    })
    b.handle({ A: { entered: () => void log.push(`b.A, a ${a.add('B').status}`) } })
    a.add('A')
    expect(log).toEqual(['b.A, a queued', 'a.A, b executed', 'a.B'])
  })
})

describe('loop guard', () => {
  test('names what repeats, and adds Exception', async () => {
    const onError = vi.fn()
    const machine = createMachine(Def, { onError })
    machine.handle({ A: { entered: () => void machine.remove('A'), exited: () => void machine.add('A') } })
    machine.add('A')
    expect(machine.isError()).toBe(true)
    expect(machine.error()).toMatchObject({ code: 'MACHINE_LOOP', name: 'LoopError', machine: 'm' })
    const { mutations, message } = machine.error() as { mutations: string[]; message: string }
    expect([...mutations].sort()).toEqual(['add A', 'remove A'])
    expect(message).toContain('add A')
    expect(onError).toHaveBeenCalledTimes(1)
    expect(machine.queueTick()).toBeLessThan(10_010)
    // It works on.
    expect(machine.add('C').status).toBe('executed')
  })
  test('a handler of Exception that loops too ends', () => {
    const onError = vi.fn()
    const machine = createMachine(Def, { onError })
    machine.handle({ M: { entered: () => void machine.add('M') }, Exception: { entered: () => void machine.add('M') } })
    machine.add('M')
    expect(onError).toHaveBeenCalledTimes(2)
    expect(machine.add('C').status).toBe('executed')
  })
  test('ten thousand in one go are fine', () => {
    const machine = createMachine(Def)
    let left = 9_999
    machine.handle({ M: { entered: () => void (left-- > 0 && machine.add('M')) } })
    machine.add('M')
    expect(machine.isError()).toBe(false)
    expect(machine.tick('M')).toBe(19_999)
  })
})

describe('dry runs', () => {
  test('ask relations and handlers, change nothing', () => {
    const machine = createMachine(defineMachine('m', { A: {}, B: { require: ['A'] }, C: {} }))
    machine.handle({ C: { canEnter: ({ isCheck, transition }) => isCheck && transition.id === 0 } })
    const before = machine.export()
    expect(machine.canAdd('A').status).toBe('executed')
    expect(machine.canAdd('B')).toMatchObject({ status: 'canceled', reason: { kind: 'relation', state: 'B' } })
    expect(machine.canAdd('C').status).toBe('executed')
    expect(machine.canSet(['A', 'B']).status).toBe('executed')
    expect(machine.canRemove('A').status).toBe('executed')
    expect(machine.export()).toEqual(before)
    expect(machine.add('C')).toMatchObject({ reason: { kind: 'handler', state: 'C' } })
  })
  test('mutations inside answer check, of any machine', () => {
    const other = createMachine(Def)
    const machine = createMachine(Def)
    const results: Result[] = []
    machine.handle({
      A: {
        canEnter: () => void results.push(machine.add('B'), other.add('A'), machine.addError(1), other.toggle('B')),
      },
    })
    expect(machine.canAdd('A').status).toBe('executed')
    for (const r of results) expect(r).toMatchObject({ status: 'canceled', reason: { kind: 'check' } })
    expect([...machine.time(), ...other.time()].every((t) => t === 0)).toBe(true)
    expect(other.queueTick()).toBe(1)
    machine.add('A')
    expect(results.slice(4).map((r) => r.status)).toEqual(['queued', 'executed', 'queued', 'executed'])
  })
  test('from inside a handler, and a throw stays outside', () => {
    const onError = vi.fn()
    const machine = createMachine(Def, { onError })
    const results: Result[] = []
    machine.handle({
      A: { entered: () => void results.push(machine.canAdd('B'), machine.canAdd('C')) },
      B: {
        canEnter: () => {
          throw new Error('no')
        },
      },
    })
    machine.add('A')
    expect(results).toMatchObject([{ status: 'canceled', reason: { kind: 'error' } }, { status: 'executed' }])
    expect(machine.isError()).toBe(false)
    expect(onError).toHaveBeenCalledTimes(1)
  })
})

test('unknown states throw, and name themselves', () => {
  const machine = createMachine(Def) as unknown as Record<string, (...a: unknown[]) => unknown>
  for (const call of [
    'add',
    'remove',
    'set',
    'toggle',
    'canAdd',
    'canRemove',
    'canSet',
    'is',
    'not',
    'any',
    'tick',
    'signal',
    'when',
    'whenNot',
    'whenNext',
  ]) {
    expect(() => machine[call]!('Nope'), call).toThrow(
      expect.objectContaining({ name: 'UnknownStateError', states: ['Nope'] }),
    )
  }
  expect(() => machine.add!(['A', 'X', 'Y'])).toThrow(/"X", "Y"/)
  expect(() => machine.handle!({ Nope: {} })).toThrow(/Nope/)
  expect(() => machine.addError!(1, { state: 'Nope' })).toThrow(/Nope/)
  expect(machine.queueTick!()).toBe(1)
})
