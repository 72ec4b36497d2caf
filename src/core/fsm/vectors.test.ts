import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { many } from './check.ts'
import {
  checkTimeout,
  createGuards,
  defineFsm,
  type Fsm,
  type FsmDefinition,
  FsmDefinitionError,
  loadFsm,
  type Problem,
} from './index.ts'

/** The reference cases, recorded from PyGubernator; see the README of the folder they come from. */
const cases = <T>(file: string): T[] =>
  readFileSync(join(import.meta.dirname, 'vectors', file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

interface Case {
  name: string
  definition: FsmDefinition
}
interface Run {
  state: string
  event: string
  payload: object
  context: Record<string, unknown>
  success: boolean
  target: string | null
  error: string | null
  noOp: boolean
  actions: string[]
  onExit: string[]
  onEnter: string[]
  all: string[]
  self: boolean
  changed: boolean
}
interface ProcessCase extends Case {
  initial: string
  terminals: string[]
  triggers: string[]
  available: Record<string, string[]>
  strict: boolean
  runs: Run[]
}

const ERRORS: Record<string, string> = {
  TerminalStateError: 'terminal-state',
  UndefinedTriggerError: 'undefined-trigger',
  NoTransitionError: 'no-transition',
  GuardsFailedError: 'guards-failed',
}

function bound(definition: FsmDefinition): Fsm {
  const guards = createGuards()
  for (const name of new Set(definition.transitions.flatMap((one) => many(one.guards)))) {
    guards.register(name, (context) => Boolean(Object.hasOwn(context, name) && context[name]))
  }
  return defineFsm(definition).bind({ guards })
}

describe('process', () => {
  test.each(cases<ProcessCase>('process.jsonl'))('$name', (one) => {
    const fsm = bound(one.definition)
    expect({
      initial: fsm.initialState,
      terminals: fsm.terminalStates,
      triggers: fsm.triggerNames,
      available: Object.fromEntries(fsm.stateNames.map((name) => [name, fsm.availableTriggers(name)])),
      strict: fsm.strict,
    }).toEqual({
      initial: one.initial,
      terminals: one.terminals,
      triggers: one.triggers,
      available: one.available,
      strict: one.strict,
    })
    for (const { state, event, payload, context, ...expected } of one.runs) {
      const result = fsm.process(state, { trigger: event, payload }, context)
      expect({
        success: result.success,
        target: result.targetState,
        error: result.error && ERRORS[result.error.name],
        noOp: result.noOp,
        actions: result.actions,
        onExit: result.onExitActions,
        onEnter: result.onEnterActions,
        all: result.allActions,
        self: result.isSelfTransition,
        changed: result.stateChanged,
      }).toEqual(expected)
    }
  })
})

interface DefinitionCase extends Case {
  valid: boolean
  problems: string[]
}

function problemsOf(load: () => unknown): readonly Problem[] {
  try {
    load()
    return []
  } catch (error) {
    if (error instanceof FsmDefinitionError) return error.problems
    throw error
  }
}

/** Whether an expected kind was found; `shape PATH` at the path, or one segment below it. */
function found(problems: readonly Problem[], expected: string): boolean {
  if (!expected.startsWith('shape ')) return problems.some(({ kind }) => kind === expected)
  const path = expected === 'shape root' ? [] : expected.slice('shape '.length).split('.')
  return problems.some(
    (one) =>
      one.kind === 'shape' &&
      (one.path.length === path.length || one.path.length === path.length + 1) &&
      path.every((segment, at) => String(one.path[at]) === segment),
  )
}

describe('definitions', () => {
  test.each(cases<DefinitionCase>('definitions.jsonl'))('$name', ({ definition, valid, problems: expected }) => {
    for (const load of [() => defineFsm(definition), () => loadFsm(JSON.stringify(definition, null, 1))]) {
      const problems = problemsOf(load)
      expect(problems.length === 0).toBe(valid)
      expect(expected.filter((kind) => !found(problems, kind))).toEqual([])
    }
  })
})

interface TimeoutCase extends Case {
  rows: {
    state: string
    elapsedMs: number
    expired: boolean
    remainingMs: number | null
    success: boolean
    target: string | null
    all: string[]
  }[]
}

describe('timeouts', () => {
  test.each(cases<TimeoutCase>('timeouts.jsonl'))('$name', ({ definition, rows }) => {
    const fsm = defineFsm(definition)
    for (const { state, elapsedMs, ...expected } of rows) {
      const { expired, remainingMs, result } = checkTimeout(fsm, state, 0, elapsedMs)
      const { success = false, targetState: target = null, allActions: all = [] } = result ?? {}
      expect({ expired, remainingMs, success, target, all }).toEqual(expected)
    }
  })
})
