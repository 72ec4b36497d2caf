import { describe, expect, test } from 'vitest'
import { type CommitRecord, createStore, isRedacted } from '../index.ts'
import { Lamp, Tank, Todos, User } from './fixtures/definitions.ts'
import { settled } from './fixtures/disk.ts'
import { reports, thrown } from './fixtures/reports.ts'

const setup = () => {
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp, Tank, Todos, User], onError })
  return { store, list, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos) }
}

describe('a subscriber', () => {
  test('is called after the commit, asynchronously, with the frozen snapshot of that commit', async () => {
    const { store, lamp } = setup()
    const seen: unknown[] = []
    const commits: CommitRecord[] = []
    store.subscribe(Lamp, (snapshot, commit) => {
      seen.push(snapshot)
      commits.push(commit)
    })
    lamp.watts = 6
    expect(seen).toEqual([])
    lamp.watts = 7
    store.transaction(() => {
      lamp.watts = 8
      lamp.on = true
    })
    await settled()
    expect(seen).toEqual([
      { on: false, colour: 'white', watts: 6 },
      { on: false, colour: 'white', watts: 7 },
      { on: true, colour: 'white', watts: 8 },
    ])
    for (const snapshot of seen) expect(Object.isFrozen(snapshot)).toBe(true)
    expect(commits.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(commits[2]?.changes.map(({ field, before, after }) => [field, before, after])).toEqual([
      ['watts', 7, 8],
      ['on', false, true],
    ])
  })

  test('is awaited before its next call; others do not wait for it', async () => {
    const { store, lamp } = setup()
    const log: string[] = []
    let next = () => {}
    store.subscribe(Lamp, async ({ watts }) => {
      log.push(`slow ${watts} in`)
      await new Promise<void>((resolve) => {
        next = resolve
      })
      log.push(`slow ${watts} out`)
    })
    store.subscribe(Lamp, ({ watts }) => log.push(`quick ${watts}`))
    lamp.watts = 6
    lamp.watts = 7
    await settled()
    expect(log.sort()).toEqual(['quick 6', 'quick 7', 'slow 6 in'])
    log.length = 0
    next()
    await settled()
    expect(log).toEqual(['slow 6 out', 'slow 7 in'])
    next()
    await settled()
    lamp.watts = 8
    await settled()
    expect(log.slice(2)).toEqual(['slow 7 out', 'slow 8 in', 'quick 8'])
  })

  test('hears only of what it subscribed to', async () => {
    const { store, tank, todos } = setup()
    const log: string[] = []
    const row = todos.add({}, 'x')
    store.subscribe(Lamp, () => log.push('lamp'))
    store.subscribe(row, () => log.push('row x'))
    store.subscribe(Todos, (rows) => log.push(`todos ${[...rows.keys()]}`))
    tank.level = 1
    await settled()
    expect(log).toEqual([])
    todos.add({}, 'y')
    await settled()
    expect(log).toEqual(['todos y'])
    row.title = 'x'
    await settled()
    expect(log.slice(1).sort()).toEqual(['row x', 'todos x'])
  })

  test('that throws or rejects stops neither others nor its own later calls', async () => {
    const { store, lamp, list } = setup()
    const log: string[] = []
    store.subscribe(Lamp, ({ watts }) => {
      log.push(`throws ${watts}`)
      throw new Error(`sync ${watts}`)
    })
    store.subscribe(Lamp, async ({ watts }) => {
      log.push(`rejects ${watts}`)
      throw new Error(`async ${watts}`)
    })
    store.subscribe(Lamp, ({ watts }) => log.push(`fine ${watts}`))
    lamp.watts = 6
    lamp.watts = 7
    await settled()
    expect(log.sort()).toEqual(['fine 6', 'fine 7', 'rejects 6', 'rejects 7', 'throws 6', 'throws 7'])
    expect(list.sort()).toEqual([
      'subscriber: async 6',
      'subscriber: async 7',
      'subscriber: sync 6',
      'subscriber: sync 7',
    ])
  })

  test('that writes makes a new commit, and hears of it in order', async () => {
    const { store, lamp } = setup()
    const seen: number[] = []
    store.subscribe(Lamp, ({ watts }) => {
      seen.push(watts)
      if (watts < 8) lamp.watts = watts + 1
    })
    lamp.watts = 6
    await settled()
    expect(seen).toEqual([6, 7, 8])
  })

  test('takes a definition, the live model, a row, a collection or its definition', async () => {
    const { store, lamp, todos } = setup()
    const log: string[] = []
    const row = todos.add({}, 'x')
    store.subscribe(Lamp, () => log.push('definition'))
    store.subscribe(lamp, () => log.push('live'))
    store.subscribe(row, () => log.push('row'))
    store.subscribe(Todos, () => log.push('collection definition'))
    store.subscribe(todos, () => log.push('collection'))
    lamp.on = true
    row.done = true
    await settled()
    expect(log.sort()).toEqual(['collection', 'collection definition', 'definition', 'live', 'row'])
  })

  test('of another store’s things is refused', () => {
    const { store } = setup()
    const other = createStore({ state: [Lamp, Todos] })
    for (const target of [other.get(Lamp), other.get(Todos), other.get(Todos).add()]) {
      expect((thrown(() => store.subscribe(target, () => {})) as Error).name).toBe('NotRegisteredError')
    }
  })

  test('gets the marker for a redacted field', async () => {
    const { store } = setup()
    const seen: string[] = []
    store.subscribe(User, (snapshot, commit) => {
      seen.push(JSON.stringify([snapshot, commit]))
      expect(isRedacted(snapshot.token)).toBe(true)
    })
    store.get(User).token = 'hush-hush'
    await settled()
    expect(seen).toHaveLength(1)
    expect(seen[0]).not.toContain('hush')
  })
})

describe('a subscriber of a collection', () => {
  test('gets a map of the changed rows, undefined for deleted ones', async () => {
    const { store, todos } = setup()
    for (const id of ['a', 'b', 'c']) todos.add({ title: id }, id)
    const seen: [string, unknown][][] = []
    store.subscribe(Todos, (rows) => seen.push([...rows]))
    store.transaction(() => {
      const b = todos.get('b')
      if (b) b.done = true
      todos.delete('a')
      todos.add({ title: 'd' }, 'd')
    })
    await settled()
    expect(seen).toHaveLength(1)
    expect(new Map(seen[0])).toEqual(
      new Map<string, unknown>([
        ['b', { title: 'b', done: true }],
        ['a', undefined],
        ['d', { title: 'd', done: false }],
      ]),
    )
  })

  test('a row deleted and added again is the new one', async () => {
    const { store, todos } = setup()
    todos.add({ title: 'old' }, 'a')
    const seen: [string, unknown][][] = []
    store.subscribe(Todos, (rows) => seen.push([...rows]))
    store.transaction(() => {
      todos.delete('a')
      todos.add({ title: 'new' }, 'a')
    })
    await settled()
    expect(seen).toEqual([[['a', { title: 'new', done: false }]]])
  })

  test('two of them cannot disturb each other by their maps', async () => {
    const { store, todos } = setup()
    const sizes: number[] = []
    const meddle = (rows: ReadonlyMap<string, unknown>) => {
      sizes.push(rows.size)
      try {
        ;(rows as Map<string, unknown>).clear()
      } catch {
        // Refusing is as good as having a map of one's own.
      }
    }
    store.subscribe(Todos, meddle)
    store.subscribe(Todos, meddle)
    todos.add()
    await settled()
    expect(sizes).toEqual([1, 1])
  })

  test('a row’s own subscriber gets undefined when it is deleted', async () => {
    const { store, todos } = setup()
    const row = todos.add({ title: 'a' }, 'a')
    const seen: unknown[] = []
    store.subscribe(row, (snapshot) => seen.push(snapshot))
    row.title = 'b'
    todos.delete('a')
    await settled()
    expect(seen).toEqual([{ title: 'b', done: false }, undefined])
  })
})

describe('unsubscribing', () => {
  test('by the function that subscribe answers, waiting calls included', async () => {
    const { store, lamp } = setup()
    const seen: number[] = []
    const stop = store.subscribe(Lamp, ({ watts }) => void seen.push(watts))
    lamp.watts = 6
    await settled()
    lamp.watts = 7
    stop()
    stop()
    lamp.watts = 8
    await settled()
    expect(seen).toEqual([6])
  })

  test('by a signal, before and after; the other way leaves no listener on it', async () => {
    const { store, lamp } = setup()
    const seen: string[] = []
    store.subscribe(Lamp, () => seen.push('aborted before'), { signal: AbortSignal.abort() })
    const controller = new AbortController()
    const { signal } = controller
    let removed = 0
    const { removeEventListener } = signal
    signal.removeEventListener = (...args: unknown[]) => {
      removed++
      Reflect.apply(removeEventListener, signal, args)
    }
    const stop = store.subscribe(Lamp, () => seen.push('stopped'), { signal })
    store.subscribe(Lamp, ({ watts }) => seen.push(`${watts}`), { signal })
    stop()
    expect(removed).toBeGreaterThan(0)
    lamp.watts = 6
    await settled()
    controller.abort()
    lamp.watts = 7
    await settled()
    expect(seen).toEqual(['6'])
  })

  test('inside its own call ends it there', async () => {
    const { store, lamp } = setup()
    const seen: number[] = []
    const stop = store.subscribe(Lamp, ({ watts }) => {
      seen.push(watts)
      stop()
    })
    lamp.watts = 6
    lamp.watts = 7
    await settled()
    expect(seen).toEqual([6])
  })

  test('of one leaves the others of the same model', async () => {
    const { store, lamp } = setup()
    const seen: string[] = []
    const stop = store.subscribe(Lamp, () => seen.push('one'))
    store.subscribe(Lamp, () => seen.push('two'))
    stop()
    lamp.watts = 6
    await settled()
    expect(seen).toEqual(['two'])
  })
})

describe('beyond 1,000 waiting', () => {
  const slow = () => {
    const steps: (() => void)[] = []
    return { steps, wait: () => new Promise<void>((resolve) => steps.push(resolve)) }
  }

  test('calls merge into the newest, reported once', async () => {
    const { store, lamp, todos, list } = setup()
    const { steps, wait } = slow()
    const seen: number[] = []
    const maps: ReadonlyMap<string, unknown>[] = []
    const records: number[] = []
    store.subscribe(Lamp, ({ watts }, { seq }) => {
      seen.push(watts)
      records.push(seq)
      return wait()
    })
    store.subscribe(Todos, (rows) => {
      maps.push(rows)
      return wait()
    })
    for (let i = 0; i < 1_500; i++) lamp.watts = 10 + i
    for (let i = 0; i < 1_500; i++) todos.add({}, `${i}`)
    await settled()
    expect(list.filter((line) => line.includes('lamp'))).toHaveLength(1)
    expect(list.filter((line) => line.includes('todo'))).toHaveLength(1)
    expect(list[0]).toMatch(/^subscriber: .*1000/)
    while (steps.length > 0) {
      for (const step of steps.splice(0)) step()
      await settled()
    }
    expect(seen.length).toBeLessThanOrEqual(1_001)
    expect(seen.length).toBeGreaterThanOrEqual(1_000)
    expect(seen.slice(0, 999)).toEqual(Array.from({ length: 999 }, (_, i) => 10 + i))
    expect([seen.at(-1), records.at(-1)]).toEqual([1_509, 1_500])
    // For a collection nothing is lost by merging: each row is in one of the maps.
    expect(new Set(maps.flatMap((rows) => [...rows.keys()])).size).toBe(1_500)
  })

  test('one that stays behind is reported once, not at every step it makes', async () => {
    const { store, lamp, list } = setup()
    const { steps, wait } = slow()
    store.subscribe(Lamp, wait)
    for (let i = 0; i < 1_100; i++) lamp.watts = 10 + i
    await settled()
    for (let i = 0; i < 50; i++) {
      steps.shift()?.()
      await settled()
      lamp.watts = 10_000 + i
      lamp.watts = 20_000 + i
    }
    await settled()
    expect(list).toHaveLength(1)
  })

  test('a quick one beside it misses nothing', async () => {
    const { store, lamp } = setup()
    let called = 0
    store.subscribe(Lamp, () => new Promise(() => {}))
    store.subscribe(Lamp, () => void called++)
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 500; i++) lamp.watts = round * 1_000 + i + 10
      await settled()
    }
    expect(called).toBe(2_500)
  })
})
