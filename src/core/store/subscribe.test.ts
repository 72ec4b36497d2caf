import { describe, expect, test } from 'vitest'
import { createStore } from '../index.ts'
import { Lamp, Tank, Todos, User } from './fixtures/definitions.ts'
import { settled } from './fixtures/disk.ts'
import { reports } from './fixtures/reports.ts'

const setup = () => {
  const { onError, list } = reports()
  const store = createStore({ state: [Lamp, Tank, Todos, User], onError })
  return { store, list, lamp: store.get(Lamp), tank: store.get(Tank), todos: store.get(Todos) }
}

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
