import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { defineMachine } from './define-machine.ts'
import { definitions, handlers, type Step, steps } from './fixtures/arbitrary.ts'
import { type OracleHandler, OracleMachine } from './machine.oracle.ts'
import { createMachine } from './machine.ts'
import type { Definition } from './resolve.oracle.ts'
import type { Transition } from './transition.ts'
import type { AnyDefinition, Machine } from './types.ts'

// No statement about time: a busy machine may take as long as it likes.
const SLOW = 120_000

interface Case {
  states: Definition
  bound: OracleHandler[]
  run: Step[]
}
const cases = (withHandlers: boolean): fc.Arbitrary<Case> =>
  definitions.chain((states) =>
    fc.record({
      states: fc.constant(states),
      bound: withHandlers ? handlers(states) : fc.constant([]),
      run: steps(states),
    }),
  )

/** Binds what the oracle's handlers do to a real machine. */
function bind(machine: Machine, bound: OracleHandler[], log: string[]) {
  for (const { kind, state, to, acts } of bound) {
    let count = 0
    const run = () => {
      log.push(`${kind} ${state} ${to ?? ''}`)
      const act = acts[count++] ?? 'pass'
      if (act === 'throw') throw new Error('on purpose')
      if (act === 'refuse') return false
      if (typeof act === 'object') machine[act.type](act.states)
      return
    }
    machine.handle({ [state]: { [kind]: to === undefined ? run : { [to]: run } } })
  }
}

function make({ states, bound }: Case, limit?: number) {
  const definition = defineMachine('m', states) as unknown as AnyDefinition
  if (limit !== undefined) compile(definition).automaton.limit = limit
  const log: string[] = []
  const machine = createMachine(definition, { onError: () => {} }) as unknown as Machine
  bind(machine, bound, log)
  return { machine, log }
}

function equal(one: Case) {
  const { machine, log } = make(one)
  const cold = make(one, 0)
  const oracle = new OracleMachine(one.states, one.bound)
  for (const { type, states } of one.run) {
    const { status } = machine[type](states)
    expect(status).toBe(oracle.mutate(type, states))
    expect(machine.active()).toEqual(oracle.active())
    expect(machine.clock()).toEqual(oracle.ticks)
    expect(machine.queueTick()).toBe(oracle.processed)
    expect(log).toEqual(oracle.log)
    // The cache changes nothing, and neither does a second machine.
    expect(cold.machine[type](states).status).toBe(status)
    expect(cold.machine.time()).toEqual(machine.time())
    expect(cold.log).toEqual(log)
  }
}

test(
  'a machine without handlers is the oracle',
  () => {
    fc.assert(fc.property(cases(false), equal), { numRuns: 1000 })
  },
  SLOW,
)

test(
  'a machine with handlers that refuse, throw and mutate is the oracle',
  () => {
    fc.assert(fc.property(cases(true), equal), { numRuns: 1500 })
  },
  SLOW,
)

test(
  'laws of every transition',
  () => {
    fc.assert(
      fc.property(cases(true), (one) => {
        const { machine, log } = make(one)
        const full: Definition = { ...one.states, Exception: { ...one.states.Exception, multi: true } }
        let last = machine.time()
        let asked = 0
        const records: Transition[] = []
        machine.trace({
          transitionStart: () => {
            asked = log.length
            last = machine.time()
          },
          transitionEnd: (t) => {
            records.push(t)
            const now = machine.time()
            const active = machine.active()
            // Ticks never fall, odd is active, and the record tells both.
            now.forEach((tick, s) => {
              expect(tick).toBeGreaterThanOrEqual(last[s]!)
              expect(tick % 2 === 1).toBe(active.includes(machine.definition.names[s]!))
            })
            expect(t.timeBefore).toEqual(last)
            expect(t.timeAfter).toEqual(now)
            if (!t.accepted && t.reason?.kind !== 'error') expect(now).toEqual(last)
            // Requirements hold always; removal and calling wherever no throw cut a transition short.
            for (const s of active) for (const r of full[s]?.require ?? []) expect(active).toContain(r)
            if (t.accepted) {
              for (const s of active)
                for (const r of full[s]?.remove ?? []) if (r !== s) expect(active).not.toContain(r)
            }
            const questions = log.slice(asked).filter((line) => line.startsWith('can'))
            const limit = (line: string) =>
              one.bound.filter((h) => `${h.kind} ${h.state} ${h.to ?? ''}` === line).length
            for (const line of new Set(questions)) {
              expect(questions.filter((l) => l === line).length).toBeLessThanOrEqual(limit(line))
            }
          },
        })
        for (const { type, states } of one.run) {
          const before = machine.time()
          const check =
            one.bound.length === 0
              ? machine[type === 'add' ? 'canAdd' : type === 'set' ? 'canSet' : 'canRemove'](states).status
              : undefined
          if (check) expect(machine.time()).toEqual(before)
          const { status } = machine[type](states)
          if (check) expect(status).toBe(check)
        }
        // What was kept still tells the truth.
        for (const [i, t] of records.entries()) {
          expect(t.id).toBe(i + 1)
          if (i) expect(t.timeBefore).toEqual(records[i - 1]!.timeAfter)
        }
      }),
      { numRuns: 1000 },
    )
  },
  SLOW,
)

test(
  'a restored clock is the one that was exported',
  () => {
    fc.assert(
      fc.property(cases(false), (one) => {
        const { machine } = make(one)
        for (const { type, states } of one.run) machine[type](states)
        const copy = make(one).machine
        copy.import(machine.export())
        expect(copy.time()).toEqual(machine.time())
        expect(copy.active()).toEqual(machine.active())
        expect(copy.queueTick()).toBe(machine.queueTick())
        expect(copy.machineTick()).toBe(1)
      }),
      { numRuns: 300 },
    )
  },
  SLOW,
)
