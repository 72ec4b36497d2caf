import { describe, expect, test } from 'vitest'
import { loadFsm, warningsOf } from './index.ts'

describe('warnings', () => {
  test('tell what is probably not meant, with its place, and stop nothing', () => {
    const fsm = loadFsm(`states:
  - { name: A, type: initial }
  - { name: B }
  - { name: LOST, timeout: { seconds: 1, destination: A } }
  - { name: END, type: terminal }
transitions:
  - { trigger: t, source: A, dest: B, guards: [x] }
  - { trigger: t, source: A, dest: END, guards: [y, x] }
  - { trigger: t, source: A, dest: END, guards: [y] }
  - { trigger: t, source: [A, A], dest: END }
  - { trigger: t, source: A, dest: B }
`)
    expect(warningsOf(fsm).map(({ kind, path, line, column }) => [kind, path.join('.'), line, column])).toEqual([
      ['no-way-out', 'states.1.name', 3, 13],
      ['unreachable-state', 'states.2.name', 4, 13],
      ['shadowed-transition', 'transitions.1', 8, 5],
      ['shadowed-transition', 'transitions.4', 11, 5],
    ])
  })
})
