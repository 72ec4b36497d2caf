import { expect, test } from 'vitest'
import { parseCsv } from './csv.ts'

const cells = (text: string) => parseCsv(text).map((record) => record.cells)

test.each([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['"a,1","say ""hi""","two\nlines"', [['a,1', 'say "hi"', 'two\nlines']]],
  ['a,,\n', [['a', '', '']]],
  ['a\n\n\nb\n', [['a'], ['b']]],
  ['""\n', [['']]],
  ['\uFEFFa\n', [['a']]],
  ['', []],
])('%j', (text, expected) => {
  expect(cells(text)).toEqual(expected)
})

test('a record knows the line it begins on', () => {
  expect(parseCsv('a\n"b\nc"\n\nd').map(({ line }) => line)).toEqual([1, 2, 5])
})

test.each([
  ['a\n"b', 'line 2'],
  ['"a"b', 'line 1'],
  ['a"b', 'line 1'],
])('%j is refused', (text, where) => {
  expect(() => parseCsv(text)).toThrow(where)
})
