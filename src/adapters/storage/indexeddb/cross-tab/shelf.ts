import { entries, promisifyRequest } from 'idb-keyval'
import type { Database } from '../database.ts'
import { apply } from '../entries.ts'
import type { Shelf } from './ledger.ts'

/** Runs `body` in one transaction; what it answers is true when the transaction is complete. */
export type Transact = <T>(mode: 'readonly' | 'readwrite', body: (shelf: Shelf) => Promise<T>) => Promise<T>

/** The transactions of a database. */
export const transactOn =
  (database: Database): Transact =>
  (mode, body) =>
    database.transact(mode, (store) =>
      body({
        get: (key) => promisifyRequest(store.get(key)),
        entries: () => entries<string, unknown>((_mode, read) => Promise.resolve(read(store))),
        put: (key, value) => apply(database.name, store, key, value),
        delete: (key) => apply(database.name, store, key, undefined),
      }),
    )
