import {
  type ComputedRef,
  computed,
  effect,
  effectScope,
  getCurrentInstance,
  type InjectionKey,
  inject,
  onBeforeMount,
  onScopeDispose,
  provide,
  shallowRef,
  triggerRef,
} from 'vue'
import type { Store } from '../../core/index.ts'
import {
  choose,
  type Holds,
  type IsEqual,
  type LiveOf,
  liveOf,
  type Machines,
  provided,
  type Untrack,
  watch,
} from '../../core/selection.ts'

/** Under which the store is provided: `app.provide(storeKey, store)` gives it to a whole application. */
export const storeKey: InjectionKey<Holds> = /* @__PURE__ */ Symbol('escapement store')

/** Provides `store` to the components below, so that these can name models and machines by their definitions. */
export function provideStore(store: Holds): void {
  provide(storeKey, store)
}

/**
 * The store that was provided: for event handlers, which write. Rendering reads by the other composables.
 *
 * @throws EscapementError when there is none
 */
export function useStore<S extends Holds = Store>(): S {
  return provided(inject(storeKey, undefined)) as S
}

/**
 * What `select` answers, as a readonly ref that changes when that value does, and not when anything else does. It ends
 * with the component, or with the effect scope it was made in.
 *
 * `select` may read whatever is reactive in the store (models, rows, machines, `store.status`) and in Vue (refs, props).
 *
 * @param isEqual Default `Object.is`. For a `select` that makes objects: the old one is kept while this says so.
 * @example
 * ```ts
 * const status = useStoreValue(() => store.status)
 * ```
 */
export function useStoreValue<T>(select: () => T, isEqual: IsEqual<T> = Object.is): ComputedRef<T> {
  const turn = shallowRef(0)
  let shown: { readonly value: T } | undefined
  let stop: (() => void) | undefined
  // A server renders once, never mounts and disposes nothing: there, nothing is watched.
  let watching = getCurrentInstance() === null
  if (!watching) {
    onBeforeMount(() => {
      watching = true
      triggerRef(turn)
    })
  }
  onScopeDispose(() => {
    watching = false
    stop?.()
  })
  return computed(() => {
    void turn.value
    const choice = choose(select, isEqual, shown, untrack)
    try {
      const value = choice.peek()
      shown = { value }
      return value
    } finally {
      const before = stop
      stop = watching
        ? watch(
            () => choice.value,
            () => triggerRef(turn),
          )
        : undefined
      before?.()
    }
  })
}

/** Vue exports no way to read without tracking: an effect of its own does the reading, and is gone. */
const untrack: Untrack = (fn) => {
  const scope = effectScope(true)
  let result: ReturnType<typeof fn> | undefined
  let failure: { readonly error: unknown } | undefined
  scope.run(() =>
    effect(() => {
      try {
        result = fn()
      } catch (error) {
        failure = { error }
      }
    }),
  )
  scope.stop()
  if (failure) throw failure.error
  return result as ReturnType<typeof fn>
}

/**
 * What `select` answers of a model, row or collection: given itself, or by its definition in the provided store. A ref
 * as of `useStoreValue`.
 *
 * @throws EscapementError when no store is provided, or when two copies of signals-core are in the page
 * @example
 * ```ts
 * const temperature = useModel(Telemetry, (telemetry) => telemetry.temperature)
 * const title = useModel(Todos, (todos) => todos.get(props.id)?.title)
 * ```
 */
export function useModel<T extends object, R>(
  source: T,
  select: (model: LiveOf<T>) => R,
  isEqual?: IsEqual<NoInfer<R>>,
): ComputedRef<R> {
  const live = liveOf(source, () => inject(storeKey, undefined))
  return useStoreValue(() => select(live), isEqual)
}

/**
 * What `select` answers of a machine, or of a collection of machines: given itself, or by its definition in the provided
 * store. A ref as of `useStoreValue`.
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
): ComputedRef<R> {
  return useModel(source, select, isEqual)
}
