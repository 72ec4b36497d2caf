import { expect, test } from 'vitest'
import { wishesOf } from './address.ts'
import { addressOf, routeOf } from './view.ts'

test.each(['#/', '#/map', '#/airports', '#/flight/E0801'])('%s is an address, there and back', (hash) => {
  expect(addressOf(routeOf(hash))).toBe(hash)
})
test.each(['', '#/nowhere', '#/flight', '#/flight/<b>', '#flight/E0801'])('%s is the board', (hash) => {
  expect(routeOf(hash)).toEqual({ page: 'board' })
})

test('what an address may ask for, and what it gets when it asks for nonsense', () => {
  const usual = { at: 580, playing: true, speed: 100, name: 'flight-board', place: 'worker' }
  expect(wishesOf('', 'worker')).toEqual(usual)
  expect(wishesOf('?at=12:40&paused&speed=10&db=other-1&place=page', 'worker')).toEqual({
    ...{ at: 760, playing: false, speed: 10, name: 'other-1', place: 'page' },
  })
  expect(wishesOf('?at=late&speed=fast&db=../x&place=moon', 'worker')).toEqual(usual)
})
