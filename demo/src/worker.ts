import { serveStore } from 'escapement/worker'
import { type HomeOptions, openHome } from './home.ts'

// The page gives the options as the worker's name: there before any message, and seen in the browser's tools.
const options = JSON.parse((globalThis as unknown as { name: string }).name) as HomeOptions
serveStore(openHome(options).then(({ store }) => store))
