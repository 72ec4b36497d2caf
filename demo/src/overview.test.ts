import { createStore } from 'escapement'
import { beforeEach, expect, test } from 'vitest'
import type { Reads } from './board.ts'
import { facts } from './dataset.ts'
import { Flights, Statuses, state } from './flight.ts'
import { morning } from './home.ts'
import { chosen, counts, Overview } from './overview.ts'

let store = createStore()
let overview = new Overview({ statuses: { get: () => undefined } } as unknown as Reads)

beforeEach(() => {
  store = createStore({ state: [...state] })
  store.transaction(() => {
    morning(store).fill()
  })
  const reads = { flights: store.get(Flights), statuses: store.get(Statuses) }
  overview = new Overview(reads as unknown as Reads)
  overview.look()
})

test('a look in parts sees the same, and says how far it is', () => {
  const reads = { flights: store.get(Flights), statuses: store.get(Statuses) }
  const slow = new Overview(reads as unknown as Reads)
  const shares: number[] = []
  for (const share of slow.lookInParts()) {
    shares.push(share)
    expect(counts(slow).all).toBe(share * facts.length)
  }
  expect(shares.at(-1)).toBe(1)
  expect(shares).toEqual([...shares].sort((a, b) => a - b))
  expect(slow.phases).toEqual(overview.phases)
  expect(slow.look()).toBe(false)
})

test('one look sees all flights; the next only what has changed', () => {
  expect(counts(overview)).toEqual({ upcoming: 2000, air: 0, done: 0, cancelled: 0, all: 2000 })
  const { version } = overview
  const before = version.value
  expect(overview.look()).toBe(false)
  expect(version.value).toBe(before)
  store.get(Statuses).get('E0007')!.add('Cancelled')
  expect(overview.look()).toBe(true)
  expect(version.value).toBe(before + 1)
  expect(overview.phase(6)).toBe('cancelled')
  expect(counts(overview)).toMatchObject({ upcoming: 1999, cancelled: 1 })
})

test('filters and words choose, in the order of the board', () => {
  store.get(Statuses).get('E0007')!.add('Cancelled')
  overview.look()
  expect(chosen(overview, 'cancelled', '')).toEqual([6])
  expect(chosen(overview, 'all', 'e0007')).toEqual([6])
  expect(chosen(overview, 'upcoming', 'e0007')).toEqual([])
  const both = chosen(overview, 'all', '  Chicago DENVER ')
  const codes = both.map((index) => [facts[index]!.origin, facts[index]!.destination].sort().join())
  expect(both.length).toBeGreaterThan(0)
  expect(new Set(codes)).toEqual(new Set(['DEN,ORD']))
  expect(both).toEqual(both.toSorted((a, b) => a - b))
  expect(chosen(overview, 'all', 'atlantis')).toEqual([])
})

test('what has not been put on the board yet is nowhere', () => {
  const empty = new Overview({ statuses: { get: () => undefined } } as unknown as Reads)
  expect(empty.look()).toBe(false)
  expect(counts(empty).all).toBe(0)
  expect(chosen(empty, 'all', '')).toEqual([])
})
