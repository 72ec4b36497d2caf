import { type ReadonlySignal, signal } from '@preact/signals-core'
import { type ComponentChildren, createContext, createElement, type VNode } from 'preact'
import { useCallback, useContext, useLayoutEffect, useMemo, useState } from 'preact/hooks'
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

const StoreContext = /* @__PURE__ */ createContext<Holds | undefined>(undefined)

/** Provides `store` to all components below, so that these can name models and machines by their definitions. */
export function StoreProvider(props: { readonly store: Holds; readonly children?: ComponentChildren }): VNode {
  return createElement(StoreContext.Provider, { value: props.store }, props.children) as VNode
}

/**
 * The store of the nearest `StoreProvider`: for event handlers, which write. Rendering reads by the other hooks.
 *
 * @throws EscapementError when there is none
 */
export function useStore<S extends Holds = Store>(): S {
  return provided(useContext(StoreContext)) as S
}

/**
 * What `select` answers. The component renders again when that value changes, and not when anything else does.
 *
 * `select` may read whatever is reactive: models, rows, machines, `store.status`, signals. It may be written in place:
 * what it closes over is honoured at every render. What it throws, the component throws.
 *
 * @param isEqual Default `Object.is`. For a `select` that makes objects: the old one is kept while this says so.
 * @example
 * ```tsx
 * const status = useStoreValue(() => store.status)
 * ```
 */
export function useStoreValue<T>(select: () => T, isEqual: IsEqual<T> = Object.is): T {
  const [, render] = useState({})
  const [reader] = useState(makeReader<T>)
  const choice = useMemo(() => choose(select, isEqual, reader.shown), [reader, select, isEqual])
  const value = choice.peek()
  // What is on the screen now is what to watch from now on.
  useLayoutEffect(() => {
    reader.shown = { value }
    reader.choice.value = choice
  }, [reader, choice, value])
  useLayoutEffect(() => reader.follow(() => render({})), [reader])
  return value
}

/** What one component holds on to from render to render. Rendering itself changes nothing of it. */
function makeReader<T>() {
  const choice = signal<ReadonlySignal<T> | undefined>(undefined)
  const reader = {
    choice,
    shown: undefined as { readonly value: T } | undefined,
    follow(render: () => void) {
      const check = () => {
        if (isStale(reader)) render()
      }
      const stop = watch(() => choice.value?.value, check)
      // Effects of components below ran before this one, and may have written.
      check()
      return stop
    },
  }
  return reader
}

function isStale<T>({ choice, shown }: ReturnType<typeof makeReader<T>>): boolean {
  try {
    return !Object.is(choice.peek()?.peek(), shown?.value)
  } catch {
    // Rendering will throw it.
    return true
  }
}

/**
 * What `select` answers of a model, row or collection: given itself, or by its definition in the provided store. Renders
 * as `useStoreValue` does.
 *
 * @throws EscapementError when no store is provided, or when two copies of signals-core are in the page
 * @example
 * ```tsx
 * const temperature = useModel(Telemetry, (telemetry) => telemetry.temperature)
 * const title = useModel(Todos, (todos) => todos.get(id)?.title)
 * ```
 */
export function useModel<T extends object, R>(
  source: T,
  select: (model: LiveOf<T>) => R,
  isEqual?: IsEqual<NoInfer<R>>,
): R {
  const store = useContext(StoreContext)
  const live = liveOf(source, () => store)
  return useStoreValue(
    useCallback(() => select(live), [select, live]),
    isEqual,
  )
}

/**
 * What `select` answers of a machine, or of a collection of machines: given itself, or by its definition in the provided
 * store. Renders as `useStoreValue` does.
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
): R {
  return useModel(source, select, isEqual)
}
