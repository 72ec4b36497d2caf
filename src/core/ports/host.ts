import type { ReadonlySignal } from '@preact/signals-core'
import type { Answer, Errand, Following } from './replica.ts'
import type { Timers } from './timers.ts'
import type { Unit } from './unit.ts'

/** What storage and snapshots hold for one model, row or machine: version, data, and a row's place in its collection. */
export interface Stored {
  readonly v: number
  readonly d: unknown
  readonly o?: number
}

/**
 * What a store can hold. A definition carries its own maker, so a store imports neither models nor machines, and a
 * bundle holds just what it uses.
 */
export interface Definition<Live = unknown> {
  readonly name: string
  readonly version: number
  /** False keeps it out of storage. */
  readonly persist: boolean
  /** `model/<name>` or `machine/<name>`: the storage key, or what a row's or member's key starts with. */
  readonly key: string
  /** True when keys go on with `/<id>`. */
  readonly many: boolean
  /** Makes the live thing inside a store. */
  make(host: Host): Member<Live>
}

/** One change inside a commit record. Without `field`: a whole row came or went. */
export interface Change {
  readonly key: string
  readonly field?: string
  readonly before: unknown
  readonly after: unknown
}

/**
 * Knows how to change, check, store and undo one kind of entity (a model, a row, a machine) on behalf of the
 * transaction that touched it. `slot` is a field's index, or one of `ADDED` and `REMOVED`.
 */
export interface Holder<E = object> {
  readonly definition: Definition
  /** What it has: the fields of a model, or the states of a machine, in definition order. */
  readonly names: readonly string[]
  /** Those of them whose values stay inside. */
  readonly hidden: ReadonlySet<string>
  /** True when it has a cross-field check or an index: then a single write takes the path that can be undone. */
  readonly careful: boolean
  keyOf(entity: E): string
  undo(entity: E, slot: number, old: unknown): void
  /** Throws when the entity breaks its own cross-field rule. */
  verify(entity: E): void
  /** What is stored; undefined when it is gone. `outward` replaces redacted values by the marker. */
  encode(entity: E, outward: boolean): Stored | undefined
  change(entity: E, slot: number, old: unknown, outward: boolean): Change
  /** Plain listeners of this one entity. */
  heard(entity: E): readonly (() => void)[] | undefined
  /** Plain listeners of the whole collection. */
  readonly listeners: readonly (() => void)[] | undefined
  /** After the commit point: drop what only a rollback could have wanted. */
  settle(entity: E): void
  /** Frozen plain data, as subscribers get it. */
  shown(entity: E): unknown
  /** Brings back a row that was deleted in an earlier commit (1), or deletes it (-1), as part of the one under way. */
  move?(entity: E, step: 1 | -1): void
  /** Detached, writable copy, for `checkout` and `lock`. */
  draft?(entity: E): { draft: Draft; kill(): void }
}

/** The holder of what has fields. */
export interface FieldHolder<E = object> extends Holder<E> {
  /** Throws when the entity is deleted, or must not be written now. */
  mayWrite(entity: E): void
  /** Puts a value that was accepted already; nobody is told yet. */
  place(entity: E, slot: number, value: unknown): void
  /** Puts it in a way that can be undone, and tells. */
  logged(entity: E, slot: number, value: unknown): void
  /** Tells the signals. */
  tell(entity: E, slot: number): void
}

/** Slots that stand for a whole entity in the log. */
export const ADDED = -1
export const REMOVED = -2

/** What the store needs of a draft; the fields come with the model's type. */
export interface Draft {
  commit(options?: { force?: boolean }): void
  rebase(): void
  changes(): Record<string, { before: unknown; after: unknown }>
}

/** Why an entry could not be loaded. */
export interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** Issues in words. */
export const said = (issues: readonly Issue[]): string =>
  issues.map(({ path, message }) => (path.length ? `${path.map(String).join('.')}: ${message}` : message)).join('; ')

/**
 * Where an entry to be loaded comes from: from `storage`, before the store is handed out, and the store's own to keep;
 * likewise, but from a caller's `snapshot`, to be copied; in a `commit`, logged like any write; or in a commit of a
 * `peer`, another holder of the same state: a model's fields that are not named stay, a machine's clock is taken as it is.
 */
export type Source = 'storage' | 'snapshot' | 'commit' | 'peer'

/** What one registered definition became in one store. */
export interface Member<Live = unknown> {
  readonly live: Live
  readonly holder: Holder
  /** Applies one stored entry. `id` is '' for what is not a collection. Throws `EntryRefused` for what does not validate. */
  load(id: string, stored: Stored, from: Source): void
  /** After the last `load`: order, restoring of machines. */
  loaded?(): void
  /** Back to the definition's initial state, as part of the commit under way. `keep`: ids that stay. */
  reset(keep?: ReadonlySet<string>): void
  /** Every entity there is. */
  each(visit: (entity: object) => void): void
  /**
   * Nothing is stored elsewhere: deletes one row or machine of a collection, or puts a model or machine back to its
   * initial state, as part of the commit under way.
   */
  drop?(id: string): void
  /** Mutates a machine for a peer; undefined when there is none of this id. */
  mutate?(id: string, errand: Errand): Answer | undefined
  /** Machines are changed here from now on, or only follow. */
  own?(here: boolean): void
  /** What machines follow is lost: fires the abort signals of all of them with `reason`. */
  lose?(reason: unknown): void
  /** The entity a handle (the live thing itself, or a row) stands for, if it is this member's. */
  entity(handle: object): object | undefined
  dispose?(): void
  /** Hands every machine to the machine part of a tracer. */
  trace?(tracer: object): () => void
  /** Whether somebody wants transitions in commit records. */
  record?(on: boolean): void
}

/** Thrown by `load`: the entry's own words; the store knows key and policy. */
export class EntryRefused extends Error {
  readonly issues: readonly Issue[]
  /** No policy can help: the data is newer than the code. */
  readonly final: boolean
  constructor(issues: readonly Issue[], final = false) {
    super('refused')
    this.issues = issues
    this.final = final
  }
}

/** The store, as its members see it: what is under way, and how a write joins it. */
export interface Host {
  readonly name: string
  readonly timers: Timers
  /** For machines; each holder adds the rest, by what is below. */
  readonly unit: Pick<Unit, 'run' | 'savepoint' | 'guard' | 'later'>
  /** Not 0: ask `refuse` before any write (a lock is held, a negotiation handler runs, or the store is closed). */
  readonly gate: number
  /** How many functions that can be undone are running. 0: a write is a commit of its own. */
  readonly open: number
  /** Undo log of the commit under way: holder, entity, slot, old value, over and over. */
  readonly log: unknown[]
  /** Throws if this entity must not be written now. */
  refuse(holder: Holder, entity: object): void
  /** A write outside any function. */
  single(holder: FieldHolder, entity: object, slot: number, value: unknown): void
  /** Runs `fn` as a commit, or as part of the one under way. */
  run<T>(fn: () => T): T
  /** Calls `fn` if the part of the commit under way that is now running is undone. */
  onUndo(fn: () => void): void
  /** A machine changed; nothing to undo. `transition` is kept for the commit record. */
  touch(holder: Holder, entity: object, transition?: unknown): void
  /** No commit is under way, and nobody wants a record of the next. */
  readonly idle: boolean
  /** A machine has changed while `idle`, and nobody's code ran in it: that is a commit. `told` are its own listeners. */
  stepped(holder: Holder, entity: object, told: readonly (() => void)[] | undefined): void
  /** Somebody watches the store. */
  readonly watched: boolean
  /** What of a machine is no commit, for onlookers: see `Onlooker`. */
  aside(holder: Holder, entity: object): void
  /** `traced`: the tracers know already. */
  report(error: unknown, phase: Phase, traced?: boolean): void
  /** True while somebody wants commit records. */
  readonly recording: boolean
  readonly following: Following
  /** True when redacted values are not here, and rules are asked where they are. */
  readonly mirror: boolean
  /** While `following`: takes a mutation to where its machine is changed. */
  forward(key: string, errand: Errand): Promise<Answer>
}

/** Whoever must know all of a store at once. */
export interface Onlooker {
  /** A commit, before effects are told: what it touched, and its undo log (holder, entity, slot, old value, …). */
  commit(touched: ReadonlyMap<object, Holder>, log: readonly unknown[]): void
  /** No commit: a machine that stays where it is was disposed, or a mutation counted that left its clock as it was. */
  aside(holder: Holder, entity: object): void
}

/** Where an error that nobody could catch came from. */
export type Phase = 'storage' | 'recovery' | 'subscriber' | 'listener' | 'effect' | 'handler' | 'tracer'

/** Reactive, read only. */
export type Readable<T> = ReadonlySignal<T>
