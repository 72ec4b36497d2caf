import { type Accessor, createComponent, ErrorBoundary, onMount } from 'solid-js'
import { insert, render } from 'solid-js/web'
import { bindingContract } from '../../../test/bindings/contract.ts'
import * as hooks from './index.ts'

bindingContract({
  name: 'Solid',
  hooks,
  async act(fn) {
    fn()
  },
  async mount(use, { store, onMounted }) {
    let renders = 0
    // As the compiler writes `<p>{String(value())}</p>`.
    const Shown = () => {
      const value = use() as Accessor<unknown>
      onMount(() => onMounted?.())
      const p = document.createElement('p')
      insert(p, () => {
        renders++
        return String(value())
      })
      return p
    }
    const Tree = () =>
      store
        ? createComponent(hooks.StoreProvider, {
            store,
            get children() {
              return createComponent(Shown, {})
            },
          })
        : createComponent(Shown, {})
    const host = document.createElement('div')
    const unmount = render(
      () =>
        createComponent(ErrorBoundary, {
          fallback: (failed: Error) => `failed: ${failed.message}`,
          get children() {
            return createComponent(Tree, {})
          },
        }),
      host,
    )
    return { text: () => host.textContent ?? '', renders: () => renders, unmount }
  },
})
