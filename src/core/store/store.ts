import type { Drafted } from '../model/types.ts'
import type { StorageError } from '../ports/errors.ts'
import type { Definition, Holder, Member, Onlooker, Phase, Stored } from '../ports/host.ts'
import type { Replica } from '../ports/replica.ts'
import type { StorageAdapter } from '../ports/storage.ts'
import { systemTimers, type Timers } from '../ports/timers.ts'
import type { Tracer } from '../trace.ts'
import { errors } from './errors.ts'
import { Locks, type Target, whereFrom } from './lock.ts'
import type { Patience } from './patience.ts'
import { Persistence, type Status } from './persistence.ts'
import { type CommitRecord, changesOf, type Origin } from './record.ts'
import { type Entries, nameOf, type OnInvalid, Registry } from './registry.ts'
import { type Subscriber, Subscribers } from './subscribers.ts'
import { type Done, type Journal, Ledger } from './transaction.ts'

/** What a store is made of. */
export interface StoreOptions {
  /** Models, collections and machines. More can come later by `load`. */
  state?: readonly Definition<unknown>[]
  /** Shown in tools and errors. Default `store#<n>`. */
  name?: string
  /** Attached from the start. */
  tracers?: readonly Tracer[]
  /** Gets what no caller could catch. Default: `console.error`. */
  onError?: (error: unknown, about: { phase: Phase }) => void
  /** What becomes of stored data that does not validate. Default: `throw`. */
  onInvalid?: OnInvalid
  /** Fills what storage lacks. */
  snapshot?: Snapshot
  /** Clock and timers; tests drive them by hand. */
  timers?: Timers
}

/** Plain data of a whole store: entries by storage key. */
export type Snapshot = Readonly<Record<string, Stored>>

type LiveOf<T> = T extends Definition<infer L> ? L : T
type Collected = { readonly ids: readonly string[]; get(id: string): unknown }
type DraftOf<T> = Drafted<LiveOf<T>>
type Draftable<T> = LiveOf<T> extends Collected ? 'A collection cannot be drafted: name its rows' : T
type Plain<M> = M extends { toJSON(): infer J } ? J : unknown
type SnapshotOf<T> = WholeOf<LiveOf<T>>
type WholeOf<L> = L extends Collected
  ? ReadonlyMap<string, Plain<NonNullable<ReturnType<L['get']>>> | undefined>
  : L extends { readonly $id: string }
    ? Plain<L> | undefined
    : Plain<L>

let count = 0

/**
 * Holds models, collections and machines; changes them atomically; tells who listens; keeps them in storage.
 * Made by `openStore` or `createStore`.
 */
export class Store {
  /** Shown in tools and errors. */
  readonly name: string
  readonly timers: Timers
  readonly #onError: StoreOptions['onError']
  readonly #ledger: Ledger
  readonly #journal: { -readonly [K in keyof Journal]: Journal[K] }
  readonly #registry: Registry
  readonly #locks: Locks
  readonly #persistence: Persistence | undefined
  readonly #replica: Replica | undefined
  readonly #subscribers: Subscribers
  #tracers: readonly Tracer[] = []
  #witness: ((record: CommitRecord) => void) | undefined
  #untraced = new Map<Tracer, (() => void)[]>()
  #onlookers: readonly Onlooker[] = []
  #origin: Origin = 'local'
  // Of a commit under way that comes from a peer: how many of the peer's it stands for.
  #commits = 1
  // What the commit under way writes to storage besides what it touched; undefined keeps it out of storage.
  #extra: ReadonlyMap<string, unknown> | undefined = NOTHING
  #closing: Promise<void> | undefined
  #closed = false

  /** @internal */
  constructor(options: StoreOptions, adapter: StorageAdapter | undefined, replica?: Replica) {
    this.#replica = replica
    this.name = options.name ?? `store#${++count}`
    this.timers = options.timers ?? systemTimers
    this.#onError = options.onError
    const report = (error: unknown, phase: Phase, traced?: boolean) => this.#report(error, phase, traced)
    this.#journal = {
      name: this.name,
      timers: this.timers,
      commit: (done) => this.#commit(done),
      aside: (holder, entity) => {
        for (const onlooker of this.#onlookers) onlooker.aside(holder, entity)
      },
      refuse: (holder, entity) => this.#refuse(holder, entity),
      report,
      listeners: undefined,
      get following() {
        return replica?.following ?? false
      },
      mirror: replica?.mirror ?? false,
      forward: (key, errand) => (replica as Replica).forward(key, errand),
    }
    this.#ledger = new Ledger(this.#journal)
    this.#registry = new Registry(this.#ledger)
    this.#locks = new Locks({
      timers: this.timers,
      gate: (step) => {
        this.#ledger.gate += step
      },
      transact: (fn) => this.#ledger.transact(fn),
    })
    this.#subscribers = new Subscribers(report, () => this.#watchful())
    this.#persistence =
      adapter &&
      new Persistence(
        adapter,
        this.timers,
        (error) => report(error, 'storage'),
        (status) => this.#tell((tracer) => tracer.status?.(status)),
        (error) => report(error, 'effect'),
      )
    this.#ledger.storing = adapter !== undefined
  }

  /** Where the store's data stands. Reactive. */
  get status(): Status {
    return this.#persistence?.status.value ?? 'memory'
  }

  /** Why the last write failed, while it has not been made good. Reactive. */
  get storageError(): StorageError | undefined {
    return this.#persistence?.error.value
  }

  /**
   * The live model, collection or machine of a definition.
   * @throws NotRegisteredError
   */
  get<L>(definition: Definition<L>): L {
    return this.#registry.member(definition, this.name).live as L
  }

  /**
   * Registers a definition after the store was opened, with what storage holds for it.
   * @throws HydrationError, DefinitionError
   */
  load<L>(definition: Definition<L>, options: { onInvalid?: OnInvalid } = {}): L {
    this.#alive()
    if (!this.#registry.has(definition)) this.#register([definition], {}, options.onInvalid)
    return this.get(definition)
  }

  /**
   * Runs `fn` so that all it changes happens as one commit, or, when it throws, not at all. Inside another transaction
   * it is a savepoint.
   *
   * @throws whatever `fn` throws; TransactionError when `fn` is asynchronous (use `lock`); ValidationError when a
   *   cross-field check fails
   * @example
   * ```ts
   * store.transaction(() => { from.balance -= 5; to.balance += 5 })
   * ```
   */
  transaction<T>(fn: () => T extends PromiseLike<unknown> ? 'A transaction is synchronous: use store.lock()' : T): T {
    this.#alive()
    return this.#ledger.transact(fn as () => T)
  }

  /** A detached, writable copy of a model or row, published by its `commit()`. */
  checkout<T extends object>(target: T & Draftable<T>): DraftOf<T> {
    this.#alive()
    const { holder, entity } = this.#target(target)
    return holder.draft?.(entity).draft as DraftOf<T>
  }

  /**
   * Exclusive asynchronous access: waits its turn for every target, hands `fn` a draft of each, and publishes all of
   * them when it is done; a throw or abort drops everything. Meanwhile every other write to the targets throws.
   *
   * @param patience `timeout` in milliseconds for the waiting (default 10,000), `signal` for waiting and holding.
   * @throws LockTimeoutError, the signal's reason, or what `fn` throws
   * @example
   * ```ts
   * await store.lock([User], async (user) => { user.name = await ask() })
   * ```
   */
  lock<const T extends readonly object[], R>(
    targets: T & { readonly [K in keyof T]: Draftable<T[K]> },
    fn: (...drafts: { -readonly [K in keyof T]: DraftOf<T[K]> }) => R | Promise<R>,
    patience: Patience = {},
  ): Promise<R> {
    try {
      this.#alive()
      const found = targets.map((target) => this.#target(target))
      return this.#locks.lock(found, fn as never, patience, whereFrom(this.lock))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Calls `fn` after each commit that touched the target, in commit order, one call at a time, with the frozen snapshot
   * of that commit (for a collection: of the rows it changed, `undefined` for deleted ones).
   *
   * @returns a function that stops it; `signal` does the same.
   */
  subscribe<T extends object>(
    target: T,
    fn: Subscriber<SnapshotOf<T>>,
    options: { signal?: AbortSignal } = {},
  ): () => void {
    this.#alive()
    const member = this.#registry.find(target)
    const found = member?.holder.definition.many
      ? { entity: member.holder, key: member.holder.definition.key }
      : this.#entity(target)
    return this.#subscribers.add(found.entity, found.key, fn as Subscriber<unknown>, options.signal)
  }

  /** Calls `fn` once after each commit. Returns a function that stops it. */
  listen(fn: () => void): () => void {
    const journal = this.#journal
    const entry = () => fn()
    journal.listeners = [...(journal.listeners ?? []), entry]
    return () => {
      journal.listeners = journal.listeners?.filter((other) => other !== entry)
    }
  }

  /** Attaches a tracer to the store and to all its machines. Returns a function that detaches it. */
  trace(tracer: Tracer): () => void {
    this.#tracers = [...this.#tracers, tracer]
    this.#untraced.set(
      tracer,
      [...this.#registry.members()].map((member) => member.trace?.(tracer) ?? (() => {})),
    )
    this.#watchful()
    return () => {
      this.#tracers = this.#tracers.filter((other) => other !== tracer)
      for (const stop of this.#untraced.get(tracer) ?? []) stop()
      this.#untraced.delete(tracer)
      this.#watchful()
    }
  }

  /**
   * Everything the store holds, as plain data. Redacted values are replaced by a marker, which `hydrate` leaves alone;
   * `{ redacted: true }` keeps them, for restoring.
   */
  snapshot(options: { redacted?: boolean } = {}): Snapshot {
    const snapshot: Record<string, Stored> = {}
    this.each((entity, holder) => {
      snapshot[holder.keyOf(entity)] = holder.encode(entity, !options.redacted) as Stored
    })
    return Object.freeze(snapshot)
  }

  /**
   * Becomes what a snapshot says, in one commit: rows it lacks are deleted. Waits, and answers a promise, only while a
   * lock is held.
   *
   * @throws HydrationError naming every entry that does not fit; nothing is changed then
   */
  hydrate(snapshot: Snapshot, options: { persist?: boolean } = {}): void | Promise<void> {
    return this.#whole('hydrate', options.persist === false ? undefined : NOTHING, () =>
      this.#registry.apply(Object.entries(snapshot)),
    )
  }

  /** Puts one definition, or all, back to the initial state, in one commit, and forgets them in storage. */
  reset(definition?: Definition<unknown>): void | Promise<void> {
    const members = definition ? [this.#registry.member(definition, this.name)] : [...this.#registry.members()]
    const keys = members.flatMap((member) => this.#registry.forgotten(member))
    return this.#whole('local', new Map(keys.map((key) => [key, undefined])), () => {
      for (const member of members) member.reset()
    })
  }

  /**
   * Resolves when everything committed so far is durable.
   * @throws StorageError as soon as an attempt it waits for fails; the store goes on trying
   */
  flush(patience: Patience = {}): Promise<void> {
    if (this.#closed) return Promise.reject(errors.CLOSED({ store: this.name }))
    return this.#persistence?.flush(patience) ?? Promise.resolve()
  }

  /**
   * Writes what is unsaved, gives up the storage, and ends: later calls throw `ClosedError`.
   * @throws ClosedError with the number of commits that could not be saved, the reason as its cause
   */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closed = true
      this.#ledger.gate++
      this.#closing = this.#close()
    }
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#locks.close(errors.CLOSED({ store: this.name }))
    // Called inside a transaction, it lets that commit first.
    await undefined
    this.#replica?.closing?.()
    this.#registry.dispose()
    this.#subscribers.end()
    await this.#persistence?.close(this.name)
  }

  /** @internal Lets the replica begin. */
  join(): void {
    this.#replica?.start({
      name: this.name,
      timers: this.timers,
      report: (error) => this.complain(error),
      receive: (entries) => this.receive(() => this.#registry.patch(entries)),
      mutate: (key, errand) =>
        this.#registry.mutate(key, errand) ?? { status: 'canceled', reason: { kind: 'disposed' } },
      own: (here) => this.#registry.own(here),
    })
  }

  /**
   * @internal Runs `fn` as one commit of another holder of the same state: not stored here. Waits while a lock is held.
   * `commits`: how many of the other's it stands for.
   */
  receive(fn: () => void, commits = 1): void | Promise<void> {
    return this.#whole('remote', undefined, fn, commits)
  }

  /** @internal Tells `onlooker` of each commit, before effects run. Costs no commit record. Returns its end. */
  watch(onlooker: Onlooker): () => void {
    const watch = (onlookers: readonly Onlooker[]) => {
      this.#onlookers = onlookers
      this.#ledger.watched = onlookers.length > 0
      this.#ledger.storing = this.#ledger.watched || this.#persistence !== undefined
    }
    watch([...this.#onlookers, onlooker])
    return () => watch(this.#onlookers.filter((other) => other !== onlooker))
  }

  /** @internal Tells whoever hears of what nobody could catch. */
  complain(error: unknown, phase: Phase = 'storage'): void {
    this.#report(error, phase)
  }

  /** @internal What machines follow is lost: their abort signals fire. */
  lose(reason: unknown): void {
    this.#registry.lose(reason)
  }

  /** @internal Commits so far. */
  get commits(): number {
    return this.#ledger.seq
  }

  /** @internal What devtools list. */
  held(): Holder[] {
    return [...this.#registry.members()].map(({ holder }) => holder)
  }

  /** @internal Tells `see` of the commits that wrote models; unlike a tracer it asks nothing of the machines. */
  witness(see: (record: CommitRecord) => void): () => void {
    this.#witness = see
    this.#watchful()
    return () => {
      this.#witness = undefined
      this.#watchful()
    }
  }

  /** @internal Machines are changed elsewhere, and only follow here. */
  get following(): boolean {
    return this.#journal.following !== false
  }

  /** @internal */
  member(definition: Definition<unknown>): Member {
    return this.#registry.member(definition, this.name)
  }

  /** @internal */
  members(): Iterable<Member> {
    return this.#registry.members()
  }

  /** @internal Is a commit under way? */
  get busy(): boolean {
    return this.#ledger.busy
  }

  /** @internal Every entity there is. */
  each(visit: (entity: object, holder: Holder) => void): void {
    for (const member of this.#registry.members()) member.each((entity) => visit(entity, member.holder))
  }

  /** @internal Registers definitions with their stored entries; answers what is to be written because of it. */
  register(
    definitions: readonly Definition<unknown>[],
    entries: Entries,
    snapshot: Snapshot,
    onInvalid?: OnInvalid,
  ): void {
    this.#register(definitions, snapshot, onInvalid, entries)
  }

  #register(
    definitions: readonly Definition<unknown>[],
    snapshot: Snapshot,
    onInvalid: OnInvalid = 'throw',
    entries?: Entries,
  ): void {
    const { quarantined, filled } = this.#registry.register(definitions, snapshot, onInvalid, entries)
    for (const tracer of this.#tracers) {
      const stops = this.#untraced.get(tracer) ?? []
      for (const definition of definitions) {
        const stop = this.#registry.member(definition, this.name).trace?.(tracer)
        if (stop) stops.push(stop)
      }
    }
    this.#watchful()
    const commit = this.#persistence === undefined ? new Map<string, unknown>() : filled()
    for (const { key, value } of quarantined) commit.set(key, undefined).set(this.#registry.asideKey(key), value)
    if (commit.size > 0) this.#keep(commit)
    const told = quarantined.map(({ key, issues }) => ({ key, issues }))
    if (told.length > 0) this.#report(errors.QUARANTINED({ entries: told }), 'recovery')
  }

  /** One commit that concerns everything: waits for locks, and says where it came from. */
  #whole(
    origin: Origin,
    extra: ReadonlyMap<string, unknown> | undefined,
    fn: () => void,
    commits = 1,
  ): void | Promise<void> {
    this.#alive()
    this.#ledger.mayCommit(this.name)
    if (this.#locks.any) {
      return new Promise((resolve, reject) => {
        this.#locks.whenIdle(() => {
          try {
            resolve(this.#whole(origin, extra, fn, commits))
          } catch (error) {
            reject(error)
          }
        })
      })
    }
    // Inside a transaction it is part of that commit, and stored like the rest of it.
    if (this.#ledger.busy) return this.#ledger.transact(fn)
    this.#origin = origin
    this.#extra = extra
    this.#commits = commits
    try {
      this.#ledger.transact(fn)
      // Nothing changed, so nothing was committed: storage may have something to forget all the same.
      if (extra !== undefined && extra.size > 0 && this.#extra === extra) this.#keep(new Map(extra))
    } finally {
      this.#origin = 'local'
      this.#extra = NOTHING
      this.#commits = 1
    }
  }

  #commit({ touched, log, transitions }: Done): (() => void) | undefined {
    // They are of this one commit; what its listeners write is another.
    const extra = this.#extra
    const origin = this.#origin
    const commits = this.#commits
    this.#extra = NOTHING
    this.#origin = 'local'
    this.#commits = 1
    for (const onlooker of this.#onlookers) onlooker.commit(touched, log)
    if (this.#persistence !== undefined && extra !== undefined) {
      const commit = new Map<string, unknown>()
      for (const [entity, holder] of touched) {
        if (holder.definition.persist) commit.set(holder.keyOf(entity), holder.encode(entity, false))
      }
      for (const [key, value] of extra) commit.set(key, value)
      if (commit.size > 0) this.#keep(commit)
    }
    const watched = this.#witness !== undefined && log.length > 0
    if (this.#tracers.length === 0 && !watched && !this.#subscribers.wants(touched)) return undefined
    const record: CommitRecord = Object.freeze({
      seq: this.#ledger.seq,
      time: this.timers.now(),
      origin,
      ...(commits === 1 ? undefined : { commits }),
      changes: Object.freeze(changesOf(log, true)),
      transitions: Object.freeze([...transitions]),
    })
    const deliver = this.#subscribers.deliveries(touched, record)
    return () => {
      this.#tell((tracer) => tracer.commit?.(record, this))
      this.#tell((tracer) => tracer.raw?.(log, origin))
      if (watched) this.#witness?.(record)
      deliver()
    }
  }

  #keep(commit: Map<string, unknown>): void {
    this.#persistence?.add(this.#replica?.outgoing(commit) ?? commit)
  }

  #refuse(holder: Holder, entity: object): void {
    if (this.#closed) throw errors.CLOSED({ store: this.name })
    const by = this.#locks.holderOf(entity)
    if (by !== undefined) throw errors.LOCKED({ key: holder.keyOf(entity), holder: by })
  }

  #entity(handle: object): Target {
    const found = this.#registry.entity(handle)
    if (found !== undefined) return { ...found, key: found.holder.keyOf(found.entity) }
    throw errors.NOT_REGISTERED({ store: this.name, definition: nameOf(handle) })
  }

  /** What can be drafted. */
  #target(handle: object): Target {
    const target = this.#entity(handle)
    if (target.holder.draft === undefined) throw errors.NOT_A_MODEL({ store: this.name, what: target.key })
    return target
  }

  #alive(): void {
    if (this.#closed) throw errors.CLOSED({ store: this.name })
  }

  #watchful(): void {
    const recording = this.#tracers.length > 0 || this.#subscribers.any
    this.#ledger.tracing = recording
    this.#ledger.recording = recording || this.#witness !== undefined
    for (const member of this.#registry.members()) member.record?.(recording)
  }

  #tell(tell: (tracer: Tracer) => void): void {
    for (const tracer of this.#tracers) {
      try {
        tell(tracer)
      } catch (error) {
        this.#report(error, 'tracer')
      }
    }
  }

  #report(error: unknown, phase: Phase, traced = phase === 'tracer'): void {
    if (!traced) this.#tell((tracer) => tracer.error?.(error, { phase }))
    try {
      if (this.#onError) this.#onError(error, { phase })
      else console.error(error)
    } catch (second) {
      console.error(second)
    }
  }
}

const NOTHING: ReadonlyMap<string, unknown> = /* @__PURE__ */ new Map()

/** What devtools leave on the one global place they may fill. */
function announce(store: Store): Store {
  const agent = (globalThis as unknown as Record<symbol, { store?(store: Store): void } | undefined>)[
    Symbol.for('escapement.agent')
  ]
  agent?.store?.(store)
  return store
}

/**
 * A store in memory, made at once: for servers that render, and for tests.
 * @throws DefinitionError, HydrationError (from `snapshot`)
 */
export function createStore(options: StoreOptions = {}): Store {
  return start(options, undefined, NOTHING)
}

/** @internal Makes a store, gives it what is stored, and makes it known. */
export function start(
  options: StoreOptions,
  adapter: StorageAdapter | undefined,
  entries: Entries,
  replica?: Replica,
): Store {
  const store = new Store(options, adapter, replica)
  for (const tracer of options.tracers ?? []) store.trace(tracer)
  store.register(options.state ?? [], entries, options.snapshot ?? {}, options.onInvalid)
  store.join()
  return announce(store)
}

/** What a store that is opened on a storage is made of. */
export interface OpenOptions extends StoreOptions {
  /** Default: memory. */
  storage?: StorageAdapter
  /** Keeps the store in step with those of other tabs: `crossTab()` of `escapement/storage/indexeddb`. */
  crossTab?: Replica
}

/**
 * Opens a store on its storage, with everything it holds loaded and validated.
 *
 * @throws StorageError, StorageLockedError, CorruptionError from the adapter; HydrationError for stored data that does
 *   not fit; the storage is closed again first
 * @example
 * ```ts
 * const store = await openStore({ storage: fileStorage('./data'), state: [Telemetry, Todos] })
 * ```
 * One place for an application's state, loaded from a cache and saved behind it, is an idea of Myosin's.
 */
export async function openStore(options: OpenOptions = {}): Promise<Store> {
  const { crossTab } = options
  const storage = crossTab ? crossTab.storage(options.storage) : options.storage
  if (storage === undefined) return createStore(options)
  const entries = await storage.open()
  try {
    return start(options, storage, entries, crossTab)
  } catch (error) {
    // Why it could not be opened is what the caller must hear.
    await storage.close().catch(() => {})
    throw error
  }
}
