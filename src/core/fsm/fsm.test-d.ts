import { expectTypeOf, test } from 'vitest'
import {
  checkTimeout,
  createExecutor,
  createGuards,
  defineFsm,
  type Fsm,
  loadFsm,
  type TransitionResult,
} from './index.ts'

const door = defineFsm({
  states: [{ name: 'open' }, { name: 'closed', type: 'initial', timeout: { seconds: 5, destination: 'open' } }],
  transitions: [
    { trigger: 'push', source: 'closed', dest: 'open' },
    { trigger: 'pull', source: ['open'], dest: 'closed', guards: 'is_free' },
  ],
})

test('the states and triggers of a literal are the types of process', () => {
  expectTypeOf(door).toEqualTypeOf<Fsm<'open' | 'closed', 'push' | 'pull'>>()
  expectTypeOf(door.process('open', 'pull')).toEqualTypeOf<TransitionResult<'open' | 'closed', 'push' | 'pull'>>()
  expectTypeOf(door.process('open', { trigger: 'pull', payload: { a: 1 } }).targetState).toEqualTypeOf<
    'open' | 'closed' | null
  >()
  // @ts-expect-error no such state
  door.process('ajar', 'pull')
  // @ts-expect-error no such trigger
  door.process('open', 'slam')
  // @ts-expect-error no such trigger, as an event
  door.process('open', { trigger: 'slam' })
  // @ts-expect-error no such state
  door.isTerminal('ajar')
  // @ts-expect-error no such state
  checkTimeout(door, 'ajar', 0, 0)
  expectTypeOf(door.initialState).toEqualTypeOf<'open' | 'closed'>()
  expectTypeOf(door.triggerNames).toEqualTypeOf<readonly ('push' | 'pull')[]>()
})

test('a definition of the wrong form is a type error', () => {
  // @ts-expect-error a state needs a name
  defineFsm({ states: [{ type: 'initial' }], transitions: [] })
  // @ts-expect-error not a type of state
  defineFsm({ states: [{ name: 'a', type: 'final' }], transitions: [] })
  // @ts-expect-error a transition needs a dest
  defineFsm({ states: [{ name: 'a' }], transitions: [{ trigger: 't', source: 'a' }] })
  // @ts-expect-error an unknown key
  defineFsm({ states: [{ name: 'a' }], transitions: [], guards: {} })
})

test('what is loaded from text has any names', () => {
  expectTypeOf(loadFsm('')).toEqualTypeOf<Fsm<string, string>>()
})

test('the guards bring the context', () => {
  const guards = createGuards<{ key: number }>().register('is_free', ({ key }) => key > 1)
  const bound = door.bind({ guards })
  expectTypeOf(bound).toEqualTypeOf<Fsm<'open' | 'closed', 'push' | 'pull', { key: number }>>()
  bound.process('open', 'pull', { key: 1 })
  // @ts-expect-error not the context of the guards
  bound.process('open', 'pull', { key: '1' })
})

test('actions get the context of their executor', () => {
  createExecutor<{ key: number }>().register('a', (context, call) => {
    expectTypeOf(context).toEqualTypeOf<{ key: number }>()
    expectTypeOf(call.key).toEqualTypeOf<string>()
  })
  // @ts-expect-error keys need an entity and an event
  createExecutor().execute({ allActions: [] }, {}, { retry: 1 })
})
