import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differing } from './differing.ts'

const same = (a: unknown, b: unknown) => Object.keys(differing({ x: a }, { x: b })).length === 0

test('law: what was copied is equal, and what is not equal differs', () => {
  const plain = fc.anything({ withDate: true, withMap: true, withSet: true, maxDepth: 4 })
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      expect(same(a, structuredClone(a))).toBe(true)
      // The order of keys counts here: a value that came from elsewhere keeps it.
      if (!isDeepStrictEqual(a, b)) expect(same(a, b)).toBe(false)
    }),
    { numRuns: 500 },
  )
})

test('only what differs is answered', () => {
  const now = { a: 1, b: [1, { c: new Date(5) }], d: /x/g, e: Number.NaN }
  expect(differing(now, structuredClone(now))).toEqual({})
  expect(differing(now, { a: 2, b: [1, { c: new Date(6) }], d: /x/, e: Number.NaN })).toEqual({
    a: 2,
    b: [1, { c: new Date(6) }],
    d: /x/,
  })
})

test('parts shared at every level are compared once each, not once per path', () => {
  const doubled = (leaf: unknown) => {
    let value = leaf
    for (let i = 0; i < 60; i++) value = [value, value]
    return value
  }
  expect(same(doubled(1), doubled(1))).toBe(true)
  expect(same(doubled(1), doubled(2))).toBe(false)
  let [one, other]: unknown[] = [1, 1]
  for (let i = 0; i < 60; i++)
    [one, other] = [
      [one, other],
      [one, other],
    ]
  expect(same(doubled(1), one)).toBe(true)
})

test('a part may hold itself', () => {
  const ring = (value: unknown) => {
    const one: Record<string, unknown> = { value }
    one.self = one
    return one
  }
  expect(same(ring(1), ring(1))).toBe(true)
  expect(same(ring(1), ring(2))).toBe(false)
})
