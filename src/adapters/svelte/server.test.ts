import { render } from 'svelte/server'
import { serverContract } from '../../../test/bindings/server.ts'
import Server from './fixtures/Server.svelte'

serverContract('Svelte', (page) => render(Server, { props: page }).body.replace(/<!--.*?-->/g, ''))
