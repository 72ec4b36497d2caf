import { batch, type Signal, signal } from '@preact/signals-core'
import type { Core } from '../../../core/machine/machine.ts'
import type { StorageError } from '../../../core/ports/errors.ts'
import type { Definition, Member } from '../../../core/ports/host.ts'
import { errors as storeErrors } from '../../../core/store/errors.ts'
import { patiently } from '../../../core/store/patience.ts'
import type { Status } from '../../../core/store/persistence.ts'
import type { CommitRecord } from '../../../core/store/record.ts'
import type { Snapshot, Store } from '../../../core/store/store.ts'
import type { EndpointLike } from '../endpoint.ts'
import type { Link } from '../link.ts'
import { MirroredMachines, MirroredMany, MirroredRows } from './collections.ts'
import { MirroredMachine } from './machine.ts'
import { MirroredModel, mirroredModel } from './model.ts'
import type { Remote } from './remote.ts'
import type { Mirrored, WriteOptions } from './types.ts'

/** How long a caller is willing to wait. */
export interface Waiting {
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Milliseconds; rejects with a `TimeoutError`. */
  readonly timeout?: number
}

type Told<D> = D extends Definition<unknown> ? Shown<Mirrored<D>> : Shown<D>
type Shown<M> = M extends { get(id: string): infer E }
  ? ReadonlyMap<string, E extends undefined ? undefined : Plain<NonNullable<E>> | undefined>
  : M extends { readonly $id: string }
    ? Plain<M> | undefined
    : Plain<M>
type Plain<M> = M extends { toJSON(): infer J } ? J : M extends { export(): infer J } ? J : unknown

/** What a mirror needs of whoever connected it. */
export interface Anchor {
  readonly store: Store
  readonly link: Link
  readonly remote: Remote
  readonly definitions: readonly Definition<unknown>[]
  readonly timeout: number
}

/**
 * A store that lives in a worker, as the page sees it: reads are here, at once and reactive; writes happen there, and
 * are promises. What cannot work from afar (transactions, locks, drafts, handlers) it does not have. Made by
 * `connectStore`.
 */
export class MirrorStore {
  /** Shown in tools and errors. */
  readonly name: string
  readonly #store: Store
  readonly #link: Link
  readonly #remote: Remote
  readonly #places: ReadonlyMap<Definition<unknown>, number>
  readonly #timeout: number
  readonly #mirrors = new Map<Definition<unknown>, object>()
  readonly #status: Signal<Status> = signal('disconnected')
  readonly #storageError: Signal<unknown> = signal(undefined)
  #closed = false

  /** @internal */
  constructor({ store, link, remote, definitions, timeout }: Anchor) {
    this.name = store.name
    this.#store = store
    this.#link = link
    this.#remote = remote
    this.#places = new Map(definitions.map((definition, place) => [definition, place]))
    this.#timeout = timeout
  }

  /** Where the worker's data stands, or that there is no worker: `disconnected`. Reactive. */
  get status(): Status {
    return this.#status.value
  }

  /** Why the worker's last write to storage failed, while it has not been made good: a copy. Reactive. */
  get storageError(): StorageError | undefined {
    return this.#storageError.value as StorageError | undefined
  }

  /**
   * The mirror of a definition.
   * @throws NotRegisteredError
   */
  get<D extends Definition<unknown>>(definition: D): Mirrored<D> {
    let mirror = this.#mirrors.get(definition)
    if (mirror === undefined) {
      // Throws for what it does not hold.
      mirror = this.#make(this.#store.member(definition), this.#places.get(definition) as number)
      this.#mirrors.set(definition, mirror)
    }
    return mirror as Mirrored<D>
  }

  /**
   * Calls `fn` after each commit of the mirror that touched the target, in order, one call at a time, with the frozen
   * snapshot of that commit. A commit may stand for several of the worker's: `commit.commits` says how many.
   *
   * @param target a definition, or a mirror
   * @returns a function that stops it; `signal` does the same.
   */
  subscribe<T extends object>(
    target: T,
    fn: (snapshot: Told<T>, commit: CommitRecord) => unknown,
    options: { signal?: AbortSignal } = {},
  ): () => void {
    return this.#store.subscribe(behind(target), fn as never, options)
  }

  /** Calls `fn` once after each commit of the mirror. Returns a function that stops it. */
  listen(fn: () => void): () => void {
    return this.#store.listen(fn)
  }

  /**
   * Resolves when everything the worker has committed so far is durable.
   * @throws StorageError, DisconnectedError
   */
  flush({ signal, timeout }: Waiting = {}): Promise<void> {
    return this.#patiently(this.#remote.call('store.flush', 0, undefined), 'flush', signal, timeout)
  }

  /** What the worker holds of these definitions, as plain data; redacted values are replaced by a marker. */
  snapshot(): Promise<Snapshot> {
    return this.#remote.call('store.snapshot', 0, undefined)
  }

  /**
   * The worker's store becomes what a snapshot says.
   * @throws HydrationError, DisconnectedError
   */
  hydrate(snapshot: Snapshot, options?: WriteOptions): Promise<void> {
    return this.#remote.call('store.hydrate', 0, options, snapshot)
  }

  /** Puts one definition, or all that the worker holds, back to the initial state. */
  reset(definition?: Definition<unknown>, options?: WriteOptions): Promise<void> {
    const place = definition === undefined ? 0 : this.#places.get(definition)
    if (place === undefined) {
      return Promise.reject(
        storeErrors.NOT_REGISTERED({ store: this.name, definition: String((definition as Definition).name) }),
      )
    }
    return this.#remote.call('store.reset', place, options, definition === undefined)
  }

  /**
   * Goes on with another worker, or with the same one at another port. What the mirror shows becomes what that worker
   * holds. Handles and subscriptions stay.
   *
   * @throws DisconnectedError, TimeoutError, MismatchError; the mirror stays disconnected then
   */
  async reconnect(worker: EndpointLike, options: { timeout?: number } = {}): Promise<void> {
    if (this.#closed) throw storeErrors.CLOSED({ store: this.name })
    // What is in flight at the old worker is as lost as if that had died; so is an attempt to connect to it.
    this.#link.leave(undefined)
    await this.#link.connect(worker, options.timeout ?? this.#timeout)
    this.#remote.lost = undefined
  }

  /** Ends the mirror: what is in flight is rejected. The worker and its store go on. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#link.leave(storeErrors.CLOSED({ store: this.name }))
    await this.#store.close()
  }

  /** @internal The worker has told. */
  told(status: Status, error: unknown): void {
    this.#show(() => {
      this.#status.value = status
      this.#storageError.value = error
    })
  }

  /** @internal The worker is gone. */
  down(cause: unknown): void {
    this.#remote.lost = cause
    this.#show(() => {
      this.#status.value = 'disconnected'
    })
    this.#store.lose(cause)
  }

  /** @internal The store of the mirror: a real one, which follows. */
  get store(): Store {
    return this.#store
  }

  /** What effects throw is no trouble of the channel: a frame that was fine must not count as broken. */
  #show(change: () => void): void {
    try {
      batch(change)
    } catch (error) {
      this.#store.complain(error, 'effect')
    }
  }

  #make(member: Member, place: number): object {
    const { definition } = member.holder
    const machine = definition.key.startsWith('machine/')
    if (definition.many) return new (machine ? MirroredMachines : MirroredRows)(this.#remote, member, place)
    if (machine) return new MirroredMachine(member.live as Core, this.#remote, place)
    const Class = mirroredModel(member.live as object)
    return new Class(member.live as never, this.#remote, member, place)
  }

  #patiently<T>(call: Promise<T>, what: string, signal: AbortSignal | undefined, timeout: number | undefined) {
    if (!signal && timeout === undefined) return call
    return patiently<T>(this.#store.timers, { signal, timeout }, what, (resolve, reject) => {
      call.then(resolve, reject)
      return () => {}
    })
  }
}

/** What a target of `subscribe` stands for in the mirror's store. */
function behind(target: object): object {
  if (target instanceof MirroredModel) return MirroredModel.live(target)
  if (target instanceof MirroredMachine) return MirroredMachine.live(target)
  if (target instanceof MirroredMany) return MirroredMany.live(target)
  return target
}
