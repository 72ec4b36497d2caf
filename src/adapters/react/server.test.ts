import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { serverContract } from '../../../test/bindings/server.ts'
import { StoreProvider, useMachine, useStoreValue } from './index.ts'

serverContract('React', ({ store, definition, value }) => {
  const Page = () => {
    const connected = useMachine(definition, (connection) => connection.is('Connected'))
    return createElement('p', null, `${connected} ${useStoreValue(value)}`)
  }
  return renderToString(createElement(StoreProvider, { store }, createElement(Page)))
})
