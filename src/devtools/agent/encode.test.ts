import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REDACTED } from '../../core/index.ts'
import { LIMITS, type Preview } from '../protocol/preview.ts'
import { isPreview } from '../protocol/read.ts'
import { type Discretion, encode } from './encode.ts'

const NONE: ReadonlySet<string> = new Set()
const open: Discretion = { expose: NONE, redact: NONE, types: false }
const show = (value: unknown, discretion: Partial<Discretion> = {}) => encode(value, { ...open, ...discretion })

/** Everything a preview promises of its size, whatever it was made of. */
function expectBounded(shown: Preview): void {
  const text = JSON.stringify(shown)
  expect(isPreview(JSON.parse(text))).toBe(true)
  // Escapes may blow a character up sixfold; the frame of each node is small.
  expect(text.length).toBeLessThan(6 * 65_536 + LIMITS.nodes * 400)
}

describe('values', () => {
  test.each([
    ['text', 'text'],
    [1.5, 1.5],
    [true, true],
    [null, null],
    [undefined, { $: 'undefined' }],
    [Number.NaN, { $: 'number', v: 'NaN' }],
    [-0, { $: 'number', v: '-0' }],
    [12n, { $: 'bigint', v: '12' }],
    [Symbol('s'), { $: 'symbol', v: 's' }],
    [function named() {}, { $: 'function', v: 'named' }],
    [[1, [2]], { $: 'array', n: 2, v: [1, { $: 'array', n: 1, v: [2] }] }],
    [{ a: 1 }, { $: 'object', n: 1, v: [['a', 1]] }],
    [Object.create(null), { $: 'object', n: 0, v: [] }],
    [
      new (class Point {
        x = 1
      })(),
      { $: 'object', c: 'Point', n: 1, v: [['x', 1]] },
    ],
    [new Map([['k', 1]]), { $: 'map', n: 1, v: [['k', 1]] }],
    [new Set([1]), { $: 'set', n: 1, v: [1] }],
    [new Date(0), { $: 'date', v: '1970-01-01T00:00:00.000Z' }],
    [new Date(Number.NaN), { $: 'date', v: 'Invalid Date' }],
    [/a\/b/gi, { $: 'regexp', v: '/a\\/b/gi' }],
    [new TypeError('no'), { $: 'error', c: 'TypeError', v: 'no' }],
    [new Uint8Array([1, 2]), { $: 'bytes', c: 'Uint8Array', n: 2, v: [1, 2] }],
    [new BigInt64Array([3n]), { $: 'bytes', c: 'BigInt64Array', n: 1, v: [3] }],
    [new ArrayBuffer(8), { $: 'bytes', c: 'ArrayBuffer', n: 8, v: [] }],
    [new DataView(new ArrayBuffer(4)), { $: 'bytes', c: 'DataView', n: 4, v: [] }],
    [REDACTED, { $: 'redacted', v: 'unknown' }],
    [Promise.resolve(), { $: 'object', c: 'Promise', n: 0, v: [] }],
  ])('%o', (value, expected) => {
    expect(show(value)).toEqual(expected)
  })

  test('of a DOM are told by tag, id and classes', () => {
    class Node {
      get nodeType() {
        return 1
      }
      get nodeName() {
        return 'P'
      }
    }
    class Element extends Node {
      get localName() {
        return 'p'
      }
      get id() {
        return 'main'
      }
      get className() {
        return ' a  b '
      }
    }
    const globals = globalThis as Record<string, unknown>
    Object.assign(globals, { Node, Element })
    try {
      expect(show(new Element())).toEqual({ $: 'dom', v: '<p#main.a.b>' })
    } finally {
      delete globals.Node
      delete globals.Element
    }
  })

  test('that hold themselves say where', () => {
    const loop: Record<string, unknown> = { list: [] }
    loop.self = loop
    ;(loop.list as unknown[]).push(loop)
    expect(show(loop)).toEqual({
      $: 'object',
      n: 2,
      v: [
        ['list', { $: 'array', n: 1, v: [{ $: 'cycle', up: 2 }] }],
        ['self', { $: 'cycle', up: 1 }],
      ],
    })
  })
})

describe('limits', () => {
  test('text', () => {
    expect(show('x'.repeat(2000))).toEqual({ $: 'string', v: 'x'.repeat(1024), n: 2000 })
    expectBounded(show(Array.from({ length: 100 }, () => 'y'.repeat(1e6))))
    expectBounded(show({ ['k'.repeat(1e6)]: 1 }))
  })
  test('items and depth', () => {
    const wide = show(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])))
    expect(wide).toMatchObject({ $: 'object', n: 5000 })
    expect((wide as unknown as { v: unknown[] }).v).toHaveLength(100)
    let deep: unknown = 1
    for (let i = 0; i < 10_000; i++) deep = [deep]
    expect(JSON.stringify(show(deep)).match(/"array"/g)).toHaveLength(6)
  })
  test('all together', () => {
    const tree = (depth: number): unknown => Array.from({ length: 100 }, () => (depth ? tree(depth - 1) : 'leaf'))
    const shown = show(tree(2))
    expectBounded(shown)
    expect(JSON.stringify(shown).match(/leaf/g)!.length).toBeLessThanOrEqual(LIMITS.nodes)
  })
  test('numbers that would take forever to write', () => {
    expect(show(-(2n ** 100_000n))).toEqual({ $: 'bigint', v: '-2^3000 or more' })
  })
})

describe('hostile values', () => {
  const boom = () => {
    throw new Error('boom')
  }
  test('getters are never called', () => {
    let calls = 0
    const trap = { enumerable: true, get: () => ++calls }
    const value = Object.defineProperties({}, { a: trap, toJSON: trap, [Symbol.toStringTag]: trap })
    const list = Object.defineProperty([1], '0', trap)
    const tricky = Object.create(Object.defineProperty({}, 'constructor', trap)) as object
    const error = Object.defineProperties(new Error(), { message: trap, code: trap, issues: trap })
    const pattern = Object.defineProperties(/a/, { source: trap, flags: trap, global: trap })
    const map = Object.defineProperties(new Map([[1, value]]), { size: trap, entries: trap })
    show([value, list, tricky, error, pattern, map, new Date(), Object.create(value)])
    expect(calls).toBe(0)
    expect(show(list)).toEqual({ $: 'array', n: 1, v: [{ $: 'accessor' }] })
  })
  test('proxies may throw', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const every = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, boom]))
    for (const value of [proxy, new Proxy({}, every), new Proxy([], every), new Proxy(() => {}, every)]) {
      expectBounded(show({ inside: [value] }))
      expectBounded(show(value))
    }
    expect(show(proxy)).toEqual({ $: 'unreadable' })
    expectBounded(show(new Proxy(new Map(), {})))
    expectBounded(show(new Proxy({}, { getPrototypeOf: (target) => new Proxy(target, {}) })))
  })
  test('lies about what they are', () => {
    expectBounded(show(Object.create(Date.prototype)))
    expectBounded(show(Object.create(Map.prototype)))
    expectBounded(show(Object.create(RegExp.prototype)))
    expectBounded(show(Object.create(Uint8Array.prototype)))
    expectBounded(show(Object.create(Error.prototype)))
    expectBounded(show({ $: 'object', $redacted: false }))
  })
})

describe('secrets', () => {
  const secret = 'hunter2'
  test.each(['password', 'PASSWD', 'apiToken', 'client_secret', 'Authorization', 'cookies', 'cardNumber'])(
    '%s',
    (key) => {
      for (const value of [{ [key]: secret }, { deep: [{ [key]: { x: secret } }] }, new Map([[key, secret]])]) {
        expect(JSON.stringify(show(value))).not.toContain(secret)
      }
      expect(JSON.stringify(show({ [key]: secret }, { expose: new Set([key]) }))).toContain(secret)
    },
  )
  test('what a definition redacts', () => {
    const shown = show({ name: secret, at: { name: 'shown' } }, { redact: new Set(['name']) })
    expect(JSON.stringify(shown)).not.toContain(secret)
    expect(shown).toMatchObject({
      v: [
        ['name', { $: 'redacted', v: 'string' }],
        ['at', { v: [['name', 'shown']] }],
      ],
    })
  })
  test('types only', () => {
    for (const value of [secret, { a: secret }, [secret], new Error(secret), new Map([[secret, 1]])]) {
      expect(show(value, { types: true })).toEqual({ $: 'redacted', v: typeof value })
    }
  })
  test('errors of schemas say no value, and no words that quote it', () => {
    const error = Object.assign(new Error(`Invalid: ${secret}`), {
      code: 'MODEL_INVALID',
      model: 'user',
      value: secret,
    })
    expect(show(error)).toEqual({ $: 'error', c: 'Error', code: 'MODEL_INVALID', more: [['model', 'user']] })
    expect(JSON.stringify(show(Object.assign(new Error(secret), { issues: [] })))).not.toContain(secret)
  })
})

describe('laws', () => {
  const any = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withSparseArray: true,
    withTypedArray: true,
    maxDepth: 8,
  })
  test('any value is shown, bounded, as JSON, twice the same', () => {
    fc.assert(
      fc.property(any, (value) => {
        const shown = show(value)
        expectBounded(shown)
        expect(show(value)).toEqual(shown)
        expectBounded(show(value, { types: true }))
      }),
      { numRuns: 500 },
    )
  })
  test('any value with getters, cycles and broken proxies in it', () => {
    fc.assert(
      fc.property(any, fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }), (value, tricks) => {
        let calls = 0
        const world: Record<string, unknown> = { value }
        for (const [i, trick] of tricks.entries()) {
          const name = `t${i}`
          if (trick === 0) Object.defineProperty(world, name, { enumerable: true, get: () => ++calls })
          if (trick === 1) world[name] = world
          if (trick === 2) world[name] = new Proxy({}, { ownKeys: () => ['a', 'b'], get: () => ++calls })
          if (trick === 3) {
            const { proxy, revoke } = Proxy.revocable([], {})
            revoke()
            world[name] = proxy
          }
        }
        expectBounded(show(world))
        expect(calls).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})
