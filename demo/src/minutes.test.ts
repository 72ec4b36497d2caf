import { expect, test } from 'vitest'
import { clockText, delayText, readTime } from './minutes.ts'

test('minutes as a board says them', () => {
  expect(clockText(425)).toBe('07:05')
  expect(clockText(1445.9)).toBe('00:05')
})
test.each([
  ['07:05', 425],
  ['7:05', 425],
  ['29:59', 1799],
  ['30:00', undefined],
  ['12:60', undefined],
  ['noon', undefined],
  [null, undefined],
])('%s is minute %s', (text, minutes) => {
  expect(readTime(text)).toBe(minutes)
})
test('delays in words', () => {
  expect([0, 25, -4].map(delayText)).toEqual(['on time', '+25 min', '−4 min'])
})
