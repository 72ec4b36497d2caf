import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import { createStore, defineMachine, type Store } from '../../src/core/index.ts'

const Connection = defineMachine('connection', { Connected: {} })

/** What a page says that shows `Connected` of this definition, then `value()`, with a space between. */
export interface ServerPage {
  store: Store
  definition: typeof Connection
  value(): number
}

/** What every binding has to do where a page is made of text: show what is, and leave nothing behind. */
export function serverContract(name: string, render: (page: ServerPage) => string | Promise<string>): void {
  test(`${name}, on a server, shows what is, and watches nothing`, async () => {
    let watching = 0
    const cell = signal(7, { watched: () => void watching++, unwatched: () => void watching-- })
    const store = createStore({ state: [Connection] })
    const page = { store, definition: Connection, value: () => cell.value }
    expect(await render(page)).toBe('<p>false 7</p>')
    store.get(Connection).add('Connected')
    cell.value = 8
    expect(await render(page)).toBe('<p>true 8</p>')
    expect(watching).toBe(0)
  })
}
