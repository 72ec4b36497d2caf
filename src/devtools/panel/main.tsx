import './style/tokens.css'
import './style/base.css'
import './style/shell.css'
import './style/views.css'
import { render } from 'preact'
import { systemTimers } from '../../core/ports/timers.ts'
import { History } from './keep/history.ts'
import { type Channel, Sessions } from './session/sessions.ts'
import { App } from './ui/app.ts'
import { Feed } from './ui/feed.ts'
import { followAddress } from './ui/navigation.ts'
import { isSeen, watchScreen } from './ui/screen.ts'
import { loadTheme } from './ui/theme.ts'
import { Shell } from './view/shell.tsx'

const randomName = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('')

/** A native channel, seen as narrowly as sessions need it. */
function channelOf(native: BroadcastChannel | MessagePort): Channel {
  const channel: Channel = {
    onmessage: null,
    postMessage: (message) => native.postMessage(message),
    close: () => native.close(),
  }
  native.onmessage = (event: MessageEvent) => channel.onmessage?.(event)
  return channel
}

/** The page that frames the panel gets a port; its agent takes it when the origin is its own. */
function framePort(): Channel | undefined {
  if (window.parent === window) return undefined
  const { port1, port2 } = new MessageChannel()
  window.parent.postMessage('escapement', location.origin, [port2])
  return channelOf(port1)
}

const openHistory = async (app: App) => {
  try {
    return await History.open(indexedDB)
  } catch {
    app.notice.value = 'History is not kept: this browser gives the panel no storage.'
    return undefined
  }
}

/** Only one panel of a browser writes the history. Without locks every one does: what is there twice counts once. */
function write(feed: Feed): void {
  if (!navigator.locks) {
    feed.writes = true
    return
  }
  void navigator.locks.request('escapement-panel-history', () => {
    feed.writes = true
    return new Promise(() => {})
  })
}

const root = () => document.getElementById('panel')!

async function start(): Promise<void> {
  loadTheme()
  watchScreen()
  const app = new App()
  const feed = new Feed(app)
  render(<Shell app={app} forget={() => void feed.forget().then(() => location.reload())} />, root())
  followAddress(app)
  feed.history = await openHistory(app)
  await feed.load().catch(() => {
    app.notice.value = 'What was kept could not be read.'
  })
  app.loading.value = false
  write(feed)
  const connect = () => {
    app.sessions = new Sessions({
      open: (name) => channelOf(new BroadcastChannel(name)),
      port: framePort(),
      timers: systemTimers,
      name: randomName,
      visible: isSeen,
      onData: (peer, lines) => feed.take(peer, lines),
      onChange: () => {
        // A target without a row is there all the same.
        for (const { here } of app.sessions?.peers.values() ?? []) app.trace.run(here.target, here.origin, here.step)
        app.pulse.value++
        feed.draw()
      },
    })
    return app.sessions as Sessions
  }
  let sessions: Sessions | undefined = connect()
  addEventListener('pagehide', () => {
    feed.write()
    sessions?.close()
    sessions = undefined
  })
  // Back from the back/forward cache.
  addEventListener('pageshow', () => {
    sessions ??= connect()
  })
}

void start()
