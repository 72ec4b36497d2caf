import { promisifyRequest } from 'idb-keyval'
import { randomId } from '../../../core/ports/ids.ts'
import { isStorageKey } from '../../../core/ports/storage-key.ts'
import { errors, reasonOf } from './errors.ts'

/** Where the database says who wrote last. No storage key, so it is nobody's entry. */
export const HEAD = 'seq'

/** The last write. `by` is the opening that made it; `seq` counts writes. What else `crossTab` keeps here stays. */
interface Head {
  readonly seq: number
  readonly by: string
}

export type Changes = ReadonlyMap<string, unknown>

/** What a write came to, to be acknowledged when its transaction is complete. */
export interface Written {
  readonly head: Head
  /** Entries of a deleted database that were written anew. */
  readonly restored: number
}

/** What one opening of a database knows to be in it, and the rule by which it writes. */
export class Entries {
  readonly #database: string
  // Never the same as another opening's, so that a write of ours that was reported failed and yet arrived (the
  // connection broke in between) is told from one of another tab.
  readonly #me = randomId()
  #seen: Head | undefined
  // Shallow: the values are frozen, and held by the store anyhow.
  readonly #known: Map<string, unknown>

  constructor(database: string, stored: readonly (readonly [string, unknown])[]) {
    this.#database = database
    // What else is there is not ours: the head, and what `crossTab` keeps.
    this.#known = new Map(stored.filter(([key]) => isStorageKey(key)))
    this.#seen = stored.find(([key]) => key === HEAD)?.[1] as Head | undefined
  }

  /** A copy of all that was acknowledged. */
  all(): Map<string, unknown> {
    return new Map(this.#known)
  }

  /**
   * The body of a write: puts `changes`, and all that was ever acknowledged where the database was deleted meanwhile.
   * @throws StorageConflictError when somebody else wrote since
   */
  async put(store: IDBObjectStore, changes: Changes): Promise<Written> {
    // One trip for all: what was put in vain is undone by the throw.
    const asked = promisifyRequest<Head | undefined>(store.get(HEAD))
    asked.catch(() => {})
    for (const [key, value] of changes) apply(this.#database, store, key, value)
    const last = await asked
    if (last !== undefined && !this.#expected(last)) throw errors.STORAGE_CONFLICT({ database: this.#database })
    const lost = last === undefined ? [...this.#known].filter(([key]) => !changes.has(key)) : []
    for (const [key, value] of lost) apply(this.#database, store, key, value)
    const head = { ...last, seq: (last ?? this.#seen ?? { seq: 0 }).seq + 1, by: this.#me }
    store.put(head, HEAD)
    return { head, restored: last === undefined && this.#seen !== undefined ? this.#known.size : 0 }
  }

  /** The transaction of `put` is complete. */
  acknowledge(changes: Changes, { head }: Written): void {
    this.#seen = head
    for (const [key, value] of changes) {
      if (value === undefined) this.#known.delete(key)
      else this.#known.set(key, value)
    }
  }

  #expected({ by, seq }: Head): boolean {
    return by === this.#me || (by === this.#seen?.by && seq === this.#seen.seq)
  }
}

/** Puts one value, or deletes it. */
export function apply(database: string, store: IDBObjectStore, key: string, value: unknown): void {
  if (value === undefined) {
    store.delete(key)
    return
  }
  try {
    store.put(value, key)
  } catch (error) {
    if ((error as Error).name !== 'DataCloneError') throw error
    throw errors.STORAGE_VALUE({ database, key, reason: reasonOf(error) }, error)
  }
}
