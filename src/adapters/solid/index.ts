import {
  type Accessor,
  createComponent,
  createContext,
  createMemo,
  createSignal,
  type JSX,
  onCleanup,
  untrack,
  useContext,
} from 'solid-js'
import { isServer } from 'solid-js/web'
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

const StoreContext = /* @__PURE__ */ createContext<Holds>()

/** Provides `store` to all components below, so that these can name models and machines by their definitions. */
export function StoreProvider(props: { readonly store: Holds; readonly children?: JSX.Element }): JSX.Element {
  return createComponent(StoreContext.Provider, {
    value: props.store,
    get children() {
      return props.children
    },
  })
}

/**
 * The store of the nearest `StoreProvider`: for event handlers, which write.
 *
 * @throws EscapementError when there is none
 */
export function useStore<S extends Holds = Store>(): S {
  return provided(useContext(StoreContext)) as S
}

/**
 * What `select` answers, as an accessor: what called it runs again when that value changes, and not when anything else
 * does. It ends with its owner.
 *
 * `select` may read whatever is reactive in the store (models, rows, machines, `store.status`) and in Solid (signals, props).
 *
 * @param isEqual Default `Object.is`. For a `select` that makes objects: the old one is kept while this says so.
 * @example
 * ```tsx
 * const status = useStoreValue(() => store.status)
 * return <p>{status()}</p>
 * ```
 */
export function useStoreValue<T>(select: () => T, isEqual: IsEqual<T> = Object.is): Accessor<T> {
  const [turn, next] = createSignal(undefined, { equals: false })
  let shown: { readonly value: T } | undefined
  const value = createMemo(
    () => {
      turn()
      const choice = choose(select, isEqual, shown, untrack)
      // A server renders once: nothing is watched there.
      if (!isServer) onCleanup(watch(() => choice.value, next))
      shown = { value: choice.peek() }
      return shown.value
    },
    undefined,
    { equals: Object.is },
  )
  return value
}

/**
 * What `select` answers of a model, row or collection: given itself, or by its definition in the provided store. An
 * accessor as of `useStoreValue`.
 *
 * @throws EscapementError when no store is provided, or when two copies of signals-core are in the page
 * @example
 * ```tsx
 * const temperature = useModel(Telemetry, (telemetry) => telemetry.temperature)
 * const title = useModel(Todos, (todos) => todos.get(props.id)?.title)
 * ```
 */
export function useModel<T extends object, R>(
  source: T,
  select: (model: LiveOf<T>) => R,
  isEqual?: IsEqual<NoInfer<R>>,
): Accessor<R> {
  const store = useContext(StoreContext)
  const live = liveOf(source, () => store)
  return useStoreValue(() => select(live), isEqual)
}

/**
 * What `select` answers of a machine, or of a collection of machines: given itself, or by its definition in the provided
 * store. An accessor as of `useStoreValue`.
 *
 * @throws EscapementError when no store is provided, or when two copies of signals-core are in the page
 * @example
 * ```tsx
 * const connected = useMachine(Connection, (connection) => connection.is('Connected'))
 * ```
 */
export function useMachine<T extends Machines, R>(
  source: T,
  select: (machine: LiveOf<T>) => R,
  isEqual?: IsEqual<NoInfer<R>>,
): Accessor<R> {
  return useModel(source, select, isEqual)
}
