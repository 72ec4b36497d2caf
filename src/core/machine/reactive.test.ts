import { effect } from '@preact/signals-core'
import { expect, test } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { type Core, createMachine } from './machine.ts'

const Def = defineMachine('m', { A: {}, B: { remove: ['A'] }, C: { auto: true, require: ['B'] }, M: { multi: true } })
const cells = (machine: unknown) => Object.keys((machine as Core).engine?.watch.cells ?? {}).length

// What holds in a store and in a mirror, too, is in reactive.suite.ts. This is of a machine by itself.
test('a state nobody watches costs no signal, and plain reads make none', () => {
  const m = createMachine(Def)
  m.is(['A', 'B'])
  m.time()
  m.add('A')
  expect(cells(m)).toBe(0)
  expect((m as unknown as Core).engine).toBeUndefined()
  effect(() => void m.is('A'))
  expect(cells(m)).toBe(1)
})
test('effects see a transition whole, and the auto mutation apart', () => {
  for (const handled of [false, true]) {
    const m = createMachine(Def)
    const seen: string[] = []
    if (handled) {
      m.handle({ A: { exited: () => {} }, B: { entered: () => void seen.push(`entered ${m.is('A')}`) } })
    }
    effect(() => void seen.push(`${m.is('A')} ${m.is('B')} ${m.active().join()}`))
    m.add('A')
    m.add('B')
    // The batch closes after the final handlers and before the auto mutation.
    const after = ['false true B', 'false true B,C']
    expect(seen).toEqual(['false false ', 'true false A', ...(handled ? ['entered false'] : []), ...after])
  }
})
test('listeners are told of each accepted transition, the auto one and those that change nothing too', () => {
  const m = createMachine(Def)
  const seen: string[] = []
  const off = m.listen(() => void seen.push(m.toString()))
  m.add('A')
  m.add('A')
  m.add('C')
  m.add('B')
  expect(seen).toEqual(['(A:1)', '(A:1)', '(B:1) [A:2]', '(B:1 C:1) [A:2]'])
  off()
  off()
  m.remove('B')
  expect(seen.length).toBe(4)
})
test("a mutation from an abort signal's listener is queued", () => {
  const m = createMachine(Def)
  const results: string[] = []
  m.signal('A').addEventListener('abort', () => void results.push(m.add('M').status))
  m.add('A')
  expect(results).toEqual(['queued'])
  expect(m.is('M')).toBe(true)
})
