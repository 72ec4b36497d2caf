import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { collection, createStore, defineModel, effect, ValidationError } from '../index.ts'

// By value: what is stored is a deeply frozen copy of what was given; what is read is that frozen value.

const Box = defineModel('box', { f: v.any(), g: v.any() }, { initial: { f: null, g: null } })
const Boxes = collection(Box)

function box() {
  return createStore({ state: [Box] }).get(Box)
}

/** Writes a value and reads it back. */
function kept<T>(value: T): T {
  const model = box()
  model.f = value
  return model.f as T
}

/** The refusal of a write. */
function refusal(value: unknown): ValidationError {
  const model = box()
  try {
    model.f = value
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError)
    expect(model.f).toBe(null)
    return error as ValidationError
  }
  throw new Error('was accepted')
}

/** Every object reachable from `value`. */
function parts(value: unknown, seen = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return seen
  seen.add(value)
  if (value instanceof Map) for (const pair of value) for (const part of pair) parts(part, seen)
  else if (value instanceof Set) for (const part of value) parts(part, seen)
  else for (const part of Object.values(value)) parts(part, seen)
  return seen
}

const tree = () => ({
  list: [1, [2, { deep: true }]],
  date: new Date(7),
  map: new Map<unknown, unknown>([
    ['k', { v: 1 }],
    [{ key: 'object' }, [1]],
  ]),
  set: new Set<unknown>([{ s: 1 }, 'x']),
  pattern: /a+/i,
  bare: Object.assign(Object.create(null), { n: null, u: undefined, big: 10n }),
})

test('what is read is equal to what was given, shares no object with it, and is frozen throughout', () => {
  const given = tree()
  const read = kept(given)
  expect({ ...read, bare: { ...read.bare } }).toEqual({ ...tree(), bare: { ...given.bare } })
  const mine = parts(given)
  for (const part of parts(read)) {
    expect(mine.has(part)).toBe(false)
    expect(Object.isFrozen(part)).toBe(true)
  }
  expect(parts(read).size).toBe(mine.size)
})

test('law: for any plain data, equal, frozen, nothing shared; and written back it is not copied', () => {
  const data = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: false })
  fc.assert(
    fc.property(data, (value) => {
      let read: unknown
      const model = box()
      try {
        model.f = value
        read = model.f
      } catch (error) {
        // A key "__proto__" somewhere inside.
        expect((error as ValidationError).issues[0]?.path).toContain('__proto__')
        return
      }
      expect(read).toEqual(value)
      const mine = parts(value)
      for (const part of parts(read)) expect(!mine.has(part) && Object.isFrozen(part)).toBe(true)
      model.g = { around: [read] }
      expect((model.g as { around: unknown[] }).around[0]).toBe(read)
    }),
    { numRuns: 500 },
  )
})

test('no caller can change the store by keeping a reference', () => {
  const given = tree()
  const model = box()
  model.f = given
  const seen: unknown[] = []
  effect(() => {
    seen.push(model.f)
  })
  given.list.push(3)
  ;(given.list[1] as unknown[]).pop()
  given.date.setTime(0)
  given.map.clear()
  given.set.clear()
  ;(given as Record<string, unknown>).more = 1
  expect((model.f as typeof given).list).toEqual([1, [2, { deep: true }]])
  expect(+(model.f as typeof given).date).toBe(7)
  expect((model.f as typeof given).map.size).toBe(2)
  expect((model.f as typeof given).set.size).toBe(2)
  expect(model.f).not.toHaveProperty('more')
  expect(seen).toHaveLength(1)
  // A frozen thing of the caller's may hold what is not frozen.
  const inner = { n: 1 }
  model.f = Object.freeze([inner])
  inner.n = 2
  expect(model.f).toEqual([{ n: 1 }])
})

test('what was read cannot be changed in place', () => {
  const read = kept(tree())
  expect(() => read.list.push(1)).toThrow(TypeError)
  expect(() => {
    ;(read.list[1] as unknown[])[0] = 9
  }).toThrow(TypeError)
  expect(() => {
    delete (read as Partial<typeof read>).date
  }).toThrow(TypeError)
  expect(() => Object.setPrototypeOf(read, null)).toThrow(TypeError)
  expect(read.list).toEqual([1, [2, { deep: true }]])
})

test('copies of Date, Map and Set throw on every mutator, and read as ever', () => {
  const read = kept(tree())
  const setters = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'))
  expect(setters.length).toBeGreaterThan(14)
  for (const name of setters) {
    expect(() => (read.date as unknown as Record<string, (n: number) => void>)[name]!(0), name).toThrow(TypeError)
  }
  expect(() => read.map.set('k', 1)).toThrow(TypeError)
  expect(() => read.map.delete('k')).toThrow(TypeError)
  expect(() => read.map.clear()).toThrow(TypeError)
  expect(() => read.set.add(1)).toThrow(TypeError)
  expect(() => read.set.delete('x')).toThrow(TypeError)
  expect(() => read.set.clear()).toThrow(TypeError)
  expect([+read.date, read.map.size, read.set.size]).toEqual([7, 2, 2])
  expect(read.date.toISOString()).toBe('1970-01-01T00:00:00.007Z')
  expect(read.date).toBeInstanceOf(Date)
  expect(read.map).toBeInstanceOf(Map)
  expect(read.set).toBeInstanceOf(Set)
  expect([...read.map.keys()][0]).toBe('k')
  expect(read.set.has('x')).toBe(true)
  expect(structuredClone(read.map)).toEqual(
    new Map<unknown, unknown>([
      ['k', { v: 1 }],
      [{ key: 'object' }, [1]],
    ]),
  )
  expect(JSON.stringify(read.date)).toBe('"1970-01-01T00:00:00.007Z"')
  // A copy of the copy is the caller's again.
  expect(new Map(read.map).set('new', 1).size).toBe(3)
  expect(new Date(read.date).setTime(9)).toBe(9)
})

test('a pattern cannot be changed either, and matches as ever', () => {
  const read = kept({ p: /a+/i }).p
  try {
    // The one mutator of a RegExp, from the oldest days of the web.
    read.compile('b')
  } catch {}
  expect([read.source, read.flags, read.test('xAAx'), read.test('b')]).toEqual(['a+', 'i', true, false])
  expect('xAAx'.replace(read, '-')).toBe('x-x')
  expect([...'aXa'.matchAll(kept({ p: /a/g }).p)]).toHaveLength(2)
})

test('primitives are kept as they are', () => {
  for (const value of [0, -0, NaN, Infinity, '', 'x'.repeat(1e6), true, false, null, undefined, 10n ** 30n, '\ud800']) {
    expect(Object.is(kept(value), value)).toBe(true)
  }
})

test('cycles and shared parts are kept as they are', () => {
  interface Ring {
    me?: Ring
    list: unknown[]
    map?: Map<unknown, unknown>
    set?: Set<unknown>
  }
  const ring: Ring = { list: [] }
  ring.me = ring
  ring.list.push(ring.list, ring)
  ring.map = new Map<unknown, unknown>([['ring', ring]])
  ring.map.set(ring.map, ring)
  ring.set = new Set([ring])
  ring.set.add(ring.set)
  const read = kept(ring)
  expect(read).not.toBe(ring)
  expect(read.me).toBe(read)
  expect(read.list[0]).toBe(read.list)
  expect(read.list[1]).toBe(read)
  expect(read.map?.get('ring')).toBe(read)
  expect(read.map?.get(read.map)).toBe(read)
  expect([...(read.set as Set<unknown>)]).toEqual([read, read.set])
  const shared = { n: 1 }
  const [a, b] = kept([shared, shared])
  expect(a).toBe(b)
})

test('parts shared at every level are copied once each, not once per path', () => {
  let doubled: unknown = { leaf: true }
  for (let i = 0; i < 60; i++) doubled = [doubled, doubled]
  let read = kept(doubled) as [unknown, unknown]
  for (let i = 0; i < 60; i++) {
    expect(read[0]).toBe(read[1])
    read = read[0] as [unknown, unknown]
  }
  expect(read).toEqual({ leaf: true })
})

class Point {
  x = 1
}
class Stack extends Array<number> {}
class Moment extends Date {}
class Bag extends Map<string, number> {}
class Few extends Set<number> {}
class Pattern extends RegExp {}

/** What is no value, by name. */
const refused: Record<string, unknown> = {
  'a class instance': new Point(),
  'an object with a prototype of its own': Object.create({ inherited: 1 }),
  'a subclass of Array': Stack.from([1]),
  'a subclass of Date': new Moment(),
  'a subclass of Map': new Bag(),
  'a subclass of Set': new Few(),
  'a subclass of RegExp': new Pattern('x'),
  'an Error': new TypeError('x'),
  'an AggregateError': new AggregateError([]),
  'a function': () => 1,
  'an arrow of a class': Point,
  'an async function': async () => {},
  'a generator': (function* () {})(),
  'a symbol': Symbol('x'),
  'a well-known symbol': Symbol.iterator,
  'a boxed number': Object(1),
  'a boxed string': Object('x'),
  'a boxed boolean': Object(false),
  'a boxed bigint': Object(1n),
  'a boxed symbol': Object(Symbol('x')),
  'a Blob': new Blob(['x']),
  'a File': new File(['x'], 'x'),
  'a URL': new URL('about:blank'),
  'an ArrayBuffer': new ArrayBuffer(1),
  'a SharedArrayBuffer': new SharedArrayBuffer(1),
  'a DataView': new DataView(new ArrayBuffer(1)),
  'a Uint8Array': new Uint8Array(1),
  'a Float64Array': new Float64Array(1),
  'a Buffer': Buffer.from('x'),
  'a WeakMap': new WeakMap(),
  'a WeakSet': new WeakSet(),
  'a WeakRef': new WeakRef({}),
  'a Promise': Promise.resolve(),
  'an iterator': [1][Symbol.iterator](),
  'a map iterator': new Map().entries(),
  'an Intl object': new Intl.NumberFormat(),
  'an AbortSignal': new AbortController().signal,
  'a live model': box(),
  'a would-be Date': Object.create(Date.prototype),
  'a would-be Map': Object.create(Map.prototype),
  'a symbol key': { [Symbol('k')]: 1 },
  'a symbol key of an array': Object.assign([1], { [Symbol('k')]: 1 }),
  'a key __proto__': JSON.parse('{"__proto__":{"polluted":true}}'),
  'a typed array of another realm': runInNewContext('new Uint8Array(1)'),
  'an Error of another realm': runInNewContext('new Error("x")'),
  'a class instance of another realm': runInNewContext('new (class A { x = 1 })()'),
}

test.each(Object.keys(refused))('%s is a ValidationError with its path, at the write, wherever it stands', (name) => {
  const value = refused[name]
  const own = name === 'a key __proto__' ? ['__proto__'] : []
  expect(refusal(value).issues).toEqual([{ path: ['f', ...own], message: expect.stringMatching(/\w/) }])
  expect(refusal({ a: [{ b: value }] }).issues[0]?.path).toEqual(['f', 'a', 0, 'b', ...own])
  expect(refusal([1, [2, value]]).issues[0]?.path).toEqual(['f', 1, 1, ...own])
  expect(refusal(new Map([['k', { v: value }]])).issues[0]?.path).toEqual(['f', 'k', 'v', ...own])
  expect(refusal(new Map([[value, 1]])).issues[0]?.path.slice(0, 1)).toEqual(['f'])
  expect(refusal(new Set([0, value])).issues[0]?.path).toEqual(['f', 1, ...own])
})

test('nothing is polluted by a key __proto__, constructor or prototype', () => {
  refusal(JSON.parse('{"a":{"__proto__":{"polluted":true}}}'))
  const read = kept(JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'))
  expect(read).toEqual({ constructor: { prototype: { polluted: true } } })
  expect(({} as { polluted?: boolean }).polluted).toBe(undefined)
  expect(Object.hasOwn(read, 'constructor')).toBe(true)
})

test('a refused part refuses the whole, in set and in add too', () => {
  const store = createStore({ state: [Box, Boxes].slice(1) })
  const boxes = store.get(Boxes)
  expect(() => boxes.add({ f: 1, g: [() => 1] }, 'x')).toThrow(ValidationError)
  expect([boxes.size, boxes.has('x')]).toEqual([0, false])
  const model = box()
  expect(() => model.set({ f: 1, g: { x: Symbol('s') } })).toThrow(ValidationError)
  expect(model.toJSON()).toEqual({ f: null, g: null })
})

test('a property that is worked out when read is read once, and its value is kept', () => {
  let reads = 0
  const read = kept({
    get now() {
      return { n: ++reads }
    },
  })
  expect([read.now, read.now, reads]).toEqual([{ n: 1 }, { n: 1 }, 1])
  expect(Object.getOwnPropertyDescriptor(read, 'now')).toMatchObject({ writable: false, value: { n: 1 } })
})

test('what a getter throws reaches the writer, and nothing is changed', () => {
  const model = box()
  const bad = {
    get now() {
      throw new RangeError('no')
    },
  }
  expect(() => {
    model.f = bad
  }).toThrow('no')
  expect([model.f, model.revision]).toEqual([null, 0])
})

test('plain data of another realm is plain data', () => {
  const foreign = runInNewContext('({ a: [1, { b: 2 }], n: Object.create(null) })')
  expect(JSON.stringify(kept(foreign))).toBe('{"a":[1,{"b":2}],"n":{}}')
})

test.each([
  ['arrays', (inner: unknown) => [inner]],
  ['objects', (inner: unknown) => ({ inner })],
  ['maps', (inner: unknown) => new Map([['k', inner]])],
  ['keys of maps', (inner: unknown) => new Map([[inner, 1]])],
  ['sets', (inner: unknown) => new Set([inner])],
])('100,000 levels of %s are a ValidationError, not a stack overflow', (_, wrap) => {
  let bomb: unknown = 1
  for (let i = 0; i < 100_000; i++) bomb = wrap(bomb)
  const error = refusal(bomb)
  expect(error.issues[0]?.path[0]).toBe('f')
  expect(error.message).toMatch(/deep|nest/)
  expect(error.message.length).toBeLessThan(500)
})

test('a hundred levels are fine', () => {
  let deep: unknown = 1
  for (let i = 0; i < 100; i++) deep = { deep: [deep] }
  expect(kept(deep)).toEqual(deep)
})
