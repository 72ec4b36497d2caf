import * as v from 'valibot'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { collection, defineMachine, defineModel, openStore } from '../../../core/index.ts'
import { manualTimers } from '../../../testing/manual-timers.ts'
import { Browser } from './fixtures/browser.ts'
import { indexedDbStorage } from './index.ts'
import { whenLeaving } from './urgency.ts'

const Odd = defineModel('odd', { value: v.any() }, { initial: { value: null } })
const Rows = collection(defineModel('row', { n: v.number() }, { initial: { n: 0 } }))
const Door = defineMachine('door', { Open: {} })

async function open(browser: Browser, options = {}) {
  const errors: { code: string }[] = []
  const timers = manualTimers()
  const storage = indexedDbStorage('app', { indexedDB: browser.factory, report: () => {} })
  const store = await openStore({
    storage,
    state: [Odd, Rows, Door],
    timers,
    onError: (error) => errors.push(error as { code: string }),
    ...options,
  })
  return { store, timers, errors, odd: store.get(Odd), rows: store.get(Rows), door: store.get(Door) }
}

describe('a store on IndexedDB', () => {
  test('keeps models, rows and machines', async () => {
    const browser = new Browser()
    const first = await open(browser)
    first.store.transaction(() => {
      first.rows.add({ n: 1 }, 'a')
      first.rows.add({ n: 2 }, 'b')
      first.door.add('Open')
    })
    first.rows.delete('a')
    await first.store.close()
    const { store, rows, door } = await open(browser)
    expect(rows.ids).toEqual(['b'])
    expect(door.is('Open')).toBe(true)
    await store.close()
  })

  test('values that may not be changed in place are stored, and come back as such', async () => {
    const browser = new Browser()
    const value = {
      date: new Date(7),
      map: new Map<unknown, unknown>([[{ a: 1 }, new Set([new Date(8)])]]),
      pattern: /a+/giu,
      big: 12345678901234567890n,
      list: [undefined, [1, [2]]],
    }
    const first = await open(browser)
    first.odd.value = value
    expect(() => first.odd.value.date.setTime(9)).toThrow(TypeError)
    await first.store.close()
    const { odd, store } = await open(browser)
    expect(odd.value).toEqual(value)
    expect(Object.isFrozen(odd.value)).toBe(true)
    expect(() => odd.value.date.setTime(9)).toThrow(TypeError)
    expect(() => odd.value.map.clear()).toThrow(TypeError)
    await store.close()
  })

  test('runs on memory where there is none, and its status says so', async () => {
    const storage = indexedDbStorage('app', { fallback: 'memory', report: () => {} })
    const store = await openStore({ storage, state: [Rows] })
    store.get(Rows).add({ n: 1 })
    await store.flush()
    expect(store.status).toBe('memory')
    await store.close()
  })

  test('a full quota: memory is kept, the write is tried again', async () => {
    const browser = new Browser()
    const { store, timers, errors, rows } = await open(browser)
    browser.fault = 'quota'
    rows.add({ n: 1 }, 'a')
    await expect(store.flush()).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    expect(store.status).toBe('failed')
    expect(errors).toMatchObject([{ code: 'STORAGE_FAILED', cause: { name: 'QuotaExceededError' } }])
    rows.add({ n: 2 }, 'b')
    timers.advance(100)
    await store.flush()
    expect(store.status).toBe('saved')
    await store.close()
    const next = await open(browser)
    expect(next.rows.ids).toEqual(['a', 'b'])
    await next.store.close()
  })

  test('behind another: its status is failed, with the conflict, and the other one lost nothing', async () => {
    const browser = new Browser()
    const [first, second] = [await open(browser), await open(browser)]
    first.rows.add({ n: 1 }, 'a')
    await first.store.flush()
    second.rows.add({ n: 2 }, 'a')
    await expect(second.store.flush()).rejects.toMatchObject({ code: 'STORAGE_CONFLICT' })
    expect(second.store.status).toBe('failed')
    expect(second.store.storageError).toMatchObject({ name: 'StorageConflictError' })
    await expect(second.store.close()).rejects.toMatchObject({ code: 'UNSAVED' })
    await first.store.close()
    const next = await open(browser)
    expect(next.rows.get('a')?.n).toBe(1)
    await next.store.close()
  })
})

/** What of a page counts here. */
class Page extends EventTarget {
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible' as DocumentVisibilityState })
  show(state: DocumentVisibilityState) {
    this.document.visibilityState = state
    this.document.dispatchEvent(new Event('visibilitychange'))
  }
}

describe('a page that is left', () => {
  afterEach(() => vi.unstubAllGlobals())
  const stub = () => {
    const page = new Page()
    vi.stubGlobal('document', page.document)
    for (const name of ['addEventListener', 'removeEventListener'] as const) vi.stubGlobal(name, page[name].bind(page))
    return page
  }

  test('is heard of when it is hidden or left, not when it is shown, and not after the end', () => {
    const page = new Page()
    const heard = vi.fn()
    const stop = whenLeaving(heard, page)
    page.show('hidden')
    expect(heard).toHaveBeenCalledTimes(1)
    page.show('visible')
    expect(heard).toHaveBeenCalledTimes(1)
    page.dispatchEvent(new Event('pagehide'))
    expect(heard).toHaveBeenCalledTimes(2)
    stop()
    page.show('hidden')
    page.dispatchEvent(new Event('pagehide'))
    expect(heard).toHaveBeenCalledTimes(2)
  })

  test('where there is none, nothing is heard', () => {
    whenLeaving(() => {}, {})()
  })

  test.each(['pagehide', 'hidden'])('%s: a write that waits for its next attempt is tried at once', async (how) => {
    const page = stub()
    const browser = new Browser()
    const { store, timers, rows } = await open(browser)
    browser.fault = 'quota'
    rows.add({ n: 1 }, 'a')
    await store.flush().catch(() => {})
    expect(timers.pending).toBe(1)
    const saved = new Promise<void>((resolve) => store.trace({ status: (status) => status === 'saved' && resolve() }))
    if (how === 'hidden') page.show('hidden')
    else page.dispatchEvent(new Event('pagehide'))
    // Its time did not pass.
    await saved
    expect(timers.pending).toBe(0)
    await store.close()
  })

  test('a closed store listens no more, and neither does one that did not come about', async () => {
    const page = stub()
    const added = vi.spyOn(page.document, 'addEventListener')
    const removed = vi.spyOn(page.document, 'removeEventListener')
    const browser = new Browser()
    const { store, rows } = await open(browser)
    rows.add({ n: 1 }, 'a')
    await store.close()
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1])
    const Other = collection(defineModel('row', { n: v.string() }, { initial: { n: '' } }))
    await expect(open(browser, { state: [Other] })).rejects.toMatchObject({ name: 'HydrationError' })
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([2, 2])
  })
})
