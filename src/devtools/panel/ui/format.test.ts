import { describe, expect, test } from 'vitest'
import { count, dropped, duration, inline, offset, partsOf, plural, refusal } from './format.ts'

describe('durations', () => {
  test.each([
    [0, 100, '< 0.1 ms'],
    [40, 100, '< 0.1 ms'],
    [0, 5, '< 0.005 ms'],
    [0, 0, '< 0.001 ms'],
    [100, 100, '0.1 ms'],
    [340, 5, '0.34 ms'],
    [1500, 100, '1.5 ms'],
    [250_000, 100, '250 ms'],
    [2_500_000, 100, '2.50 s'],
    [125_000_000, 100, '2 min 5 s'],
    [null, 100, 'not measured'],
    [Number.NaN, 100, 'not measured'],
  ])('%s µs by steps of %s', (us, step, text) => {
    expect(duration(us, step)).toBe(text)
  })
})

test('offsets have a sign', () => {
  expect([0, -500, 1500, -2_000_000, 90_000_000, -7_200_000_000].map(offset)).toEqual([
    '+0 µs',
    '−500 µs',
    '+1.5 ms',
    '−2.0 s',
    '+1 min',
    '−2 h',
  ])
})

test('counts', () => {
  expect(count(1234567)).toBe('1\u202f234\u202f567')
  expect([plural(1, 'row'), plural(2, 'row')]).toEqual(['1 row', '2 rows'])
})

test('every refusal has its sentence', () => {
  expect(refusal({ kind: 'relation', state: 'A', relation: 'require', by: ['B', 'C', 'D'] })).toBe(
    'A requires B, C and D, which are not among the targets.',
  )
  expect(refusal({ kind: 'relation', state: 'A', relation: 'remove', by: ['B'] })).toBe('A is removed by B.')
  expect(refusal({ kind: 'handler', state: 'A', handler: 'canEnter' })).toBe('The handler A.canEnter refused.')
  for (const kind of ['queue-full', 'disposed', 'error', 'aborted', 'check'] as const)
    expect(refusal({ kind })).toMatch(/\.$/)
  expect(refusal(undefined)).toMatch(/\.$/)
  for (const why of ['duplicate', 'nothing-to-do', 'queue-full', 'args', 'disposed', 'aborted'])
    expect(dropped(why)).toMatch(/\.$/)
  expect(dropped('constructor')).toBe('constructor')
})

test('values in one line', () => {
  const big = {
    $: 'object',
    n: 2,
    c: 'User',
    v: [
      ['name', 'Ann'],
      ['tags', { $: 'array', n: 3, v: [1, 2] }],
    ],
  } as const
  expect(inline(big)).toBe('User {name: "Ann", tags: [1, 2, … 1 more]}')
  expect(inline({ $: 'redacted', v: 'string' })).toBe('redacted string')
  expect(inline({ $: 'error', c: 'TypeError', v: 'no', code: 'X' })).toBe('TypeError: no (X)')
  expect(inline({ $: 'map', n: 1, v: [['k', true]] })).toBe('Map {"k" → true}')
  expect(inline('x'.repeat(500), 20)).toHaveLength(20)
  expect(inline('<img src=x onerror=alert(1)>')).toBe('"<img src=x onerror=alert(1)>"')
  expect(partsOf(big).map(([name]) => name)).toEqual(['name', 'tags'])
  expect(partsOf(5)).toEqual([])
})
