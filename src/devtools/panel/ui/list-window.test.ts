import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listWindow, scrollTopFor } from './list-window.ts'

test('a short list is shown whole', () => {
  expect(listWindow(5, 20, 0, 400)).toEqual({ from: 0, to: 5, offset: 0, height: 100 })
  expect(listWindow(0, 20, 50, 400)).toEqual({ from: 0, to: 0, offset: 0, height: 0 })
})

test('a long list is shown in part', () => {
  expect(listWindow(1000, 20, 2000, 400, 2)).toEqual({ from: 98, to: 123, offset: 1960, height: 20_000 })
})

const lists = fc.record({
  count: fc.integer({ min: 0, max: 3_000_000 }),
  rowHeight: fc.integer({ min: 12, max: 60 }),
  view: fc.integer({ min: 50, max: 2000 }),
  scroll: fc.double({ min: 0, max: 1, noNaN: true }),
})

test('covers the view, and no more than the view and its overscan', () => {
  fc.assert(
    fc.property(lists, ({ count, rowHeight, view, scroll }) => {
      const { height } = listWindow(count, rowHeight, 0, view)
      const scrollTop = scroll * Math.max(0, height - view)
      const { from, to, offset } = listWindow(count, rowHeight, scrollTop, view, 3)
      expect(to - from).toBeLessThanOrEqual(Math.ceil(view / rowHeight) + 8)
      // Nothing of the view is empty that a row could fill.
      expect(from === 0 || offset <= scrollTop).toBe(true)
      const end = offset + (to - from) * rowHeight
      expect(to === count || end >= scrollTop + view).toBe(true)
      if (to === count && count * rowHeight >= view) expect(end - height).toBeLessThan(1)
    }),
  )
})

test('any row can be scrolled to, and then is in view', () => {
  fc.assert(
    fc.property(lists, fc.double({ min: 0, max: 0.9999, noNaN: true }), ({ count, rowHeight, view, scroll }, at) => {
      fc.pre(count > 0 && view > rowHeight)
      const index = Math.floor(at * count)
      const { height } = listWindow(count, rowHeight, 0, view)
      const start = scroll * Math.max(0, height - view)
      const scrollTop = scrollTopFor(index, count, rowHeight, start, view)
      const { from, to, offset } = listWindow(count, rowHeight, scrollTop, view, 3)
      expect(index).toBeGreaterThanOrEqual(from)
      expect(index).toBeLessThan(to)
      const top = offset + (index - from) * rowHeight
      // Half a pixel: floating point.
      expect(top).toBeGreaterThanOrEqual(scrollTop - 0.5)
      expect(top + rowHeight).toBeLessThanOrEqual(scrollTop + view + 0.5)
      // What is in view already does not move.
      expect(scrollTopFor(index, count, rowHeight, scrollTop, view)).toBeCloseTo(scrollTop, 3)
    }),
  )
})
