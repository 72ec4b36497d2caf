import { act, Component, createElement, type ReactNode, useLayoutEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { bindingContract, type Kit } from '../../../test/bindings/contract.ts'
import * as hooks from './index.ts'

;(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true

class Boundary extends Component<{ children?: ReactNode }, { failed?: Error }> {
  override state: { failed?: Error } = {}
  static getDerivedStateFromError = (failed: Error) => ({ failed })
  override render() {
    return this.state.failed ? `failed: ${this.state.failed.message}` : this.props.children
  }
}

const kit: Kit = {
  name: 'React',
  hooks,
  async act(fn) {
    await act(async () => fn())
  },
  async mount(use, { store, onMounted }) {
    let renders = 0
    const Shown = () => {
      renders++
      useLayoutEffect(() => onMounted?.(), [])
      return createElement('p', null, String(use()))
    }
    const host = document.createElement('div')
    const root = createRoot(host, { onCaughtError: () => {} })
    const shown = createElement(Shown)
    const tree = store ? createElement(hooks.StoreProvider, { store }, shown) : shown
    await act(async () => root.render(createElement(Boundary, null, tree)))
    return {
      text: () => host.textContent ?? '',
      renders: () => renders,
      unmount: () => act(async () => root.unmount()),
    }
  },
}

bindingContract(kit)
