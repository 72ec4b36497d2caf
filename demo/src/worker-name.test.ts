import { expect, test } from 'vitest'
import { nameOf, optionsOf } from './worker-name.ts'

test('what a worker is told by its name is what it was opened with', () => {
  for (const playing of [true, false]) {
    const options = { name: 'flight-board', at: 580, speed: 1.5, playing }
    expect(optionsOf(nameOf(options))).toEqual(options)
  }
  expect(nameOf({ name: 'flight-board', at: 580, speed: 100, playing: true })).toBe('flight-board 580 100x playing')
})
