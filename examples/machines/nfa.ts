/**
 * A nondeterministic automaton for (ab|aba)*: after "ab" it cannot know which way it is on, and is on both. States
 * that hold at the same time are just what a relational machine has: a symbol is one `set` of all successors, and an
 * empty move is an `add` relation, which the resolver follows to the end. Each set of states it meets is resolved once
 * and remembered: the textbook's subset construction, done lazily by the library.
 */
import assert from 'node:assert/strict'
import { createMachine, defineMachine } from 'escapement'

//   Loop ──> X0 ─a─> X1 ─b─> Loop              Loop, where it starts, accepts;
//   Loop ──> Y0 ─a─> Y1 ─b─> Y2 ─a─> Loop      ──> is an empty move
const Nfa = defineMachine('nfa', {
  Loop: { multi: true, add: ['X0', 'Y0'] }, // Multi: its empty moves are made again when it is called again.
  X0: {},
  X1: {},
  Y0: {},
  Y1: {},
  Y2: {},
})
type State = Exclude<(typeof Nfa.names)[number], 'Exception'>
const moves: Partial<Record<State, Record<string, State>>> = {
  X0: { a: 'X1' },
  X1: { b: 'Loop' },
  Y0: { a: 'Y1' },
  Y1: { b: 'Y2' },
  Y2: { a: 'Loop' },
}

function accepts(word: string): boolean {
  const nfa = createMachine(Nfa)
  nfa.add('Loop')
  const trail = [nfa.active().join(' ')]
  for (const symbol of word) {
    const next = nfa.active().flatMap((state) => moves[state as State]?.[symbol] ?? [])
    nfa.set(next)
    trail.push(`${symbol}> ${nfa.active().join(' ') || '(nowhere)'}`)
  }
  const accepted = nfa.is('Loop')
  console.log(`${(word || '(empty)').padEnd(8)}${accepted ? 'yes' : 'no '}  ${trail.join('  ')}`)
  return accepted
}

for (const word of ['', 'ab', 'abab', 'abaab', 'abaaba', 'a', 'abb', 'abaa']) {
  assert.equal(accepts(word), /^(ab|aba)*$/.test(word), 'the regular expressions of the platform agree')
}
