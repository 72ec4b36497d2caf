import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { effect, memoryStorage, openStore, StorageError, TimeoutError } from '../index.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { type Disk, disk, entriesOf, settled } from './fixtures/disk.ts'
import { rejected, reports } from './fixtures/reports.ts'

const open = async (storage: Disk = disk()) => {
  const timers = manualTimers(1_000)
  const { onError, list, errors } = reports()
  const store = await openStore({ storage, state: [Lamp, Tank, Todos], timers, onError })
  return { store, storage, timers, list, errors, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos) }
}

const noSpace = new Error('no space')
const watts = (n: number) => ({ v: 1, d: { on: false, colour: 'white', watts: n } })
const written = (storage: Disk) => storage.writes.map((commits) => commits.map((commit) => Object.fromEntries(commit)))

describe('writing behind', () => {
  test('writes are synchronous in memory, and flow to storage behind', async () => {
    const { store, storage, lamp } = await open()
    lamp.watts = 6
    expect(lamp.watts).toBe(6)
    expect(storage.writes).toEqual([])
    await store.flush()
    expect(written(storage)).toEqual([[{ 'model/lamp': watts(6) }]])
  })

  test('commits made in one go make one call, each whole and in order', async () => {
    const { store, storage, lamp, tank } = await open()
    lamp.watts = 6
    tank.level = 1
    lamp.watts = 7
    await store.flush()
    expect(written(storage)).toEqual([
      [{ 'model/lamp': watts(6) }, { 'model/tank': { v: 1, d: { level: 1, size: 100 } } }, { 'model/lamp': watts(7) }],
    ])
  })

  test('one call at a time; what is committed meanwhile goes in the next, in order', async () => {
    const { storage, lamp } = await open()
    storage.manual = true
    lamp.watts = 6
    await settled()
    lamp.watts = 7
    await settled()
    lamp.watts = 8
    await settled()
    expect(storage.calls).toHaveLength(1)
    await storage.calls[0]?.resolve()
    expect(storage.calls).toHaveLength(2)
    expect(written(storage)[1]).toEqual([{ 'model/lamp': watts(7) }, { 'model/lamp': watts(8) }])
    await storage.calls[1]?.resolve()
    expect(storage.most).toBe(1)
  })

  test('only what was touched is written, one entry per model or row, whole', async () => {
    const { store, storage, todos } = await open()
    for (let i = 0; i < 100; i++) todos.add({ title: `${i}` }, `${i}`)
    await store.flush()
    const row = todos.get('7')
    if (row) row.done = true
    todos.delete('8')
    await store.flush()
    expect(written(storage)[1]).toEqual([
      { 'model/todo/7': { v: 1, d: { title: '7', done: true }, o: 7 } },
      { 'model/todo/8': undefined },
    ])
  })

  test('a row that came and went in one commit leaves nothing in storage', async () => {
    const { store, storage, todos } = await open()
    store.transaction(() => {
      todos.add({}, 'x')
      todos.delete('x')
    })
    await store.flush()
    expect(entriesOf(storage)).toEqual({})
  })

  test('a row deleted and added again in one commit is there', async () => {
    const { store, storage, todos } = await open()
    todos.add({ title: 'old' }, 'x')
    store.transaction(() => {
      todos.delete('x')
      todos.add({ title: 'new' }, 'x')
    })
    await store.flush()
    expect(storage.entries.get('model/todo/x')).toMatchObject({ d: { title: 'new', done: false } })
  })

  test('a second store on the same storage finds all of it', async () => {
    const { store, storage, lamp, todos } = await open()
    lamp.set({ watts: 9, colour: 'red' })
    todos.add({ title: 'b' }, 'b')
    todos.add({ title: 'a' }, 'a')
    todos.delete('b')
    todos.add({ title: 'b again' }, 'b')
    await store.close()
    const next = await open(storage)
    expect(next.store.snapshot()).toEqual(store.snapshot())
    expect(next.todos.ids).toEqual(['a', 'b'])
  })
})

describe('a failed write', () => {
  test('keeps its changes, reports, and is tried again: 100 ms, doubling, up to 30 s', async () => {
    const { storage, timers, lamp, list, errors } = await open()
    storage.failing = noSpace
    lamp.watts = 6
    await settled()
    expect(lamp.watts).toBe(6)
    let attempts = 1
    for (const wait of [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]) {
      expect(storage.writes).toHaveLength(attempts)
      timers.advance(wait - 1)
      await settled()
      expect([wait, storage.writes.length]).toEqual([wait, attempts])
      timers.advance(1)
      await settled()
      attempts++
      expect([wait, storage.writes.length]).toEqual([wait, attempts])
    }
    expect(list).toHaveLength(attempts)
    expect(new Set(list)).toEqual(new Set([list[0]]))
    expect(list[0]).toMatch(/^storage: .*disk.*no space/)
    expect(errors[0]).toBeInstanceOf(StorageError)
    expect((errors[0] as Error).cause).toBe(noSpace)
    storage.failing = undefined
    timers.advance(30_000)
    await settled()
    expect(entriesOf(storage)).toEqual({ 'model/lamp': watts(6) })
    expect(timers.pending).toBe(0)
  })

  test('the wait starts at 100 ms again after a success', async () => {
    const { storage, timers, lamp } = await open()
    storage.failing = noSpace
    lamp.watts = 6
    await settled()
    timers.advance(100)
    await settled()
    storage.failing = undefined
    timers.advance(200)
    await settled()
    expect(storage.writes).toHaveLength(3)
    storage.failing = noSpace
    lamp.watts = 7
    await settled()
    expect(storage.writes).toHaveLength(4)
    timers.advance(100)
    await settled()
    expect(storage.writes).toHaveLength(5)
  })

  test('nothing later overtakes it; waiting commits merge per key', async () => {
    const { storage, timers, lamp, tank, todos } = await open()
    storage.failing = noSpace
    lamp.watts = 6
    await settled()
    for (let i = 0; i < 500; i++) {
      lamp.watts = i + 10
      tank.level = i % 50
      if (todos.has('x')) todos.delete('x')
      else todos.add({}, 'x')
      await Promise.resolve()
    }
    await settled()
    expect(storage.writes).toHaveLength(1)
    storage.failing = undefined
    timers.advance(100)
    await settled()
    expect(storage.writes).toHaveLength(2)
    expect(written(storage)[1]).toEqual([
      {
        'model/lamp': watts(509),
        'model/tank': { v: 1, d: { level: 49, size: 100 } },
        'model/todo/x': undefined,
      },
    ])
  })

  test('what was committed during the failing call merges too, in order', async () => {
    const { storage, timers, lamp, tank } = await open()
    storage.manual = true
    lamp.watts = 6
    tank.level = 1
    await settled()
    lamp.watts = 7
    await settled()
    await storage.calls[0]?.reject()
    tank.level = 2
    timers.advance(100)
    await settled()
    expect(written(storage)[1]).toEqual([
      { 'model/lamp': watts(7), 'model/tank': { v: 1, d: { level: 2, size: 100 } } },
    ])
    lamp.watts = 8
    await storage.calls[1]?.reject()
    expect(timers.pending).toBe(1)
    timers.advance(200)
    await settled()
    expect(written(storage)[2]).toEqual([
      { 'model/lamp': watts(8), 'model/tank': { v: 1, d: { level: 2, size: 100 } } },
    ])
    await storage.calls[2]?.resolve()
    expect(entriesOf(storage)).toEqual(Object.fromEntries(storage.calls[2]?.commits[0] ?? []))
  })

  test('a call that throws instead of rejecting is a failed write', async () => {
    const { store, storage, timers, lamp, list } = await open()
    const { write } = storage
    ;(storage as { write: unknown }).write = () => {
      throw noSpace
    }
    lamp.watts = 6
    await settled()
    expect(store.status).toBe('failed')
    expect(list).toHaveLength(1)
    ;(storage as { write: unknown }).write = write
    timers.advance(100)
    await settled()
    expect(store.status).toBe('saved')
  })
})

describe('status', () => {
  const statuses = (store: { status: string }) => {
    const seen: string[] = []
    effect(() => void seen.push(store.status))
    return seen
  }

  test('is told to tracers, each time it changes', async () => {
    const { store, storage, timers, lamp } = await open()
    const seen = statuses(store)
    const traced: string[] = []
    store.trace({ status: (status) => traced.push(status) })
    storage.failing = noSpace
    lamp.watts = 6
    await settled()
    timers.advance(100)
    await settled()
    storage.failing = undefined
    timers.advance(200)
    await settled()
    expect(seen.slice(0, 3)).toEqual(['saved', 'saving', 'failed'])
    expect(seen.at(-1)).toBe('saved')
    expect(traced).toEqual(seen.slice(1))
  })

  test('is memory where nothing outlives the process', async () => {
    const { onError } = reports()
    const bare = await openStore({ state: [Lamp], onError })
    const volatile = await openStore({ storage: memoryStorage(), state: [Lamp], onError })
    for (const store of [bare, volatile]) {
      expect(store.status).toBe('memory')
      store.get(Lamp).on = true
      expect(store.status).toBe('memory')
      await store.flush()
      expect(store.status).toBe('memory')
      await store.close()
    }
  })

  test('an adapter that says it fell back to memory when it was opened is asked then', async () => {
    const storage = Object.assign(disk(), { volatile: false })
    const { open: original } = storage
    storage.open = () => {
      storage.volatile = true
      return original()
    }
    const store = await openStore({ storage, state: [Lamp], timers: manualTimers() })
    expect(store.status).toBe('memory')
  })
})

test('flush leaves no timer, however it ends', async () => {
  const { store, storage, timers, lamp } = await open()
  storage.manual = true
  lamp.watts = 6
  const controller = new AbortController()
  const given = rejected(store.flush({ signal: controller.signal, timeout: 5_000 }))
  const late = rejected(store.flush({ timeout: 50 }))
  const patient = store.flush({ timeout: 5_000 })
  await settled()
  controller.abort(new Error('enough'))
  await given
  timers.advance(50)
  expect(await late).toBeInstanceOf(TimeoutError)
  await storage.calls[0]?.resolve()
  await patient
  expect(timers.pending).toBe(0)
})
