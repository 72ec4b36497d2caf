import { createStore } from 'escapement'
import { describe, expect, test } from 'vitest'
import { Flights } from './flight.ts'
import { meant, problemOf, problemsOf } from './form-fields.ts'

const refused = (write: () => void) => {
  try {
    write()
  } catch (error) {
    return problemsOf(error)
  }
  return undefined
}
const flight = () =>
  createStore({ state: [Flights] })
    .get(Flights)
    .add({}, 'E0001')

describe('what is wrong, by field', () => {
  test('as the store says it', () => {
    const row = flight()
    expect(refused(() => row.set({ gate: 'Z99', delay: 1.5 }))).toEqual({
      gate: 'A gate is a letter from A to H and a number, such as B12',
      delay: 'Give the delay in whole minutes',
    })
    expect(refused(() => row.set({ delay: 181 }))).toEqual({
      all: 'A delay of more than three hours needs a note that says why',
    })
    expect(refused(() => row.set({ delay: 181, note: 'fog' }))).toBeUndefined()
  })
  test('as the schemas say it beforehand: the same words', () => {
    expect(problemOf('gate', 'Z99')).toBe('A gate is a letter from A to H and a number, such as B12')
    expect(problemOf('delay', Number('soon'))).toBe('Give the delay in whole minutes')
    expect(problemOf('note', 'x'.repeat(81))).toBe('A note has at most 80 characters')
    expect([problemOf('gate', 'B12'), problemOf('gate', ''), problemOf('delay', -60)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
  test('what is no refusal of a field is told all the same', () => {
    expect(problemsOf(new Error('The worker is gone'))).toEqual({ all: 'The worker is gone' })
    expect(problemsOf('odd')).toEqual({ all: 'odd' })
  })
})

test('what was typed is meant kindly', () => {
  expect(meant({ gate: ' b7 ', delay: '', note: ' fog ' })).toEqual({ gate: 'B7', delay: 0, note: 'fog' })
})
