import { describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, LockedError } from '../index.ts'
import { Lamp, Tank, Todos } from './fixtures/definitions.ts'
import { settled } from './fixtures/disk.ts'
import { rejected, reports } from './fixtures/reports.ts'

const setup = () => {
  const timers = manualTimers()
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp, Tank, Todos], timers, onError })
  return { store, timers, list, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos) }
}

const never = () => new Promise<never>(() => {})
const reason = new Error('changed my mind')

describe('abort', () => {
  test('before: nothing is called', async () => {
    const { store, lamp } = setup()
    let called = 0
    const promise = store.lock([Lamp], () => void called++, { signal: AbortSignal.abort(reason) })
    expect(await rejected(promise)).toBe(reason)
    expect(called).toBe(0)
    lamp.on = true
  })

  test('while holding: drafts are dead', async () => {
    const { store, lamp } = setup()
    const controller = new AbortController()
    const drafts: (typeof lamp)[] = []
    const held = rejected(
      store.lock(
        [Lamp],
        async (draft) => {
          drafts.push(draft)
          await never()
        },
        { signal: controller.signal },
      ),
    )
    await settled()
    controller.abort(reason)
    expect(await held).toBe(reason)
    expect(() => {
      if (drafts[0]) drafts[0].on = true
    }).toThrow()
  })

  test('while holding: a callback that ends or rejects later is nobody’s trouble', async () => {
    const unhandled: unknown[] = []
    const note = (what: unknown) => unhandled.push(what)
    process.on('unhandledRejection', note)
    try {
      const { store, lamp, list } = setup()
      for (const fail of [true, false]) {
        const controller = new AbortController()
        let end = () => {}
        const held = rejected(
          store.lock(
            [Lamp],
            async (draft) => {
              draft.on = true
              await new Promise<void>((resolve) => {
                end = resolve
              })
              if (fail) throw new Error('too late')
            },
            { signal: controller.signal },
          ),
        )
        await settled()
        controller.abort(reason)
        await held
        end()
        await settled()
        expect(lamp.on).toBe(false)
      }
      expect(unhandled).toEqual([])
      expect(list).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  test('by the callback itself, in its synchronous part, which then throws: no unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (what: unknown) => unhandled.push(what)
    process.on('unhandledRejection', note)
    try {
      const { store } = setup()
      const controller = new AbortController()
      const promise = store.lock(
        [Lamp],
        () => {
          controller.abort(reason)
          throw new Error('mine')
        },
        { signal: controller.signal },
      )
      await rejected(promise)
      await settled()
      await settled()
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  for (const [name, wait] of [
    ['synchronously', undefined],
    ['after an await', settled],
  ] as const) {
    test(`by the callback itself, as the last thing it does ${name}, drops everything all the same`, async () => {
      const { store, lamp } = setup()
      const controller = new AbortController()
      const promise = store.lock(
        [Lamp],
        wait
          ? async (draft) => {
              draft.on = true
              await wait()
              controller.abort(reason)
            }
          : (draft) => {
              draft.on = true
              controller.abort(reason)
            },
        { signal: controller.signal },
      )
      expect(await rejected(promise)).toBe(reason)
      expect(lamp.on).toBe(false)
    })
  }

  test('after the end does nothing, and leaves no listener on the signal', async () => {
    const { store, lamp } = setup()
    const controller = new AbortController()
    const { signal } = controller
    let listeners = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: unknown[]) => {
      listeners++
      Reflect.apply(addEventListener, signal, args)
    }
    signal.removeEventListener = (...args: unknown[]) => {
      listeners--
      Reflect.apply(removeEventListener, signal, args)
    }
    const first = store.lock([Lamp], () => settled(), { signal })
    const second = store.lock(
      [Lamp],
      (draft) => {
        draft.on = true
      },
      { signal },
    )
    await Promise.all([first, second])
    expect(listeners).toBe(0)
    controller.abort()
    expect(lamp.on).toBe(true)
  })
})

describe('a nested lock', () => {
  test('in the synchronous part of the callback throws', async () => {
    const { store, lamp } = setup()
    const errors: unknown[] = []
    await store.lock([Lamp], async (draft) => {
      errors.push(await rejected(store.lock([Tank], () => {})))
      draft.on = true
    })
    await store.lock([Lamp], (draft) => {
      const nested = store.lock([Lamp], () => {})
      draft.on = false
      return rejected(nested).then((error) => errors.push(error))
    })
    expect(errors).toEqual([expect.any(LockedError), expect.any(LockedError)])
    expect((errors[0] as Error).message).toContain('one call')
    expect(lamp.on).toBe(false)
  })

  test('a later one waits, and times out', async () => {
    const { store, timers } = setup()
    const outer = store.lock([Lamp], async () => {
      await settled()
      return rejected(store.lock([Lamp], () => {}))
    })
    await settled()
    await settled()
    timers.advance(10_000)
    expect(((await outer) as Error).name).toBe('LockTimeoutError')
    expect(timers.pending).toBe(0)
  })

  test('is not taken for one when somebody else asks meanwhile', async () => {
    const { store } = setup()
    const outer = store.lock([Lamp], () => settled())
    await Promise.resolve()
    await Promise.resolve()
    const other = store.lock([Tank], () => 'mine')
    await outer
    expect(await other).toBe('mine')
  })
})

describe('hydrate and reset', () => {
  test('happen at once, and answer nothing, while nothing is held', () => {
    const { store, lamp } = setup()
    lamp.on = true
    expect(store.reset()).toBeUndefined()
    expect(lamp.on).toBe(false)
    expect(store.hydrate({ 'model/lamp': { v: 1, d: { on: true, colour: 'red', watts: 1 } } })).toBeUndefined()
    expect(lamp.on).toBe(true)
  })
})
