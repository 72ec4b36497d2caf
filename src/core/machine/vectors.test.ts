import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { createMachine } from './machine.ts'
import type { StateOptions } from './types.ts'

interface Case {
  name: string
  order: string[]
  states: Record<string, StateOptions>
  handlers?: { kind: string; state: string; to?: string; do: string; states?: string[]; times?: number }[]
  steps: { op: 'add' | 'remove' | 'set'; states: string[]; result: string; active: string[]; ticks: number[] }[]
}

function run({ order, states, handlers = [], steps, name }: Case) {
  const ordered = Object.fromEntries(order.map((s) => [s, states[s]!]))
  if (states.Exception) ordered.Exception = states.Exception
  const machine = createMachine(defineMachine(name, ordered), { onError: () => {} })
  for (const { kind, state, to, do: act, states: called = [], times = Number.POSITIVE_INFINITY } of handlers) {
    let left = times
    const handler = () => {
      if (left-- <= 0) return
      if (act === 'refuse') return false
      if (act === 'throw') throw new Error('thrown by the case')
      machine[act as 'add'](called)
      return
    }
    machine.handle({ [state]: { [kind]: to ? { [to]: handler } : handler } })
  }
  return steps.map(({ op, states: called }) => {
    const { status } = machine[op](called)
    return { op, states: called, result: status, active: machine.active(), ticks: machine.time() }
  })
}

describe.each(['plain', 'veto', 'nested', 'throw', 'large'])('reference cases: %s', (file) => {
  const lines = readFileSync(new URL(`./vectors/${file}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const cases = lines.map((line) => JSON.parse(line) as Case)
  test.each(cases)('$name', (one) => {
    expect(run(one)).toEqual(one.steps)
  })
})
