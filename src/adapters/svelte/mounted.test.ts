import { flushSync, mount, tick, unmount } from 'svelte'
import { bindingContract } from '../../../test/bindings/contract.ts'
import Page from './fixtures/Page.svelte'
import * as hooks from './index.ts'

bindingContract({
  name: 'Svelte',
  hooks,
  async act(fn) {
    fn()
    await tick()
  },
  async mount(use, { store, onMounted }) {
    let renders = 0
    const count = (value: unknown) => {
      renders++
      return String(value)
    }
    const host = document.createElement('div')
    const page = mount(Page, { target: host, props: { store, use, count, onMounted } })
    flushSync()
    return { text: () => host.textContent?.trim() ?? '', renders: () => renders, unmount: () => unmount(page) }
  },
})
