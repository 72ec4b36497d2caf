import type { UseStore } from 'idb-keyval'
import type { Timers } from '../../../core/ports/timers.ts'
import { errors } from './errors.ts'

/** The one object store of each database. */
const ENTRIES = 'entries'

/** How a `Database` reaches the platform. */
export interface DatabaseOptions {
  /** Looked up at each opening: importing, and making an adapter, touch nothing. */
  readonly factory: () => IDBFactory | undefined
  readonly durability: 'strict' | 'relaxed'
  readonly timers: Timers
  /** Milliseconds an opening may take. */
  readonly patience: number
}

/**
 * One database and the connection to it, which is opened when it is needed, and again after it was lost: closed by the
 * browser (`close`), or given up because somebody wants to delete or upgrade the database (`versionchange`).
 */
export class Database {
  readonly name: string
  readonly #options: DatabaseOptions
  #connection: Promise<IDBDatabase> | undefined

  constructor(name: string, options: DatabaseOptions) {
    this.name = name
    this.#options = options
  }

  /**
   * Runs `body` in one transaction, and resolves with its answer when the transaction is complete: for `readwrite` that
   * is when everything has the durability asked for. Whatever `body` throws undoes all of it. As everywhere in
   * IndexedDB, `body` may wait for requests of this transaction, and for nothing else.
   *
   * It is a `UseStore`, so that the functions of `idb-keyval` take it.
   */
  readonly transact: UseStore = async (mode, body) => {
    const transaction = await this.#begin(mode)
    const ended = endOf(transaction)
    try {
      const answer = await body(transaction.objectStore(ENTRIES))
      // Asked for now, not when the last requests are answered: a page that goes meanwhile has not lost the commit.
      attempt(() => transaction.commit())
      await ended
      return answer
    } catch (error) {
      attempt(() => transaction.abort())
      await ended.catch(() => {})
      // The platform's doing, not ours. Some connections never recover (Safari's, when its storage process died).
      if (transaction.error !== null) await this.close()
      // That a request was aborted says less than why.
      throw transaction.error ?? error
    }
  }

  /** Ends the connection once its transactions are done. `transact` would open another one. */
  async close(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    await connection?.then(
      (database) => database.close(),
      () => {},
    )
  }

  async #begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    const { durability } = this.#options
    const connected = this.#connection !== undefined
    const database = await this.#connect()
    try {
      return database.transaction(ENTRIES, mode, { durability })
    } catch (error) {
      // Closed, or broken, and we had not heard of it yet.
      if (!connected) throw error
      await this.close()
      return (await this.#connect()).transaction(ENTRIES, mode, { durability })
    }
  }

  #connect(): Promise<IDBDatabase> {
    if (this.#connection === undefined) {
      const opening = this.#open(() => {
        if (this.#connection === opening) this.#connection = undefined
      })
      this.#connection = opening
    }
    return this.#connection
  }

  /** `lost` is called when the connection did not come about, or is of no more use. */
  #open(lost: () => void): Promise<IDBDatabase> {
    const { factory, timers, patience } = this.#options
    return new Promise<IDBDatabase>((resolve, reject) => {
      const idb = factory()
      const unavailable = (reason: string) => errors.STORAGE_UNAVAILABLE({ database: this.name, reason })
      if (idb === undefined || idb === null) throw unavailable('there is no `indexedDB` (a server, or an old browser)')
      const request = idb.open(this.name, 1)
      let late = false
      // A deletion that another tab blocks makes every opening wait, without any event.
      const cancel = timers.after(patience, () => {
        late = true
        reject(unavailable(`it did not open within ${patience} ms; another tab may be holding it`))
      })
      request.onupgradeneeded = () => request.result.createObjectStore(ENTRIES)
      request.onerror = () => {
        cancel()
        reject(request.error)
      }
      request.onsuccess = () => {
        cancel()
        const database = request.result
        database.onclose = lost
        database.onversionchange = () => {
          lost()
          database.close()
        }
        if (late) database.close()
        else resolve(database)
      }
    }).catch((error) => {
      lost()
      throw error
    })
  }
}

/** Resolves when everything is committed. */
function endOf(transaction: IDBTransaction): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    // Not as `on…` properties: those are the body's to set.
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error))
  })
  // It may fail while the body is still at work.
  ended.catch(() => {})
  return ended
}

/** Ending a transaction that has ended throws. */
function attempt(end: () => void): void {
  try {
    end()
  } catch {}
}
