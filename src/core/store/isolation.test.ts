import { afterEach, describe, expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { createStore, effect, openStore, type Store } from '../index.ts'
import { Lamp, Tank } from './fixtures/definitions.ts'
import { disk } from './fixtures/disk.ts'

describe('the place of devtools', () => {
  const place = Symbol.for('escapement.agent')
  const globals = globalThis as unknown as Record<symbol, unknown>
  afterEach(() => {
    delete globals[place]
  })

  test('is read once at the birth of each store, which hands itself over', async () => {
    const early = createStore({ state: [Lamp] })
    const stores: object[] = []
    let read = 0
    Object.defineProperty(globals, place, {
      configurable: true,
      get() {
        read++
        return { store: (store: object) => stores.push(store) }
      },
    })
    const a = createStore({ state: [Lamp] })
    expect([stores, read]).toEqual([[a], 1])
    const b = await openStore({ storage: disk(), state: [Lamp], timers: manualTimers() })
    const c = await openStore({ state: [Lamp] })
    expect([stores, read]).toEqual([[a, b, c], 3])
    a.get(Lamp).on = true
    a.load(Tank)
    await b.close()
    early.get(Lamp).on = true
    expect([stores.length, read]).toEqual([3, 3])
  })

  test('may watch commits of models, without a record of what machines do', () => {
    const store = createStore({ state: [Lamp, Tank] })
    const seen: unknown[] = []
    store.get(Lamp).on = true
    const stop = store.witness(({ seq, origin, changes, transitions }) => {
      seen.push([seq, origin, changes.map(({ key, field }) => `${key} ${field}`), transitions.length])
    })
    store.get(Lamp).on = false
    store.transaction(() => {
      store.get(Lamp).on = true
      store.get(Tank).level = 2
    })
    stop()
    store.get(Lamp).on = false
    expect(seen).toEqual([
      [2, 'local', ['model/lamp on'], 0],
      [3, 'local', ['model/lamp on', 'model/tank level'], 0],
    ])
    expect([store.commits, store.held().map(({ definition }) => definition.key)]).toEqual([
      4,
      ['model/lamp', 'model/tank'],
    ])
  })

  test('hands over a store that is ready', () => {
    let watts: number | undefined
    globals[place] = {
      store: (store: Store) => {
        watts = store.get(Lamp).watts
        store.trace({})
      },
    }
    createStore({ state: [Lamp], snapshot: { 'model/lamp': { v: 1, d: { watts: 9 } } } })
    expect(watts).toBe(9)
  })

  test('may be empty, or want only machines', () => {
    globals[place] = {}
    expect(createStore({ state: [Lamp] }).get(Lamp).watts).toBe(5)
    globals[place] = undefined
    expect(createStore({ state: [Lamp] }).get(Lamp).watts).toBe(5)
  })

  test('nothing else is left on globalThis', async () => {
    const before = Reflect.ownKeys(globalThis)
    const store = await openStore({ storage: disk(), state: [Lamp], timers: manualTimers() })
    store.get(Lamp).on = true
    await store.close()
    expect(Reflect.ownKeys(globalThis)).toEqual(before)
  })
})

describe('two stores never meet', () => {
  test('a transaction of one does not undo what another one did', () => {
    const [one, two] = [createStore({ state: [Lamp] }), createStore({ state: [Lamp] })]
    const heard: string[] = []
    two.listen(() => heard.push('two'))
    expect(() =>
      one.transaction(() => {
        one.get(Lamp).watts = 6
        two.get(Lamp).watts = 7
        two.transaction(() => {
          two.get(Lamp).on = true
        })
        throw new Error('no')
      }),
    ).toThrow('no')
    expect([one.get(Lamp).watts, two.get(Lamp).watts, two.get(Lamp).on]).toEqual([5, 7, true])
    expect(heard).toEqual(['two', 'two'])
  })

  test('an effect over both sees each as it was committed', () => {
    const [one, two] = [createStore({ state: [Lamp] }), createStore({ state: [Lamp] })]
    const seen: string[] = []
    effect(() => void seen.push(`${one.get(Lamp).watts} ${two.get(Lamp).watts}`))
    one.transaction(() => {
      one.get(Lamp).watts = 6
      two.get(Lamp).watts = 7
    })
    expect(seen.at(-1)).toBe('6 7')
  })

  test('names by default are store#<n>, each its own', () => {
    const [one, two] = [createStore(), createStore()]
    expect(one.name).toMatch(/^store#\d+$/)
    expect(two.name).toMatch(/^store#\d+$/)
    expect(one.name).not.toBe(two.name)
    expect(createStore({ name: 'mine' }).name).toBe('mine')
  })
})
