import { expect, test } from 'vitest'
import { actionOf } from './keys.ts'

const press = (key: string, more: Partial<Parameters<typeof actionOf>[0]> = {}) => ({
  key,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...more,
})

test.each([
  ['ArrowLeft', 'previous-row'],
  ['ArrowRight', 'next-row'],
  ['n', 'next-change'],
  ['N', 'previous-change'],
  ['e', 'next-error'],
  ['E', 'previous-error'],
  ['/', 'filter'],
  ['g', 'address'],
  ['t', 'tail'],
  [' ', 'pause'],
  ['3', 'view-3'],
  ['[', 'back'],
  [']', 'forward'],
  ['?', 'help'],
  ['Escape', 'close'],
  ['q', undefined],
  ['toString', undefined],
])('%s is %s', (key, action) => {
  expect(actionOf(press(key), 'none')).toBe(action)
})

test('Alt goes by the hundred', () => {
  expect(actionOf(press('ArrowLeft', { altKey: true }), 'none')).toBe('back-100')
  expect(actionOf(press('ArrowRight', { altKey: true }), 'none')).toBe('forward-100')
  expect(actionOf(press('n', { altKey: true }), 'none')).toBeUndefined()
})

test('a text field keeps its letters, but Escape closes it', () => {
  for (const key of ['n', '/', ' ', '1', 'ArrowLeft']) expect(actionOf(press(key), 'text')).toBeUndefined()
  expect(actionOf(press('Escape'), 'text')).toBe('close')
})

test('a control keeps Space and arrows', () => {
  for (const key of [' ', 'ArrowLeft']) expect(actionOf(press(key), 'control')).toBeUndefined()
  expect(actionOf(press('n'), 'control')).toBe('next-change')
})

test("the browser's own chords are left alone", () => {
  expect(actionOf(press('n', { ctrlKey: true }), 'none')).toBeUndefined()
  expect(actionOf(press('[', { metaKey: true }), 'none')).toBeUndefined()
})
