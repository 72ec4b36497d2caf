import { describe, expect, test } from 'vitest'
import { type CommitRecord, collection, createStore, defineMachine } from '../index.ts'
import { Lamp } from './fixtures/definitions.ts'
import { settled } from './fixtures/disk.ts'
import { reports } from './fixtures/reports.ts'

const Door = defineMachine('door', {
  Open: { remove: ['Closed'] },
  Closed: { auto: true, remove: ['Open'] },
})
const Gate = defineMachine('gate', { Up: {}, Key: {} })

/** Which states were called, per commit. */
const calledIn = (records: readonly CommitRecord[]) =>
  records.map(({ transitions }) => transitions.map((one) => `${(one as { called: readonly string[] }).called}`))

describe('transitions stand in the record of their commit', () => {
  const adds = (store: ReturnType<typeof createStore>) => {
    const [door, gate] = [store.get(Door), store.get(Gate)]
    door.add('Open')
    store.transaction(() => {
      store.get(Lamp).on = true
      gate.add('Up')
      gate.add('Key')
    })
  }

  test('with a tracer attached later', () => {
    const records: CommitRecord[] = []
    const store = createStore({ state: [Door, Gate, Lamp] })
    store.trace({ commit: (record) => records.push(record) })
    adds(store)
    expect(calledIn(records)).toEqual([['Open'], ['Up', 'Key']])
  })

  test('with a tracer given at birth', () => {
    const records: CommitRecord[] = []
    const store = createStore({
      state: [Door, Gate, Lamp],
      tracers: [{ commit: (record) => records.push(record) }],
    })
    records.length = 0
    adds(store)
    expect(calledIn(records)).toEqual([['Open'], ['Up', 'Key']])
  })

  test('of machines that were loaded after the tracer came', () => {
    const records: CommitRecord[] = []
    const store = createStore({ state: [Door, Lamp] })
    store.trace({ commit: (record) => records.push(record) })
    store.load(Gate)
    records.length = 0
    adds(store)
    expect(calledIn(records)).toEqual([['Open'], ['Up', 'Key']])
  })

  test('of members of a collection, made before and after', () => {
    const records: CommitRecord[] = []
    const Gates = collection(Gate)
    const store = createStore({ state: [Gates] })
    const gates = store.get(Gates)
    const early = gates.add('early')
    store.trace({ commit: (record) => records.push(record) })
    const late = gates.add('late')
    records.length = 0
    early.add('Up')
    late.add('Key')
    expect(calledIn(records)).toEqual([['Up'], ['Key']])
  })

  test('for a subscriber of a model that changed with them', async () => {
    const store = createStore({ state: [Door, Gate, Lamp] })
    const records: CommitRecord[] = []
    store.subscribe(Lamp, (_, record) => void records.push(record))
    adds(store)
    await settled()
    expect(calledIn(records)).toEqual([['Up', 'Key']])
  })

  test('refused ones too, and they are plain data', () => {
    const records: CommitRecord[] = []
    const store = createStore({ state: [Door] })
    store.trace({ commit: (record) => records.push(record) })
    store.get(Door).handle({ Open: { canEnter: () => false } })
    store.get(Door).add('Open')
    store.get(Door).add('Closed')
    expect(() => JSON.stringify(records)).not.toThrow()
    expect(() => structuredClone(records)).not.toThrow()
    const all = records.flatMap(({ transitions }) => transitions) as { accepted: boolean }[]
    expect(all.some(({ accepted }) => !accepted)).toBe(true)
  })
})

test('a handler that throws tells onError once, with its phase', () => {
  const { list, onError } = reports()
  const traced: string[] = []
  const store = createStore({ state: [Door], onError, tracers: [{ error: (_, { phase }) => traced.push(phase) }] })
  store.get(Door).handle({
    Open: {
      entered: () => {
        throw new Error('stuck')
      },
    },
  })
  store.get(Door).add('Open')
  expect(list).toEqual(['handler: stuck'])
  expect(traced).toEqual(['handler'])
})
