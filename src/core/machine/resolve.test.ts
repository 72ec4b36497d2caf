import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from './compile.ts'
import { defineMachine } from './define-machine.ts'
import { definitions, steps } from './fixtures/arbitrary.ts'
import { type Definition, resolveSlowly } from './resolve.oracle.ts'
import { autoCalled, type MutationType, resolve, resolveAuto } from './resolve.ts'
import type { AnyDefinition } from './types.ts'

const compiled = (states: Definition) => compile(defineMachine('m', states) as unknown as AnyDefinition)

function by(states: Definition) {
  const relations = compiled(states)
  const number = (names: readonly string[]) => names.map((n) => relations.index.get(n)!)
  const name = (list: readonly number[]) => list.map((s) => relations.names[s]!)
  return (active: string[], type: MutationType, called: string[], banned: string[] = []) => {
    const { targets, refusal } = resolve(relations, number(active), type, number(called), new Set(number(banned)))
    return {
      targets: name(targets),
      refusal: refusal && { ...refusal, state: relations.names[refusal.state], by: name(refusal.by) },
    }
  }
}

describe('rules', () => {
  test('a called state beats an active one that it removes and that removes it', () => {
    const r = by({ A: { remove: ['B'] }, B: { remove: ['A'] } })
    expect(r(['A'], 'add', ['B']).targets).toEqual(['B'])
  })
  test('an active state beats a called one that does not remove it', () => {
    const r = by({ A: { remove: ['B'] }, B: {} })
    expect(r(['A'], 'add', ['B'])).toEqual({
      targets: ['A'],
      refusal: { state: 'B', relation: 'remove', by: ['A'] },
    })
  })
  test('an active state beats an implied one', () => {
    const r = by({ A: { add: ['B'] }, B: { remove: ['C'] }, C: { remove: ['B'] } })
    expect(r(['C'], 'add', ['A']).targets).toEqual(['A', 'C'])
  })
  test('add is followed through any depth', () => {
    const r = by({ A: { add: ['B'] }, B: { add: ['C'] }, C: { add: ['D'] }, D: {} })
    expect(r([], 'add', ['A']).targets).toEqual(['A', 'B', 'C', 'D'])
  })
  test('add of an active state is not applied again, but that of a called multi state is', () => {
    const states = { A: { add: ['B'] }, B: {}, C: {} }
    expect(by(states)(['A'], 'add', ['C']).targets).toEqual(['A', 'C'])
    expect(by(states)(['A'], 'add', ['A']).targets).toEqual(['A'])
    expect(by({ ...states, A: { add: ['B'], multi: true } })(['A'], 'add', ['A']).targets).toEqual(['A', 'B'])
    expect(by({ ...states, A: { add: ['B'], multi: true } })(['A'], 'add', ['C']).targets).toEqual(['A', 'C'])
  })
  test('a missing requirement refuses, and is named', () => {
    const r = by({ A: {}, B: { require: ['A', 'C'] }, C: {} })
    expect(r(['A'], 'add', ['B']).refusal).toEqual({ state: 'B', relation: 'require', by: ['C'] })
  })
  test('what loses its requirement leaves too', () => {
    const r = by({ A: {}, B: { require: ['A'] }, C: { require: ['B'] } })
    expect(r(['A', 'B', 'C'], 'remove', ['A'])).toEqual({ targets: [], refusal: undefined })
  })
  test('what only a leaving state blocked comes back', () => {
    const r = by({ A: { remove: ['B'], add: ['C'] }, B: { remove: ['C'] }, C: {} })
    expect(r(['B'], 'add', ['A']).targets).toEqual(['A', 'C'])
  })
  test('what was implied by a state that is not to be does not stay', () => {
    const r = by({ A: { add: ['B'] }, B: { add: ['C'], require: ['D'] }, C: {}, D: {} })
    expect(r([], 'add', ['A']).targets).toEqual(['A'])
  })
  test('handler order: requirements first, then after, cycles as defined', () => {
    const r = by({ A: { require: ['C'] }, B: { after: ['A'] }, C: {}, D: { after: ['E'] }, E: { after: ['D'] } })
    expect(r([], 'set', ['B', 'A', 'C', 'E', 'D']).targets).toEqual(['C', 'A', 'B', 'D', 'E'])
  })
  test('banned states are not implied', () => {
    const r = by({ A: { add: ['B'] }, B: { add: ['C'] }, C: {} })
    expect(r([], 'add', ['A'], ['B']).targets).toEqual(['A'])
  })
})

test('auto: what relations refuse is taken off, and the rest resolved again', () => {
  const relations = compiled({
    A: { auto: true, require: ['D'] },
    B: { auto: true, add: ['C'] },
    C: {},
    D: {},
    E: { auto: true },
    F: { remove: ['E'] },
  })
  expect(autoCalled(relations, [])).toEqual([0, 1, 4])
  expect(autoCalled(relations, [1, 5])).toEqual([0])
  expect(resolveAuto(relations, [], [0, 1])).toEqual({ called: [1], targets: [1, 2] })
  expect(resolveAuto(relations, [], [0])).toBeUndefined()
})

const cases = definitions.chain((states) => fc.record({ states: fc.constant(states), run: steps(states, 12) }))

describe('laws', () => {
  test('as the oracle, and the laws hold in every state reached', () => {
    fc.assert(
      fc.property(cases, ({ states, run }) => {
        const fast = by(states)
        const full: Definition = { ...states, Exception: { ...states.Exception, multi: true } }
        const names = [...Object.keys(states).filter((n) => n !== 'Exception'), 'Exception']
        let active: string[] = []
        for (const { type, states: called } of run) {
          const { targets, refusal } = fast(active, type, called)
          expect(targets).toEqual(resolveSlowly(full, active, type, called))
          expect(fast(active, type, called)).toEqual({ targets, refusal })
          expect(refusal === undefined).toBe(type === 'remove' || called.every((s) => targets.includes(s)))
          if (refusal) {
            const { state, relation, by: who } = refusal
            expect(called).toContain(state)
            expect(who.length).toBeGreaterThan(0)
            for (const w of who) {
              if (relation === 'require') expect(full[state!]!.require).toContain(w)
              else expect(full[w]!.remove).toContain(state)
            }
          }
          for (const s of targets) {
            const { require = [], remove = [] } = full[s]!
            expect(require.filter((r) => !targets.includes(r))).toEqual([])
            expect(remove.filter((r) => r !== s && targets.includes(r))).toEqual([])
            if (active.includes(s)) continue
            const implied = targets.some(
              (t) =>
                full[t]!.add?.includes(s) &&
                (!active.includes(t) || (full[t]!.multi && type !== 'remove' && called.includes(t))),
            )
            expect(called.includes(s) || implied).toBe(true)
          }
          if (!refusal) active = names.filter((n) => targets.includes(n))
        }
      }),
      { numRuns: 1500 },
    )
  }, 120_000)
})
