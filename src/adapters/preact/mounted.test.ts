import { Component, type ComponentChildren, createElement, render } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { act } from 'preact/test-utils'
import { bindingContract } from '../../../test/bindings/contract.ts'
import * as hooks from './index.ts'

class Boundary extends Component<{ children?: ComponentChildren }, { failed?: Error }> {
  override state: { failed?: Error } = {}
  static override getDerivedStateFromError = (failed: Error) => ({ failed })
  override render() {
    return this.state.failed ? `failed: ${this.state.failed.message}` : this.props.children
  }
}

bindingContract({
  name: 'Preact',
  hooks,
  act: (fn) => act(async () => fn()),
  async mount(use, { store, onMounted }) {
    let renders = 0
    const Shown = () => {
      renders++
      useLayoutEffect(() => onMounted?.(), [])
      return createElement('p', null, String(use()))
    }
    const host = document.createElement('div')
    const shown = createElement(Shown, null)
    const tree = store ? createElement(hooks.StoreProvider, { store }, shown) : shown
    await act(() => render(createElement(Boundary, null, tree), host))
    return {
      text: () => host.textContent ?? '',
      renders: () => renders,
      unmount: () => act(() => render(null, host)),
    }
  },
})
