import * as v from 'valibot'
import type { Lab, Library, Scene, Suite } from '../fixtures/suite.ts'
import type { ValidationError } from '../index.ts'
import { caught, parts, watcher } from './fixtures/scenes.ts'

const boxOf = ({ defineModel }: Library) =>
  defineModel('box', { f: v.any(), g: v.any() }, { initial: { f: null, g: null } })

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

class Point {
  x = 1
}
class Stack extends Array<number> {}
class Moment extends Date {}
class Bag extends Map<string, number> {}
class Few extends Set<number> {}
class Pattern extends RegExp {}

/** What is no value, by name. */
const refused: Readonly<Record<string, () => unknown>> = {
  'a class instance': () => new Point(),
  'an object with a prototype of its own': () => Object.create({ inherited: 1 }),
  'a subclass of Array': () => Stack.from([1]),
  'a subclass of Date': () => new Moment(),
  'a subclass of Map': () => new Bag(),
  'a subclass of Set': () => new Few(),
  'a subclass of RegExp': () => new Pattern('x'),
  'an Error': () => new TypeError('x'),
  'an AggregateError': () => new AggregateError([]),
  'a function': () => () => 1,
  'a class': () => Point,
  'an async function': () => async () => {},
  'a generator': () => (function* () {})(),
  'a symbol': () => Symbol('x'),
  'a well-known symbol': () => Symbol.iterator,
  'a boxed number': () => Object(1),
  'a boxed string': () => Object('x'),
  'a boxed boolean': () => Object(false),
  'a boxed bigint': () => Object(1n),
  'a boxed symbol': () => Object(Symbol('x')),
  'a Blob': () => new Blob(['x']),
  'a URL': () => new URL('about:blank'),
  'an ArrayBuffer': () => new ArrayBuffer(1),
  'a DataView': () => new DataView(new ArrayBuffer(1)),
  'a Uint8Array': () => new Uint8Array(1),
  'a Float64Array': () => new Float64Array(1),
  'a WeakMap': () => new WeakMap(),
  'a WeakSet': () => new WeakSet(),
  'a WeakRef': () => new WeakRef({}),
  'a Promise': () => Promise.resolve(),
  'an iterator': () => [1][Symbol.iterator](),
  'a map iterator': () => new Map().entries(),
  'an Intl object': () => new Intl.NumberFormat(),
  'an AbortSignal': () => new AbortController().signal,
  'a would-be Date': () => Object.create(Date.prototype),
  'a would-be Map': () => Object.create(Map.prototype),
  'a symbol key': () => ({ [Symbol('k')]: 1 }),
  'a symbol key of an array': () => Object.assign([1], { [Symbol('k')]: 1 }),
  'a key __proto__': () => JSON.parse('{"__proto__":{"polluted":true}}'),
}

/** By value: what is stored is a deeply frozen copy of what was given; what is read is that frozen value. */
export const sealed: Suite = (library) => {
  const { collection, ValidationError } = library
  const Box = boxOf(library)
  const Boxes = collection(library.defineModel('boxes', { f: v.any(), g: v.any() }, { initial: { f: null, g: null } }))
  const Fussy = library.defineModel(
    'fussy',
    { f: v.any(), n: v.number() },
    { initial: { f: null, n: 0 }, check: (m) => m.n >= 0 || 'negative' },
  )
  const watch = watcher(library)

  /** Writes a value and reads it back. */
  async function kept<T>({ get }: Lab, value: T): Promise<T> {
    await get(Box).set({ f: value })
    return get(Box).f as T
  }
  /** The refusal of a write. */
  async function refusal({ get, expect }: Lab, value: unknown): Promise<ValidationError> {
    const before = get(Box).f
    const error = await caught<ValidationError>(() => get(Box).set({ f: value }))
    expect(error).toBeInstanceOf(ValidationError)
    expect(get(Box).f).toBe(before)
    return error
  }
  const scene = (here: Scene['here']): Scene => ({ state: [Box, Boxes], here })

  const refusals = Object.entries(refused).map(([name, make]): [string, Scene] => [
    `${name} is a ValidationError with its path, at the write, wherever it stands`,
    scene(async (lab) => {
      const { expect } = lab
      const value = make()
      const own = name === 'a key __proto__' ? ['__proto__'] : []
      const issues = async (given: unknown) => (await refusal(lab, given)).issues
      const path = async (given: unknown) => (await issues(given))[0]?.path
      expect(await issues(value)).toEqual([{ path: ['f', ...own], message: expect.stringMatching(/\w/) }])
      expect(await path({ a: [{ b: value }] })).toEqual(['f', 'a', 0, 'b', ...own])
      expect(await path([1, [2, value]])).toEqual(['f', 1, 1, ...own])
      expect(await path(new Map([['k', { v: value }]]))).toEqual(['f', 'k', 'v', ...own])
      expect((await path(new Map([[value, 1]])))?.slice(0, 1)).toEqual(['f'])
      expect(await path(new Set([0, value]))).toEqual(['f', 1, ...own])
    }),
  ])

  const bombs = {
    arrays: (inner: unknown) => [inner],
    objects: (inner: unknown) => ({ inner }),
    maps: (inner: unknown) => new Map([['k', inner]]),
    'keys of maps': (inner: unknown) => new Map([[inner, 1]]),
    sets: (inner: unknown) => new Set([inner]),
  }
  const tooDeep = Object.entries(bombs).map(([name, wrap]): [string, Scene] => [
    `100,000 levels of ${name} are a ValidationError, not a stack overflow`,
    scene(async (lab) => {
      let bomb: unknown = 1
      for (let i = 0; i < 100_000; i++) bomb = wrap(bomb)
      const error = await refusal(lab, bomb)
      lab.expect(error.issues[0]?.path[0]).toBe('f')
      lab.expect(error.message).toMatch(/deep|nest/)
      lab.expect(error.message.length).toBeLessThan(500)
    }),
  ])

  return {
    'what is read is equal to what was given, shares no object with it, and is frozen throughout': scene(
      async (lab) => {
        const { expect } = lab
        const given = tree()
        const read = await kept(lab, given)
        expect({ ...read, bare: { ...read.bare } }).toEqual({ ...tree(), bare: { ...given.bare } })
        const mine = parts(given)
        for (const part of parts(read)) {
          expect(mine.has(part)).toBe(false)
          expect(Object.isFrozen(part)).toBe(true)
        }
        expect(parts(read).size).toBe(mine.size)
      },
    ),
    'what was there before anybody looked is frozen as well': {
      state: [Box],
      opened: { snapshot: { 'model/box': { v: 1, d: { f: tree(), g: null } } } },
      async here({ get, expect }) {
        const { f } = get(Box) as { f: ReturnType<typeof tree> }
        for (const part of parts(f)) expect(Object.isFrozen(part)).toBe(true)
        expect(() => f.map.clear()).toThrow(TypeError)
        expect(f.map.size).toBe(2)
      },
    },
    'no caller can change the store by keeping a reference': scene(async ({ get, expect }) => {
      const given = tree()
      const model = get(Box)
      // Not even before the write has ended, where it takes time.
      const write = model.set({ f: given })
      given.list.push(3)
      await write
      const seen = watch(() => model.f)
      ;(given.list[1] as unknown[]).pop()
      given.date.setTime(0)
      given.map.clear()
      given.set.clear()
      ;(given as Record<string, unknown>).more = 1
      const f = model.f as typeof given
      expect(f.list).toEqual([1, [2, { deep: true }]])
      expect([+f.date, f.map.size, f.set.size]).toEqual([7, 2, 2])
      expect(f).not.toHaveProperty('more')
      expect(seen).toHaveLength(1)
      // A frozen thing of the caller's may hold what is not frozen.
      const inner = { n: 1 }
      const again = model.set({ f: Object.freeze([inner]) })
      inner.n = 2
      await again
      inner.n = 3
      expect(model.f).toEqual([{ n: 1 }])
      // Nor by the object that names the fields.
      const values = { f: 1 }
      const last = model.set(values)
      values.f = 2
      await last
      expect(model.f).toBe(1)
    }),
    'what was read cannot be changed in place': scene(async (lab) => {
      const { expect } = lab
      const read = await kept(lab, tree())
      expect(() => read.list.push(1)).toThrow(TypeError)
      expect(() => {
        ;(read.list[1] as unknown[])[0] = 9
      }).toThrow(TypeError)
      expect(() => {
        delete (read as Partial<typeof read>).date
      }).toThrow(TypeError)
      expect(() => Object.setPrototypeOf(read, null)).toThrow(TypeError)
      expect(read.list).toEqual([1, [2, { deep: true }]])
    }),
    'copies of Date, Map and Set throw on every mutator, and read as ever': scene(async (lab) => {
      const { expect } = lab
      const read = await kept(lab, tree())
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
    }),
    'a pattern cannot be changed either, and matches as ever': scene(async (lab) => {
      const { expect } = lab
      const read = (await kept(lab, { p: /a+/i })).p
      try {
        // The one mutator of a RegExp, from the oldest days of the web.
        read.compile('b')
      } catch {}
      expect([read.source, read.flags, read.test('xAAx'), read.test('b')]).toEqual(['a+', 'i', true, false])
      expect('xAAx'.replace(read, '-')).toBe('x-x')
      expect([...'aXa'.matchAll((await kept(lab, { p: /a/g })).p)]).toHaveLength(2)
    }),
    'primitives are kept as they are': scene(async (lab) => {
      const long = 'x'.repeat(1e6)
      for (const value of [0, -0, NaN, Infinity, '', long, true, false, null, undefined, 10n ** 30n, '\ud800']) {
        lab.expect(Object.is(await kept(lab, value), value)).toBe(true)
      }
    }),
    'cycles and shared parts are kept as they are': scene(async (lab) => {
      const { expect } = lab
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
      const read = await kept(lab, ring)
      expect(read).not.toBe(ring)
      expect(read.me).toBe(read)
      expect(read.list[0]).toBe(read.list)
      expect(read.list[1]).toBe(read)
      expect(read.map?.get('ring')).toBe(read)
      expect(read.map?.get(read.map)).toBe(read)
      const [first, second] = read.set as Set<unknown>
      expect(first).toBe(read)
      expect(second).toBe(read.set)
      const shared = { n: 1 }
      const [a, b] = await kept(lab, [shared, shared])
      expect(a).toBe(b)
    }),
    'parts shared at every level are copied once each, not once per path': scene(async (lab) => {
      let doubled: unknown = { leaf: true }
      for (let i = 0; i < 60; i++) doubled = [doubled, doubled]
      let read = (await kept(lab, doubled)) as [unknown, unknown]
      for (let i = 0; i < 60; i++) {
        lab.expect(read[0]).toBe(read[1])
        read = read[0] as [unknown, unknown]
      }
      lab.expect(read).toEqual({ leaf: true })
    }),
    'an error quotes shared parts and cycles as they are': {
      state: [Fussy],
      async here({ get, expect }) {
        const fussy = get(Fussy)
        let doubled: unknown = { leaf: true }
        for (let i = 0; i < 15; i++) doubled = [doubled, doubled]
        const ring: { all: unknown[] } = { all: [] }
        ring.all.push(ring, ring, ring.all, doubled, doubled)
        await fussy.set({ f: ring })
        const error = await caught(() => fussy.set({ n: -1 }))
        expect(error).toBeInstanceOf(ValidationError)
        const { all } = (error.value as { f: typeof ring }).f
        const [one, two, list, left, right] = all as [typeof ring, typeof ring, unknown[], unknown[], unknown[]]
        expect([one.all === all, one === two, list === all, left === right, left[0] === left[1]]).toEqual(
          Array(5).fill(true),
        )
      },
    },
    ...Object.fromEntries(refusals),
    'a live model is no value': scene(async (lab) => {
      lab.expect((await refusal(lab, [lab.get(Box)])).issues[0]?.path).toEqual(['f', 0])
    }),
    'nothing is polluted by a key __proto__, constructor or prototype': scene(async (lab) => {
      const { expect } = lab
      await refusal(lab, JSON.parse('{"a":{"__proto__":{"polluted":true}}}'))
      const read = await kept(lab, JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'))
      expect(read).toEqual({ constructor: { prototype: { polluted: true } } })
      expect(({} as { polluted?: boolean }).polluted).toBe(undefined)
      expect(Object.hasOwn(read, 'constructor')).toBe(true)
    }),
    'a refused part refuses the whole, in set, add and put': scene(async ({ get, expect }) => {
      const boxes = get(Boxes)
      expect(await caught(() => boxes.add({ f: 1, g: [() => 1] }, 'x'))).toBeInstanceOf(ValidationError)
      expect(await caught(() => boxes.put('x', { f: 1, g: new Point() }))).toBeInstanceOf(ValidationError)
      expect([boxes.size, boxes.has('x')]).toEqual([0, false])
      const error = await caught<ValidationError>(() => get(Box).set({ f: 1, g: { x: Symbol('s') }, h: 2 } as never))
      expect(error).toBeInstanceOf(ValidationError)
      expect(error.issues.map(({ path }) => path)).toEqual([['g', 'x'], ['h']])
      expect(get(Box).toJSON()).toEqual({ f: null, g: null })
    }),
    'a property that is worked out when read is read once, and its value is kept': scene(async (lab) => {
      const { expect } = lab
      let reads = 0
      const read = await kept(lab, {
        get now() {
          return { n: ++reads }
        },
      })
      expect([read.now, read.now, reads]).toEqual([{ n: 1 }, { n: 1 }, 1])
      expect(Object.getOwnPropertyDescriptor(read, 'now')).toMatchObject({ writable: false, value: { n: 1 } })
    }),
    'what a getter throws reaches the writer, and nothing is changed': scene(async ({ get, expect }) => {
      const model = get(Box)
      const bad = {
        get now() {
          throw new RangeError('no')
        },
      }
      expect(await caught(() => model.set({ f: bad }))).toMatchObject({ name: 'RangeError', message: 'no' })
      expect([model.f, model.revision]).toEqual([null, 0])
    }),
    ...Object.fromEntries(tooDeep),
    'a hundred levels are fine': scene(async (lab) => {
      let deep: unknown = 1
      for (let i = 0; i < 100; i++) deep = { deep: [deep] }
      lab.expect(await kept(lab, deep)).toEqual(deep)
    }),
    'a value that was read stays the same object until its field is written': scene(async ({ get, store, expect }) => {
      const model = get(Box)
      await model.set({ f: [{ a: 1 }] })
      const { f } = model
      expect(model.toJSON().f).toBe(f)
      expect(model.peek('f')).toBe(f)
      let told: unknown
      store.subscribe(Box, ({ f }) => {
        told = f
      })
      await model.set({ g: 1 })
      await store.flush()
      expect(model.f).toBe(f)
      expect(told).toBe(f)
      await model.set({ f: [{ a: 2 }] })
      expect(f).toEqual([{ a: 1 }])
    }),
    'a snapshot that was hydrated is not the store': scene(async ({ get, store, expect }) => {
      const fresh = () => ({ v: 1, d: { f: { tags: ['a'], n: [1] }, g: null } })
      const given = { 'model/box': fresh(), 'model/boxes/x': { ...fresh(), o: 0 } }
      const hydrated = store.hydrate(given)
      for (const { d } of Object.values(given)) {
        d.f.tags.push('b')
        d.f.n.push(2)
      }
      await hydrated
      expect(get(Box).toJSON()).toEqual(fresh().d)
      expect(get(Boxes).get('x')?.toJSON()).toEqual(fresh().d)
    }),
  }
}
