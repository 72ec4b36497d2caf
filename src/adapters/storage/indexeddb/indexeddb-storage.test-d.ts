import { expectTypeOf, test } from 'vitest'
import type { StorageAdapter } from '../../../core/ports/storage.ts'
import { indexedDbStorage, type StorageConflictError, type StorageError } from './index.ts'

test('indexedDbStorage answers an adapter', () => {
  expectTypeOf(indexedDbStorage('app')).toEqualTypeOf<StorageAdapter>()
  expectTypeOf(indexedDbStorage('app', { durability: 'relaxed', fallback: 'memory', timeout: 5 })).toEqualTypeOf<
    ReturnType<typeof indexedDbStorage>
  >()
})

test('what it does not take', () => {
  // @ts-expect-error a database has a name
  indexedDbStorage()
  // @ts-expect-error durability is strict or relaxed; `default` would leave the promise to the browser
  indexedDbStorage('app', { durability: 'default' })
  // @ts-expect-error memory is the one thing to fall back to
  indexedDbStorage('app', { fallback: 'localStorage' })
})

test('a conflict is a storage error that names the database', () => {
  expectTypeOf<StorageConflictError>().toExtend<StorageError>()
  expectTypeOf<StorageConflictError['database']>().toEqualTypeOf<string>()
})
