import { createApp, defineComponent, h, nextTick, onMounted as onceMounted, onErrorCaptured, type Ref, ref } from 'vue'
import { bindingContract } from '../../../test/bindings/contract.ts'
import * as hooks from './index.ts'

bindingContract({
  name: 'Vue',
  hooks,
  async act(fn) {
    fn()
    await nextTick()
  },
  async mount(use, { store, onMounted }) {
    let renders = 0
    const Shown = defineComponent(() => {
      const value = use() as Ref<unknown>
      onceMounted(() => onMounted?.())
      return () => {
        renders++
        return h('p', String(value.value))
      }
    })
    const Boundary = defineComponent(() => {
      const failed = ref<Error>()
      onErrorCaptured((error) => {
        failed.value = error
        return false
      })
      if (store) hooks.provideStore(store)
      return () => (failed.value ? `failed: ${failed.value.message}` : h(Shown))
    })
    const host = document.createElement('div')
    const app = createApp(Boundary)
    app.config.warnHandler = () => {}
    app.mount(host)
    await nextTick()
    return { text: () => host.textContent ?? '', renders: () => renders, unmount: () => app.unmount() }
  },
})
