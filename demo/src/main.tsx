import { render } from 'preact'
import { wishesOf } from './address.ts'
import { Session } from './session.ts'
import { Root } from './ui/root.tsx'
import { View } from './view.ts'

const wishes = wishesOf(location.search, 'worker')
const session = new Session(wishes)
render(<Root session={session} view={new View()} />, document.getElementById('app') as HTMLElement)
void session.moveTo(wishes.place)
// To look at, and to try things, in the browser's console.
Object.assign(globalThis, { flightBoard: session })
if (import.meta.env.PROD && 'serviceWorker' in navigator) void navigator.serviceWorker.register('./sw.js')
