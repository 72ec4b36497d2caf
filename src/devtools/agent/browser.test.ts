import { expect, test } from 'vitest'
import { browserPlatform, type Realm } from './browser.ts'

const ORIGIN = 'http://127.0.0.1:1'

/** A page's global scope: its listeners are inherited, as in browsers. */
function page(more: Partial<Realm> = {}) {
  const target = new EventTarget()
  const listeners = new Map<string, unknown>()
  const proto = {
    addEventListener(type: string, listener: EventListener) {
      listeners.set(type, listener)
      target.addEventListener(type, listener)
    },
    removeEventListener(type: string, listener: EventListener) {
      listeners.delete(type)
      target.removeEventListener(type, listener)
    },
  }
  const own: Record<string, unknown> = {
    BroadcastChannel,
    document: { title: 'A page' },
    location: { origin: ORIGIN, pathname: '/a' },
    ...more,
  }
  const realm = Object.assign(Object.create(proto), own) as Realm & { window: unknown }
  realm.window = realm
  const send = (type: string, fields: object) => target.dispatchEvent(Object.assign(new Event(type), fields))
  return { realm, send, listeners }
}

test('takes a port from a frame of this page and origin, and from nobody else', () => {
  const { realm, send, listeners } = page()
  const taken: unknown[] = []
  const stop = browserPlatform(undefined, realm)!.ports((port) => taken.push(port))
  const { port1, port2 } = new MessageChannel()
  const right = { data: 'escapement', origin: ORIGIN, source: { parent: realm }, ports: [port1] }
  for (const wrong of [
    { data: 'other' },
    { origin: 'http://127.0.0.1:2' },
    { source: realm },
    { source: { parent: {} } },
    { source: null },
    { ports: [] },
  ]) {
    send('message', { ...right, ...wrong })
  }
  expect(taken).toHaveLength(0)
  send('message', right)
  expect(taken).toHaveLength(1)
  stop()
  expect(listeners.size).toBe(0)
  port1.close()
  port2.close()
})

test('tells when the page goes, and when it comes back', () => {
  const { realm, send, listeners } = page()
  const said: string[] = []
  const stop = browserPlatform(undefined, realm)!.life(
    () => said.push('ended'),
    () => said.push('again'),
  )
  send('pagehide', {})
  send('pageshow', { persisted: false })
  send('pageshow', { persisted: true })
  expect(said).toEqual(['ended', 'again'])
  stop()
  expect(listeners.size).toBe(0)
})

test('a tab has its id from the session, or none where storage is forbidden', () => {
  const kept = new Map<string, string>()
  const sessionStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (k: string, v: string) => kept.set(k, v),
  }
  const { id } = browserPlatform(undefined, page({ sessionStorage: sessionStorage as never }).realm)!
  expect(id.get()).toBeUndefined()
  id.set('tab')
  expect(id.get()).toBe('tab')
  const forbidden = page()
  Object.defineProperty(forbidden.realm, 'sessionStorage', {
    get() {
      throw new Error('SecurityError')
    },
  })
  const none = browserPlatform(undefined, forbidden.realm)!.id
  none.set('x')
  expect(none.get()).toBeUndefined()
})

test('says what it is', () => {
  expect(browserPlatform(undefined, page().realm)).toMatchObject({ kind: 'page' })
  expect(browserPlatform('mine', page().realm)!.label()).toBe('mine')
  expect(browserPlatform(undefined, page().realm)!.label()).toBe('A page')
  const worker = { BroadcastChannel, WorkerGlobalScope: {}, name: 'sim' } as Realm
  const platform = browserPlatform(undefined, worker)!
  expect([platform.kind, platform.label(), platform.id.get()]).toEqual(['worker', 'sim', 'worker:sim'])
  expect(browserPlatform(undefined, {})).toBeUndefined()
})
