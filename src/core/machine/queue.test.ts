import { describe, expect, test } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { createMachine } from './machine.ts'
import type { Result } from './types.ts'

const Def = defineMachine('m', { A: {}, B: {}, C: {}, M: { multi: true } })

describe('queue', () => {
  test('what is not queued is told to tracers', () => {
    const machine = createMachine(Def)
    const dropped: string[] = []
    machine.trace({ mutationDropped: (m, why) => void dropped.push(`${m} ${why}`) })
    machine.handle({
      A: {
        entered: () => {
          machine.remove('B')
          machine.add(['B', 'C'])
          machine.add(['B', 'C'])
        },
      },
    })
    machine.add('A')
    expect(dropped).toEqual(['remove B nothing-to-do', 'add B C duplicate'])
  })
  test('queueLimit: a full queue cancels, but lets the first Exception in', () => {
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

describe('a negotiation handler that calls', () => {
  test('queues in its own machine, and is done at once in another; in a dry run neither', () => {
    const other = createMachine(Def)
    const machine = createMachine(Def)
    const results: Result[] = []
    machine.handle({ A: { canEnter: () => void results.push(machine.add('B'), other.add('A')) } })
    machine.canAdd('A')
    machine.add('A')
    expect(results.map((r) => r.status)).toEqual(['canceled', 'canceled', 'queued', 'executed'])
  })
})

test('handlers of unknown states are refused', () => {
  const machine = createMachine(Def) as unknown as { handle(handlers: object): void }
  expect(() => machine.handle({ Nope: {} })).toThrow(
    expect.objectContaining({ name: 'UnknownStateError', states: ['Nope'] }),
  )
})
