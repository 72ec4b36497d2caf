import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import { collection, DefinitionError, defineModel, memoryStorage, openStore } from '../../../../core/index.ts'
import { crossTab, indexedDbStorage, StorageConflictError } from '../index.ts'
import { Account, browser, Door, Notes, settle, storedIn } from './fixtures/tabs.ts'
import { platform } from './platform.ts'

describe('what is asked for first', () => {
  test('crossTab() goes with indexedDbStorage, one for each store', async () => {
    await expect(openStore({ crossTab: crossTab() })).rejects.toBeInstanceOf(DefinitionError)
    await expect(openStore({ crossTab: crossTab(), storage: memoryStorage() })).rejects.toThrow('indexedDbStorage')
    const { open } = browser()
    const a = await open()
    await expect(open({ crossTab: a.tabs })).rejects.toThrow('two stores')
  })

  test('it may be used again once its store is closed, or was not opened', async () => {
    const { open, indexedDB } = browser()
    const a = await open()
    a.get(Account).cents = 5
    await a.store.close()
    await expect(open({ crossTab: a.tabs, database: { indexedDB: null as never } })).rejects.toThrow('IndexedDB')
    const Odd = defineModel('account', { cents: v.string() }, { initial: { cents: '' } })
    await expect(open({ crossTab: a.tabs, state: [Odd] })).rejects.toThrow('do not fit')
    const b = await open({ crossTab: a.tabs })
    expect([a.tabs.role, b.get(Account).cents]).toEqual(['owner', 5])
    b.get(Account).cents = 6
    await b.store.close()
    expect(a.tabs.role).toBe('joining')
    expect(await storedIn(indexedDB, 'model/account')).toMatchObject({ d: { cents: 6 } })
  })

  test('making one touches nothing', () => {
    const spy = vi.spyOn(globalThis, 'BroadcastChannel', 'get')
    expect(crossTab().role).toBe('joining')
    expect(spy).not.toHaveBeenCalled()
    spy.mockRestore()
  })
})

describe('without Web Locks or channels', () => {
  const lacking = { locks: undefined, channel: undefined, lifecycle: () => () => {} }

  test('each tab is alone, says so once, and does not overwrite what it has not seen', async () => {
    const { open } = browser()
    const [a, b] = [await open({ tabs: { platform: lacking } }), await open({ tabs: { platform: lacking } })]
    expect([a.tabs.role, b.tabs.role]).toEqual(['alone', 'alone'])
    expect(b.get(Door).add('Open').status).toBe('executed')
    await b.store.flush()
    a.get(Account).cents = 1
    await expect(a.store.flush()).rejects.toBeInstanceOf(StorageConflictError)
    expect(a.codes()).toEqual(['TABS_ALONE', 'STORAGE_CONFLICT'])
    expect(b.codes()).toEqual(['TABS_ALONE'])
    expect(a.errors[0]?.message).toContain('Web Locks')
    await b.store.close()
    expect(b.tabs.role).toBe('joining')
  })

  test('nor where the platform refuses them', async () => {
    const { open } = browser()
    const refusing = { ...lacking, locks: { request: () => Promise.reject(new DOMException('no', 'SecurityError')) } }
    const channel = () => ({ postMessage() {}, onmessage: null, close() {} })
    const a = await open({ tabs: { platform: { ...refusing, channel } } })
    expect([a.tabs.role, ...a.codes()]).toEqual(['alone', 'TABS_ALONE'])
    expect(a.errors[0]?.cause).toBeInstanceOf(DOMException)
  })

  test('a tab on memory is alone, too', async () => {
    const { open } = browser()
    const database = { indexedDB: null as never, fallback: 'memory', report: () => {} } as const
    const a = await open({ database })
    expect([a.tabs.role, a.store.status]).toEqual(['alone', 'memory'])
    expect(a.get(Door).add('Open').status).toBe('executed')
  })
})

describe('nothing is left', () => {
  test('after close()', async () => {
    const { open, locks, network, timers } = browser()
    const [a, b] = [await open(), await open()]
    b.get(Door).add('Open')
    await settle()
    await a.store.close()
    await b.store.close()
    await settle()
    expect([network.open, timers.pending, locks.owner('escapement/app/owner')]).toEqual([0, 0, undefined])
    expect([a.lifecycle(), b.lifecycle()]).toEqual([undefined, undefined])
  })

  test('of a lock that is granted after it was given up', async () => {
    const { open, freeze, timers, locks } = browser()
    const [a, b] = [await open(), await open()]
    freeze(a)
    const lock = () => locks.owner('escapement/app/owner')
    // Up to the very step at which b takes it, before b hears of it.
    for (let step = 0; lock() === a.by && step < 10_000; step++) {
      if (step % 100 === 99) timers.advance(2000)
      else if (step % 100 > 90) await settle()
      else await Promise.resolve()
    }
    expect(lock()).toBe(b.by)
    b.lifecycle()?.sleep()
    await settle()
    expect(lock()).toBeUndefined()
  })

  test('after an opening that failed: of the storage, or for what is stored', async () => {
    const { open, locks, network, timers } = browser()
    const a = await open()
    a.get(Account).cents = 5
    await a.store.close()
    const Odd = defineModel('account', { cents: v.string() }, { initial: { cents: '' } })
    await expect(open({ state: [Odd] })).rejects.toThrow('1 entries do not fit')
    await expect(open({ database: { indexedDB: null as never } })).rejects.toThrow('IndexedDB')
    await settle()
    expect([network.open, timers.pending, locks.owner('escapement/app/owner')]).toEqual([0, 0, undefined])
    expect((await open()).tabs.role).toBe('owner')
  })
})

test('where nothing can be written the tab opens all the same, and owns once it can', async () => {
  const { open, timers, indexedDB } = browser()
  const first = await open()
  first.get(Account).cents = 5
  await first.store.close()
  let full = true
  const put = vi.spyOn(Object.getPrototypeOf(await storeOf(indexedDB)), 'put').mockImplementation(function (
    this: IDBObjectStore,
    ...args: unknown[]
  ) {
    if (full) throw new DOMException('full', 'QuotaExceededError')
    put.mockRestore()
    return this.put(args[0], args[1] as string)
  })
  const a = await open()
  expect([a.tabs.role, a.get(Account).cents]).toEqual(['mirror', 5])
  await settle()
  timers.advance(2000)
  await settle()
  expect(a.codes()).toEqual(['STORAGE_FAILED'])
  full = false
  timers.advance(2000)
  await settle()
  expect(a.tabs.role).toBe('owner')
})

test('a database that was deleted is written anew, with all there was', async () => {
  const { open, indexedDB } = browser()
  const [a, b] = [await open(), await open()]
  a.get(Account).cents = 5
  await settle()
  await new Promise((resolve) => {
    indexedDB.deleteDatabase('app').onsuccess = resolve
  })
  b.get(Notes).add({ text: 'new' }, '1')
  await settle()
  expect(b.codes()).toEqual(['STORAGE_RESTORED'])
  const c = await open()
  expect([c.get(Account).cents, c.get(Notes).get('1')?.text, a.get(Notes).size]).toEqual([5, 'new', 1])
  await b.get(Door).add('Open').settled
  expect(c.get(Door).is('Open')).toBe(true)
})

test('a database that was deleted, and made anew by a tab that knew nothing of it: mutations find their owner', async () => {
  const { open, indexedDB, timers } = browser()
  await (await open()).store.close()
  const [a, b] = [await open(), await open()]
  a.get(Notes).add({ text: 'a' }, '1')
  await settle()
  await new Promise((resolve) => {
    indexedDB.deleteDatabase('app').onsuccess = resolve
  })
  const c = await open()
  c.get(Account).cents = 1
  await settle()
  timers.advance(2000)
  await settle()
  expect([a, b, c].map(({ tabs }) => tabs.role)).toEqual(['owner', 'mirror', 'mirror'])
  expect(await b.get(Door).add('Open').settled).toMatchObject({ status: 'executed' })
  expect(await c.get(Door).add('Closed').settled).toMatchObject({ status: 'executed' })
  expect([a, b, c].map(({ get }) => [get(Account).cents, get(Notes).size])).toEqual([
    [1, 0],
    [1, 0],
    [1, 0],
  ])
  expect([a, b, c].map(({ errors }) => errors.map((error) => (error as { code: string }).code))).toEqual([
    ['TABS_REPLACED'],
    ['TABS_REPLACED'],
    [],
  ])
})

test('a database that was deleted and made anew by another tab is read whole, however far it has come', async () => {
  const { open, indexedDB, timers } = browser()
  const a = await open()
  a.get(Account).cents = 5
  await a.store.flush()
  a.lifecycle()?.sleep()
  await new Promise((resolve) => {
    indexedDB.deleteDatabase('app').onsuccess = resolve
  })
  const b = await open()
  expect(b.get(Account).cents).toBe(0)
  b.get(Notes).add({ text: 'new' }, '1')
  await b.store.flush()
  // As many writes as a had seen.
  a.lifecycle()?.wake()
  timers.advance(2000)
  await settle()
  expect([a.get(Account).cents, a.get(Notes).get('1')?.text]).toEqual([0, 'new'])
})

test('a tab whose program cannot read what another stores stops, says so once, and stores nothing more', async () => {
  const { open } = browser()
  const Old = collection(defineModel('note', { text: v.string() }, { initial: { text: '' } }))
  const New = collection(
    defineModel('note', { text: v.string() }, { initial: { text: '' }, version: 2, migrate: { 1: (old) => old } }),
  )
  const a = await open({ state: [Old, Account] })
  const b = await open({ state: [New, Account] })
  b.get(New).add({ text: 'new' }, '1')
  await settle()
  expect(a.tabs.role).toBe('alone')
  expect(a.codes()).toEqual(['TABS_APART'])
  expect(a.get(Old).size).toBe(0)
  expect(b.tabs.role).toBe('owner')
  a.get(Old).add({ text: 'old' }, '1')
  await expect(a.store.flush()).rejects.toBeInstanceOf(StorageConflictError)
  await settle()
  expect(b.get(New).get('1')?.text).toBe('new')
  await a.store.close().catch(() => {})
})

test('a store without crossTab reads what tabs stored, and they what it wrote', async () => {
  const { open, indexedDB, timers } = browser()
  const a = await open()
  a.get(Account).cents = 5
  await a.store.flush()
  const plain = await openStore({ storage: indexedDbStorage('app', { indexedDB }), state: [Account] })
  expect(plain.get(Account).cents).toBe(5)
  plain.get(Account).cents = 6
  await plain.close()
  timers.advance(2000)
  await settle()
  expect(a.get(Account).cents).toBe(6)
  expect(a.get(Door).add('Open').status).toBe('executed')
  await a.store.flush()
  expect(a.errors).toEqual([])
})

test('a page is watched for being put aside', () => {
  const page = new EventTarget()
  const document = new EventTarget()
  const told: string[] = []
  const { lifecycle } = platform(Object.assign(page, { document }) as never)
  const stop = lifecycle({ sleep: () => told.push('sleep'), wake: () => told.push('wake') })
  const show = (type: string, persisted: boolean) => page.dispatchEvent(Object.assign(new Event(type), { persisted }))
  document.dispatchEvent(new Event('freeze'))
  document.dispatchEvent(new Event('resume'))
  show('pagehide', true)
  show('pageshow', true)
  show('pagehide', false)
  show('pageshow', false)
  expect(told).toEqual(['sleep', 'wake', 'sleep', 'wake'])
  stop()
  document.dispatchEvent(new Event('freeze'))
  expect(told).toHaveLength(4)
})

function storeOf(indexedDB: IDBFactory): Promise<IDBObjectStore> {
  return new Promise((resolve) => {
    const opening = indexedDB.open('app')
    opening.onsuccess = () => {
      resolve(opening.result.transaction('entries').objectStore('entries'))
      opening.result.close()
    }
  })
}
