import { serveStore } from 'escapement/worker'
import { openHome } from './home.ts'
import { optionsOf } from './worker-name.ts'

const options = optionsOf((globalThis as unknown as { name: string }).name)
serveStore(openHome(options).then(({ store }) => store))
