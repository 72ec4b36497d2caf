import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { ClosedError, createStore, openStore, StorageError } from '../index.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { type Disk, disk, entriesOf, settled } from './fixtures/disk.ts'
import { rejected, reports, thrown } from './fixtures/reports.ts'

const open = async (storage: Disk = disk()) => {
  const timers = manualTimers()
  const { onError, list } = reports()
  const store = await openStore({ storage, state: [Lamp, Tank, Todos], timers, onError })
  return { store, storage, timers, list, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos) }
}

describe('close', () => {
  test('writes what is unsaved, closes the adapter once, leaves no timer', async () => {
    const { store, storage, timers, lamp } = await open()
    lamp.watts = 6
    const closing = store.close()
    expect(store.close()).toBe(closing)
    await closing
    await store.close()
    expect(storage.closed).toBe(1)
    expect(entriesOf(storage)).toMatchObject({ 'model/lamp': { d: { watts: 6 } } })
    expect(timers.pending).toBe(0)
  })

  test('tries once more after a failure, at once, and succeeds', async () => {
    const { store, storage, timers, lamp } = await open()
    storage.failing = new Error('no space')
    lamp.watts = 6
    await settled()
    storage.failing = undefined
    await store.close()
    expect(storage.writes).toHaveLength(2)
    expect(storage.entries.size).toBe(1)
    expect(timers.pending).toBe(0)
  })

  test('rejects with the number of unsaved commits, the adapter closed and no timer left', async () => {
    const { store, storage, timers, lamp, tank } = await open()
    storage.failing = new Error('no space')
    lamp.watts = 6
    tank.level = 1
    await settled()
    lamp.watts = 7
    const error = await rejected(store.close())
    expect(error).toMatchObject({ name: 'ClosedError', unsaved: 3 })
    expect((error as Error).message).toContain('3')
    expect((error as Error).cause).toBeInstanceOf(StorageError)
    expect(storage.writes).toHaveLength(2)
    expect(storage.closed).toBe(1)
    expect(timers.pending).toBe(0)
    timers.advance(60_000)
    await settled()
    expect(storage.writes).toHaveLength(2)
  })

  test('tries once more also when it was called during a call that then fails', async () => {
    const { store, storage, lamp } = await open()
    storage.manual = true
    lamp.watts = 6
    await settled()
    lamp.watts = 7
    const closing = store.close()
    closing.catch(() => {})
    await storage.calls[0]?.reject()
    // The commit made during that call has had no attempt yet.
    expect(storage.calls).toHaveLength(2)
    await storage.calls[1]?.resolve()
    await closing
    expect(entriesOf(storage)).toMatchObject({ 'model/lamp': { d: { watts: 7 } } })
  })

  test('of an adapter that cannot close rejects with StorageError', async () => {
    const { store, storage, lamp } = await open()
    storage.closing = new Error('busy')
    lamp.watts = 6
    const error = await rejected(store.close())
    expect(error).toBeInstanceOf(StorageError)
    expect((error as Error).cause).toBe(storage.closing)
    expect(storage.entries.size).toBe(1)
  })

  test('refuses whoever waits for a lock, and drops what the holder does', async () => {
    const { store, storage, timers, lamp } = await open()
    let end = () => {}
    const held = rejected(
      store.lock([Lamp], async (draft) => {
        draft.watts = 66
        await new Promise<void>((resolve) => {
          end = resolve
        })
      }),
    )
    await settled()
    const waiting = rejected(store.lock([Lamp], () => {}))
    await settled()
    await store.close()
    expect(await waiting).toBeInstanceOf(ClosedError)
    end()
    expect(await held).toBeInstanceOf(ClosedError)
    expect(lamp.watts).toBe(5)
    expect(storage.writes).toEqual([])
    expect(timers.pending).toBe(0)
  })
})

describe('after close', () => {
  test('what only works beside it throws or rejects with ClosedError, and changes nothing', async () => {
    const { store, storage, lamp, todos } = await open()
    const row = todos.add({}, 'x')
    const draft = store.checkout(Lamp)
    draft.watts = 9
    const before = JSON.stringify(store.snapshot())
    await store.close()
    const writes = storage.writes.length
    const calls: Record<string, () => unknown> = {
      accessor: () => {
        lamp.watts = 6
      },
      'accessor of a row': () => {
        row.title = 'y'
      },
      transaction: () => store.transaction(() => {}),
      'commit of a draft': () => draft.commit(),
      checkout: () => store.checkout(Lamp),
      subscribe: () => store.subscribe(Lamp, () => {}),
      load: () => store.load(Tank),
      lock: () => store.lock([Lamp], () => {}),
    }
    for (const [name, call] of Object.entries(calls)) {
      let error: unknown
      try {
        await call()
      } catch (caught) {
        error = caught
      }
      expect.soft([name, (error as Error)?.name]).toEqual([name, 'ClosedError'])
    }
    expect(JSON.stringify(store.snapshot())).toBe(before)
    expect(storage.writes).toHaveLength(writes)
    await settled()
  })

  test('of a store on memory, too', async () => {
    const store = createStore({ state: [Lamp] })
    await store.close()
    expect(thrown(() => store.transaction(() => {}))).toBeInstanceOf(ClosedError)
  })

  test('the storage can be opened again by another store', async () => {
    const { store, storage, lamp } = await open()
    lamp.watts = 6
    await store.close()
    const again = await open(storage)
    expect(again.lamp.watts).toBe(6)
    await again.store.close()
  })
})
