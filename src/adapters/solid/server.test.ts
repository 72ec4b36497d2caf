import { createComponent } from 'solid-js'
import { renderToString, ssr } from 'solid-js/web'
import { serverContract } from '../../../test/bindings/server.ts'
import { StoreProvider, useMachine, useStoreValue } from './index.ts'

serverContract('Solid', ({ store, definition, value }) => {
  // As the compiler writes `<p>{`${connected()} ${shown()}`}</p>` for a server.
  const Page = () => {
    const connected = useMachine(definition, (connection) => connection.is('Connected'))
    const shown = useStoreValue(value)
    return ssr(['<p>', '</p>'], `${connected()} ${shown()}`) as never
  }
  return renderToString(() =>
    createComponent(StoreProvider, {
      store,
      get children() {
        return createComponent(Page, {})
      },
    }),
  )
})
