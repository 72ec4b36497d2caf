import type { Target } from '../../protocol/identity.ts'

/** What is known of a run whose lines are kept. */
export interface KeptRun {
  readonly run: string
  readonly target: Target
  /** Epoch ms of its time 0. */
  readonly origin: number
  readonly step: number
  /** Epoch ms when it was last heard. */
  last: number
}

interface KeptLines {
  readonly run: string
  readonly size: number
  /** Definitions, machines and stores: without them rows say nothing, so they stay as long as their run. */
  readonly head: boolean
  readonly text: string
}

/** Characters kept, over all runs. */
export const KEPT = 64 * 1024 * 1024

const RUNS = 'runs'
const LINES = 'lines'

const done = (transaction: IDBTransaction) =>
  new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
const answer = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/**
 * Keeps the lines that told something new, so that a reload of page or panel loses nothing. What is kept is what was
 * received: values that the agent redacted never arrive. Beyond `limit` the oldest run goes first; of the last one its
 * oldest rows.
 */
export class History {
  readonly #database: IDBDatabase
  readonly #limit: number
  #sizes = new Map<string, number>()
  #writing: Promise<void> = Promise.resolve()

  private constructor(database: IDBDatabase, limit: number) {
    this.#database = database
    this.#limit = limit
  }

  /** Opens what is kept. Rejects where there is no IndexedDB, or it is forbidden. */
  static async open(factory: IDBFactory, name = 'escapement-panel', limit = KEPT): Promise<History> {
    const request = factory.open(name, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RUNS, { keyPath: 'run' })
      request.result.createObjectStore(LINES, { autoIncrement: true }).createIndex('run', 'run')
    }
    const database = await answer(request)
    // Another version wants it: reloading the panel opens it again.
    database.onversionchange = () => database.close()
    return new History(database, limit)
  }

  /** Hands over every kept run, oldest first, and its lines in the order they were received. */
  async read(take: (run: KeptRun, lines: string[]) => void): Promise<void> {
    const runs = await answer<KeptRun[]>(this.#database.transaction(RUNS).objectStore(RUNS).getAll())
    for (const run of runs.sort((a, b) => a.last - b.last)) {
      const index = this.#database.transaction(LINES).objectStore(LINES).index('run')
      const kept = await answer<KeptLines[]>(index.getAll(run.run))
      this.#sizes.set(
        run.run,
        kept.reduce((sum, { size }) => sum + size, 0),
      )
      take(
        run,
        kept.flatMap(({ text }) => text.split('\n')),
      )
    }
  }

  /** Adds lines of a run, in order. Resolves when they are kept. */
  write(run: KeptRun, head: readonly string[], rows: readonly string[]): Promise<void> {
    this.#writing = this.#writing.then(
      () => this.#write(run, head, rows),
      () => this.#write(run, head, rows),
    )
    return this.#writing
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    const transaction = this.#database.transaction([RUNS, LINES], 'readwrite')
    transaction.objectStore(RUNS).clear()
    transaction.objectStore(LINES).clear()
    this.#sizes.clear()
    await done(transaction)
  }
  close(): void {
    this.#database.close()
  }

  async #write(run: KeptRun, head: readonly string[], rows: readonly string[]): Promise<void> {
    const transaction = this.#database.transaction([RUNS, LINES], 'readwrite', { durability: 'relaxed' })
    transaction.objectStore(RUNS).put(run)
    const lines = transaction.objectStore(LINES)
    for (const [list, isHead] of [[head, true] as const, [rows, false] as const]) {
      if (!list.length) continue
      const text = list.join('\n')
      lines.add({ run: run.run, size: text.length, head: isHead, text } satisfies KeptLines)
      this.#sizes.set(run.run, (this.#sizes.get(run.run) ?? 0) + text.length)
    }
    await done(transaction)
    await this.#trim()
  }

  async #trim(): Promise<void> {
    const total = () => [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
    if (total() <= this.#limit) return
    const runs = await answer<KeptRun[]>(this.#database.transaction(RUNS).objectStore(RUNS).getAll())
    runs.sort((a, b) => a.last - b.last)
    while (total() > this.#limit && runs.length > 1) await this.#forget(runs.shift()!.run)
    if (total() > this.#limit && runs[0]) await this.#shorten(runs[0].run, total() - this.#limit)
  }

  async #forget(run: string): Promise<void> {
    const transaction = this.#database.transaction([RUNS, LINES], 'readwrite')
    transaction.objectStore(RUNS).delete(run)
    const lines = transaction.objectStore(LINES)
    for (const key of await answer(lines.index('run').getAllKeys(run))) lines.delete(key)
    this.#sizes.delete(run)
    await done(transaction)
  }

  async #shorten(run: string, excess: number): Promise<void> {
    const transaction = this.#database.transaction(LINES, 'readwrite')
    let left = excess
    const request = transaction.objectStore(LINES).index('run').openCursor(run)
    request.onsuccess = () => {
      const cursor = request.result
      if (!cursor || left <= 0) return
      const { head, size } = cursor.value as KeptLines
      if (!head) {
        cursor.delete()
        left -= size
        this.#sizes.set(run, this.#sizes.get(run)! - size)
      }
      cursor.continue()
    }
    await done(transaction)
  }
}
