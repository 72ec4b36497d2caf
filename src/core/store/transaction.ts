import { batch, untracked } from '@preact/signals-core'
import type { FieldHolder, Holder, Host, Phase } from '../ports/host.ts'
import type { Timers } from '../ports/timers.ts'
import type { Unit } from '../ports/unit.ts'
import { holdEffects, reportEffects } from './effect.ts'
import { errors } from './errors.ts'

/** What one commit did, before anybody is told. */
export interface Done {
  /** Every entity that was touched, once, with its holder. */
  readonly touched: ReadonlyMap<object, Holder>
  /** Undo log of it: holder, entity, slot, old value, over and over. */
  readonly log: readonly unknown[]
  readonly transitions: readonly unknown[]
}

/** What a ledger tells the store it belongs to. */
export interface Journal {
  readonly name: string
  readonly timers: Timers
  /** Hands the commit to storage; answers what to do once effects and listeners have run. */
  commit(done: Done): (() => void) | undefined
  /** Tells onlookers of what is no commit. */
  aside(holder: Holder, entity: object): void
  /** Why `entity` must not be written now, when it must not. */
  refuse(holder: Holder, entity: object): void
  report(error: unknown, phase: Phase, traced?: boolean): void
  /** Listeners of the whole store. */
  readonly listeners: Listeners
  readonly following: Host['following']
  readonly mirror: boolean
  forward: Host['forward']
}

type Listeners = readonly (() => void)[] | undefined

/** Whom one commit is announced to, and what comes after the listeners. */
interface Round {
  readonly lists: readonly Listeners[]
  readonly after: (() => void) | undefined
}

interface Drain {
  readonly run: () => void
  readonly abort: () => void
}

const STEP = 4

/**
 * Makes changes atomic. One commit is everything an outermost call does synchronously:
 *
 *     the function → checks of what it wrote → drains of machines → numbered, handed to storage → effects → listeners
 *      └── a throw undoes all ──────────┘      └── each handler its own savepoint ──┘
 *
 * Effects wait because all of it runs in one signals batch; that batch keeps writes when it throws, so undoing is ours.
 */
export class Ledger implements Host, Pick<Unit, 'run' | 'savepoint' | 'guard' | 'later'> {
  gate = 0
  open = 0
  recording = false
  /** True while records of commits that wrote no model are wanted, too. */
  tracing = false
  /** Commits so far. */
  seq = 0
  /** True when every commit goes to the journal, listened to or not. */
  storing = false
  /** True when the journal wants to know the slot of a single write, and what is no commit. */
  watched = false
  log: unknown[] = []
  readonly #journal: Journal
  // Of the commit under way. #drained counts the drains that have run, so that a savepoint can name those after it.
  #drains: Drain[] = []
  #drained = 0
  #draining = false
  #touched: unknown[] = []
  #transitions: unknown[] = []
  #laters = new Set<() => void>()
  #guarding = 0
  // Commits whose listeners have not been called. While one round is being announced, later commits wait here, so
  // every listener sees commits in order.
  readonly #rounds: Round[] = []
  #announcing = false

  constructor(journal: Journal) {
    this.#journal = journal
  }

  get name(): string {
    return this.#journal.name
  }

  get timers(): Timers {
    return this.#journal.timers
  }

  get unit(): this {
    return this
  }

  get following(): Host['following'] {
    return this.#journal.following
  }

  get mirror(): boolean {
    return this.#journal.mirror
  }

  forward(...errand: Parameters<Host['forward']>): ReturnType<Host['forward']> {
    return this.#journal.forward(...errand)
  }

  /** Is a commit under way? */
  get busy(): boolean {
    return this.open > 0 || this.#draining
  }

  report(error: unknown, phase: Phase, traced?: boolean): void {
    this.#journal.report(error, phase, traced)
  }

  refuse(holder: Holder, entity: object): void {
    this.mayCommit(holder.definition.key)
    this.#journal.refuse(holder, entity)
  }

  /** Throws inside a negotiation handler, which may not write `key`. */
  mayCommit(key: string): void {
    if (this.#guarding > 0) throw errors.NEGOTIATION_WRITES({ key })
  }

  onUndo(fn: () => void): void {
    this.log.push(undefined, fn, 0, undefined)
  }

  /** The shortest way of a single write: nothing to check, to undo or to record. */
  single(holder: FieldHolder, entity: object, slot: number, value: unknown): void {
    if (this.recording || this.#draining || holder.careful) {
      this.run(() => holder.logged(entity, slot, value))
      return
    }
    holder.place(entity, slot, value)
    this.seq++
    const own = holder.heard(entity)
    const { listeners } = holder
    const all = this.#journal.listeners
    const heard = own !== undefined || listeners !== undefined || all !== undefined
    const first = !this.#announcing
    if (heard && !first) this.#rounds.push({ lists: [own, listeners, all], after: undefined })
    this.#announcing = true
    if (this.storing) {
      this.#inBatch(() => {
        const log = this.watched ? [holder, entity, slot, undefined] : NOTHING
        this.#journal.commit({ touched: new Map([[entity, holder]]), log, transitions: NOTHING })
        holder.tell(entity, slot)
      })
    } else {
      const before = reportEffects(this.#effectFailed)
      try {
        holder.tell(entity, slot)
      } catch (error) {
        this.#effectFailed(error)
      }
      reportEffects(before)
    }
    if (!first) return
    // What effects have just written waits in #rounds, behind this.
    if (heard) {
      this.#lists = [own, listeners, all]
      untracked(this.#callInBatch)
    }
    if (this.#rounds.length > 0) this.#announce()
    else this.#announcing = false
  }

  get idle(): boolean {
    return !this.tracing && !this.busy
  }

  stepped(holder: Holder, entity: object, told: Listeners): void {
    this.seq++
    const { listeners } = holder
    const all = this.#journal.listeners
    const first = !this.#announcing
    const heard = told !== undefined || listeners !== undefined || all !== undefined
    // What effects on the store's status write is announced behind this.
    if (heard) this.#rounds.push({ lists: [listeners, told, all], after: undefined })
    this.#announcing = true
    if (this.storing) {
      this.#inBatch(() => {
        this.#journal.commit({ touched: new Map([[entity, holder]]), log: NOTHING, transitions: NOTHING })
      })
    }
    if (first) this.#announce()
  }

  aside(holder: Holder, entity: object): void {
    this.#journal.aside(holder, entity)
  }

  /** Runs `fn` in the commit under way, or as a commit of its own. */
  run<T>(fn: () => T): T
  run(drain: () => void, abort: () => void): boolean
  run<T>(fn: () => T, abort?: () => void): T | boolean {
    if (abort !== undefined) return this.#submit(fn as () => void, abort)
    if (this.open > 0) return fn()
    return this.#draining ? this.savepoint(fn) : this.#outermost(fn)
  }

  /** `store.transaction`: like `run`, but inside another one a savepoint that drops its mutations too. */
  transact<T>(fn: () => T): T {
    const sync = () => {
      const result = fn()
      if (typeof (result as { then?: unknown } | undefined)?.then === 'function') {
        ;(result as unknown as Promise<unknown>).then(undefined, () => {})
        throw errors.TRANSACTION_ASYNC(undefined)
      }
      return result
    }
    if (!this.busy) return this.#outermost(sync)
    const from = this.#drains.length
    try {
      // Within another function its checks come at that one's end; alone in a drain, at its own.
      return this.open > 0 ? this.#undoable(sync, false) : this.#undoable(sync, true)
    } catch (error) {
      this.#abort(from)
      throw error
    }
  }

  savepoint<T>(fn: () => T): T {
    return this.busy ? this.#undoable(fn, true) : this.#outermost(fn)
  }

  guard<T>(fn: () => T): T {
    this.#guarding++
    this.gate++
    try {
      return fn()
    } finally {
      this.#guarding--
      this.gate--
    }
  }

  later(run: () => void): void {
    if (this.busy) this.#laters.add(run)
    else run()
  }

  touch(holder: Holder, entity: object, transition?: unknown): void {
    if (!this.busy) {
      this.#outermost(() => this.touch(holder, entity, transition))
      return
    }
    this.#touched.push(entity, holder)
    if (transition !== undefined) this.#transitions.push(transition)
  }

  #submit(run: () => void, abort: () => void): boolean {
    const idle = !this.busy
    const submit = () => {
      this.#drains.push({ run, abort })
    }
    if (idle) this.#outermost(submit)
    else submit()
    return idle
  }

  #undoable<T>(fn: () => T, check: boolean): T {
    const mark = this.log.length
    this.open++
    try {
      const result = fn()
      if (check) this.#check(mark)
      return result
    } catch (error) {
      this.#undo(mark)
      throw error
    } finally {
      this.open--
    }
  }

  #outermost<T>(fn: () => T): T {
    let result: T | undefined
    let failed = false
    let failure: unknown
    let effects: readonly (() => void)[] = []
    const first = !this.#announcing
    const release = holdEffects()
    const before = reportEffects(this.#effectFailed)
    this.#announcing = true
    try {
      batch(() => {
        // As #undoable does it, but without throwing once more: a throw is the dearest part of a rollback.
        this.open++
        try {
          result = fn()
          this.#check(0)
        } catch (error) {
          failed = true
          failure = error
          this.#undo(0)
        } finally {
          this.open--
        }
        if (failed) this.#abort(0)
        this.#drain()
        effects = release()
        // Before the effects run: one of them may write, and that is announced after this.
        this.#commit()
      })
    } catch (error) {
      // Only effects throw here; the writer has nothing to do with them.
      this.#effectFailed(error)
    }
    for (const start of effects) this.#attempt(start, 'effect')
    if (first) this.#announce()
    reportEffects(before)
    if (failed) throw failure
    return result as T
  }

  #abort(from: number): void {
    for (const drain of this.#drains.splice(from)) this.#attempt(drain.abort, 'handler')
  }

  #check(mark: number): void {
    const { log } = this
    let last: unknown
    const seen = log.length - mark > STEP ? new Set<unknown>() : undefined
    for (let at = mark; at < log.length; at += STEP) {
      const holder = log[at] as Holder | undefined
      const entity = log[at + 1] as object
      if (!holder?.careful || entity === last || seen?.has(entity)) continue
      last = entity
      seen?.add(entity)
      holder.verify(entity)
    }
  }

  #undo(mark: number): void {
    const { log } = this
    for (let at = log.length - STEP; at >= mark; at -= STEP) {
      const holder = log[at] as Holder | undefined
      if (holder === undefined) (log[at + 1] as () => void)()
      else holder.undo(log[at + 1] as object, log[at + 2] as number, log[at + 3])
    }
    log.length = mark
  }

  #drain(): void {
    this.#draining = true
    while (this.#drained < this.#drains.length) {
      this.#attempt((this.#drains[this.#drained++] as Drain).run, 'handler')
    }
    this.#draining = false
    this.#drains = []
    this.#drained = 0
  }

  /** Past here nothing is undone. What is left to do after the effects waits in #rounds. */
  #commit(): void {
    const log = this.log
    const laters = this.#laters
    const machines = this.#touched
    const transitions = this.#transitions
    if (log.length + machines.length + laters.size === 0) return
    this.log = []
    if (laters.size > 0) this.#laters = new Set()
    this.#touched = []
    this.#transitions = []
    const touched = new Map<object, Holder>()
    for (let at = 0; at < log.length; at += STEP) {
      if (log[at] !== undefined) touched.set(log[at + 1] as object, log[at] as Holder)
    }
    for (let at = 0; at < machines.length; at += 2) touched.set(machines[at] as object, machines[at + 1] as Holder)
    if (touched.size === 0) {
      this.#rounds.push({ lists: [[...laters]], after: undefined })
      return
    }
    this.seq++
    const after = this.#journal.commit({ touched, log, transitions })
    const lists: Listeners[] = []
    const told = new Set<Holder>()
    for (const [entity, holder] of touched) {
      lists.push(holder.heard(entity))
      // A collection's listeners once, however many of its rows were touched.
      if (told.size < told.add(holder).size) lists.push(holder.listeners)
    }
    lists.push([...laters], this.#journal.listeners)
    this.#rounds.push({ lists, after })
    // Last: a machine that ends fires its signals, and what is written then is announced after this.
    for (const [entity, holder] of touched) holder.settle(entity)
  }

  #announce(): void {
    // Untracked: a write inside an effect must not subscribe that effect to what listeners read.
    if (this.#rounds.length > 0) untracked(this.#announceAll)
    this.#announcing = false
  }

  readonly #effectFailed = (error: unknown) => this.report(error, 'effect')

  // Bound once: a listener must not cost a closure per write.
  readonly #announceAll = () => {
    for (let round = this.#rounds.shift(); round !== undefined; round = this.#rounds.shift()) {
      this.#lists = round.lists
      this.#callInBatch()
      round.after?.()
    }
  }

  #lists: readonly Listeners[] = []
  // What listeners write is applied at once, and its effects run after this round.
  readonly #callInBatch = () => this.#inBatch(this.#callAll)

  readonly #callAll = () => {
    for (const list of this.#lists) {
      if (list !== undefined) for (const listener of list) this.#attempt(listener, 'listener')
    }
  }

  /** Runs `fn`, and then the effects it stirs; what those throw is reported. */
  #inBatch(fn: () => void): void {
    const before = reportEffects(this.#effectFailed)
    try {
      batch(fn)
    } catch (error) {
      this.#effectFailed(error)
    }
    reportEffects(before)
  }

  #attempt(run: () => void, phase: Phase): void {
    try {
      run()
    } catch (error) {
      this.report(error, phase)
    }
  }
}

const NOTHING: readonly unknown[] = []
