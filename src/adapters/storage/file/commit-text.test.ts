import { describe, expect, test } from 'vitest'
import { applyText, encodeCommit, encodeEntry } from './commit-text.ts'

const encode = (value: unknown) => encodeCommit(new Map([['model/a', value]]))
function back(value: unknown): unknown {
  const entries = new Map<string, unknown>()
  applyText(encode(value), entries)
  return entries.get('model/a')
}

describe('the text of a commit', () => {
  test('is JSON when all values are, and says so by its first character', () => {
    expect(encode({ v: 1, d: { text: 'ü"\n', list: [null, true, 1e300] }, o: 7 })).toBe(
      '{"model/a":{"v":1,"d":{"text":"ü\\"\\n","list":[null,true,1e+300]},"o":7}}',
    )
    expect(encodeCommit(new Map([['model/a', undefined]]))).toBe('{"model/a":null}')
    expect(encodeCommit(new Map())).toBe('{}')
  })

  test.each([
    undefined,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    null,
    new Date(0),
    new Map(),
    new Set(),
    /x/,
    [undefined],
    new Array(2),
    { a: undefined },
    Object.create(null),
    [[-0]],
  ])('%o is not left to JSON, and comes back as it was', (value) => {
    if (value !== undefined) {
      expect(encode(value)[0]).toBe('[')
      expect(encodeEntry('model/a', value)).toBeUndefined()
    }
    expect(back(value)).toStrictEqual(value)
  })

  test('never has a line break, whatever the value', () => {
    for (const value of ['\n\r\u2028', new Map([['\n', '\r']]), { '\n': 1 }])
      expect(encode(value)).not.toMatch(/[\n\r]/)
  })

  test('agrees with JSON.stringify on strings and numbers', () => {
    const odd = [
      '',
      ' ',
      '~',
      '\u007f',
      '\\',
      '"',
      '\u0000',
      '\ud800',
      '\u{1f600}',
      '__proto__',
      0,
      1e21,
      1.5e-9,
      2 ** 53,
    ]
    for (const value of odd) expect(encode([value])).toBe(`{"model/a":${JSON.stringify([value])}}`)
  })

  test('of a value that holds the same part over and over is not longer for it', () => {
    let part: unknown = 'leaf'
    for (let i = 0; i < 24; i++) part = [part, part]
    expect(encode(part).length).toBeLessThan(1000)
    expect(JSON.stringify((back(part) as unknown[])[0]).length).toBeGreaterThan(1e6)
  })
})
