export { DefinitionError, EscapementError } from './error.ts'
export type { StorageAdapter } from './ports/storage.ts'
export type { Timers } from './ports/timers.ts'
