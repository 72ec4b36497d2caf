import { getContext, setContext, untrack } from 'svelte'
import { createSubscriber } from 'svelte/reactivity'
import type { Store } from '../../core/index.ts'
import {
  choose,
  type Holds,
  type IsEqual,
  type LiveOf,
  liveOf,
  type Machines,
  provided,
  watch,
} from '../../core/selection.ts'

/** A value of the store in a component. */
export interface StoreValue<T> {
  /** The value as it is now; read in a template, `$derived` or `$effect` it is followed, and so are runes it depends on. */
  readonly current: T
  /** The contract of Svelte's stores: `$value` follows it too. Runes it depends on are not followed here. */
  subscribe(run: (value: T) => void): () => void
}

const key = /* @__PURE__ */ Symbol('escapement store')

/** Provides `store` to the components below, so that these can name models and machines by their definitions. */
export function provideStore(store: Holds): void {
  setContext(key, store)
}

/**
 * The store that was provided: for event handlers, which write. Call it while the component is made.
 *
 * @throws EscapementError when there is none
 */
export function useStore<S extends Holds = Store>(): S {
  return provided(getContext<S | undefined>(key))
}

/**
 * What `select` answers, as `current`. What reads it runs again when that value changes, and not when anything else
 * does. Nothing is watched unless it is being read.
 *
 * `select` may read whatever is reactive in the store (models, rows, machines, `store.status`) and in Svelte (runes, props).
 *
 * @param isEqual Default `Object.is`. For a `select` that makes objects: the old one is kept while this says so.
 * @example
 * ```svelte
 * <script>
 *   const status = useStoreValue(() => store.status)
 * </script>
 * <p>{status.current}</p>
 * ```
 */
export function useStoreValue<T>(select: () => T, isEqual: IsEqual<T> = Object.is): StoreValue<T> {
  let shown: { readonly value: T } | undefined
  return {
    get current() {
      // Each reader watches for itself, what it has read: so it is its own runes that it depends on.
      const choice = choose(select, isEqual, shown, untrack)
      try {
        shown = { value: choice.peek() }
        return shown.value
      } finally {
        createSubscriber((update) => watch(() => choice.value, update))()
      }
    },
    subscribe(run) {
      const choice = choose(select, isEqual, shown, untrack)
      run(choice.peek())
      return watch(
        () => choice.value,
        () => run(choice.peek()),
      )
    },
  }
}

/**
 * What `select` answers of a model, row or collection: given itself, or by its definition in the provided store. A value
 * as of `useStoreValue`.
 *
 * @throws EscapementError when no store is provided, or when two copies of signals-core are in the page
 * @example
 * ```ts
 * const temperature = useModel(Telemetry, (telemetry) => telemetry.temperature)
 * const title = useModel(Todos, (todos) => todos.get(id)?.title)
 * ```
 */
export function useModel<T extends object, R>(
  source: T,
  select: (model: LiveOf<T>) => R,
  isEqual?: IsEqual<NoInfer<R>>,
): StoreValue<R> {
  const live = liveOf(source, () => getContext<Holds | undefined>(key))
  return useStoreValue(() => select(live), isEqual)
}

/**
 * What `select` answers of a machine, or of a collection of machines: given itself, or by its definition in the provided
 * store. A value as of `useStoreValue`.
 *
 * @throws EscapementError when no store is provided, or when two copies of signals-core are in the page
 * @example
 * ```ts
 * const connected = useMachine(Connection, (connection) => connection.is('Connected'))
 * ```
 */
export function useMachine<T extends Machines, R>(
  source: T,
  select: (machine: LiveOf<T>) => R,
  isEqual?: IsEqual<NoInfer<R>>,
): StoreValue<R> {
  return useModel(source, select, isEqual)
}
