export { type Fallible, type FaultyStorage, faultyStorage } from './faulty-storage.ts'
export { type ManualTimers, manualTimers } from './manual-timers.ts'
export { type ContractCase, type StorageUnderTest, storageContract } from './storage-contract.ts'
