import { createMachine, defineMachine } from 'escapement'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FlightStatus, fly, rules, type Status, whyNot } from './status.ts'
import { clockText } from './totals.ts'

function newFlight(): Status {
  const flight = createMachine(FlightStatus)
  flight.handle(rules)
  return flight
}

describe('a flight', () => {
  test.each([
    [-5, 'Scheduled:1 Gate:2 Boarding:4 Departed:1 Airborne:2 Arrived:1'],
    [15, 'Scheduled:1 Gate:2 Boarding:4 Departed:1 Airborne:2 Arrived:1'],
    [15.5, 'Scheduled:1 Gate:2 Delayed:1 Boarding:2 Departed:1 Airborne:2 Arrived:1'],
    [60, 'Scheduled:1 Gate:2 Delayed:1 Boarding:2 Departed:1 Airborne:2 Arrived:1'],
    [61, 'Scheduled:1 Gate:2 Delayed:3 Boarding:2 Departed:1 Airborne:2 Arrived:1'],
    [180, 'Scheduled:1 Gate:2 Delayed:5 Boarding:2 Departed:1 Airborne:2 Arrived:1'],
    [181, 'Scheduled:1 Gate:2 Delayed:7 Boarding:2 Cancelled:1'],
  ])('%d minutes late', (delay, clock) => {
    const flight = newFlight()
    fly(flight, delay)
    expect(clockText(flight.clock())).toBe(clock)
  })

  test('is in the air from its departure to its arrival', () => {
    const flight = newFlight()
    for (const state of ['Scheduled', 'Gate', 'Boarding'] as const) flight.add(state)
    flight.add('Departed', { delay: 0 })
    expect(flight.active()).toEqual(['Scheduled', 'Departed', 'Airborne'])
    flight.add('Arrived')
    expect(flight.active()).toEqual(['Scheduled', 'Departed', 'Arrived'])
  })
})

describe('refused, and told by whom', () => {
  const departed = (flight: Status) => fly(flight, 0)
  const cancelled = (flight: Status) => fly(flight, 999)
  const depart = (flight: Status) => flight.add('Departed', { delay: 0 })
  test.each<[string, (flight: Status) => unknown, (flight: Status) => ReturnType<Status['add']>, string]>([
    ['a gate without a flight', () => {}, (f) => f.add('Gate'), 'relation: Gate needs Scheduled'],
    ['boarding after departure', departed, (f) => f.add('Boarding'), 'relation: Boarding needs Gate'],
    ['a gate after departure', departed, (f) => f.add('Gate'), 'relation: Gate is ruled out by Departed'],
    ['a gate after cancellation', cancelled, (f) => f.add('Gate'), 'relation: Gate is ruled out by Cancelled'],
    ['departure before boarding', (f) => f.add('Scheduled'), depart, 'handler: Departed.canEnter said no'],
    ['departure after cancellation', cancelled, depart, 'handler: Cancelled.canExit said no'],
    ['undoing a departure', departed, (f) => f.remove('Scheduled'), 'handler: Departed.canExit said no'],
    ['undoing an arrival', departed, (f) => f.remove('Arrived'), 'handler: Arrived.canExit said no'],
  ])('%s', (_, before, ask, words) => {
    const flight = newFlight()
    before(flight)
    const result = ask(flight)
    expect(result.status === 'canceled' && whyNot(result.reason)).toBe(words)
  })
  test('in other words', () => expect(whyNot({ kind: 'queue-full' })).toBe('queue-full'))
})

/** What can never be, whatever is asked. */
function expectPossible(flight: Status): void {
  const clock = flight.clock()
  const is = (state: Parameters<Status['tick']>[0]) => flight.is(state)
  const impossible = {
    'boards without a gate': is('Boarding') && !is('Gate'),
    'at a gate after departure': is('Gate') && is('Departed'),
    'at a gate after cancellation': is('Gate') && is('Cancelled'),
    'arrived before departure': is('Arrived') && !is('Departed'),
    'flies before departure': is('Airborne') && !is('Departed'),
    'departed, and neither in the air nor arrived': is('Departed') && is('Airborne') === is('Arrived'),
    'departed and cancelled': clock.Departed > 0 && clock.Cancelled > 0,
    'departed and never boarded': is('Departed') && clock.Boarding === 0,
    'departed, arrived or cancelled more than once': Math.max(clock.Departed, clock.Arrived, clock.Cancelled) > 1,
    'anything, unscheduled': flight.active().length > 0 && !is('Scheduled'),
    failed: clock.Exception > 0,
  }
  expect(Object.entries(impossible).flatMap(([what, found]) => (found ? [what] : []))).toEqual([])
}

const names = FlightStatus.names.filter((name) => name !== 'Exception')
const mutation = fc.record({
  type: fc.constantFrom('add', 'add', 'add', 'remove', 'set', 'toggle'),
  called: fc.oneof(
    fc.constantFrom(...names).map((name) => [name]),
    fc.subarray(names, { minLength: 1, maxLength: 4 }),
  ),
  delay: fc.integer({ min: 150, max: 200 }),
})

function apply(flight: Status, { type, called, delay }: { type: string; called: readonly string[]; delay: number }) {
  // Any states at all: that they and their arguments fit is what TypeScript would see to.
  const ask = flight as unknown as Record<string, (states: readonly string[], args?: unknown) => unknown>
  ask[type]!(called, called.includes('Departed') && type !== 'remove' ? { delay } : undefined)
}

test('impossible states are impossible, whatever is asked in whatever order', () => {
  const reached = new Set<string>()
  const property = fc.property(fc.array(mutation, { maxLength: 40 }), fc.boolean(), (mutations, begun) => {
    const flight = newFlight()
    if (begun) for (const state of ['Scheduled', 'Gate', 'Boarding'] as const) flight.add(state)
    for (const each of mutations) {
      apply(flight, each)
      expectPossible(flight)
      for (const state of flight.active()) reached.add(state)
    }
  })
  fc.assert(property, { numRuns: 500 })
  // Nothing was proved of a state that never was.
  expect([...reached].sort()).toEqual([...names].sort())
})

test('the law finds a definition that lets a flight board in the air', () => {
  const { Departed, ...rest } = FlightStatus.states
  const Loose = defineMachine('loose', { ...rest, Departed: { ...Departed, remove: ['Boarding'] } } as never)
  const flight = createMachine(Loose) as unknown as Status
  for (const state of ['Scheduled', 'Gate', 'Boarding'] as const) flight.add(state)
  flight.add('Departed', { delay: 0 })
  expect(() => expectPossible(flight)).toThrow('at a gate after departure')
})
