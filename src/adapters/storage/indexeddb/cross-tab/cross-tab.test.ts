import { effect } from '@preact/signals-core'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { defineModel } from '../../../../core/index.ts'
import { OverwrittenError, StorageConflictError } from '../index.ts'
import { Account, browser, Door, Gates, Menu, Notes, Other, settle, storedIn } from './fixtures/tabs.ts'

describe('two tabs', () => {
  test('agree on models, rows and machines', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    expect([a.tabs.role, b.tabs.role]).toEqual(['owner', 'mirror'])
    a.get(Account).cents = 5
    b.get(Notes).add({ text: 'hi' }, '1')
    await settle()
    expect(b.get(Account).cents).toBe(5)
    expect(a.get(Notes).get('1')?.text).toBe('hi')
    const result = b.get(Door).add('Open')
    expect(result.status).toBe('queued')
    expect(await result.settled).toMatchObject({ status: 'executed' })
    expect([a.get(Door).tick('Open'), b.get(Door).tick('Open')]).toEqual([1, 1])
    b.get(Notes).delete('1')
    b.get(Gates).add('x')
    await settle()
    expect(a.get(Notes).size).toBe(0)
    await b.get(Gates).get('x')?.add('Up').settled
    expect(a.get(Gates).get('x')?.tick('Up')).toBe(1)
    a.get(Gates).delete('x')
    await settle()
    expect(b.get(Gates).size).toBe(0)
    expect([...a.errors, ...b.errors]).toEqual([])
  })

  test('each show the commits of the other whole, in one commit of origin `remote`', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    const seen: unknown[] = []
    b.store.listen(() => seen.push([b.get(Account).cents, b.get(Other).cents]))
    b.store.trace({ commit: ({ origin }) => seen.push(origin) })
    a.store.transaction(() => {
      a.get(Account).cents = 1
      a.get(Other).cents = 1
    })
    await settle()
    expect(seen).toEqual([[1, 1], 'remote'])
  })

  test('whose transactions wrote the same never show a mix, and the earlier one is told', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    for (const [{ store, get }, n] of [
      [a, 1],
      [b, 2],
    ] as const) {
      store.transaction(() => {
        get(Account).cents = n
        get(Other).cents = n
      })
    }
    await settle()
    // Equal counts: b is the later name.
    for (const { get } of [a, b]) expect([get(Account).cents, get(Other).cents]).toEqual([2, 2])
    expect(b.errors).toEqual([])
    expect(a.errors).toHaveLength(1)
    expect(a.errors[0]).toBeInstanceOf(OverwrittenError)
    expect(a.errors[0]).toMatchObject({ keys: ['model/account', 'model/other'], database: 'app' })
    expect(a.errors[0]?.message).toContain('model/account, model/other')
  })

  test('say so also where the earlier one was stored long before', async () => {
    const world = browser()
    const [a, b] = [await world.open(), await world.open()]
    world.deaf = true
    a.get(Account).cents = 1
    await a.store.flush()
    b.get(Account).cents = 2
    await b.store.flush()
    world.timers.advance(2000)
    await settle()
    expect([a.get(Account).cents, b.get(Account).cents]).toEqual([2, 2])
    expect([a.codes(), b.codes()]).toEqual([['TABS_OVERWRITTEN'], []])
  })

  test('do not call it overwritten when it was seen, or when a failed write arrived all the same', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    for (let n = 1; n < 6; n++) {
      const tab = n % 2 ? a : b
      tab.get(Account).cents = n
      await settle()
    }
    expect([...a.errors, ...b.errors]).toEqual([])
    expect(a.get(Account).cents).toBe(5)
  })

  test('heal when messages are lost, without another write', async () => {
    const world = browser()
    const [a, b] = [await world.open(), await world.open()]
    world.deaf = true
    a.get(Account).cents = 1
    await settle()
    expect(b.get(Account).cents).toBe(0)
    world.timers.advance(2000)
    await settle()
    expect([b.get(Account).cents, ...b.errors]).toEqual([1])
  })

  test('agree on the order of rows that were added at once', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    a.get(Notes).add({ text: 'a' }, 'z')
    b.get(Notes).add({ text: 'b' }, 'y')
    await settle()
    expect(a.get(Notes).ids).toEqual(b.get(Notes).ids)
    const c = await open()
    expect(c.get(Notes).ids).toEqual(a.get(Notes).ids)
  })

  test('give each other what is loaded later', async () => {
    const { open } = browser()
    const Late = defineModel('late', { n: v.number() }, { initial: { n: 0 } })
    const [a, b] = [await open(), await open()]
    a.store.load(Late).n = 3
    await settle()
    expect(b.store.load(Late).n).toBe(3)
  })
})

describe('far behind', () => {
  test('a tab reads everything, and an edit of what was deleted meanwhile loses', async () => {
    const world = browser()
    const [a, b] = [await world.open(), await world.open()]
    a.get(Notes).add({ text: '' }, 'gone')
    a.get(Notes).add({ text: '' }, 'kept')
    await settle()
    world.deaf = true
    a.get(Notes).delete('gone')
    for (let n = 1; n <= 300; n++) {
      a.get(Account).cents = n
      await a.store.flush()
    }
    b.get(Notes).get('gone')!.text = 'edited'
    b.get(Notes).get('kept')!.text = 'edited'
    await b.store.flush()
    world.deaf = false
    world.timers.advance(2000)
    await settle()
    for (const { get } of [a, b]) {
      expect(get(Account).cents).toBe(300)
      expect(get(Notes).toJSON()).toEqual({ kept: { text: 'edited' } })
    }
    expect(b.codes()).toEqual(['TABS_OVERWRITTEN'])
    // What nobody within reach needs is gone.
    expect(await storedIn(world.indexedDB, 'log/20')).toBeUndefined()
    expect(await storedIn(world.indexedDB, 'log/300')).toBeDefined()
  }, 30_000)

  test('a reload goes on from where the stamps were', async () => {
    const { open, indexedDB } = browser()
    const a = await open()
    for (let n = 1; n <= 5; n++) a.get(Account).cents = n
    a.get(Notes).add({ text: '' }, 'x')
    a.get(Notes).delete('x')
    await a.store.close()
    const b = await open()
    b.get(Account).cents = 10
    await b.store.flush()
    expect(await storedIn(indexedDB, 'model/account')).toMatchObject({ d: { cents: 10 }, s: [8, 'b'] })
  })
})

describe('the owner', () => {
  test('runs handlers and timeouts, the mirrors do not', async () => {
    const { open, timers } = browser()
    const [a, b] = [await open(), await open()]
    const calls: string[] = []
    for (const [name, { get }] of [
      ['a', a],
      ['b', b],
    ] as const) {
      get(Door).handle({ Open: { entered: () => void calls.push(name) } })
    }
    await b.get(Door).add('Open').settled
    expect(calls).toEqual(['a'])
    timers.advance(1000)
    await settle()
    expect(b.get(Door).active()).toEqual(['Closed'])
    expect(b.get(Door).tick('Closed')).toBe(1)
  })

  test('is followed by another tab when it closes; what is read in effects says so', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    const roles: string[] = []
    effect(() => {
      roles.push(b.tabs.role)
    })
    await a.store.close()
    await settle()
    expect(roles).toEqual(['mirror', 'owner'])
    expect(b.get(Door).add('Open').status).toBe('executed')
    expect(a.tabs.role).toBe('joining')
  })

  test('that hangs is replaced, and when it goes on its commits are refused, whole', async () => {
    const world = browser()
    const { timers } = world
    const [a, b] = [await world.open(), await world.open()]
    a.get(Door).handle({ Open: { entered: () => void a.get(Account).set({ cents: 1 }) } })
    a.get(Door).add('Closed')
    await settle()
    // All it does from now on reaches storage late: the page hangs before its transaction begins.
    world.freeze(a)
    for (let beat = 0; beat < 6; beat++) {
      timers.advance(2000)
      await settle()
    }
    expect(b.tabs.role).toBe('owner')
    expect(b.get(Door).add('Ringing', { times: 1 }).status).toBe('executed')
    await b.store.flush()
    expect(a.get(Door).add('Open').status).toBe('executed')
    a.get(Other).cents = 7
    expect([a.get(Account).cents, a.get(Door).is('Open')]).toEqual([1, true])
    await expect(a.store.flush()).rejects.toBeInstanceOf(StorageConflictError)
    world.thaw(a)
    await settle()
    timers.advance(2000)
    await settle()
    expect(a.tabs.role).toBe('mirror')
    // What its handler wrote went with the transition; what it wrote by itself stays.
    for (const { get } of [a, b]) {
      expect([get(Account).cents, get(Other).cents]).toEqual([0, 7])
      expect(get(Door).clock()).toMatchObject({ Closed: 1, Open: 0, Ringing: 1 })
    }
    expect(a.codes()).toEqual(['TABS_OVERTAKEN'])
    expect(a.errors[0]).toMatchObject({ keys: expect.arrayContaining(['machine/door', 'model/account']) })
    expect(await a.get(Door).add('Open').settled).toMatchObject({ status: 'executed' })
    expect(a.store.status).toBe('saved')
  })

  test('that is refused shows again what it had written by itself before', async () => {
    const world = browser()
    const [a, b] = [await world.open(), await world.open()]
    a.get(Notes).add({ text: 'old' }, '1')
    a.get(Notes).add({ text: 'old' }, '2')
    await settle()
    a.get(Door).handle({
      Open: {
        entered: () => {
          a.get(Notes).put('1', { text: 'by the handler' })
          a.get(Notes).put('2', { text: 'by the handler' })
        },
      },
    })
    world.freeze(a)
    for (let beat = 0; beat < 6; beat++) {
      world.timers.advance(2000)
      await settle()
    }
    a.get(Notes).delete('1')
    a.get(Notes).get('2')!.text = 'by hand'
    a.get(Door).add('Open')
    expect(a.get(Notes).toJSON()).toEqual({ 1: { text: 'by the handler' }, 2: { text: 'by the handler' } })
    await expect(a.store.flush()).rejects.toThrow('took over the machines')
    expect(a.get(Notes).toJSON()).toEqual({ 2: { text: 'by hand' } })
    world.thaw(a)
    world.timers.advance(2000)
    await settle()
    expect(b.get(Notes).toJSON()).toEqual({ 2: { text: 'by hand' } })
  })

  test('that was replaced loses nothing but its machines’ commits, even if it closes at once', async () => {
    const world = browser()
    const [a, b] = [await world.open(), await world.open()]
    world.freeze(a)
    for (let beat = 0; beat < 6; beat++) {
      world.timers.advance(2000)
      await settle()
    }
    expect(b.tabs.role).toBe('owner')
    a.get(Door).add('Open')
    a.get(Other).cents = 7
    await expect(a.store.flush()).rejects.toBeInstanceOf(StorageConflictError)
    expect(await storedIn(world.indexedDB, 'model/other')).toMatchObject({ d: { cents: 7 } })
    expect(b.get(Door).is('Open')).toBe(false)
  })

  test('takes over what a mirror hydrates, and its timeouts run', async () => {
    const { open, timers } = browser()
    const [a, b] = [await open(), await open()]
    a.get(Door).add('Open')
    a.get(Gates).add('x').add('Up')
    await settle()
    const snapshot = b.store.snapshot()
    timers.advance(1000)
    a.get(Gates).delete('x')
    await settle()
    expect(b.get(Door).active()).toEqual(['Closed'])
    b.store.hydrate(snapshot)
    await settle()
    for (const { get } of [a, b]) {
      expect([get(Door).clock(), get(Gates).get('x')?.clock()]).toMatchObject([{ Open: 1, Closed: 0 }, { Up: 1 }])
    }
    timers.advance(1000)
    await settle()
    for (const { get } of [a, b]) expect(get(Door).active()).toEqual(['Closed'])
    b.store.reset()
    await settle()
    for (const { get } of [a, b]) expect([get(Door).active(), get(Gates).size]).toEqual([[], 0])
    expect([...a.errors, ...b.errors]).toEqual([])
  })

  test('that is put aside gives up at once, and joins again', async () => {
    const { open, timers } = browser()
    const [a, b] = [await open(), await open()]
    a.lifecycle()?.sleep()
    await settle()
    expect([a.tabs.role, b.tabs.role]).toEqual(['mirror', 'owner'])
    const waiting = a.get(Door).add('Open')
    b.get(Account).cents = 3
    await settle()
    expect(a.get(Account).cents).toBe(0)
    a.lifecycle()?.wake()
    timers.advance(2000)
    await settle()
    expect(a.get(Account).cents).toBe(3)
    expect(await waiting.settled).toMatchObject({ status: 'executed' })
    expect(b.get(Door).tick('Open')).toBe(1)
  })
})

describe('a mutation in a mirror', () => {
  test('says why it was refused, and answers after the commit before it', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    a.get(Door).handle({ Open: { canEnter: () => a.get(Account).cents === 5 } })
    expect(await b.get(Door).add('Open').settled).toMatchObject({ status: 'canceled', reason: { kind: 'handler' } })
    b.get(Account).cents = 5
    expect(await b.get(Door).add('Open').settled).toMatchObject({ status: 'executed' })
  })

  test('takes plain data along, and says what is not', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    const got: unknown[] = []
    a.get(Door).handle({ Ringing: { entered: ({ args }) => void got.push(args) } })
    await b.get(Door).add('Ringing', { times: new Date(5) }).settled
    expect(got).toEqual([{ times: new Date(5) }])
    const lost = await b.get(Door).add('Ringing', { times: () => {} }).settled
    expect(lost).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
    expect(b.codes()).toEqual(['TABS_ARGS'])
  })

  test('ends when its tab closes', async () => {
    const world = browser()
    const [a, b] = [await world.open(), await world.open()]
    world.freeze(a)
    const sent = b.get(Door).add('Open')
    await settle()
    await b.store.close()
    expect(await sent.settled).toMatchObject({ status: 'canceled' })
  })

  test('that nobody answers for an hour is given up, and said to be', async () => {
    const world = browser()
    const [a, b] = [await world.open(), await world.open()]
    // The owner lives, and hears nothing.
    world.mute(b)
    const sent = b.get(Door).add('Ringing', { times: 1 })
    for (let minute = 0; minute <= 61; minute++) {
      a.get(Door).add('Ringing', { times: minute })
      await settle()
      world.timers.advance(60_000)
      await settle()
    }
    expect(await sent.settled).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
    expect([b.tabs.role, ...b.codes()]).toEqual(['mirror', 'TABS_UNANSWERED'])
  }, 60_000)

  test('of a machine that no storage keeps is this tab’s own business', async () => {
    const { open } = browser()
    const [a, b] = [await open(), await open()]
    expect(b.get(Menu).add('Shown').status).toBe('executed')
    await settle()
    expect([a.get(Menu).is('Shown'), b.get(Menu).is('Shown')]).toEqual([false, true])
  })
})
