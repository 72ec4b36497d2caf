import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { collection, createStore, defineModel, memoryStorage, openStore, type StorageAdapter } from '../../index.ts'
import { createExecutor, createGuards, defineFsm, equals } from '../index.ts'
import { Audit, applyEvent, applyTimeout, Outbox, resumeActions } from './index.ts'

const STATES = ['PENDING', 'OPEN', 'FILLED', 'TIMED_OUT', 'ERROR'] as const
const Order = defineModel(
  'order',
  { status: v.picklist(STATES), quantity: v.number() },
  { initial: { status: 'PENDING', quantity: 10 } },
)
const Orders = collection(Order)

const definition = {
  states: [
    { name: 'PENDING', type: 'initial', timeout: { seconds: 5, destination: 'TIMED_OUT' } },
    { name: 'OPEN', on_enter: 'notify', on_exit: 'log' },
    { name: 'FILLED', type: 'terminal' },
    { name: 'TIMED_OUT', type: 'terminal', on_enter: 'log' },
    { name: 'ERROR', type: 'error', on_enter: 'alarm' },
  ],
  transitions: [
    { trigger: 'ack', source: 'PENDING', dest: 'OPEN', actions: 'assign' },
    { trigger: 'fill', source: 'OPEN', dest: 'FILLED', guards: 'is_full', actions: 'book' },
  ],
} as const

function setup(options: { fallback?: boolean; storage?: StorageAdapter; retry?: number } = {}) {
  const done: string[] = []
  const failing = new Set<string>()
  const executor = createExecutor()
  for (const name of ['notify', 'log', 'alarm', 'assign', 'book']) {
    executor.register(name, async (_, { key }) => {
      if (failing.has(name)) throw new Error(`${name} is down`)
      done.push(key)
    })
  }
  const guards = createGuards().register('is_full', equals('filled', 10))
  const fsm = defineFsm({
    ...definition,
    error_policy: { ...(options.fallback && { default_fallback: 'ERROR' }), retry_attempts: options.retry ?? 0 },
  }).bind({ guards, actions: executor })
  return { done, failing, executor, fsm, guards }
}

function storeWithOrder() {
  const store = createStore({ state: [Orders] })
  const order = store.get(Orders).add({}, 'o1')
  return { store, order }
}

describe('applyEvent', () => {
  test('loads, decides, commits state, audit and outbox as one, acts, and clears the outbox', async () => {
    const { done, executor, fsm } = setup()
    const { store, order } = storeWithOrder()
    let commits = 0
    store.listen(() => commits++)
    const going = applyEvent({
      store,
      model: Orders,
      id: 'o1',
      field: 'status',
      fsm,
      executor,
      event: { trigger: 'ack', id: 'e1', time: 7, source: 'exchange' },
    })
    expect({ commits, status: order.status, done }).toEqual({ commits: 1, status: 'OPEN', done: [] })
    expect(store.get(Outbox).get('order:o1/e1')?.toJSON()).toMatchObject({ actions: ['assign', 'notify'] })
    const { result, acted, duplicate } = await going
    expect(result).toMatchObject({ success: true, targetState: 'OPEN' })
    expect(duplicate).toBe(false)
    expect(acted?.execution.ran.map(({ key }) => key)).toEqual(['order:o1/e1/assign', 'order:o1/e1/notify'])
    expect(done).toEqual(['order:o1/e1/assign', 'order:o1/e1/notify'])
    expect(store.get(Outbox).size).toBe(0)
    expect(store.get(Audit).get('order:o1/e1')?.toJSON()).toEqual({
      entity: 'order:o1',
      eventId: 'e1',
      trigger: 'ack',
      source: 'exchange',
      time: 7,
      from: 'PENDING',
      to: 'OPEN',
      noOp: false,
      fallback: false,
      error: null,
      actions: ['assign', 'notify'],
      failed: [],
    })
    await store.close()
  })

  test('a model that is no collection needs no id', async () => {
    const { executor, fsm, done } = setup()
    const store = createStore({ state: [Order] })
    await applyEvent({ store, model: Order, field: 'status', fsm, executor, event: { trigger: 'ack', id: 'e' } })
    expect(store.get(Order).status).toBe('OPEN')
    expect(done).toEqual(['order/e/assign', 'order/e/notify'])
  })

  test('the same event is applied once, a refused one too', async () => {
    const { executor, fsm, done } = setup()
    const { store, order } = storeWithOrder()
    const send = (trigger: 'ack' | 'fill', id: string, payload = {}) =>
      applyEvent({ store, model: Orders, id: 'o1', field: 'status', fsm, executor, event: { trigger, id, payload } })
    expect((await send('fill', 'e0', { filled: 10 })).result?.error?.name).toBe('NoTransitionError')
    await send('ack', 'e1')
    expect(await send('ack', 'e1')).toEqual({ result: null, duplicate: true, acted: null })
    // Refused then; it would be accepted now.
    expect((await send('fill', 'e0', { filled: 10 })).duplicate).toBe(true)
    expect((await send('fill', 'e2', { filled: 5 })).result?.error?.name).toBe('GuardsFailedError')
    expect(order.status).toBe('OPEN')
    expect((await send('fill', 'e3', { filled: 10 })).result?.targetState).toBe('FILLED')
    expect(done).toEqual(['order:o1/e1/assign', 'order:o1/e1/notify', 'order:o1/e3/log', 'order:o1/e3/book'])
    expect(
      store
        .get(Audit)
        .where('byEntity', 'order:o1')
        .map(({ eventId, to }) => [eventId, to]),
    ).toEqual([
      ['e0', null],
      ['e1', 'OPEN'],
      ['e2', null],
      ['e3', 'FILLED'],
    ])
  })

  test('an event whose guard threw is not recorded and may come again', async () => {
    const { executor } = setup()
    const { store, order } = storeWithOrder()
    let broken = true
    const guards = createGuards().register('is_full', () => {
      if (broken) throw new Error('no database')
      return true
    })
    const fsm = defineFsm(definition).bind({ guards, actions: executor })
    order.status = 'OPEN'
    const send = () =>
      applyEvent({
        store,
        model: Orders,
        id: 'o1',
        field: 'status',
        fsm,
        executor,
        event: { trigger: 'fill', id: 'e' },
      })
    expect((await send()).result?.error?.name).toBe('GuardError')
    expect(store.get(Audit).size).toBe(0)
    broken = false
    expect((await send()).result?.success).toBe(true)
  })

  test('the default context is the entity; the payload lies over it, for actions too', async () => {
    const { fsm } = setup()
    const seen: unknown[] = []
    const executor = createExecutor()
      .register('assign', (context) => seen.push(context))
      .register('notify', () => {})
    const { store } = storeWithOrder()
    await applyEvent({
      store,
      model: Orders,
      id: 'o1',
      field: 'status',
      fsm,
      executor,
      event: { trigger: 'ack', payload: { quantity: 3 } },
    })
    expect(seen).toEqual([{ status: 'PENDING', quantity: 3 }])
  })

  test('bad input is worded and changes nothing', async () => {
    const { fsm, executor } = setup()
    const { store, order } = storeWithOrder()
    const base = { store, model: Orders, field: 'status', fsm, executor, event: 'ack' } as const
    await expect(applyEvent(base)).rejects.toThrow('"order" is a collection: no id was given.')
    await expect(applyEvent({ ...base, id: 'o2' })).rejects.toThrow('"order" has no row "o2".')
    await expect(applyEvent({ ...base, id: 'o1', field: 'quantity' })).rejects.toThrow(
      '"order" has no field "quantity"',
    )
    await expect(applyEvent({ ...base, id: 'o1', context: { f: () => 1 } })).rejects.toMatchObject({
      name: 'ValidationError',
    })
    await expect(applyEvent({ ...base, id: 'o1', signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
      'stop',
    )
    expect([order.status, store.get(Audit).size, store.load(Outbox).size]).toEqual(['PENDING', 0, 0])
    await expect(applyEvent({ ...base, store: createStore() })).rejects.toMatchObject({ name: 'NotRegisteredError' })
  })

  test('actions of one entity run in the order of its events, those of two side by side', async () => {
    const { fsm } = setup()
    const log: string[] = []
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const executor = createExecutor()
    for (const name of ['assign', 'notify', 'log', 'book']) {
      executor.register(name, async (_, { key }) => {
        if (key === 'order:o1/e1/assign') await gate
        log.push(key)
      })
    }
    const { store } = storeWithOrder()
    store.get(Orders).add({}, 'o2')
    const send = (id: string, trigger: 'ack' | 'fill', event: string) =>
      applyEvent({
        store,
        model: Orders,
        id,
        field: 'status',
        fsm,
        executor,
        event: { trigger, id: event, payload: { filled: 10 } },
      })
    const all = [send('o1', 'ack', 'e1'), send('o1', 'fill', 'e2'), send('o2', 'ack', 'e1')]
    await all[2]
    expect(log).toEqual(['order:o2/e1/assign', 'order:o2/e1/notify'])
    release()
    await Promise.all(all)
    expect(log.slice(2)).toEqual(
      ['assign', 'notify']
        .map((one) => `order:o1/e1/${one}`)
        .concat(['log', 'book'].map((one) => `order:o1/e2/${one}`)),
    )
  })
})

describe('actions that fail', () => {
  test('are tried again, listed, and noted in the audit; the outbox is cleared', async () => {
    const { fsm, executor, failing } = setup({ retry: 2 })
    failing.add('assign')
    const { store, order } = storeWithOrder()
    const { acted } = await applyEvent({
      store,
      model: Orders,
      id: 'o1',
      field: 'status',
      fsm,
      executor,
      event: { trigger: 'ack', id: 'e1' },
    })
    expect(acted?.execution).toMatchObject({
      ran: [],
      failed: [{ action: 'assign', attempts: 3 }],
      skipped: [{ action: 'notify' }],
    })
    expect(acted?.kept).toBe(false)
    expect(order.status).toBe('OPEN')
    expect(store.get(Outbox).size).toBe(0)
    expect(store.get(Audit).get('order:o1/e1')?.failed).toEqual(['assign'])
  })

  test('with a fallback lead there by a second transition', async () => {
    const { fsm, executor, failing, done } = setup({ fallback: true })
    failing.add('assign')
    const { store, order } = storeWithOrder()
    const { acted, result } = await applyEvent({
      store,
      model: Orders,
      id: 'o1',
      field: 'status',
      fsm,
      executor,
      event: { trigger: 'ack', id: 'e1' },
    })
    expect(result?.targetState).toBe('OPEN')
    expect(acted?.fallback?.result).toMatchObject({
      sourceState: 'OPEN',
      targetState: 'ERROR',
      allActions: ['log', 'alarm'],
      fallback: true,
    })
    expect(acted?.fallback?.execution?.ran).toHaveLength(2)
    expect(order.status).toBe('ERROR')
    expect(done).toEqual(['order:o1/e1%23fallback/log', 'order:o1/e1%23fallback/alarm'])
    expect(store.get(Outbox).size).toBe(0)
    expect([...store.get(Audit)].map(({ trigger, from, to, failed }) => [trigger, from, to, failed])).toEqual([
      ['ack', 'PENDING', 'OPEN', ['assign']],
      ['_fallback', 'OPEN', 'ERROR', []],
    ])
  })

  test('in the fallback itself end there', async () => {
    const { fsm, executor, failing } = setup({ fallback: true })
    failing.add('assign').add('alarm')
    const { store, order } = storeWithOrder()
    await applyEvent({
      store,
      model: Orders,
      id: 'o1',
      field: 'status',
      fsm,
      executor,
      event: { trigger: 'ack', id: 'e1' },
    })
    expect(order.status).toBe('ERROR')
    expect(store.get(Outbox).size).toBe(0)
  })

  test('an interrupted run stays in the outbox, and goes on under the same keys', async () => {
    const { fsm, done } = setup()
    const stop = new AbortController()
    const executor = createExecutor()
      .register('assign', (_, { key }) => {
        done.push(key)
        stop.abort(new Error('shutting down'))
      })
      .register('notify', (_, { key }) => done.push(key))
    const { store } = storeWithOrder()
    const going = applyEvent({
      store,
      model: Orders,
      id: 'o1',
      field: 'status',
      fsm,
      executor,
      event: { trigger: 'ack', id: 'e1' },
      signal: stop.signal,
    })
    await expect(going).rejects.toThrow('shutting down')
    expect(store.get(Outbox).size).toBe(1)
    const acted = await resumeActions(store, executor)
    expect(acted).toMatchObject([{ entity: 'order:o1', eventId: 'e1', kept: false }])
    expect(done).toEqual(['order:o1/e1/assign', 'order:o1/e1/assign', 'order:o1/e1/notify'])
    expect(store.get(Outbox).size).toBe(0)
  })
})

describe('resumeActions', () => {
  /** A store as a crash between commit and actions leaves it. */
  async function crashed(options: { fallback?: boolean } = {}) {
    const { fsm } = setup(options)
    const store = createStore({ state: [Orders, Audit, Outbox] })
    const never = createExecutor()
    for (const name of ['notify', 'log', 'alarm', 'assign', 'book']) never.register(name, () => new Promise(() => {}))
    for (const id of ['o1', 'o2']) {
      store.get(Orders).add({}, id)
      const send = (trigger: 'ack' | 'fill', event: string) =>
        void applyEvent({
          store,
          model: Orders,
          id,
          field: 'status',
          fsm,
          executor: never,
          event: { trigger, id: event, payload: { filled: 10 } },
        })
      send('ack', 'e1')
      send('fill', 'e2')
    }
    const again = createStore({ state: [Orders, Audit, Outbox] })
    await again.hydrate(store.snapshot({ redacted: true }))
    return again
  }

  test('runs what was left, in order per entity, under the same keys, and once while it runs', async () => {
    const { executor, done } = setup()
    const store = await crashed()
    const [first, second] = await Promise.all([resumeActions(store, executor), resumeActions(store, executor)])
    expect([first.length, second.length]).toEqual([4, 0])
    for (const id of ['o1', 'o2']) {
      expect(done.filter((key) => key.startsWith(`order:${id}/`))).toEqual(
        ['e1/assign', 'e1/notify', 'e2/log', 'e2/book'].map((key) => `order:${id}/${key}`),
      )
    }
    expect(store.get(Outbox).size).toBe(0)
  })

  test('an event that comes first waits for what was left of its entity', async () => {
    const { executor, done, fsm } = setup()
    const store = await crashed()
    store.get(Orders).get('o1')!.status = 'PENDING'
    await applyEvent({
      store,
      model: Orders,
      id: 'o1',
      field: 'status',
      fsm,
      executor,
      event: { trigger: 'ack', id: 'e3' },
    })
    expect(done).toEqual(
      ['e1/assign', 'e1/notify', 'e2/log', 'e2/book', 'e3/assign', 'e3/notify'].map((key) => `order:o1/${key}`),
    )
    expect(store.get(Outbox).ids).toEqual(['order:o2/e1', 'order:o2/e2'])
  })

  test('a failing row with a fallback needs its machine, and is kept without it', async () => {
    const { executor, failing, fsm } = setup({ fallback: true })
    failing.add('book')
    const store = await crashed({ fallback: true })
    const acted = await resumeActions(store, executor)
    expect(acted.map(({ eventId, kept }) => [eventId, kept]).sort()).toEqual([
      ['e1', false],
      ['e1', false],
      ['e2', true],
      ['e2', true],
    ])
    expect(store.get(Outbox).size).toBe(2)
    await resumeActions(store, executor, { machines: [{ model: Orders, field: 'status', fsm }] })
    expect(store.get(Outbox).size).toBe(0)
    expect(store.get(Orders).get('o1')?.status).toBe('ERROR')
  })

  test('a row whose entity is gone does not block the others', async () => {
    const { executor, failing, fsm } = setup({ fallback: true })
    failing.add('book')
    const store = await crashed({ fallback: true })
    store.get(Orders).delete('o1')
    await resumeActions(store, executor, { machines: [{ model: Orders, field: 'status', fsm }] })
    expect(store.get(Outbox).size).toBe(0)
  })

  test('nothing is acted on before it is durable', async () => {
    const { executor, fsm, done } = setup()
    const inner = memoryStorage()
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let writes = 0
    const storage: StorageAdapter = {
      name: 'slow',
      open: () => inner.open(),
      close: () => inner.close(),
      write: async (commits) => {
        if (writes++ === 0) await gate
        await inner.write(commits)
      },
    }
    const store = await openStore({ storage, state: [Orders] })
    store.get(Orders).add({}, 'o1')
    const going = applyEvent({
      store,
      model: Orders,
      id: 'o1',
      field: 'status',
      fsm,
      executor,
      event: { trigger: 'ack', id: 'e1' },
    })
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    expect(done).toEqual([])
    release()
    await going
    expect(done).toHaveLength(2)
    await store.close()
  })
})

describe('applyTimeout', () => {
  test('is null before its time, and applied once at it', async () => {
    const { executor, fsm, done } = setup()
    const { store, order } = storeWithOrder()
    const at = (now: number) =>
      applyTimeout({ store, model: Orders, id: 'o1', field: 'status', fsm, executor, enteredAt: 1000, now })
    expect(await at(5999)).toBeNull()
    const applied = await at(6000)
    expect(applied?.result).toMatchObject({ trigger: '_timeout', targetState: 'TIMED_OUT' })
    expect(order.status).toBe('TIMED_OUT')
    expect((await at(7000))?.duplicate).toBe(true)
    expect(done).toEqual(['order:o1/_timeout@1000/log'])
  })
})
