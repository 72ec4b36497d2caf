import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bend, day, resumed, secondsAt, speeds, step } from './clock.ts'

const clock = { at: 36_000, since: 1_000_000, speed: 100, playing: true }

describe("the board's time", () => {
  test('goes as fast as it is told', () => {
    expect(secondsAt(clock, 1_000_000)).toBe(36_000)
    expect(secondsAt(clock, 1_010_000)).toBe(37_000)
  })
  test('stands while it is paused, ends with the day, and never goes back', () => {
    expect(secondsAt({ ...clock, playing: false }, 9_999_999)).toBe(36_000)
    expect(secondsAt(clock, 99_999_999)).toBe(day.end * 60)
    expect(secondsAt(clock, 0)).toBe(36_000)
  })
  test('is not moved by what bends it', () => {
    const bends = fc.record({ speed: fc.constantFrom(...speeds), playing: fc.boolean() }, { requiredKeys: [] })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), bends, (passed, to) => {
        const now = clock.since + passed
        expect(secondsAt(bend(clock, now, to), now)).toBeCloseTo(secondsAt(clock, now))
      }),
    )
  })
  test('jumps', () => {
    expect(secondsAt(bend(clock, 5, { at: 400 }), 5)).toBe(400)
  })
  test('goes on after a reload, and waits through an absence', () => {
    const played = 36_000 / 60
    expect(resumed(clock, played, clock.since + 3000)).toBeUndefined()
    expect(resumed(clock, played, clock.since + 3_600_000)).toMatchObject({
      at: 36_060,
      since: clock.since + 3_600_000,
    })
    // Just begun at this time, or jumped to it: that is what is to be played.
    expect(resumed(clock, 0, clock.since + 3000)).toBeUndefined()
    expect(resumed({ ...clock, playing: false }, played, clock.since + 3_600_000)).toBeUndefined()
  })
})

test('speeds follow each other, and end', () => {
  expect(step(1, 1)).toBe(10)
  expect(step(100, -1)).toBe(60)
  expect(step(1000, 1)).toBe(1000)
  expect(step(1, -1)).toBe(1)
})
