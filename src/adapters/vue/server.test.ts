import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { serverContract } from '../../../test/bindings/server.ts'
import { storeKey, useMachine, useStoreValue } from './index.ts'

serverContract('Vue', ({ store, definition, value }) => {
  const app = createSSRApp({
    setup() {
      const connected = useMachine(definition, (connection) => connection.is('Connected'))
      const shown = useStoreValue(value)
      return () => h('p', `${connected.value} ${shown.value}`)
    },
  })
  return renderToString(app.provide(storeKey, store))
})
