export { computed } from '@preact/signals-core'
export { DefinitionError, DuplicateIdError, EscapementError, TimeoutError } from './error.ts'
export { defineMachine, exclusive } from './machine/define-machine.ts'
export { ArgsError, DisposedError, LoopError, UnknownStateError } from './machine/errors.ts'
export { type History, type HistoryRecord, history } from './machine/history.ts'
export { createMachine } from './machine/machine.ts'
export { pipe } from './machine/pipe.ts'
export { basicStates, connectedStates, connectionPoolStates, disposedStates } from './machine/states.ts'
export type { Mutation, Transition } from './machine/transition.ts'
export type {
  AnyMachine,
  ArgsOf,
  CancelReason,
  EventArgs,
  ExceptionArgs,
  HandlerEvent,
  Handlers,
  Machine,
  MachineCollection,
  MachineDefinition,
  MachineExport,
  MachineOptions,
  Result,
  StateName,
  StateOptions,
  States,
  WaitOptions,
} from './machine/types.ts'
export { type CollectionDefinition, collection } from './model/collection.ts'
export {
  type Computed,
  defineModel,
  type Fields,
  type Input,
  type ModelDefinition,
  type ModelOptions,
  type Output,
} from './model/define-model.ts'
export { ConflictError, DeletedError, ValidationError } from './model/errors.ts'
export type { Collection, Drafted, Model, ModelMembers, Row } from './model/types.ts'
export { StorageError } from './ports/errors.ts'
export type { Change, Definition, Issue, Phase, Stored } from './ports/host.ts'
export { isRedacted, REDACTED } from './ports/redacted.ts'
export type { Answer, Errand, Replica, Site } from './ports/replica.ts'
export type { StorageAdapter } from './ports/storage.ts'
export type { Timers } from './ports/timers.ts'
export { effect } from './store/effect.ts'
export {
  ClosedError,
  HydrationError,
  LockedError,
  LockTimeoutError,
  NotRegisteredError,
  TransactionError,
} from './store/errors.ts'
export { memoryStorage } from './store/memory-storage.ts'
export type { Patience } from './store/patience.ts'
export type { Status } from './store/persistence.ts'
export type { CommitRecord, Origin, StoreTracer } from './store/record.ts'
export type { Invalid, OnInvalid } from './store/registry.ts'
export { snapshotText } from './store/snapshot-text.ts'
export {
  createStore,
  type OpenOptions,
  openStore,
  type Snapshot,
  type Store,
  type StoreOptions,
} from './store/store.ts'
export type { RowsSnapshot, Subscriber } from './store/subscribers.ts'
export { type Undoable, undoable } from './store/undoable.ts'
export type { Agent, DropReason, HandlerCall, HandlerEnd, MachineTracer, Tracer } from './trace.ts'
