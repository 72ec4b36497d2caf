import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { faultyStorage } from '../../testing/faulty-storage.ts'
import { manualTimers } from '../../testing/manual-timers.ts'
import {
  collection,
  defineMachine,
  defineModel,
  effect,
  HydrationError,
  memoryStorage,
  openStore,
  type StorageAdapter,
} from '../index.ts'
import type { Answer, Errand, Following, Replica, Site } from '../ports/replica.ts'

const Account = defineModel(
  'account',
  { owner: v.string(), cents: v.pipe(v.number(), v.minValue(0)), open: v.boolean() },
  { initial: { owner: '', cents: 0, open: false }, transient: ['open'] },
)
const Notes = collection(defineModel('note', { text: v.string() }, { initial: { text: '' } }))
const Door = defineMachine('door', {
  Closed: { auto: true, remove: ['Open'] },
  Open: { remove: ['Closed'], timeout: { ms: 1000, add: 'Closed' } },
  Ringing: {
    multi: true,
    args: v.pipe(
      v.object({ times: v.string() }),
      v.transform(({ times }) => ({ times: +times })),
    ),
  },
})
const Menu = defineMachine('menu', { Shown: { timeout: { ms: 50, remove: 'Shown' } } }, { persist: false })
const Gates = collection(defineMachine('gate', { Up: { remove: ['Down'] }, Down: { auto: true, remove: ['Up'] } }))

/** A replica that does as the test says, and keeps what it is given. */
class Fake implements Replica {
  following: Following = true
  site!: Site
  readonly out: ReadonlyMap<string, unknown>[] = []
  readonly sent: [string, Errand, (answer: Answer) => void, (error: unknown) => void][] = []
  storage(given: StorageAdapter | undefined): StorageAdapter {
    return given!
  }
  start(site: Site): void {
    this.site = site
  }
  closing = () => {}
  outgoing(commit: Map<string, unknown>): Map<string, unknown> {
    this.out.push(commit)
    return commit.set('meta/stamp', this.out.length)
  }
  forward(key: string, errand: Errand): Promise<Answer> {
    return new Promise((resolve, reject) => this.sent.push([key, errand, resolve, reject]))
  }
}

async function open(entries: Record<string, unknown> = {}, following: Following = true) {
  const storage = faultyStorage(memoryStorage())
  await storage.open()
  await storage.write([new Map(Object.entries(entries))])
  const replica = new Fake()
  replica.following = following
  const timers = manualTimers()
  const errors: unknown[] = []
  const store = await openStore({
    storage,
    crossTab: replica,
    state: [Account, Notes, Door, Gates, Menu],
    timers,
    onError: (error) => errors.push(error),
  })
  return { store, storage, replica, timers, errors, site: replica.site }
}

const clock = (ticks: Record<string, number>, queueTick = 5, machineTick = 2) => ({
  v: 1,
  d: { ticks, queueTick, machineTick },
})

describe('what a peer committed', () => {
  test('is one commit, told once, and not stored', async () => {
    const { store, site, replica } = await open()
    const [account, notes, door] = [store.get(Account), store.get(Notes), store.get(Door)]
    const origins: string[] = []
    store.trace({ commit: ({ origin }) => origins.push(origin) })
    const seen: string[] = []
    effect(() => {
      seen.push(`${account.cents} ${notes.size} ${door.tick('Open')}`)
    })
    await site.receive([
      ['model/account', { v: 1, d: { owner: 'Ann', cents: 5 } }],
      ['model/note/7', { v: 1, d: { text: 'tick' }, o: 3 }],
      ['machine/door', clock({ Closed: 4, Open: 3 })],
    ])
    expect(seen).toEqual(['0 0 0', '5 1 3'])
    expect(origins).toEqual(['remote'])
    expect(replica.out).toEqual([])
    expect(notes.get('7')?.text).toBe('tick')
    expect(door.export()).toMatchObject({ time: [4, 3, 0, 0], queueTick: 5, machineTick: 2 })
    expect(door.active()).toEqual(['Open'])
  })

  test('may be a part of a model, transient fields included', async () => {
    const { store, site } = await open()
    const account = store.get(Account)
    await site.receive([['model/account', { v: 1, d: { owner: 'Ann', cents: 5 } }]])
    await site.receive([['model/account', { v: 1, d: { open: true } }]])
    expect(account.toJSON()).toMatchObject({ owner: 'Ann', cents: 5, open: true })
  })

  test('deletes', async () => {
    const { store, site } = await open({
      'model/note/1': { v: 1, d: { text: 'a' }, o: 0 },
      'machine/gate/x': { ...clock({ Up: 1 }), o: 0 },
    })
    const gate = store.get(Gates).get('x')
    expect(gate?.is('Up')).toBe(true)
    await site.receive([
      ['model/note/1', undefined],
      ['machine/gate/x', undefined],
      ['model/account', undefined],
    ])
    expect(store.get(Notes).size).toBe(0)
    expect(store.get(Gates).has('x')).toBe(false)
    expect(gate?.isDisposed()).toBe(true)
  })

  test('changes no model when one entry does not fit', async () => {
    const { store, site } = await open()
    const receive = () =>
      site.receive([
        ['machine/door', clock({ Open: 1 })],
        ['model/account', { v: 1, d: { cents: 5 } }],
        ['model/note/7', { v: 1, d: { text: 7 } }],
      ])
    expect(receive).toThrow(HydrationError)
    expect(store.get(Account).cents).toBe(0)
    expect(store.get(Door).tick('Open')).toBe(0)
  })

  test('waits for locks', async () => {
    const { store, site } = await open()
    let release = () => {}
    const held = store.lock(
      [Account],
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    await Promise.resolve()
    const received = site.receive([['model/account', { v: 1, d: { cents: 5 } }]])
    expect(store.get(Account).cents).toBe(0)
    release()
    await Promise.all([held, received])
    expect(store.get(Account).cents).toBe(5)
  })

  test('fulfils waits, fires signals and calls listeners, but no handler and no timeout', async () => {
    const { store, site, timers } = await open()
    const door = store.get(Door)
    const calls: string[] = []
    door.handle({ Open: { entered: () => void calls.push('entered') } })
    door.listen(() => calls.push('listened'))
    const signal = door.signal('Open')
    const waited = door.when('Open').then(() => calls.push('waited'))
    await site.receive([['machine/door', clock({ Closed: 2, Open: 1 })]])
    await waited
    expect(signal.aborted).toBe(true)
    expect(calls).toEqual(['listened', 'waited'])
    timers.advance(2000)
    expect(door.is('Open')).toBe(true)
  })
})

describe('a machine that follows', () => {
  test('takes the stored clock as it is, and stores nothing when it is touched', async () => {
    const { store, replica } = await open({
      'machine/door': clock({ Closed: 2, Open: 3 }),
      'machine/gate/x': { ...clock({ Up: 1 }), o: 0 },
      'machine/gate/y': { ...clock({ Up: 3 }), o: 1 },
    })
    expect(store.get(Door).export()).toMatchObject({ time: [2, 3, 0, 0], queueTick: 5, machineTick: 2 })
    expect(store.get(Gates).get('x')?.export()).toMatchObject({ time: [1, 0, 0], machineTick: 2 })
    await replica.site.receive([['machine/gate/y', { ...clock({ Up: 4, Down: 1 }), o: 1 }]])
    expect(store.get(Gates).get('y')?.active()).toEqual(['Down'])
    await store.flush()
    expect(replica.out).toEqual([])
  })

  test('sends its mutations on, with what the caller gave, and answers as they end', async () => {
    const { store, replica } = await open()
    const door = store.get(Door)
    const rung = door.add('Ringing', { times: '3' })
    const opened = door.add('Open')
    expect([rung.status, opened.status, door.tick('Open')]).toEqual(['queued', 'queued', 0])
    expect(replica.sent.map(([key, errand]) => [key, errand])).toEqual([
      ['machine/door', { type: 'add', called: ['Ringing'], args: { times: '3' } }],
      ['machine/door', { type: 'add', called: ['Open'], args: undefined }],
    ])
    const reason = { kind: 'relation', state: 'Open', relation: 'remove', by: ['Closed'] }
    replica.sent[0]![2]({ status: 'executed' })
    replica.sent[1]![2]({ status: 'canceled', reason })
    expect(await rung.settled).toMatchObject({ status: 'executed' })
    expect(await opened.settled).toMatchObject({ status: 'canceled', reason })
    const lost = door.remove('Open')
    replica.sent[2]![3](new Error('gone'))
    expect(await lost.settled).toMatchObject({ status: 'canceled', reason: { kind: 'error' } })
  })

  test('sends nothing of a transaction that was undone, and all of one that was not, after it', async () => {
    const { store, replica } = await open()
    const door = store.get(Door)
    let result: ReturnType<typeof door.add> | undefined
    expect(() =>
      store.transaction(() => {
        result = door.add('Open')
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(replica.sent).toEqual([])
    expect(await result?.settled).toMatchObject({ status: 'canceled', reason: { kind: 'aborted' } })
    store.transaction(() => {
      door.add('Open')
      store.get(Account).cents = 7
      expect(replica.sent).toEqual([])
    })
    expect(replica.sent.length).toBe(1)
    expect(replica.out).toEqual([
      new Map<string, unknown>([
        ['model/account', expect.anything()],
        ['meta/stamp', 1],
      ]),
    ])
  })

  test('comes and goes like a row', async () => {
    const { store, replica } = await open()
    store.get(Gates).add('z')
    expect(replica.out[0]?.get('machine/gate/z')).toMatchObject({ d: { ticks: {} }, o: 0 })
    store.get(Gates).delete('z')
    expect(replica.out[1]?.has('machine/gate/z')).toBe(true)
  })
})

describe('what is stored nowhere else, or not known here', () => {
  test('is nothing: a machine goes back to its birth', async () => {
    const { store, site } = await open({ 'machine/door': clock({ Closed: 2, Open: 3 }) })
    await site.receive([['machine/door', undefined]])
    expect(store.get(Door).export()).toMatchObject({ time: [0, 0, 0, 0], queueTick: 0, machineTick: 0 })
  })

  test('a machine that was added again elsewhere has its new place', async () => {
    const { store, site } = await open({
      'machine/gate/x': { ...clock({ Up: 1 }), o: 0 },
      'machine/gate/y': { ...clock({ Up: 1 }), o: 1 },
    })
    await site.receive([['machine/gate/x', { ...clock({}), o: 2 }]])
    expect(store.get(Gates).ids).toEqual(['y', 'x'])
    expect(store.get(Gates).add('z').id).toBe('z')
    expect(store.get(Gates).ids).toEqual(['y', 'x', 'z'])
  })

  test('rows of one place are in the order of their ids, whoever came first', async () => {
    const { store, site } = await open()
    store.get(Notes).add({ text: '' }, 'b')
    await site.receive([['model/note/a', { v: 1, d: { text: '' }, o: 0 }]])
    expect(store.get(Notes).ids).toEqual(['a', 'b'])
  })

  test('waits for who loads its definition', async () => {
    const { store, site } = await open({ 'model/late': { v: 1, d: { n: 1 } }, 'model/gone': { v: 1, d: { n: 1 } } })
    await site.receive([
      ['model/late', { v: 1, d: { n: 2 } }],
      ['model/gone', undefined],
    ])
    const define = (name: string) => defineModel(name, { n: v.number() }, { initial: { n: 0 } })
    expect([store.load(define('late')).n, store.load(define('gone')).n]).toEqual([2, 0])
  })
})

test('where only what is stored follows, other machines are changed here, and their timeouts run', async () => {
  const { store, site, replica, timers } = await open({}, 'stored')
  const menu = store.get(Menu)
  expect(menu.add('Shown').status).toBe('executed')
  expect(store.get(Door).add('Open').status).toBe('queued')
  expect(replica.sent.map(([key]) => key)).toEqual(['machine/door'])
  site.own(false)
  timers.advance(50)
  expect(menu.is('Shown')).toBe(false)
})

test('a replica hears that the store is to close while its machines still live', async () => {
  const { store, replica } = await open()
  let alive = false
  replica.closing = () => {
    alive = !store.get(Door).isDisposed()
  }
  await store.close()
  expect(alive).toBe(true)
})

test('a machine of a peer is mutated here', async () => {
  const { store, site } = await open({}, false)
  const errand = { type: 'add', called: ['Open'], args: undefined } as const
  expect(site.mutate('machine/door', errand)).toMatchObject({ status: 'executed' })
  expect(store.get(Door).is('Open')).toBe(true)
  expect(site.mutate('machine/gate/none', errand)).toMatchObject({ status: 'canceled', reason: { kind: 'disposed' } })
  expect(() => site.mutate('machine/door', { ...errand, called: ['Nope'] })).toThrow('Nope')
})

test('timeouts run where machines are changed', async () => {
  const { store, site, replica, timers } = await open()
  const door = store.get(Door)
  await site.receive([['machine/door', clock({ Open: 1 })]])
  replica.following = false
  site.own(true)
  timers.advance(1000)
  expect(door.active()).toEqual(['Closed'])
  door.add('Open')
  replica.following = true
  site.own(false)
  timers.advance(1000)
  expect(door.active()).toEqual(['Open'])
  expect(replica.sent).toEqual([])
  expect(timers.pending).toBe(0)
})

describe('timeouts of machines in a collection that nobody has touched', () => {
  const Lamps = collection(defineMachine('lamp', { On: { timeout: { ms: 1000, remove: 'On' } }, MachineRestored: {} }))
  const stored = { 'machine/lamp/a': { ...clock({ On: 1 }), o: 0 }, 'machine/lamp/b': { ...clock({ On: 2 }), o: 1 } }
  const start = async (following: boolean) => {
    const replica = new Fake()
    replica.following = following
    const storage = memoryStorage()
    await storage.open()
    await storage.write([new Map<string, unknown>(Object.entries(stored))])
    const timers = manualTimers()
    const store = await openStore({ storage, crossTab: replica, state: [Lamps], timers })
    return { lamps: store.get(Lamps), replica, timers }
  }

  test('run from the opening on, where machines are changed', async () => {
    const { lamps, timers, replica } = await start(false)
    expect(timers.pending).toBe(1)
    timers.advance(1000)
    expect([...replica.out.at(-1)!.keys()]).toContain('machine/lamp/a')
    expect(lamps.get('a')?.is('On')).toBe(false)
  })

  test('run from the takeover on; what nobody touched is as it was where it lived', async () => {
    const { lamps, timers, replica } = await start(true)
    timers.advance(2000)
    replica.following = false
    replica.site.own(true)
    expect(timers.pending).toBe(1)
    timers.advance(1000)
    expect(lamps.get('a')?.export()).toMatchObject({ time: [2, 0, 0], machineTick: 2 })
    expect(lamps.get('b')?.export()).toMatchObject({ time: [2, 0, 0], machineTick: 2 })
    expect(replica.out.flatMap((commit) => [...commit.keys()])).toEqual(['machine/lamp/a', 'meta/stamp'])
  })
})
