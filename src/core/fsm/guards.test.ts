import { describe, expect, test } from 'vitest'
import {
  allOf,
  anyOf,
  atLeast,
  atMost,
  between,
  createGuards,
  equals,
  exists,
  greaterThan,
  lessThan,
  matches,
  not,
  notEquals,
  oneOf,
} from './index.ts'

describe('guard builders', () => {
  const day = new Date(1000)
  class Row {
    get filled() {
      return 5
    }
  }
  test.each([
    ['equals', equals('a.b', 1), [{ a: { b: 1 } }], [{ a: { b: '1' } }, { a: 1 }, {}, { a: null }]],
    ['equals in a list', equals('a.1', 'x'), [{ a: ['w', 'x'] }], [{ a: ['x'] }]],
    ['equals, inherited from a class', equals('filled', 5), [new Row()], []],
    ['equals, no prototypes', equals('constructor', Object), [{ constructor: Object }], [{}]],
    ['exists, no prototypes', exists('__proto__.toString'), [], [{}]],
    ['notEquals', notEquals('a', 1), [{ a: 2 }, {}], [{ a: 1 }]],
    ['greaterThan', greaterThan('a', 1), [{ a: 2 }], [{ a: 1 }, { a: '2' }, { a: Number.NaN }, {}, { a: 2n }]],
    [
      'greaterThan of dates',
      greaterThan('a', day),
      [{ a: new Date(1001) }],
      [{ a: day }, { a: 2000 }, { a: {} }, { a: null }],
    ],
    ['greaterThan of text', greaterThan('a', 'm'), [{ a: 'n' }], [{ a: 'a' }, { a: 5 }]],
    ['lessThan', lessThan('a', 1n), [{ a: 0n }], [{ a: 1n }, { a: 0 }]],
    ['atLeast', atLeast('a', 1), [{ a: 1 }, { a: 2 }], [{ a: 0 }]],
    ['atMost', atMost('a', 1), [{ a: 1 }, { a: 0 }], [{ a: 2 }]],
    ['between', between('a', 1, 3), [{ a: 1 }, { a: 2 }, { a: 3 }], [{ a: 0 }, { a: 4 }, {}]],
    ['oneOf', oneOf('a', ['x', 1]), [{ a: 'x' }, { a: 1 }], [{ a: 'y' }, {}]],
    ['matches', matches('a', /^x/), [{ a: 'xy' }], [{ a: 'y' }, { a: 1 }, {}]],
    ['exists', exists('a'), [{ a: 0 }, { a: '' }, { a: false }], [{ a: null }, { a: undefined }, {}]],
    ['allOf', allOf(exists('a'), exists('b')), [{ a: 1, b: 1 }], [{ a: 1 }, {}]],
    ['allOf nothing', allOf(), [{}], []],
    ['anyOf', anyOf(exists('a'), exists('b')), [{ a: 1 }, { b: 1 }], [{}]],
    ['anyOf nothing', anyOf(), [], [{}]],
    ['not', not(exists('a')), [{}], [{ a: 1 }]],
  ] as [string, (context: object) => boolean, object[], object[]][])('%s', (_, guard, passing, failing) => {
    expect(passing.map(guard)).toEqual(passing.map(() => true))
    expect(failing.map(guard)).toEqual(failing.map(() => false))
  })
  test('a pattern with a flag that remembers answers the same each time', () => {
    const pattern = /x/g
    const guard = matches('a', pattern)
    expect([guard({ a: 'x' }), guard({ a: 'x' }), pattern.lastIndex]).toEqual([true, true, 0])
  })
  test('a name is registered once', () => {
    const guards = createGuards().register('a', () => true)
    expect(() => guards.register('a', () => true)).toThrow('"a" is registered already')
    expect(guards.get('toString')).toBeUndefined()
  })
})
