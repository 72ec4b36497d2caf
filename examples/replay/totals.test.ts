import { describe, expect, test } from 'vitest'
import type { Row } from './data.ts'
import { busiest, denialLines, differences, recompute, table } from './totals.ts'

const flight = { date: '2001/01/01 00:47', delay: 66, distance: 1750, origin: 'DTW', destination: 'LAS' }
const back = { ...flight, delay: -6, origin: 'LAS', destination: 'DTW' }

test('a flight counts at both its airports', () => {
  expect(recompute([flight, back, { ...flight, destination: 'ORD' }])).toEqual({
    flights: 3,
    refused: 0,
    airports: new Map([
      ['DTW', { departures: 2, arrivals: 1, delay: 126 }],
      ['LAS', { departures: 1, arrivals: 1, delay: 60 }],
      ['ORD', { departures: 0, arrivals: 1, delay: 66 }],
    ]),
    clocks: new Map([
      ['1', 'Scheduled:1 Gate:2 Delayed:3 Boarding:2 Departed:1 Airborne:2 Arrived:1'],
      ['2', 'Scheduled:1 Gate:2 Boarding:4 Departed:1 Airborne:2 Arrived:1'],
      ['3', 'Scheduled:1 Gate:2 Delayed:3 Boarding:2 Departed:1 Airborne:2 Arrived:1'],
    ]),
    denials: new Map([
      ['relation: Boarding needs Gate', 2],
      ['relation: Cancelled is ruled out by Departed', 3],
    ]),
  })
})

test('a flight whose crew is out of time is cancelled, and counts at no airport', () => {
  const none = { departures: 0, arrivals: 0, delay: 0 }
  expect(recompute([{ ...flight, delay: 181 }])).toEqual({
    flights: 1,
    refused: 0,
    airports: new Map([
      ['DTW', none],
      ['LAS', none],
    ]),
    clocks: new Map([['1', 'Scheduled:1 Gate:2 Delayed:7 Boarding:2 Cancelled:1']]),
    denials: new Map([
      ['relation: Boarding needs Gate', 1],
      ['handler: Departed.canEnter said no', 1],
      ['relation: Arrived needs Departed', 1],
    ]),
  })
})

const bad: Row[] = [
  { problem: 'no flight' },
  { ...flight, delay: '66' },
  { ...flight, delay: Number.NaN },
  { ...flight, delay: 10_081 },
  { ...flight, distance: 0 },
  { ...flight, distance: Number.POSITIVE_INFINITY },
  { ...flight, date: '2001/02/29 00:00' },
  { ...flight, date: '1900/02/29 00:00' },
  { ...flight, date: '2001/13/01 00:00' },
  { ...flight, date: '2001/00/01 00:00' },
  { ...flight, date: '2001/01/01 24:00' },
  { ...flight, date: '2001/01/01 00:60' },
  { ...flight, date: '2001-01-01' },
  { ...flight, origin: 'dtw' },
  { ...flight, destination: undefined },
  { ...flight, destination: 'DTW' },
]
test.each(bad)('is no flight, and counts nowhere: %j', (row) => {
  expect(recompute([row])).toEqual({
    ...{ flights: 0, refused: 1, airports: new Map(), clocks: new Map(), denials: new Map() },
  })
})
test.each(['2000/02/29 00:00', '2004/02/29 23:59'])('%s is a date', (date) => {
  expect(recompute([{ ...flight, date }]).flights).toBe(1)
})

describe('differences', () => {
  test('none between the same', () => {
    expect(differences(recompute([flight, back]), recompute([flight, back]))).toEqual([])
  })
  test('each is named', () => {
    const straight = recompute([flight])
    const stored = recompute([flight])
    stored.refused = 1
    stored.airports.get('DTW')!.delay += 1e-9
    stored.airports.delete('LAS')
    stored.clocks.set('1', 'Scheduled:1').set('2', 'Scheduled:1')
    stored.denials.delete('relation: Boarding needs Gate')
    expect(differences(stored, straight)).toEqual([
      'refused: stored 1, recomputed 0',
      'DTW delay: stored 66.000000001, recomputed 66',
      'LAS departures: stored undefined, recomputed 0',
      'LAS arrivals: stored undefined, recomputed 1',
      'LAS delay: stored undefined, recomputed 66',
      `clock of flight 1: stored Scheduled:1, recomputed ${straight.clocks.get('1')}`,
      'clock of flight 2: stored Scheduled:1, recomputed undefined',
      'relation: Boarding needs Gate: stored undefined, recomputed 1',
    ])
  })
})

test('the busiest come first, equals by their code', () => {
  const { airports } = recompute([flight, back, { ...flight, destination: 'ORD' }])
  expect(busiest(airports, 2).map(({ code }) => code)).toEqual(['DTW', 'LAS'])
  expect(busiest(recompute([back]).airports, 2).map(({ code }) => code)).toEqual(['DTW', 'LAS'])
})

test('the table lines up', () => {
  const { airports } = recompute(Array.from({ length: 1001 }, () => flight))
  expect(table(airports, new Map([['DTW', 'Detroit, MI']])).join('\n')).toBe(
    [
      '#  airport               departures  arrivals  mean delay',
      '1  DTW      Detroit, MI       1,001         0    66.0 min',
      '2  LAS                            0     1,001    66.0 min',
    ].join('\n'),
  )
})

test('an airport without flights has no mean', () => {
  const [, first] = table(recompute([{ ...flight, delay: 999 }]).airports, new Map())
  expect(first).toBe('1  DTW                 0         0')
})

test('refusals by reason, the most frequent first', () => {
  const denials = new Map([
    ['b', 1],
    ['a', 1],
    ['c', 1000],
  ])
  expect(denialLines(denials)).toEqual([
    "Mutations refused by the flights' machines: 1,002",
    '  1,000  c',
    '      1  a',
    '      1  b',
  ])
})
