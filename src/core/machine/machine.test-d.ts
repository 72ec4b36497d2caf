import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { defineMachine, exclusive } from './define-machine.ts'
import { history } from './history.ts'
import { createMachine } from './machine.ts'
import { pipe } from './pipe.ts'
import { basicStates, connectedStates } from './states.ts'
import type { CancelReason, Result } from './types.ts'

const Connection = defineMachine(
  'connection',
  {
    Start: {},
    Connecting: { require: ['Start'], remove: ['Connected'] },
    Connected: { require: ['Start'], remove: ['Connecting'], args: v.object({ peer: v.string() }) },
    Count: {
      multi: true,
      args: v.pipe(
        v.object({ n: v.string() }),
        v.transform(({ n }) => ({ n: Number(n) })),
      ),
    },
  },
  { groups: { link: ['Connecting', 'Connected'] } },
)
const connection = createMachine(Connection)

describe('definitions', () => {
  test('relations name states of the definition', () => {
    defineMachine('a', { A: { require: ['B', 'Exception'], timeout: { ms: 1, add: 'B' } }, B: {} })
    // @ts-expect-error "C" is not a state
    defineMachine('a', { A: { require: ['C'] }, B: {} })
    // @ts-expect-error "C" is not a state
    defineMachine('a', { A: { add: ['C'] }, B: {} })
    // @ts-expect-error "C" is not a state
    defineMachine('a', { A: { remove: ['C'] }, B: {} })
    // @ts-expect-error "C" is not a state
    defineMachine('a', { A: { after: ['C'] }, B: {} })
    // @ts-expect-error "C" is not a state
    defineMachine('a', { A: { timeout: { ms: 1, add: 'C' } }, B: {} })
    // @ts-expect-error "C" is not a state
    defineMachine('a', { A: {}, B: {} }, { groups: { g: ['C'] } })
  })
  test('names are kept', () => {
    expectTypeOf(Connection.names).toEqualTypeOf<
      readonly ('Start' | 'Connecting' | 'Connected' | 'Count' | 'Exception')[]
    >()
    const mixed = createMachine(
      defineMachine('m', { ...basicStates, ...connectedStates, Mine: { require: ['Ready'] } }),
    )
    mixed.add(['Start', 'Mine'])
    // @ts-expect-error no such state
    mixed.add('Yours')
    const phases = exclusive('Idle', 'Busy')
    expectTypeOf(phases.Idle.remove).toEqualTypeOf<readonly ('Idle' | 'Busy')[]>()
    const job = createMachine(defineMachine('j', { ...phases, Other: {} }, { groups: { phase: phases } }))
    expectTypeOf(job.switch('phase')).toEqualTypeOf<'Idle' | 'Busy' | 'Other' | 'Exception' | undefined>()
    // @ts-expect-error no such group
    job.switch('face')
  })
})

describe('mutations', () => {
  test('states are known', () => {
    expectTypeOf(connection.add('Start')).toEqualTypeOf<Result>()
    connection.remove(['Start', 'Exception'])
    connection.toggle('Start')
    // @ts-expect-error no such state
    connection.add('Stop')
    // @ts-expect-error no such state
    connection.remove(['Start', 'Stop'])
    // @ts-expect-error no such state
    connection.set('Stop')
    // @ts-expect-error no such state
    connection.toggle('Stop')
    // @ts-expect-error no such state
    connection.canAdd('Stop')
    // @ts-expect-error no such state
    connection.addError(new Error('x'), { state: 'Stop' })
  })
  test('args are those of the schema', () => {
    connection.add('Connected', { peer: 'a' })
    connection.add(['Start', 'Connected'], { peer: 'a' })
    connection.add(['Count', 'Connected'], { peer: 'a', n: '1' })
    connection.set('Connected', { peer: 'a' })
    connection.toggle('Connected', { peer: 'a' })
    connection.canAdd('Connected', { peer: 'a' })
    connection.remove('Connected')
    connection.remove('Connected', { peer: 'a' })
    connection.add('Exception', { error: 1 })
    connection.add('Exception')
    // @ts-expect-error missing
    connection.add('Connected')
    // @ts-expect-error missing
    connection.add(['Start', 'Connected'])
    // @ts-expect-error wrong
    connection.add('Connected', { peer: 1 })
    // @ts-expect-error one of two is missing
    connection.add(['Count', 'Connected'], { peer: 'a' })
    // @ts-expect-error extra
    connection.add('Start', { peer: 'a' })
    // @ts-expect-error extra
    connection.add('Connected', { peer: 'a', port: 1 })
    // @ts-expect-error wrong
    connection.remove('Connected', { peer: 1 })
  })
  test('a refusal says who', () => {
    const result = connection.add('Start')
    if (result.status === 'canceled') expectTypeOf(result.reason).toEqualTypeOf<CancelReason>()
    // @ts-expect-error only a canceled one has a reason
    result.reason
    expectTypeOf(result.settled).toEqualTypeOf<Promise<Result>>()
  })
})

describe('handlers', () => {
  test('events are typed', () => {
    connection.handle({
      Connected: {
        canEnter: ({ args, machine, state, signal }) => {
          expectTypeOf(args).toEqualTypeOf<{ peer: string }>()
          expectTypeOf(machine).toEqualTypeOf(connection)
          expectTypeOf(state).toEqualTypeOf<'Connected'>()
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
          return args.peer !== ''
        },
        canExit: ({ args }) => {
          expectTypeOf(args).toEqualTypeOf<{ peer: string } | undefined>()
        },
        canYieldTo: { Connecting: () => false },
        async entered({ args }) {
          expectTypeOf(args).toEqualTypeOf<{ peer: string }>()
        },
      },
      Count: {
        entered: ({ args }) => {
          // The schema's output.
          expectTypeOf(args).toEqualTypeOf<{ n: number }>()
        },
      },
      Exception: { entered: ({ args }) => void args.error },
      any: { canEnter: () => true, entered: () => {} },
    })
  })
  test('wrong ones are errors', () => {
    // @ts-expect-error no such state
    connection.handle({ Stop: {} })
    // @ts-expect-error no such kind
    connection.handle({ Start: { entering: () => {} } })
    // @ts-expect-error no such state to yield to
    connection.handle({ Start: { canYieldTo: { Stop: () => false } } })
    // @ts-expect-error negotiation is synchronous
    connection.handle({ Start: { canEnter: async () => true } })
    // @ts-expect-error negotiation is synchronous
    connection.handle({ Start: { canYieldTo: { Connected: async () => {} } } })
  })
})

describe('reads and waits', () => {
  test('states are known', () => {
    expectTypeOf(connection.is('Start')).toEqualTypeOf<boolean>()
    expectTypeOf(connection.clock().Connected).toEqualTypeOf<number>()
    expectTypeOf(connection.active()).toEqualTypeOf<
      readonly ('Start' | 'Connecting' | 'Connected' | 'Count' | 'Exception')[]
    >()
    expectTypeOf(connection.when('Start')).toEqualTypeOf<Promise<void>>()
    expectTypeOf(connection.whenArgs('Connected', { peer: 'a' })).toEqualTypeOf<Promise<{ peer: string }>>()
    connection.whenQuery((clock) => clock.Start > 1)
    // @ts-expect-error no such state
    connection.is('Stop')
    // @ts-expect-error no such state
    connection.tick('Stop')
    // @ts-expect-error no such state
    connection.signal('Stop')
    // @ts-expect-error no such state
    connection.when(['Stop'])
    // @ts-expect-error no such state
    connection.whenNext('Stop')
    // @ts-expect-error wrong args
    connection.whenArgs('Connected', { peer: 1 })
    // @ts-expect-error no such state
    connection.whenQuery((clock) => clock.Stop > 1)
  })
  test('pipes and histories', () => {
    const app = createMachine(defineMachine('app', { Online: {}, With: { args: v.object({ a: v.string() }) } }))
    expectTypeOf(pipe(connection, 'Connected', app, 'Online')).toEqualTypeOf<() => void>()
    // @ts-expect-error no such source state
    pipe(connection, 'Stop', app, 'Online')
    // @ts-expect-error no such target state
    pipe(connection, 'Connected', app, 'Offline')
    // @ts-expect-error a pipe has no arguments to give
    pipe(connection, 'Connected', app, 'With')
    expectTypeOf(history(app).activatedWithin('Online', 5)).toEqualTypeOf<boolean>()
    // @ts-expect-error no such state
    history(app).last('Offline')
  })
})
