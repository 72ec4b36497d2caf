import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defineMachine } from '../../../core/machine/define-machine.ts'
import { definitions, steps } from '../../../core/machine/fixtures/arbitrary.ts'
import { createMachine } from '../../../core/machine/machine.ts'
import type { AnyDefinition, Machine } from '../../../core/machine/types.ts'
import { schemaOfDefinition } from './fixtures/schema-of-definition.ts'
import { whyNot } from './why-not.ts'

// No statement about time: a busy machine may take as long as it likes.
const SLOW = 120_000

const make = (states: object) => {
  const definition = defineMachine('m', states as never) as unknown as AnyDefinition
  const machine = createMachine(definition, { onError: () => {} }) as unknown as Machine
  return { machine, schema: schemaOfDefinition(definition as never) }
}

describe('an example', () => {
  const { machine, schema } = make({
    Start: {},
    Network: { require: ['Start'] },
    Session: { require: ['Network'] },
    Ready: { require: ['Session'] },
    Down: { remove: ['Session', 'Network'] },
  })
  const ask = (name: string) => whyNot(schema, machine.time(), schema.index.get(name)!)
  const named = (list: readonly number[]) => list.map((s) => schema.names[s])

  test('tells every missing requirement, transitively, and who removes them', () => {
    machine.set(['Down'])
    const { verdict, missing, removedBy, refusal } = ask('Ready')
    expect(verdict).toBe('refused')
    expect(removedBy).toEqual([])
    expect(missing.map((one) => [schema.names[one.state], named(one.neededBy), named(one.removedBy)])).toEqual([
      ['Session', ['Ready'], ['Down']],
      ['Network', ['Session'], ['Down']],
      ['Start', ['Network'], []],
    ])
    expect(refusal).toMatchObject({ relation: 'require' })
  })
  test('tells what could be added together', () => {
    machine.set([])
    expect(named(ask('Ready').together ?? [])).toEqual(['Ready', 'Session', 'Network', 'Start'])
    machine.set(['Down'])
    expect(ask('Ready').together).toBeUndefined()
  })
  test('an active state needs no reason', () => {
    machine.set(['Start'])
    expect(ask('Start')).toEqual({ state: 0, verdict: 'active', missing: [], removedBy: [] })
  })
})

/** Least set of inactive requirements, by asking for a fixed point rather than walking. */
function closure(require: readonly (readonly number[])[], active: Set<number>, state: number): Set<number> {
  const found = new Set<number>()
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const s of [state, ...found]) {
      for (const needed of require[s]!) if (!active.has(needed) && needed !== state) found.add(needed)
    }
  }
  return found
}

/** What an add brings along: fixed point again. Active states were entered before, so they add nothing now. */
function along(add: readonly (readonly number[])[], active: Set<number>, state: number): Set<number> {
  const found = new Set([state])
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const s of [...found]) if (s === state || !active.has(s)) for (const implied of add[s]!) found.add(implied)
  }
  return found
}

test('agrees with canAdd, names all that is missing and all that removes, on any definition', { timeout: SLOW }, () => {
  fc.assert(
    fc.property(
      definitions.chain((states) => fc.tuple(fc.constant(states), steps(states, 4))),
      ([states, run]) => {
        const { machine, schema } = make(states)
        for (const { type, states: called } of run) machine[type](called)
        const ticks = machine.time()
        const active = new Set(machine.active().map((name) => schema.index.get(name)!))
        schema.names.forEach((name, state) => {
          const answer = whyNot(schema, ticks, state)
          const core = machine.canAdd(name)
          if (machine.is(name)) {
            expect(answer.verdict).toBe('active')
            expect(answer.refusal).toBeUndefined()
          } else if (core.status === 'executed') expect(answer.verdict).toBe('possible')
          else {
            expect(answer.verdict).toBe('refused')
            const { refusal } = answer
            expect({
              kind: 'relation',
              state: schema.names[refusal!.state],
              relation: refusal!.relation,
              by: refusal!.by.map((s) => schema.names[s]),
            }).toEqual((core as { reason: unknown }).reason)
          }
          const { require, removers } = schema.compiled
          expect(new Set(answer.missing.map((one) => one.state))).toEqual(closure(require, active, state))
          for (const one of answer.missing) {
            expect(one.implied).toBe(along(schema.compiled.add, active, state).has(one.state))
            expect(one.removedBy).toEqual(removers[one.state]!.filter((r) => active.has(r)))
            for (const by of one.neededBy) expect(require[by]).toContain(one.state)
          }
          expect(answer.removedBy.map((one) => one.state)).toEqual(removers[state]!.filter((r) => active.has(r)))
          if (answer.verdict === 'possible') {
            // A remover that stays active would have refused it.
            for (const one of answer.removedBy) expect(one.leaves).toBe(true)
            // Whatever it needs and lacks, it brings along itself. (Its own requirement it meets by being added.)
            for (const needed of require[state]!) {
              if (needed !== state && !active.has(needed))
                expect(answer.missing.find((one) => one.state === needed)?.implied).toBe(true)
            }
          }
          if (answer.together) {
            expect(machine.canAdd(answer.together.map((s) => schema.names[s]!)).status).toBe('executed')
          }
        })
      },
    ),
    { numRuns: 500 },
  )
})
