import { indexedDbStorage } from 'escapement/storage/indexeddb'
import { render } from 'preact'
import { wishesOf } from './address.ts'
import { boardOn } from './board.ts'
import { Frames } from './frames.ts'
import { openHome } from './home.ts'
import { Overview } from './overview.ts'
import { type App, AppProvider } from './ui/context.ts'
import { Page } from './ui/page.tsx'
import { View } from './view.ts'

const root = document.getElementById('app') as HTMLElement
const wishes = wishesOf(location.search, 'page')
const view = new View()
const home = await openHome(wishes, indexedDbStorage(wishes.name, { fallback: 'memory' }))
const board = boardOn(home.store, { place: 'page', role: () => 'alone', close: () => home.close() })
const overview = new Overview(board.reads)
overview.look()
const frames = new Frames(board, overview)
const app: App = { board, overview, frames, view, announce() {}, moveTo: async () => {} }
render(
  <AppProvider value={app}>
    <Page />
  </AppProvider>,
  root,
)
if (import.meta.env.PROD && 'serviceWorker' in navigator) void navigator.serviceWorker.register('./sw.js')
