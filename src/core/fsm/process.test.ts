import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { many } from './check.ts'
import {
  createGuards,
  defineFsm,
  type Fsm,
  type FsmDefinition,
  GuardError,
  loadFsm,
  type TransitionDefinition,
  UndefinedStateError,
} from './index.ts'

const STATES = ['A', 'B', 'C', 'D', '__proto__', 'constructor']
const TRIGGERS = ['go', 'stop', 'toString', 'ping']
const GUARDS = ['yes', 'no', 'key', 'throws']
const ACTIONS = ['save', 'send', 'log']

const some = (names: string[]) => fc.option(fc.oneof(fc.constantFrom(...names), fc.subarray(names)), { nil: undefined })
const present = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T

/** Definitions without errors, of all forms the format has. */
const definitions: fc.Arbitrary<FsmDefinition> = fc
  .record({
    count: fc.integer({ min: 1, max: STATES.length }),
    initial: fc.nat(STATES.length - 1),
    types: fc.array(fc.constantFrom(undefined, 'stable', 'terminal', 'error'), { minLength: 6, maxLength: 6 }),
    hooks: fc.array(fc.tuple(some(ACTIONS), some(ACTIONS)), { minLength: 6, maxLength: 6 }),
    timeouts: fc.array(
      fc.option(fc.tuple(fc.nat(5), fc.double({ min: 0.001, max: 1e6, noNaN: true })), { nil: undefined }),
      { minLength: 6, maxLength: 6 },
    ),
    transitions: fc.array(
      fc.record({
        trigger: fc.constantFrom(...TRIGGERS),
        source: fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }),
        dest: fc.nat(5),
        guards: some(GUARDS),
        actions: some(ACTIONS),
        note: fc.option(fc.string(), { nil: undefined }),
      }),
      { maxLength: 12 },
    ),
    strict: fc.option(fc.boolean(), { nil: undefined }),
    fallback: fc.option(fc.nat(5), { nil: undefined }),
  })
  .map(({ count, initial, types, hooks, timeouts, transitions, strict, fallback }) => {
    const names = STATES.slice(0, count)
    const name = (at: number) => names[at % count] as string
    const states = names.map((one, at) =>
      present({
        name: one,
        type: at === initial % count ? ('initial' as const) : (types[at] as 'stable' | undefined),
        on_enter: hooks[at]?.[0],
        on_exit: hooks[at]?.[1],
        timeout: timeouts[at] && { destination: name(timeouts[at][0]), seconds: timeouts[at][1] },
      }),
    )
    const terminal = new Set(states.filter(({ type }) => type === ('terminal' as string)).map((state) => state.name))
    return present({
      meta: strict === undefined ? undefined : { strict_mode: strict },
      states,
      transitions: transitions
        .map(({ source, dest, ...rest }) =>
          present({ ...rest, source: source.map(name).filter((one) => !terminal.has(one)), dest: name(dest) }),
        )
        .filter(({ source }) => source.length > 0) as TransitionDefinition[],
      error_policy: fallback === undefined ? undefined : { default_fallback: name(fallback) },
    }) as FsmDefinition
  })

const bound = (definition: FsmDefinition): Fsm =>
  defineFsm(definition).bind({
    guards: createGuards<{ key?: unknown }>()
      .register('yes', () => true)
      .register('no', () => false)
      .register('key', ({ key }) => Boolean(key))
      .register('throws', () => {
        throw new Error('thrown by a guard')
      }) as never,
  })

const runs = fc.record({
  definition: definitions,
  from: fc.nat(5),
  trigger: fc.constantFrom(...TRIGGERS, 'unknown', '__proto__', 'hasOwnProperty'),
  key: fc.boolean(),
  payload: fc.option(fc.record({ key: fc.boolean() }), { nil: undefined }),
})

/** What the page says, as slowly and plainly as it can be written: the oracle of the table. */
function slow(definition: FsmDefinition, state: string, trigger: string, context: { key?: boolean }) {
  const find = (name: string) => definition.states.find((one) => one.name === name)!
  const enter = (name: string) => many(find(name).on_enter)
  const exit = (name: string) => many(find(name).on_exit)
  const refused = (error: string) => ({
    success: false,
    target: null,
    error,
    all: [] as string[],
    noOp: false,
    fallback: false,
    guards: [] as object[],
  })
  if (find(state).type === 'terminal') return refused('TerminalStateError')
  const noOp = { success: true, target: state, error: null, all: [], noOp: true, fallback: false, guards: [] }
  const lenient = definition.meta?.strict_mode === false
  const named = definition.transitions.filter((one) => one.trigger === trigger)
  if (named.length === 0) return lenient ? noOp : refused('UndefinedTriggerError')
  const here = named.filter((one) => many(one.source).includes(state))
  if (here.length === 0) return lenient ? noOp : refused('NoTransitionError')
  const guards: object[] = []
  for (const one of here) {
    let passed = true
    for (const name of many(one.guards)) {
      if (!passed) break
      passed = name === 'yes' || (name === 'key' && context.key === true)
      guards.push({ name, passed })
      if (name === 'throws') {
        const to = definition.error_policy?.default_fallback
        if (to === undefined) return { ...refused('GuardError'), guards }
        return {
          success: true,
          target: to,
          error: 'GuardError',
          all: [...exit(state), ...enter(to)],
          noOp: false,
          fallback: true,
          guards,
        }
      }
    }
    if (passed) {
      const all = [...exit(state), ...many(one.actions), ...enter(one.dest)]
      return { success: true, target: one.dest, error: null, all, noOp: false, fallback: false, guards }
    }
  }
  return { ...refused('GuardsFailedError'), guards }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}

// Not a measure of speed: room for a machine that is busy.
describe('laws of process', { timeout: 60_000 }, () => {
  test('it answers what the slow oracle answers, twice the same, and changes nothing', () => {
    fc.assert(
      fc.property(runs, ({ definition, from, trigger, key, payload }) => {
        const fsm = bound(deepFreeze(definition))
        const state = fsm.stateNames[from % fsm.stateNames.length]!
        const event = deepFreeze(payload ? { trigger, payload } : { trigger })
        const context = deepFreeze({ key })
        const before = JSON.stringify([fsm.toJSON(), fsm.transitions])
        const result = fsm.process(state, event, context)
        expect(fsm.process(state, event, context)).toEqual(result)
        expect(JSON.stringify([fsm.toJSON(), fsm.transitions])).toBe(before)
        const { success, targetState: target, error, allActions: all, noOp, fallback, guardsEvaluated: guards } = result
        expect({ success, target, error: error?.name ?? null, all, noOp, fallback, guards }).toEqual(
          slow(definition, state, trigger, { ...context, ...payload }),
        )
        expect(result.isSelfTransition).toBe(success && target === state)
        expect(result.stateChanged).toBe(success && target !== state)
        expect([...result.onExitActions, ...result.actions, ...result.onEnterActions]).toEqual(all)
      }),
      { numRuns: 500 },
    )
  })

  test('only declared transitions happen, and terminal states stay', () => {
    fc.assert(
      fc.property(
        definitions,
        fc.array(fc.constantFrom(...TRIGGERS, 'unknown'), { maxLength: 20 }),
        (definition, events) => {
          const fsm = bound(definition)
          let state = fsm.initialState
          for (const trigger of events) {
            const { success, targetState, noOp, fallback } = fsm.process(state, trigger, { key: true })
            if (fsm.isTerminal(state)) expect(success).toBe(false)
            if (!success || noOp) continue
            if (fallback) expect(targetState).toBe(fsm.fallback)
            else
              expect(
                fsm.availableTransitions(state).some((one) => one.trigger === trigger && one.dest === targetState),
              ).toBe(true)
            state = targetState as string
          }
        },
      ),
    )
  })

  test('strict and lenient differ in nothing but what has no transition', () => {
    fc.assert(
      fc.property(runs, ({ definition, from, trigger, key }) => {
        const [strict, lenient] = [true, false].map((strict_mode) =>
          bound({ ...definition, meta: { strict_mode } }),
        ) as [Fsm, Fsm]
        const state = strict.stateNames[from % strict.stateNames.length]!
        const [one, other] = [strict, lenient].map((fsm) => fsm.process(state, trigger, { key }))
        if (one?.error?.name === 'UndefinedTriggerError' || one?.error?.name === 'NoTransitionError') {
          expect(other).toMatchObject({
            success: true,
            targetState: state,
            noOp: true,
            isSelfTransition: true,
            allActions: [],
            error: null,
          })
        } else expect(other).toEqual(one)
      }),
    )
  })

  test('with a context the available triggers are those that process takes', () => {
    fc.assert(
      fc.property(runs, ({ definition, from, key }) => {
        const fsm = bound(definition)
        const state = fsm.stateNames[from % fsm.stateNames.length]!
        const taken = fsm.triggerNames.filter((trigger) => {
          const { success, noOp, fallback } = fsm.process(state, trigger, { key })
          return success && !noOp && !fallback
        })
        expect(fsm.availableTriggers(state, { key })).toEqual(taken)
        for (const trigger of fsm.triggerNames) {
          expect(fsm.canTransition(state, trigger, { key })).toBe(taken.includes(trigger))
          expect(fsm.canTransition(state, trigger)).toBe(fsm.availableTriggers(state).includes(trigger))
        }
      }),
    )
  })

  test('a definition goes from YAML to an object and back', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const once = loadFsm(stringify(definition))
        expect(once.toJSON()).toEqual(definition)
        const again = loadFsm(stringify(once.toJSON()))
        expect(again.toJSON()).toEqual(definition)
        expect(parse(stringify(again.toJSON()))).toEqual(JSON.parse(JSON.stringify(definition)))
        expect(loadFsm(JSON.stringify(definition)).toJSON()).toEqual(definition)
      }),
    )
  })
})

const page = `
meta: { version: "1.0.0", machine_name: order_management, strict_mode: true }
states:
  - { name: PENDING_NEW, type: initial, timeout: { seconds: 5, destination: TIMED_OUT } }
  - { name: OPEN, type: stable, on_enter: [notify_ui, log_audit], colour: { hex: "#0a0" } }
  - { name: FILLED, type: terminal }
  - { name: TIMED_OUT, type: terminal }
  - { name: ERROR_STATE, type: error }
transitions:
  - { trigger: exchange_ack, source: PENDING_NEW, dest: OPEN, actions: [update_order_id], note: hello }
  - { trigger: execution_report, source: OPEN, dest: FILLED, guards: [is_full_fill], actions: [update_positions] }
error_policy: { default_fallback: ERROR_STATE, retry_attempts: 3, owner: desk }
`

describe('an fsm', () => {
  const fsm = loadFsm(page)

  test('tells what the definition says', () => {
    expect(fsm).toMatchObject({
      name: 'order_management',
      version: '1.0.0',
      strict: true,
      initialState: 'PENDING_NEW',
      terminalStates: ['FILLED', 'TIMED_OUT'],
      stateNames: ['PENDING_NEW', 'OPEN', 'FILLED', 'TIMED_OUT', 'ERROR_STATE'],
      triggerNames: ['exchange_ack', 'execution_report'],
      fallback: 'ERROR_STATE',
      retryAttempts: 3,
    })
    expect(fsm.state('OPEN')).toEqual({
      name: 'OPEN',
      type: 'stable',
      onEnter: ['notify_ui', 'log_audit'],
      onExit: [],
      timeout: undefined,
      metadata: { colour: { hex: '#0a0' } },
    })
    expect(fsm.availableTransitions('PENDING_NEW')).toEqual([
      {
        trigger: 'exchange_ack',
        source: ['PENDING_NEW'],
        dest: 'OPEN',
        guards: [],
        actions: ['update_order_id'],
        metadata: { note: 'hello' },
      },
    ])
    expect(fsm.toJSON().error_policy).toEqual({ default_fallback: 'ERROR_STATE', retry_attempts: 3, owner: 'desk' })
  })

  test('without meta has defaults', () => {
    expect(defineFsm({ states: [{ name: 'A', type: 'initial' }], transitions: [] })).toMatchObject({
      name: 'fsm',
      version: undefined,
      strict: true,
      fallback: undefined,
      retryAttempts: 0,
    })
  })

  test.each(['state', 'isTerminal', 'availableTransitions', 'availableTriggers', 'canTransition', 'process'] as const)(
    '%s throws for an unknown state',
    (query) => {
      for (const state of ['NOWHERE', '__proto__', 'toString']) {
        expect(() => fsm[query](state, 'exchange_ack' as never, {})).toThrow(UndefinedStateError)
      }
    },
  )

  test('needs its guards bound, and names all that are missing', () => {
    expect(() => fsm.process('OPEN', 'execution_report')).toThrow('guards [is_full_fill]')
    expect(() => fsm.bind({})).toThrow('guards [is_full_fill]')
    const guards = createGuards().register('is_full_fill', () => true)
    expect(() => fsm.bind({ guards, actions: { has: (name) => name === 'log_audit' } })).toThrow(
      'actions [update_order_id, update_positions, notify_ui]',
    )
    expect(fsm.bind({ guards }).process('OPEN', 'execution_report').targetState).toBe('FILLED')
  })

  test('what it answers cannot be changed', () => {
    const result = fsm.process('PENDING_NEW', 'exchange_ack')
    for (const list of [
      result.allActions,
      result.actions,
      result.onEnterActions,
      fsm.triggerNames,
      fsm.terminalStates,
      fsm.toJSON().states,
    ]) {
      expect(() => (list as string[]).push('x')).toThrow(TypeError)
    }
    expect(() => Object.assign(result, { success: false })).toThrow(TypeError)
  })

  test('does not follow changes of the object it was made of', () => {
    const definition = {
      states: [{ name: 'A', type: 'initial' as const, on_enter: ['x'] }],
      transitions: [{ trigger: 't', source: ['A'], dest: 'A', guards: [] as string[] }],
    }
    const made = defineFsm(definition)
    definition.states[0]!.on_enter.push('y')
    definition.transitions[0]!.guards.push('z')
    expect(made.process('A', 't').allActions).toEqual(['x'])
  })

  test('a guard sees the payload over the context, and only the candidates that are needed are asked', () => {
    const seen = vi.fn(() => true)
    const never = vi.fn(() => true)
    const one = defineFsm({
      states: [{ name: 'A', type: 'initial' }],
      transitions: [
        { trigger: 't', source: 'A', dest: 'A', guards: ['seen'] },
        { trigger: 't', source: 'A', dest: 'A', guards: ['never'] },
      ],
    }).bind({ guards: createGuards().register('seen', seen).register('never', never) })
    one.process('A', { trigger: 't', payload: JSON.parse('{"b":2,"__proto__":{"c":3}}') }, { a: 1, b: 1 })
    expect(Object.entries((seen.mock.calls as unknown[][])[0]![0] as object)).toEqual([
      ['a', 1],
      ['b', 2],
      ['__proto__', { c: 3 }],
    ])
    expect(never).not.toHaveBeenCalled()
  })

  test('a guard that answers a promise is an error, and its rejection is nobody’s', () => {
    const guards = createGuards().register('late', (() => Promise.reject(new Error('later'))) as never)
    const one = defineFsm({
      states: [{ name: 'A', type: 'initial' }],
      transitions: [{ trigger: 't', source: 'A', dest: 'A', guards: 'late' }],
    }).bind({ guards })
    const { error } = one.process('A', 't')
    expect(error).toBeInstanceOf(GuardError)
    expect(error?.cause).toEqual(new TypeError('A guard must be synchronous.'))
  })

  test('what comes from outside does not fill the memory', () => {
    const a = fsm.process('OPEN', 'made-up-1')
    expect(fsm.process('OPEN', 'made-up-1')).not.toBe(a)
    expect(a.error?.message).toBe('"made-up-1" has no transition at all. Known: exchange_ack, execution_report.')
    // Known triggers have one answer each.
    expect(fsm.process('OPEN', 'exchange_ack')).toBe(fsm.process('OPEN', 'exchange_ack'))
  })
})
