import type { Suite, There } from '../fixtures/suite.ts'
import { define } from './fixtures/define.ts'
import { disk } from './fixtures/disk.ts'

/** What a store says of its storage, to whoever reads its status or waits. */
export const durability: Suite = (library) => {
  const { Lamp, Tank } = define(library)
  const { effect, memoryStorage, StorageError, TimeoutError } = library
  const state = [Lamp, Tank]
  const noSpace = new Error('no space')

  const there = ({ get, store, disk }: There) => {
    let flushed: Promise<void> | undefined
    return {
      /** Each call of the disk waits for its verdict. */
      hold: () => {
        disk.manual = true
      },
      verdict: (call: number, fine = true) => (fine ? disk.calls[call]!.resolve() : disk.calls[call]!.reject(noSpace)),
      fail: (now = true) => {
        disk.failing = now ? noSpace : undefined
      },
      stored: (key: string) => disk.entries.get(key),
      writes: () => disk.writes.length,
      'flush what a listener hears of': () => {
        get(Lamp).listen(() => {
          flushed = store.flush()
        })
      },
      flushed: () => flushed,
    }
  }
  const statuses = (store: { readonly status: string }) => {
    const seen: string[] = []
    effect(() => void seen.push(store.status))
    return seen
  }

  return {
    'status is reactive: saved, saving, saved': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        const lamp = get(Lamp)
        const seen = statuses(store)
        await act('hold')
        for (const call of [0, 1]) {
          await lamp.set({ watts: 6 + call })
          expect(store.status).toBe('saving')
          await act('verdict', call)
          expect(store.status).toBe('saved')
        }
        expect(seen).toEqual(['saved', 'saving', 'saved', 'saving', 'saved'])
      },
    },
    'status stays saving until the last call is done': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        const lamp = get(Lamp)
        const seen = statuses(store)
        await act('hold')
        await lamp.set({ watts: 6 })
        await lamp.set({ watts: 7 })
        await act('verdict', 0)
        expect(store.status).toBe('saving')
        await act('verdict', 1)
        expect(seen).toEqual(['saved', 'saving', 'saved'])
      },
    },
    'status is failed, with storageError, until it is made good': {
      state,
      disk,
      there,
      async here({ get, store, expect, act, advance, errors }) {
        const lamp = get(Lamp)
        const seen = statuses(store)
        const causes: unknown[] = []
        effect(() => void causes.push((store.storageError?.cause as Error | undefined)?.message))
        await act('hold')
        await lamp.set({ watts: 6 })
        await act('verdict', 0, false)
        expect(store.status).toBe('failed')
        expect(store.storageError).toBeInstanceOf(StorageError)
        await advance(100)
        await act('verdict', 1, false)
        await lamp.set({ watts: 7 })
        expect(store.status).not.toBe('saved')
        await advance(200)
        await act('verdict', 2)
        expect(store.status).toBe('saved')
        expect(store.storageError).toBeUndefined()
        expect(seen.slice(0, 3)).toEqual(['saved', 'saving', 'failed'])
        expect(seen.slice(3, -1)).not.toContain('saved')
        expect(seen.at(-1)).toBe('saved')
        expect(causes.slice(0, 2)).toEqual([undefined, 'no space'])
        expect(causes.at(-1)).toBeUndefined()
        const told = await errors()
        expect(told).toHaveLength(2)
        for (const [phase, message] of told)
          expect([phase, message]).toEqual(['storage', expect.stringMatching(/no space/)])
      },
    },
    'status is memory where nothing outlives the process': {
      state,
      async here({ get, store, expect }) {
        expect(store.status).toBe('memory')
        await get(Lamp).set({ on: true })
        expect(store.status).toBe('memory')
        await store.flush()
        expect(store.status).toBe('memory')
      },
    },
    'status is memory on a storage that is no more than that': {
      state,
      disk: () => Object.assign(disk(), { volatile: memoryStorage().volatile }),
      async here({ get, store, expect }) {
        expect(store.status).toBe('memory')
        await get(Lamp).set({ on: true })
        await store.flush()
        expect(store.status).toBe('memory')
      },
    },
    'a failed write keeps its changes, and is tried again: 100 ms, then doubling': {
      state,
      disk,
      there,
      async here({ get, store, expect, act, advance, turn }) {
        await act('fail')
        await get(Lamp).set({ watts: 6 })
        expect(get(Lamp).watts).toBe(6)
        await turn()
        let attempts = 1
        for (const wait of [100, 200, 400]) {
          await advance(wait - 1)
          expect([wait, await act('writes'), store.status]).toEqual([wait, attempts, 'failed'])
          await advance(1)
          expect([wait, await act('writes')]).toEqual([wait, ++attempts])
        }
        await act('fail', false)
        await advance(800)
        expect(store.status).toBe('saved')
        expect(await act('stored', 'model/lamp')).toMatchObject({ d: { watts: 6 } })
      },
    },
    'flush resolves at once when nothing is unsaved': {
      state,
      disk,
      there,
      async here({ store, expect, act, state }) {
        expect(await state(store.flush())).toEqual({ value: undefined })
        expect(await act('writes')).toBe(0)
      },
    },
    'flush waits for what was committed before it, and for nothing later': {
      state,
      disk,
      there,
      async here({ get, store, expect, act, state }) {
        const lamp = get(Lamp)
        await act('hold')
        await lamp.set({ watts: 6 })
        await lamp.set({ watts: 7 })
        const flushed = store.flush()
        expect(await state(flushed)).toBe('open')
        await act('verdict', 0)
        expect(await state(flushed)).toBe('open')
        await lamp.set({ watts: 8 })
        await act('verdict', 1)
        expect(await state(flushed)).toEqual({ value: undefined })
        expect(await act('stored', 'model/lamp')).toMatchObject({ d: { watts: 7 } })
        expect(store.status).toBe('saving')
      },
    },
    'flush rejects with StorageError as soon as an attempt it waits for fails; the store goes on trying': {
      state,
      disk,
      there,
      async here({ get, store, expect, act, advance }) {
        await act('fail')
        await get(Lamp).set({ watts: 6 })
        for (let attempt = 0; attempt < 2; attempt++) {
          const error = (await store.flush().catch((error: unknown) => error)) as Error
          expect(error).toBeInstanceOf(StorageError)
          expect((error.cause as Error).message).toBe('no space')
          expect(store.status).toBe('failed')
        }
        await act('fail', false)
        await store.flush()
        expect(await act('stored', 'model/lamp')).toMatchObject({ d: { watts: 6 } })
        await advance(30_000)
        expect(store.status).toBe('saved')
      },
    },
    'flush called while failing does not make the next wait longer than the backoff says': {
      state,
      disk,
      there,
      async here({ get, store, expect, act, advance, state }) {
        await act('hold')
        await get(Lamp).set({ watts: 6 })
        const flushed = store.flush()
        expect(await state(flushed)).toBe('open')
        await act('verdict', 0, false)
        expect(await state(flushed)).toEqual({ error: expect.any(StorageError) })
        expect(await act('writes')).toBe(1)
        await advance(100)
        await act('verdict', 1)
        expect(store.status).toBe('saved')
      },
    },
    'flush rejects with the reason of its signal, before and while waiting': {
      state,
      disk,
      there,
      async here({ get, store, expect, act, state }) {
        await act('hold')
        const reason = new Error('enough')
        await get(Lamp).set({ watts: 6 })
        await expect(store.flush({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
        const controller = new AbortController()
        const waiting = store.flush({ signal: controller.signal })
        expect(await state(waiting)).toBe('open')
        controller.abort(reason)
        await expect(waiting).rejects.toBe(reason)
        await act('verdict', 0)
        expect(store.status).toBe('saved')
      },
    },
    'flush rejects when its timeout has passed': {
      state,
      disk,
      there,
      async here({ get, store, expect, act, advance, state }) {
        await act('hold')
        await get(Lamp).set({ watts: 6 })
        const late = store.flush({ timeout: 2 })
        const patient = store.flush({ timeout: 100_000 })
        const failed = late.catch((error: unknown) => error)
        await advance(2)
        const error = await failed
        expect(error).toBeInstanceOf(TimeoutError)
        expect((error as Error).message).toContain('2 ms')
        expect(await state(patient)).toBe('open')
        await act('verdict', 0)
        await patient
      },
    },
    'flush waits for sync where an adapter has one, and rejects with what that says': {
      state,
      disk() {
        let syncs = 0
        const sync = async () => {
          if (++syncs === 2) throw noSpace
        }
        return Object.assign(disk(), { sync })
      },
      async here({ get, store, expect }) {
        await get(Lamp).set({ watts: 6 })
        await store.flush()
        await get(Lamp).set({ watts: 7 })
        const error = (await store.flush().catch((error: unknown) => error)) as Error
        expect(error).toBeInstanceOf(StorageError)
        expect((error.cause as Error).message).toBe('no space')
        await store.flush()
      },
    },
    'flush called by a listener covers the commit it hears of': {
      state,
      disk,
      there,
      async here({ get, store, expect, act }) {
        let flushed: Promise<void> | undefined
        get(Lamp).listen(() => {
          flushed = store.flush()
        })
        await act('flush what a listener hears of')
        await get(Lamp).set({ watts: 6 })
        await act('flushed')
        await flushed
        expect(flushed).toBeInstanceOf(Promise)
        expect(await act('stored', 'model/lamp')).toMatchObject({ d: { watts: 6 } })
      },
    },
  }
}
