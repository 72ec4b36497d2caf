import { IDBFactory } from 'fake-indexeddb'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { collection, defineMachine, defineModel, type OpenOptions, openStore } from '../../../../core/index.ts'
import { manualTimers } from '../../../../testing/manual-timers.ts'
import { crossTab, indexedDbStorage } from '../index.ts'
import { LockManager, Network, platformOf } from './fixtures/browser.ts'
import type { Lifecycle } from './platform.ts'

const Account = defineModel('account', { cents: v.number() }, { initial: { cents: 0 } })
const Other = defineModel('other', { cents: v.number() }, { initial: { cents: 0 } })
const Notes = collection(defineModel('note', { text: v.string() }, { initial: { text: '' } }))
const Door = defineMachine('door', {
  Closed: { auto: true, remove: ['Open'] },
  Open: { remove: ['Closed'] },
  Ringing: { multi: true },
})
const Gates = collection(defineMachine('gate', { Up: { multi: true } }))

/** A browser with one database. */
function browser() {
  const indexedDB = new IDBFactory()
  const locks = new LockManager((_by, run) => queueMicrotask(run))
  const network = new Network((_from, _to, run) => queueMicrotask(run))
  const timers = manualTimers()
  const open = async (options: Partial<OpenOptions> = {}) => {
    const by = {}
    const errors: unknown[] = []
    let lifecycle!: Lifecycle
    const platform = platformOf(by, locks, network, (told) => {
      lifecycle = told
      return () => {}
    })
    const tabs = crossTab({ platform, timers })
    const store = await openStore({
      storage: indexedDbStorage('app', { indexedDB, timers }),
      crossTab: tabs,
      state: [Account, Other, Notes, Door, Gates],
      timers,
      onError: (error) => errors.push(error),
      ...options,
    })
    return { by, store, tabs, errors, lifecycle, get: store.get.bind(store) }
  }
  return { open, locks, network, timers, indexedDB }
}

/** Until nothing moves any more. */
const settle = async () => {
  for (let i = 0; i < 60; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('two tabs', () => {
  test('agree on models, rows and machines', async () => {
    const { open } = browser()
    const a = await open()
    const b = await open()
    expect([a.tabs.role, b.tabs.role]).toEqual(['owner', 'mirror'])
    a.get(Account).cents = 5
    b.get(Notes).add({ text: 'hi' }, '1')
    await settle()
    expect(b.get(Account).cents).toBe(5)
    expect(a.get(Notes).get('1')?.text).toBe('hi')
    const result = b.get(Door).add('Open')
    expect(result.status).toBe('queued')
    expect((await result.settled).status).toBe('executed')
    expect(b.get(Door).tick('Open')).toBe(1)
    expect(a.get(Door).tick('Open')).toBe(1)
    a.get(Door).add('Closed')
    await settle()
    expect(b.get(Door).clock()).toEqual(a.get(Door).clock())
    b.get(Notes).delete('1')
    b.get(Gates).add('x')
    await settle()
    expect(a.get(Notes).size).toBe(0)
    expect(a.get(Gates).has('x')).toBe(true)
    await b.get(Gates).get('x')!.add('Up').settled
    expect(a.get(Gates).get('x')!.tick('Up')).toBe(1)
    expect([a.errors, b.errors]).toEqual([[], []])
    await a.store.close()
    await settle()
    expect(b.tabs.role).toBe('owner')
    expect(b.get(Door).add('Open').status).toBe('executed')
    await b.store.close()
    const c = await open()
    expect(c.get(Account).cents).toBe(5)
    expect(c.get(Door).is('Open')).toBe(true)
    await c.store.close()
  })
})
