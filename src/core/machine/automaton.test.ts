import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { defineMachine } from './define-machine.ts'
import { type Core, createMachine } from './machine.ts'
import type { AnyDefinition, StateOptions } from './types.ts'

const wide = (count: number) => {
  const states: Record<string, StateOptions> = {}
  for (let i = 0; i < count; i++) states[`S${i}`] = {}
  return defineMachine('wide', states)
}

test('each mutation of an active set is worked out once, for all machines', () => {
  const definition = wide(3)
  const [a, b] = [createMachine(definition), createMachine(definition)]
  a.add('S1')
  const { edges } = compile(definition as unknown as AnyDefinition).automaton.root
  const edge = edges.add.get('S1')
  b.add('S1')
  expect(edges.add.get('S1')).toBe(edge)
  expect(edges.add.size).toBe(1)
  expect((a as unknown as Core).at).toBe((b as unknown as Core).at)
})

test('a refusal is worked out once too', () => {
  const m = createMachine(defineMachine('m', { A: { require: ['B'] }, B: {} }))
  const refused = m.add('A')
  expect(refused.status).toBe('canceled')
  expect(m.add('A')).toBe(refused)
  expect(Object.isFrozen(refused)).toBe(true)
})

test('the cache is bounded, and forgetting changes nothing', () => {
  const definition = wide(12)
  const { automaton } = compile(definition as unknown as AnyDefinition)
  automaton.limit = 50
  const still = createMachine(definition) as unknown as Core
  still.add('S0')
  const stood = still.at
  const m = createMachine(definition)
  for (let i = 1; i < 4000; i++) {
    m.set(m.definition.names.filter((_, s) => s < 12 && (i >> s) & 1))
    expect(m.active().length).toBe([...i.toString(2)].filter((bit) => bit === '1').length % 13)
    expect(automaton.root.edges.set.size).toBeLessThanOrEqual(50)
  }
  // Refusals and no-ops of a machine that stands on a forgotten set are not kept with it.
  for (let i = 1; i < 400; i++) still.add(['S0', `S${i % 12}`, `S${(i >> 4) % 12}`])
  expect(stood.edges.add.size).toBeLessThanOrEqual(50)
})

test('the cost of a transition does not depend on the states it does not touch', () => {
  for (const seen of ['nobody', 'everybody']) {
    const m = createMachine(wide(1000)) as unknown as Core
    if (seen === 'everybody') {
      m.listen(() => {})
      m.handle({ S1: { entered: () => {} } })
      void m.when('S500')
    }
    m.toggle(['S1', 'S999'])
    let reads = 0
    m.ticks = new Proxy(m.ticks, {
      get(target, key, receiver) {
        reads++
        return Reflect.get(target, key, receiver)
      },
    })
    m.toggle(['S1', 'S999'])
    m.toggle(['S1', 'S999'])
    expect(reads).toBeLessThan(40)
    expect(m.active()).toEqual(['S1', 'S999'])
  }
})
