import { createElement } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { serverContract } from '../../../test/bindings/server.ts'
import { StoreProvider, useMachine, useStoreValue } from './index.ts'

serverContract('Preact', ({ store, definition, value }) => {
  const Page = () => {
    const connected = useMachine(definition, (connection) => connection.is('Connected'))
    return createElement('p', null, `${connected} ${useStoreValue(value)}`)
  }
  return renderToString(createElement(StoreProvider, { store }, createElement(Page, null)))
})
