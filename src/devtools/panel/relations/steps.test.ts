import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineMachine } from '../../../core/machine/define-machine.ts'
import { definitions, steps } from '../../../core/machine/fixtures/arbitrary.ts'
import { createMachine } from '../../../core/machine/machine.ts'
import type { Transition } from '../../../core/machine/transition.ts'
import type { AnyDefinition, Machine } from '../../../core/machine/types.ts'
import { schemaOfDefinition } from './fixtures/schema-of-definition.ts'
import { stepsOf } from './steps.ts'

// No statement about time: a busy machine may take as long as it likes.
const SLOW = 120_000

const make = (states: object) => {
  const definition = defineMachine('m', states as never) as unknown as AnyDefinition
  const machine = createMachine(definition, { onError: () => {} }) as unknown as Machine
  return { machine, schema: schemaOfDefinition(definition as never) }
}

test('are those of the machine itself, on any definition', { timeout: SLOW }, () => {
  fc.assert(
    fc.property(
      definitions.chain((states) => fc.tuple(fc.constant(states), steps(states))),
      ([states, run]) => {
        const { machine, schema } = make(states)
        const records: Transition[] = []
        machine.trace({ transitionEnd: (t) => records.push(t) })
        for (const { type, states: called } of run) machine[type](called)
        const numbers = (names: readonly string[]) => names.map((name) => schema.index.get(name)!)
        for (const t of records) {
          const called = numbers(t.called)
          for (const deltas of [[], t.deltas]) {
            const { targets, enters, exits, refusal } = stepsOf(schema, t.timeBefore, t.type, called, deltas)
            expect(enters.map((one) => one.state)).toEqual(numbers(t.enters))
            expect(exits.map((one) => one.state)).toEqual(numbers(t.exits))
            if (t.accepted) expect(targets).toEqual(numbers(t.targets))
            expect(refusal && { ...refusal, state: schema.names[refusal.state] }).toEqual(
              t.reason?.kind === 'relation'
                ? { state: t.reason.state, relation: t.reason.relation, by: numbers(t.reason.by) }
                : undefined,
            )
            // Every reason names somebody.
            for (const { because } of [...enters, ...exits]) {
              if ('by' in because) expect(because.by).not.toEqual([])
            }
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('say why', () => {
  const { machine, schema } = make({
    A: { add: ['B'], remove: ['D'] },
    B: {},
    C: { require: ['D'] },
    D: {},
    E: {},
  })
  machine.add(['C', 'D', 'E'])
  const numbers = (...names: string[]) => names.map((name) => schema.index.get(name)!)
  const [a, b, c, d, e] = numbers('A', 'B', 'C', 'D', 'E')
  const { enters, exits } = stepsOf(schema, machine.time(), 'add', numbers('A'))
  expect(enters).toEqual([
    { state: a, because: { kind: 'called' } },
    { state: b, because: { kind: 'added', by: [a] } },
  ])
  expect(exits).toEqual([
    { state: c, because: { kind: 'unmet', by: [d] } },
    { state: d, because: { kind: 'removed', by: [a] } },
  ])
  expect(stepsOf(schema, machine.time(), 'set', numbers('C', 'D')).exits).toEqual([
    { state: e, because: { kind: 'unset' } },
  ])
})

test('a state that entered and was put back both came and went: it is told by its ticks', () => {
  const { schema } = make({ A: {}, B: {} })
  const { enters, exits } = stepsOf(schema, [0, 0, 0], 'add', [0, 1], [0, 1, 1, 2])
  expect(enters.map((one) => one.state)).toEqual([0, 1])
  expect(exits).toEqual([])
})
