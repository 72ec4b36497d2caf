import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LONGEST_LINE, line, linesOf } from './line.ts'
import { isPreview, readToPanel } from './read.ts'
import { readRival, readToAgent } from './read-by-agent.ts'

const stream = readFileSync(new URL('../fixtures/stream.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const requests = [
  { k: 'who', v: 1, at: 1 },
  { k: 'attach', v: 1, run: 'r', session: 's' },
  { k: 'bye', v: 1, session: 's' },
  { k: 'credit', rows: 5 },
  { k: 'record', on: true },
  { k: 'value', q: 1, s: 1, key: 'model/a', path: ['x', 0] },
  { k: 'pending', q: 1, m: 1 },
  { k: 'why', q: 1, m: 1, states: ['A'] },
  { k: 'mutate', q: 1, m: 1, type: 'add', states: ['A'], args: { a: [1, null, 'x'] } },
  { k: 'restore', q: 1, m: 1, seq: 3 },
].map((frame) => JSON.stringify(frame))

describe('frames', () => {
  test('of a recorded stream are read as they are', () => {
    for (const text of stream) expect(JSON.stringify(readToPanel(text))).toBe(text)
  })
  test('of a panel are read as they are', () => {
    for (const text of requests) expect(JSON.stringify(readToAgent(text))).toBe(text)
  })
  test('of one direction are none in the other', () => {
    const both = new Set(['bye', 'record', 'value', 'pending'])
    for (const text of stream) if (!both.has(JSON.parse(text).k)) expect(readToAgent(text)).toBeUndefined()
    for (const text of requests) if (!both.has(JSON.parse(text).k)) expect(readToPanel(text)).toBeUndefined()
  })
  test('of a later version may have more in them', () => {
    expect(readToAgent('{"k":"credit","rows":5,"more":true}')).toMatchObject({ rows: 5 })
    expect(readToPanel('{"k":"tx","rows":[[1,2,3,0,1,[],[],{"more":1},"and more"]]}')).toBeDefined()
  })
  test.each([
    'null',
    '[]',
    '7',
    '"who"',
    '{}',
    '{"k":"__proto__"}',
    '{"k":"constructor"}',
    '{"k":"toString"}',
    '{"k":["credit"],"rows":5}',
    '{"__proto__":{"k":"credit","rows":5}}',
    '{"k":"credit"}',
    '{"k":"credit","rows":-1}',
    '{"k":"credit","rows":1.5}',
    '{"k":"credit","rows":1e400}',
    '{"k":"credit","rows":"5"}',
    '{"k":"credit","__proto__":{"rows":5}}',
    '{"k":"who","v":2,"at":1}',
    '{"k":"attach","v":1,"run":"","session":"s"}',
    '{"k":"mutate","q":1,"m":1,"type":"toggle","states":[]}',
    '{"k":"mutate","q":1,"m":1,"type":"add","states":["A"],"args":{"a":{"__proto__":{"admin":true}}}}',
    `{"k":"mutate","q":1,"m":1,"type":"add","states":["A"],"args":${'['.repeat(50)}${']'.repeat(50)}}`,
    `{"k":"why","q":1,"m":1,"states":["${'x'.repeat(70_000)}"]}`,
    `{"k":"credit","rows":5${' '.repeat(LONGEST_LINE)}}`,
    `${'['.repeat(1e5)}`,
  ])('%.60s is none', (text) => {
    expect(readToAgent(text)).toBeUndefined()
  })
  test.each([undefined, null, 7, {}, [], { k: 'credit', rows: 5 }, new Proxy({}, {}), () => {}])(
    '%o is none',
    (value) => {
      expect([readToAgent(value), readToPanel(value), readRival(value), linesOf(value)]).toEqual([
        undefined,
        undefined,
        undefined,
        [],
      ])
    },
  )
  test('clocks and rows must be numbers in their places', () => {
    for (const row of [
      '[1,2,3,3,1,[],[]]',
      '[1,2,3,0,1,[],[1]]',
      '[1,2,3,0,1,[],[1,-1]]',
      '[1,2,3,0,1,["a"],[]]',
      '[1,2,3,0,1,[]]',
    ]) {
      expect(readToPanel(`{"k":"tx","rows":[${row}]}`)).toBeUndefined()
    }
    expect(readToPanel('{"k":"clock","list":[[1,2,[1,"2"],"start",1,0]]}')).toBeUndefined()
  })
  test('a broken one does no harm to those beside it', () => {
    expect(linesOf('{"k":"credit","rows":5}\n\nnonsense\n{"k":"record","on":true}').map(readToAgent)).toEqual([
      { k: 'credit', rows: 5 },
      undefined,
      { k: 'record', on: true },
    ])
  })
})

describe('laws', () => {
  test('any text is read without a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        readToAgent(text)
        readToPanel(text)
        readRival(text)
      }),
    )
  })
  test('a frame with something else in one place is refused, or harmless', () => {
    const values = fc.oneof(fc.constant(null), fc.boolean(), fc.double(), fc.string(), fc.constant([]), fc.constant({}))
    fc.assert(
      fc.property(fc.constantFrom(...stream, ...requests), fc.nat(), values, (text, place, value) => {
        const broken = JSON.stringify(replaced(JSON.parse(text), place, value))
        for (const read of [readToAgent, readToPanel]) {
          const frame = read(broken)
          // What passes is of the shape of its kind: reading it again changes nothing.
          if (frame) expect(read(line(frame))).toEqual(frame)
        }
      }),
      { numRuns: 1000 },
    )
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
  })
  test('previews are told from everything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const primitive = typeof value !== 'object' || value === null
        // JSON without tags is a preview only where it is bare.
        if (!JSON.stringify(value).includes('"$"')) expect(isPreview(value)).toBe(primitive)
      }),
    )
    let deep: unknown = 1
    for (let i = 0; i < 5000; i++) deep = { $: 'array', n: 1, v: [deep] }
    expect(isPreview(deep)).toBe(false)
    expect(isPreview({ $: 'array', n: 1, v: [1] })).toBe(true)
  })
})

/** The value with its `n`th place (counted through) put in place of another. */
function replaced(value: unknown, n: number, by: unknown): unknown {
  const paths: (string | number)[][] = []
  const walk = (at: unknown, path: (string | number)[]) => {
    paths.push(path)
    if (typeof at === 'object' && at !== null) for (const [key, item] of Object.entries(at)) walk(item, [...path, key])
  }
  walk(value, [])
  const path = paths[n % paths.length]!
  const put = (at: unknown, [key, ...rest]: (string | number)[]): unknown => {
    if (key === undefined) return by
    const copy = (Array.isArray(at) ? [...at] : { ...(at as object) }) as Record<string, unknown>
    copy[key] = put(copy[key], rest)
    return copy
  }
  return put(value, path)
}
