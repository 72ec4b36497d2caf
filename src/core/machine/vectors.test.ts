import { describe, expect, test } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { casesOf, FILES } from './fixtures/case-files.ts'
import { bind, type Case, definitionOf } from './fixtures/cases.ts'
import { createMachine } from './machine.ts'

function run(one: Case) {
  const machine = createMachine(definitionOf(defineMachine, one), { onError: () => {} })
  bind(machine as never, one)
  return one.steps.map(({ op, states }) => {
    const { status } = machine[op](states)
    return { op, states, result: status, active: machine.active(), ticks: machine.time() }
  })
}

describe.each(FILES)('reference cases: %s', (file) => {
  test.each(casesOf(file))('$name', (one) => {
    expect(run(one)).toEqual(one.steps)
  })
})
