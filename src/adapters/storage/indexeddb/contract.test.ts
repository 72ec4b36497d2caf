import { IDBFactory } from 'fake-indexeddb'
import { describe, test } from 'vitest'
import { storageContract } from '../../../testing/storage-contract.ts'
import { type IndexedDbStorageOptions, indexedDbStorage } from './index.ts'

const flavours: Record<string, () => IndexedDbStorageOptions> = {
  'as it comes': () => ({ indexedDB: new IDBFactory() }),
  'with relaxed durability': () => ({ indexedDB: new IDBFactory(), durability: 'relaxed' }),
}

for (const [flavour, options] of Object.entries(flavours)) {
  describe(`indexedDbStorage ${flavour} keeps the contract`, () => {
    const shared = options()
    for (const { name, run } of storageContract({ make: (namespace) => indexedDbStorage(namespace, shared) })) {
      test(name, run)
    }
  })
}

describe('indexedDbStorage that fell back to memory keeps the contract', () => {
  // Memory lives as long as the adapter.
  const made = new Map<string, ReturnType<typeof indexedDbStorage>>()
  const make = (namespace: string) => {
    const adapter = made.get(namespace) ?? indexedDbStorage(namespace, { fallback: 'memory', report: () => {} })
    made.set(namespace, adapter)
    return adapter
  }
  for (const { name, run } of storageContract({ make })) test(name, run)
})
