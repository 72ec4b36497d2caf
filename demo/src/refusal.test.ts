import { type CancelReason, createMachine } from 'escapement'
import { describe, expect, test } from 'vitest'
import { failureWords, refusalWords } from './refusal.ts'
import { FlightStatus } from './status.ts'

const all: Record<string, [CancelReason, string]> = {
  'a state that lacks another': [
    { kind: 'relation', state: 'Boarding', relation: 'require', by: ['Gate'] },
    'Boarding needs a Gate',
  ],
  'a state that lacks several': [
    { kind: 'relation', state: 'X', relation: 'require', by: ['A', 'Gate', 'C'] },
    'X needs A, a Gate and C',
  ],
  'a state that another rules out': [
    { kind: 'relation', state: 'Gate', relation: 'remove', by: ['Departed', 'Cancelled'] },
    'Opening the gate is ruled out by a departure and the cancellation',
  ],
  'a rule in words of its own': [
    { kind: 'handler', state: 'Gate', handler: 'canEnter' },
    'Opening the gate needs a gate number: give the flight one first',
  ],
  'a rule without words': [
    { kind: 'handler', state: 'Departed', handler: 'canYieldTo.Gate' },
    'Departure was refused by its rule canYieldTo.Gate',
  ],
  'a full queue': [{ kind: 'queue-full' }, 'Too many changes are waiting: try again in a moment'],
  'a machine that is gone': [{ kind: 'disposed' }, 'This flight is no longer on the board'],
  'a handler that threw': [{ kind: 'error' }, 'It failed on the way, and was taken back'],
  'an abort': [{ kind: 'aborted' }, 'It was called off before its turn came'],
  'a change during a check': [{ kind: 'check' }, 'A rule may not change anything while it is asked'],
}

describe('a refusal in words', () => {
  test.each(Object.entries(all))('%s', (_, [reason, words]) => {
    expect(refusalWords(reason)).toBe(words)
  })
  test('a kind of a later version is named', () => {
    expect(refusalWords({ kind: 'tired' } as never)).toBe('It was refused (tired)')
  })
  test('without words of its own a machine is spoken of by its states', () => {
    expect(refusalWords({ kind: 'relation', state: 'Gate', relation: 'require', by: ['CheckIn'] }, {})).toBe(
      'Gate needs CheckIn',
    )
  })
  test('as the machine gives it', () => {
    const flight = createMachine(FlightStatus)
    flight.add('Scheduled')
    const result = flight.add('Boarding')
    expect(result.status === 'canceled' && refusalWords(result.reason)).toBe('Boarding needs a Gate')
  })
})

test('what could not be asked is told in words of the board, or in its own', () => {
  const gone = Object.assign(new Error('Store "store#1" has no worker'), { name: 'DisconnectedError' })
  expect(failureWords(gone)).toMatch(/^The worker is gone/)
  expect(failureWords(new Error('as it is'))).toBe('as it is')
  expect(failureWords('no error at all')).toBe('no error at all')
})
