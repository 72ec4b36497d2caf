import { randomId } from '../../core/ports/ids.ts'
import { systemTimers } from '../../core/ports/timers.ts'
import type { TargetKind } from '../protocol/identity.ts'
import { type Platform, wireOf } from './platform.ts'

/** Under which a tab remembers its id. */
const TAB = 'escapement.devtools.tab'
/** What a framed panel posts with its port. */
const HELLO = 'escapement'

/** What of a global scope is looked at. */
export interface Realm {
  readonly BroadcastChannel?: new (name: string) => BroadcastChannel
  readonly WorkerGlobalScope?: unknown
  readonly document?: { readonly title: string }
  readonly location?: Pick<Location, 'origin' | 'pathname'>
  readonly name?: string
  readonly sessionStorage?: Pick<Storage, 'getItem' | 'setItem'>
  readonly addEventListener?: Window['addEventListener']
  readonly removeEventListener?: Window['removeEventListener']
  readonly window?: unknown
}

/** The page, worker or process this runs in; `undefined` where it could reach no panel. */
export function browserPlatform(label?: string, realm: Realm = globalThis as unknown as Realm): Platform | undefined {
  const { BroadcastChannel: Channel } = realm
  if (!Channel) return undefined
  const kind: TargetKind = realm.document ? 'page' : realm.WorkerGlobalScope ? 'worker' : 'node'
  return {
    kind,
    moments: {
      now: () => performance.now() * 1000,
      afterwards: (run) => queueMicrotask(run),
    },
    origin: performance.timeOrigin,
    timers: systemTimers,
    label: () => label ?? (realm.document?.title || realm.name || realm.location?.pathname || kind),
    random: randomId,
    id: kind === 'page' ? tabOf(realm) : { get: () => placeOf(realm, kind, label), set: () => {} },
    open: (name) => wireOf(new Channel(name)),
    ports: (take) => (kind === 'page' ? listenForPorts(realm, take) : () => {}),
    life: (ended, again) => (kind === 'page' ? listenForEnd(realm, ended, again) : () => {}),
  }
}

const placeOf = ({ name, location }: Realm, kind: TargetKind, label?: string) =>
  `${kind}:${name || label || location?.pathname || 'process'}`

// Storage may be forbidden: then each run stands alone.
const tabOf = (realm: Realm): Platform['id'] => ({
  get() {
    try {
      return realm.sessionStorage?.getItem(TAB) ?? undefined
    } catch {
      return undefined
    }
  },
  set(id) {
    try {
      realm.sessionStorage?.setItem(TAB, id)
    } catch {}
  },
})

function listenForPorts(realm: Realm, take: Parameters<Platform['ports']>[0]) {
  const hear = ({ data, origin, source, ports }: MessageEvent) => {
    const [port] = ports
    if (data !== HELLO || !port || origin !== realm.location?.origin) return
    // From a frame of this page, not from the page that frames it.
    if (source === null || source === realm.window || (source as Window).parent !== realm.window) return
    take(wireOf(port))
  }
  realm.addEventListener?.('message', hear)
  return () => realm.removeEventListener?.('message', hear)
}

function listenForEnd(realm: Realm, ended: () => void, again: () => void) {
  const show = ({ persisted }: PageTransitionEvent) => {
    if (persisted) again()
  }
  realm.addEventListener?.('pagehide', ended)
  realm.addEventListener?.('pageshow', show)
  return () => {
    realm.removeEventListener?.('pagehide', ended)
    realm.removeEventListener?.('pageshow', show)
  }
}
