import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { airMinutes, type Course, due, isDone, type Stage, type Step, stageOf, taxi } from './schedule.ts'

const scheduled: Stage = { stage: 0, late: false }
const noon: Course = { departs: 720, distance: 500, delay: 0, real: 0 }
const all = (course: Course, from = scheduled, until = 5000) => [...due(course, from, until)]
const said = (steps: readonly Step[]) =>
  steps.map(({ at, state, minutes }) => `${at} ${state}${minutes ? ` ${minutes}` : ''}`)

describe('the day of a flight', () => {
  test('on time', () => {
    expect(said(all(noon))).toEqual([
      '600 CheckIn',
      '660 Gate',
      '685 Boarding',
      '708 LastCall',
      '720 Departed',
      '729 Airborne',
      '804 Landed',
      '811 Arrived',
    ])
  })
  test('late: it hears of it after the gate has opened, and everything after that moves', () => {
    expect(said(all({ ...noon, real: 60 }))).toEqual([
      '600 CheckIn',
      '660 Gate',
      '680 Delayed 60',
      '745 Boarding',
      '768 LastCall',
      '780 Departed',
      '789 Airborne',
      '864 Landed',
      '871 Arrived',
    ])
  })
  test('early: check-in and gate come sooner', () => {
    expect(said(all({ ...noon, delay: -20, real: -20 })).slice(0, 3)).toEqual([
      '580 CheckIn',
      '640 Gate',
      '665 Boarding',
    ])
  })
  test('too late for its crew: it is cancelled, and nothing comes after', () => {
    expect(said(all({ ...noon, real: 200 })).slice(2)).toEqual(['680 Delayed 200', '780 Cancelled'])
  })
  test('a delay that somebody gave it is not announced over', () => {
    expect(said(all({ ...noon, delay: 30, real: 60 }))).not.toContain('680 Delayed 60')
  })
  test('up to a minute, that one included', () => {
    expect(said(all(noon, scheduled, 685)).at(-1)).toBe('685 Boarding')
    expect(said(all(noon, scheduled, 684)).at(-1)).toBe('660 Gate')
  })
  test('what has arrived stays where it is', () => {
    expect(all(noon, { stage: 8, late: false })).toEqual([])
  })
})

const courses = fc.record({
  departs: fc.integer({ min: 240, max: 1679 }),
  distance: fc.integer({ min: 60, max: 4200 }),
  delay: fc.integer({ min: -60, max: 400 }),
  real: fc.integer({ min: -60, max: 400 }),
})

test('in pieces it is the same as at once, and time never goes back', () => {
  fc.assert(
    fc.property(courses, fc.array(fc.integer({ min: 0, max: 2600 }), { maxLength: 8 }), (course, stops) => {
      const whole = all(course)
      expect(whole.map(({ at }) => at)).toEqual(whole.map(({ at }) => at).toSorted((a, b) => a - b))
      const pieces: Step[] = []
      let from = scheduled
      let { delay } = course
      for (const until of [...stops.sort((a, b) => a - b), 5000]) {
        for (const step of due({ ...course, delay }, from, until)) {
          pieces.push(step)
          if (step.state === 'Delayed') {
            from = { ...from, late: true }
            delay = step.minutes as number
          } else from = { ...from, stage: step.state === 'Cancelled' ? 8 : from.stage + 1 }
        }
      }
      expect(pieces).toEqual(whole)
    }),
  )
})

test('every flight ends arrived or cancelled', () => {
  fc.assert(
    fc.property(courses, (course) => {
      expect(['Arrived', 'Cancelled']).toContain(all(course).at(-1)?.state)
    }),
  )
})

describe('where a flight stands', () => {
  const on = (...states: string[]) => stageOf({ is: (state) => states.includes(state) })
  test.each([
    [['Scheduled'], 0],
    [['Scheduled', 'CheckIn'], 1],
    [['Scheduled', 'CheckIn', 'Gate'], 2],
    [['Scheduled', 'Gate', 'Boarding'], 3],
    [['Scheduled', 'Gate', 'Boarding', 'LastCall'], 4],
    [['Scheduled', 'Departed'], 5],
    [['Scheduled', 'Departed', 'Airborne'], 6],
    [['Scheduled', 'Departed', 'Landed'], 7],
    [['Scheduled', 'Departed', 'Landed', 'Arrived'], 8],
    [['Scheduled', 'Cancelled'], 8],
    [['Scheduled', 'Gate', 'Exception'], 8],
  ])('%j', (states, stage) => {
    expect(on(...states)).toEqual({ stage, late: false })
    expect(isDone(on(...states))).toBe(stage === 8)
  })
  test('late', () => {
    expect(on('Scheduled', 'Delayed').late).toBe(true)
  })
})

test('half a thousand miles an hour, and the climb', () => {
  expect(airMinutes(500)).toBe(75)
  expect(taxi).toBeGreaterThan(0)
})
