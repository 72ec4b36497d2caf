import { computed, type ReadonlySignal, signal, untracked } from '@preact/signals-core'
import { defineErrors } from './error.ts'
import type { AnyMachine } from './machine/types.ts'
import type { Definition } from './ports/host.ts'
import { effect } from './store/effect.ts'

// What every binding to a UI framework stands on. It leans on reactive reads alone, so whatever reads like a store,
// a model or a machine can be shown: one in this process, or the mirror of one that is elsewhere.

/** What holds live things by definition: a store, or what reads like one. */
export interface Holds {
  get<L>(definition: Definition<L>): L
}

/** The live thing that is meant: by its definition, or itself. */
export type LiveOf<T> = T extends Definition<infer L> ? L : T

type Live = AnyMachine | Iterable<AnyMachine>
/** A machine or a collection of machines, or the definition of one. */
export type Machines = Live | Definition<Live>

/** Says that two selected values are the same to the component. */
export type IsEqual<T> = (before: T, after: T) => boolean

/** Runs `fn` so that the framework does not count its reads as the caller's. */
export type Untrack = <T>(fn: () => T) => T

const plainly: Untrack = (fn) => fn()

/**
 * What `select` answers, asked again only after something that it read has changed, and the same object for as long as
 * `isEqual` says so, starting with what is `shown` already.
 *
 * The first evaluation is the component's own, and what it reads of its framework is the component's to track. Later
 * ones happen in the middle of whoever wrote, for whom `untrack` hides them.
 */
export function choose<T>(
  select: () => T,
  isEqual: IsEqual<T>,
  shown?: { readonly value: T },
  untrack = plainly,
): ReadonlySignal<T> {
  let kept = shown
  let first = true
  return computed(() => {
    const mine = first
    first = false
    const value = mine ? select() : untrack(select)
    if (kept === undefined || !isEqual(kept.value, value)) kept = { value }
    return kept.value
  })
}

/**
 * Calls `onChange` whenever what `read` answers has changed; what it throws is for the component to find when it reads.
 * Returns a function that stops it.
 */
export function watch(read: () => unknown, onChange: () => void): () => void {
  // Begun inside a transaction, the effect waits for its end: by then something may have changed unseen.
  let begun = false
  const stop = effect(() => {
    try {
      read()
    } catch {}
    if (begun) untracked(onChange)
  })
  begun = true
  return stop
}

/**
 * The live thing that a component named: itself, or by its definition in the store around it.
 *
 * @throws EscapementError `STORE_MISSING`, `SIGNALS_TWICE`; NotRegisteredError
 */
export function liveOf<T extends object>(source: T, store: () => Holds | undefined): LiveOf<T> {
  const live = isDefinition(source) ? provided(store()).get(source) : source
  mustBeSeen(live)
  return live as LiveOf<T>
}

/**
 * The store that was provided.
 *
 * @throws EscapementError `STORE_MISSING`
 */
export function provided<S>(store: S | undefined): S {
  if (store === undefined) throw errors.STORE_MISSING(undefined)
  return store
}

const isDefinition = (source: object): source is Definition =>
  typeof (source as Partial<Definition>).make === 'function'

// Which field of a computed holds what it has read, once it has read something. Its name is minified, so it is found
// out on first use; if it is not found, nothing is checked.
let sources: string | undefined

/** Did `read` read a signal of this copy of signals-core? True when that cannot be told. */
function isSeen(read: () => unknown): boolean {
  const fieldsOf = (fn: () => unknown) => {
    const one = computed(() => void fn())
    one.peek()
    return one as unknown as Record<string, unknown>
  }
  if (sources === undefined) {
    const one = signal(0)
    const blind = fieldsOf(() => {})
    const seeing = fieldsOf(() => one.value)
    sources = Object.keys(seeing).find((key) => seeing[key] && typeof seeing[key] === 'object' && !blind[key]) ?? ''
  }
  return sources === '' || fieldsOf(read)[sources] !== undefined
}

// By prototype: a class comes from one copy, so one look at one of its instances is enough.
const seen = /* @__PURE__ */ new WeakSet<object>()

/** Throws when a change of `live` could never be seen here, because it is made of another copy of signals-core. */
function mustBeSeen(live: unknown): void {
  const kind = Object.getPrototypeOf(live) as object
  if (seen.has(kind)) return
  const probe = probeOf(live as Partial<Probed>)
  if (probe !== undefined && !isSeen(probe)) throw errors.SIGNALS_TWICE(undefined)
  seen.add(kind)
}

interface Probed {
  tick(state: string): number
  readonly size: number
  toJSON(): object
}

/** A reactive read that a machine, a collection or a model has, whatever is in it. */
function probeOf(live: Partial<Probed>): (() => unknown) | undefined {
  if (typeof live.tick === 'function') return () => live.tick?.('Exception')
  if (typeof live.size === 'number' && Symbol.iterator in live) return () => live.size
  const [field] = Object.keys(live.toJSON?.() ?? {})
  return field === undefined ? undefined : () => live[field as keyof Probed]
}

const errors = /* @__PURE__ */ defineErrors({
  STORE_MISSING: {
    why: () => 'No store is provided here.',
    fix: 'Put StoreProvider (React, Preact, Solid) or provideStore (Vue, Svelte) above this component, or give the live model or machine instead of its definition.',
  },
  SIGNALS_TWICE: {
    why: () =>
      'There are two copies of @preact/signals-core (or of escapement), and this model or machine was made with the other one: no change of it would ever be shown.',
    fix: '`npm ls @preact/signals-core escapement` must show one of each; a bundler may have to be told (Vite: resolve.dedupe).',
  },
})
