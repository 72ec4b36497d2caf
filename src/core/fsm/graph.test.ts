import { describe, expect, test } from 'vitest'
import { defineFsm, toDot, toMermaid } from './index.ts'

describe('diagrams', () => {
  const fsm = defineFsm({
    meta: { machine_name: 'a "quoted" name' },
    states: [
      { name: 'A"]-->[B', type: 'initial', timeout: { seconds: 5, destination: 'end' } },
      { name: 'end', type: 'terminal' },
      { name: '<script>', type: 'error' },
    ],
    transitions: [{ trigger: 'go;x\\', source: ['A"]-->[B', '<script>'], dest: 'end', guards: ['a', 'b'] }],
  })
  test('mermaid, with nothing of a name in its syntax', () => {
    expect(toMermaid(fsm)).toBe(`stateDiagram-v2
  state "A#34;#93;--#62;#91;B" as s0
  state "end" as s1
  state "#60;script#62;" as s2
  [*] --> s0
  s0 --> s1: go#59;x#92; #91;a, b#93;
  s2 --> s1: go#59;x#92; #91;a, b#93;
  s0 --> s1: after 5 s
  s1 --> [*]
  class s2 error
  classDef error stroke:#c00
`)
  })
  test('dot, quoted', () => {
    expect(toDot(fsm)).toBe(`digraph "a \\"quoted\\" name" {
  "A\\"]-->[B" [shape=box, style="rounded,bold"];
  "end" [shape=doublecircle];
  "<script>" [shape=octagon];
  "A\\"]-->[B" -> "end" [label="go;x\\\\ [a, b]"];
  "<script>" -> "end" [label="go;x\\\\ [a, b]"];
  "A\\"]-->[B" -> "end" [label="after 5 s"];
}
`)
  })
})
