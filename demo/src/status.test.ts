import { createMachine } from 'escapement'
import { describe, expect, test } from 'vitest'
import { refusalWords } from './refusal.ts'
import { FlightStatus, phaseOf, type StateOfFlight } from './status.ts'

const delay = { minutes: 30 }

/** A flight that was asked for these, one after the other. */
function flight(...states: Exclude<StateOfFlight, 'Delayed'>[]) {
  const machine = createMachine(FlightStatus)
  for (const state of states) expect(machine.add(state).status).toBe('executed')
  return machine
}

const boarding = ['Scheduled', 'CheckIn', 'Gate', 'Boarding'] as const
const over = [...boarding, 'Departed', 'Airborne', 'Landed', 'Arrived'] as const

describe('the life of a flight', () => {
  test.each([
    ['scheduled', ['Scheduled'], ['Scheduled']],
    ['check-in', ['Scheduled', 'CheckIn'], ['Scheduled', 'CheckIn']],
    ['gate', ['Scheduled', 'CheckIn', 'Gate'], ['Scheduled', 'CheckIn', 'Gate']],
    // Who boards has checked in.
    ['boarding', boarding, ['Scheduled', 'Gate', 'Boarding']],
    ['last-call', [...boarding, 'LastCall'], ['Scheduled', 'Gate', 'Boarding', 'LastCall']],
    // The gate is free again.
    ['departed', [...boarding, 'LastCall', 'Departed'], ['Scheduled', 'Departed']],
    ['airborne', over.slice(0, 6), ['Scheduled', 'Departed', 'Airborne']],
    ['landed', over.slice(0, 7), ['Scheduled', 'Departed', 'Landed']],
    ['arrived', over, ['Scheduled', 'Departed', 'Landed', 'Arrived']],
    ['cancelled', [...boarding, 'Cancelled'], ['Scheduled', 'Cancelled']],
  ] as const)('%s', (phase, asked, active) => {
    const machine = flight(...asked)
    expect(machine.active()).toEqual(active)
    expect(phaseOf(machine)).toBe(phase)
  })

  test('late, until it departs or is cancelled; announced again it ticks again', () => {
    const machine = flight('Scheduled', 'CheckIn')
    machine.add('Delayed', delay)
    expect(phaseOf(machine)).toBe('delayed')
    machine.add('Delayed', delay)
    expect(machine.tick('Delayed')).toBe(3)
    machine.add('Gate')
    expect(phaseOf(machine)).toBe('gate')
    machine.add('Departed')
    expect(machine.is('Delayed')).toBe(false)
  })
  test('an error comes before everything', () => {
    const machine = flight(...boarding)
    machine.addError(new Error('fog'))
    expect(phaseOf(machine)).toBe('error')
  })
})

describe('what comes too early or too late is refused, in words', () => {
  test.each([
    [['Scheduled'], 'Boarding', 'Boarding needs a Gate'],
    [[], 'CheckIn', 'Check-in needs a schedule'],
    [['Scheduled', 'Gate'], 'LastCall', 'The last call needs Boarding'],
    [['Scheduled'], 'Airborne', 'Airborne needs a departure'],
    [['Scheduled'], 'Landed', 'Landed needs a departure'],
    [over.slice(0, 6), 'Arrived', 'Arrived needs a landing'],
    [over.slice(0, 5), 'Gate', 'Opening the gate is ruled out by a departure'],
    [over.slice(0, 5), 'Cancelled', 'Cancelled is ruled out by a departure'],
    [['Scheduled', 'Cancelled'], 'CheckIn', 'Check-in is ruled out by the cancellation'],
    [over, 'Airborne', 'Airborne is ruled out by a landing'],
  ] as const)('%j, then %s', (asked, state, words) => {
    const machine = flight(...asked)
    const before = machine.active()
    const result = machine.add(state)
    expect(result.status === 'canceled' && refusalWords(result.reason)).toBe(words)
    expect(machine.active()).toEqual(before)
  })
})
