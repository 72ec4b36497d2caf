import { describe, expect, test, vi } from 'vitest'
import { manualTimers } from '../../../testing/manual-timers.ts'
import { Browser, type Fault } from './fixtures/browser.ts'
import { type IndexedDbStorageOptions, indexedDbStorage, StorageConflictError, StorageError } from './index.ts'

const commit = (entries: Record<string, unknown>) => new Map(Object.entries(entries))

/** An adapter in a browser, opened, and what it reported. */
async function opened(browser = new Browser(), options: IndexedDbStorageOptions = {}) {
  const reports: Error[] = []
  const make = () => indexedDbStorage('app', { indexedDB: browser.factory, report: (e) => reports.push(e), ...options })
  const adapter = make()
  const found = await adapter.open()
  const stored = async () => {
    const reader = make()
    const entries = await reader.open()
    await reader.close()
    return Object.fromEntries(entries)
  }
  return { browser, adapter, found: Object.fromEntries(found), reports, make, stored }
}

describe('a write', () => {
  test.each(['strict', 'relaxed'] as const)('asks for the durability: %s', async (durability) => {
    const { browser, adapter } = await opened(new Browser(), { durability })
    await adapter.write([commit({ 'model/a': 1 })])
    expect(browser.transactions.at(-1)).toMatchObject({ mode: 'readwrite', durability })
  })

  test('is strict as it comes', async () => {
    const { browser, adapter } = await opened()
    await adapter.write([commit({ 'model/a': 1 })])
    expect(browser.transactions.at(-1)?.durability).toBe('strict')
  })

  test('is one transaction, whatever the commits, and none when there is nothing to write', async () => {
    const { browser, adapter } = await opened()
    const before = browser.transactions.length
    await adapter.write([commit({ 'model/a': 1 }), commit({ 'model/b': 2 }), commit({ 'model/a': undefined })])
    expect(browser.transactions).toHaveLength(before + 1)
    await adapter.write([])
    await adapter.write([commit({})])
    expect(browser.transactions).toHaveLength(before + 1)
  })

  test('is acknowledged when its transaction is complete, not when its requests are done', async () => {
    const { browser, adapter } = await opened()
    const order: string[] = []
    browser.begun = (transaction) => transaction.addEventListener('complete', () => order.push('complete'))
    await adapter.write([commit({ 'model/a': 1 })]).then(() => order.push('acknowledged'))
    expect(order).toEqual(['complete', 'acknowledged'])
  })
})

describe('a failed write', () => {
  const words: Record<Fault, RegExp> = {
    put: /quota is used up/,
    quota: /quota is used up/,
    closed: /closed the connection/,
    broken: /could not read or write its files/,
    unanswered: /closed the connection/,
  }
  test.each(Object.entries(words) as [Fault, RegExp][])('%s: is worded, and can be tried again', async (fault, why) => {
    const { browser, adapter, stored } = await opened()
    await adapter.write([commit({ 'model/a': 1, 'model/b': 1 })])
    browser.fault = fault
    const error = await adapter.write([commit({ 'model/a': 2, 'model/b': 2 })]).catch((e) => e)
    expect(error).toBeInstanceOf(StorageError)
    expect(error).toMatchObject({ code: 'STORAGE_FAILED', cause: { name: expect.stringMatching(/Error$/) } })
    expect(error.message).toMatch(why)
    const now = fault === 'unanswered' ? 2 : 1
    expect(await stored()).toEqual({ 'model/a': now, 'model/b': now })
    // As the store does: the same again, with what came since.
    await adapter.write([commit({ 'model/a': 2, 'model/b': 2, 'model/c': 3 })])
    await adapter.write([commit({ 'model/d': 4 })])
    expect(await stored()).toEqual({ 'model/a': 2, 'model/b': 2, 'model/c': 3, 'model/d': 4 })
  })

  test('a value that cannot be stored is named, and nothing of the write remains', async () => {
    const { adapter, stored } = await opened()
    await adapter.write([commit({ 'model/a': 1 })])
    await expect(adapter.write([commit({ 'model/a': 2 }), commit({ 'model/b': () => {} })])).rejects.toMatchObject({
      name: 'StorageError',
      code: 'STORAGE_VALUE',
      key: 'model/b',
    })
    expect(await stored()).toEqual({ 'model/a': 1 })
    await adapter.write([commit({ 'model/a': 3 })])
    expect(await stored()).toEqual({ 'model/a': 3 })
  })
})

describe('a lost connection', () => {
  test('closed by the browser: the next write opens another', async () => {
    const { browser, adapter, stored, reports } = await opened()
    await adapter.write([commit({ 'model/a': 1 })])
    const [dead] = browser.connections
    browser.disconnect()
    const asked = vi.spyOn(dead as IDBDatabase, 'transaction')
    await adapter.write([commit({ 'model/b': 2 })])
    expect(asked).not.toHaveBeenCalled()
    expect(browser.connections).toHaveLength(1)
    expect(await stored()).toEqual({ 'model/a': 1, 'model/b': 2 })
    expect(reports).toEqual([])
  })

  test('closed without a word: the next write opens another', async () => {
    const { browser, adapter, stored } = await opened()
    browser.connections[0]?.close()
    await adapter.write([commit({ 'model/a': 1 })])
    expect(await stored()).toEqual({ 'model/a': 1 })
  })

  test('one connection serves all, and close ends it', async () => {
    const { browser, adapter } = await opened()
    for (let i = 0; i < 5; i++) await adapter.write([commit({ 'model/a': i })])
    expect(browser.connections).toHaveLength(1)
    await adapter.close()
    await (await browser.stranger('app', 2)).close()
  })

  test('somebody upgrades the database: is let through, and the next write says so', async () => {
    const { browser, adapter } = await opened()
    await adapter.write([commit({ 'model/a': 1 })])
    const stranger = await browser.stranger('app', 2)
    stranger.close()
    await expect(adapter.write([commit({ 'model/a': 2 })])).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' })
  })

  test('an opening in between that fails is tried again by the next write', async () => {
    const { browser, adapter, stored } = await opened()
    browser.disconnect()
    browser.opening = 'refused'
    await expect(adapter.write([commit({ 'model/a': 1 })])).rejects.toMatchObject({ name: 'StorageError' })
    await adapter.write([commit({ 'model/a': 1 })])
    expect(await stored()).toEqual({ 'model/a': 1 })
  })
})

describe('a deleted database', () => {
  test('does not wait for us; the next write restores all that was acknowledged, and tells', async () => {
    const { browser, adapter, stored, reports } = await opened()
    await adapter.write([commit({ 'model/a': 1, 'model/b': 2, 'model/c': 3 })])
    await adapter.close()
    // Some of it is known from opening, some from writing.
    await adapter.open()
    await adapter.write([commit({ 'model/c': undefined, 'model/d': new Date(4) })])
    await browser.delete('app')
    expect(await stored()).toEqual({})
    await adapter.write([commit({ 'model/a': 5, 'model/b': undefined })])
    expect(await stored()).toEqual({ 'model/a': 5, 'model/d': new Date(4) })
    expect(reports).toMatchObject([{ code: 'STORAGE_RESTORED', entries: 3 }])
    await adapter.write([commit({ 'model/e': 6 })])
    expect(reports).toHaveLength(1)
  })

  test('and a restoration that fails: nothing is half there, and the next one has it all', async () => {
    const { browser, adapter, stored } = await opened()
    await adapter.write([commit({ 'model/a': 1, 'model/b': 2 })])
    await browser.delete('app')
    browser.fault = 'quota'
    await expect(adapter.write([commit({ 'model/c': 3 })])).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    expect(await stored()).toEqual({})
    await adapter.write([commit({ 'model/c': 3 })])
    expect(await stored()).toEqual({ 'model/a': 1, 'model/b': 2, 'model/c': 3 })
  })

  test('emptied by hand is deleted', async () => {
    const { browser, adapter, stored } = await opened()
    await adapter.write([commit({ 'model/a': 1 })])
    const stranger = await browser.stranger('app')
    stranger.transaction('entries', 'readwrite').objectStore('entries').clear()
    stranger.close()
    await adapter.write([commit({ 'model/b': 2 })])
    expect(await stored()).toEqual({ 'model/a': 1, 'model/b': 2 })
  })

  test('and made anew by another: a conflict, nothing is mixed', async () => {
    const { browser, adapter, make, stored } = await opened()
    await adapter.write([commit({ 'model/a': 1 })])
    await browser.delete('app')
    const other = make()
    await other.open()
    await other.write([commit({ 'model/z': 26 })])
    await expect(adapter.write([commit({ 'model/b': 2 })])).rejects.toBeInstanceOf(StorageConflictError)
    expect(await stored()).toEqual({ 'model/z': 26 })
  })
})

describe('two adapters on one database', () => {
  test('the one that is behind overwrites nothing, again and again, until it opens anew', async () => {
    const { adapter, make, stored } = await opened()
    const other = make()
    await other.open()
    await adapter.write([commit({ 'model/a': 1 })])
    for (let i = 0; i < 3; i++) {
      const error = await other.write([commit({ 'model/a': 2, 'model/b': 2 })]).catch((e) => e)
      expect(error).toBeInstanceOf(StorageConflictError)
      expect(error).toBeInstanceOf(StorageError)
      expect(error).toMatchObject({ code: 'STORAGE_CONFLICT', database: 'app' })
    }
    await adapter.write([commit({ 'model/c': 1 })])
    expect(await stored()).toEqual({ 'model/a': 1, 'model/c': 1 })
    expect(Object.fromEntries(await other.open())).toEqual({ 'model/a': 1, 'model/c': 1 })
    await other.write([commit({ 'model/a': 2 })])
    await expect(adapter.write([commit({ 'model/a': 3 })])).rejects.toBeInstanceOf(StorageConflictError)
    expect(await stored()).toEqual({ 'model/a': 2, 'model/c': 1 })
  })

  test('both new: the second to write is behind', async () => {
    const { adapter, make, stored } = await opened()
    const other = make()
    await other.open()
    await Promise.allSettled([adapter.write([commit({ 'model/a': 1 })]), other.write([commit({ 'model/a': 2 })])])
    expect(await stored()).toEqual({ 'model/a': 1 })
  })

  test('a write of which no answer came is our own; with one of another on top it is a conflict', async () => {
    const { browser, adapter, make, stored } = await opened()
    browser.fault = 'unanswered'
    await expect(adapter.write([commit({ 'model/a': 1 })])).rejects.toThrow()
    const other = make()
    await other.open()
    await other.write([commit({ 'model/a': 2 })])
    await expect(adapter.write([commit({ 'model/a': 1 })])).rejects.toBeInstanceOf(StorageConflictError)
    expect(await stored()).toEqual({ 'model/a': 2 })
  })
})

describe('no IndexedDB', () => {
  const impossible: [string, (browser: Browser) => IndexedDbStorageOptions, RegExp][] = [
    ['none there', () => ({}), /there is no `indexedDB`/],
    ['forbidden', (browser) => ({ indexedDB: refusing(browser, 'throws') }), /forbids it/],
    ['a private window', (browser) => ({ indexedDB: refusing(browser, 'refused') }), /private window/],
  ]
  test.each(impossible)('%s: says why', async (_, options, why) => {
    const error = await indexedDbStorage('app', options(new Browser()))
      .open()
      .catch((e) => e)
    expect(error).toBeInstanceOf(StorageError)
    expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', database: 'app' })
    expect(error.message).toMatch(why)
  })

  test.each(impossible)('%s: falls back to memory, and tells', async (_, options, why) => {
    const reports: Error[] = []
    const adapter = indexedDbStorage('app', {
      ...options(new Browser()),
      fallback: 'memory',
      report: (error) => reports.push(error),
    })
    expect((await adapter.open()).size).toBe(0)
    expect(adapter.volatile).toBe(true)
    expect(reports).toMatchObject([{ code: 'STORAGE_UNAVAILABLE', message: expect.stringMatching(why) }])
    await adapter.write([commit({ 'model/a': 1 })])
    await adapter.close()
    expect(Object.fromEntries(await adapter.open())).toEqual({ 'model/a': 1 })
  })

  test('a fallback that nobody listens to is a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await indexedDbStorage('app', { fallback: 'memory' }).open()
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('IndexedDB cannot be used for "app"'))
    warn.mockRestore()
  })

  test('it may be there the next time', async () => {
    const browser = new Browser()
    const adapter = indexedDbStorage('app', { indexedDB: browser.factory, fallback: 'memory', report: () => {} })
    browser.opening = 'throws'
    await adapter.open()
    expect(adapter.volatile).toBe(true)
    await adapter.close()
    await adapter.open()
    expect(adapter.volatile).toBe(false)
  })

  test("another program's database is refused, and nothing falls back", async () => {
    const browser = new Browser()
    ;(await browser.stranger('app', 1, 'keyval')).close()
    const adapter = indexedDbStorage('app', { indexedDB: browser.factory, fallback: 'memory' })
    await expect(adapter.open()).rejects.toMatchObject({ name: 'StorageError', code: 'STORAGE_FOREIGN' })
    // And its owner may have it: nobody holds it any more.
    ;(await browser.stranger('app', 2)).close()
  })

  test('a newer database is refused', async () => {
    const browser = new Browser()
    ;(await browser.stranger('app', 7)).close()
    const adapter = indexedDbStorage('app', { indexedDB: browser.factory, fallback: 'memory' })
    await expect(adapter.open()).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' })
  })

  test('an opening that never answers fails in time, and is closed when it comes after all', async () => {
    const browser = new Browser()
    const timers = manualTimers()
    browser.opening = 'silent'
    const adapter = indexedDbStorage('app', { indexedDB: browser.factory, timers, timeout: 3000 })
    const opening = adapter.open()
    await vi.waitUntil(() => timers.pending === 1)
    timers.advance(3000)
    await expect(opening).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining('within 3000 ms'),
    })
    await vi.waitUntil(() => browser.connections.length === 1)
    browser.answer()
    expect(() => browser.connections[0]?.transaction('entries')).toThrow('not allowed')
    expect(timers.pending).toBe(0)
  })

  test('an opening that answers leaves no timer', async () => {
    const timers = manualTimers()
    const { adapter } = await opened(new Browser(), { timers })
    expect(timers.pending).toBe(0)
    await adapter.close()
  })
})

/** A browser that refuses every opening. */
function refusing(browser: Browser, how: 'throws' | 'refused'): IDBFactory {
  return {
    open: (name: string, version: number) => {
      browser.opening = how
      return browser.factory.open(name, version)
    },
  } as IDBFactory
}
