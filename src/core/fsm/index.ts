export {
  type Action,
  type ActionCall,
  type ActionReport,
  createExecutor,
  type ExecuteOptions,
  type Execution,
  type Executor,
  type FailedAction,
  idempotencyKeys,
} from './actions.ts'
export {
  BindingError,
  FsmDefinitionError,
  GuardError,
  GuardsFailedError,
  NoTransitionError,
  TerminalStateError,
  UndefinedStateError,
  UndefinedTriggerError,
} from './errors.ts'
export { type ActionNames, type Bindings, defineFsm, type Fsm } from './fsm.ts'
export { toDot, toMermaid } from './graph.ts'
export {
  allOf,
  anyOf,
  atLeast,
  atMost,
  between,
  createGuards,
  equals,
  exists,
  type Guard,
  type Guards,
  greaterThan,
  lessThan,
  matches,
  not,
  notEquals,
  type Ordered,
  oneOf,
} from './guards.ts'
export { type LoadOptions, loadFsm } from './load.ts'
export { TimeoutManager, type TimeoutManagerOptions } from './timeout-manager.ts'
export { checkTimeout, TIMEOUT, type TimeoutCheck } from './timeouts.ts'
export type {
  FsmDefinition,
  FsmEvent,
  GuardVerdict,
  Problem,
  ProblemKind,
  State,
  StateDefinition,
  StateType,
  Transition,
  TransitionDefinition,
  TransitionError,
  TransitionResult,
} from './types.ts'
export type { Variables } from './variables.ts'
export { warningsOf } from './warnings.ts'
