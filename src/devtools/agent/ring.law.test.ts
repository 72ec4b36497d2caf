import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { createMachine, defineMachine, type Machine } from '../../core/index.ts'
import { ClockOracle } from '../protocol/clocks.oracle.ts'
import { Agent } from './agent.ts'
import { FakePanel, type FakeRealm, fakeRealm, Network } from './fixtures/network.ts'
import type { Probed } from './machines.ts'

const PLACE = Symbol.for('escapement.agent')
const places = globalThis as unknown as Record<symbol, unknown>
afterEach(() => {
  delete places[PLACE]
})

const Job = defineMachine('job', {
  Idle: { auto: true, remove: ['Busy'] },
  Busy: { remove: ['Idle'], require: ['On'] },
  On: {},
  Again: { multi: true },
})
const STATES = ['Idle', 'Busy', 'On', 'Again'] as const

/** One thing that happens to an app or between it and its panels. */
type Step =
  | {
      do: 'mutate'
      machine: number
      type: 'add' | 'remove' | 'set' | 'toggle'
      state: number
      times: number
      args: boolean
    }
  | { do: 'create'; handled: boolean }
  | { do: 'dispose' | 'import'; machine: number }
  | { do: 'attach' }
  | { do: 'credit'; panel: number; rows: number }
  | { do: 'time'; ms: number }
  | { do: 'pause' | 'resume' | 'leave'; panel: number }
  | { do: 'task' }

const index = fc.nat(5)
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('mutate' as const),
      machine: index,
      type: fc.constantFrom('add' as const, 'remove' as const, 'set' as const, 'toggle' as const),
      state: fc.nat(3),
      times: fc.oneof(fc.constant(1), fc.nat(40)),
      args: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('create' as const), handled: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('dispose' as const, 'import' as const), machine: index }) },
  { weight: 1, arbitrary: fc.constant({ do: 'attach' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('credit' as const), panel: index, rows: fc.oneof(fc.nat(5), fc.nat(200)) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.nat(250) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('pause' as const, 'resume' as const, 'leave' as const),
      panel: index,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'task' as const }) },
)

/** A panel, and what it was granted. */
interface Seat {
  readonly panel: FakePanel
  credit: number
  /** seq of each machine when it attached: what the ring still has of them counts as recorded. */
  readonly left: { gone: boolean }
}

class World {
  readonly network = new Network()
  readonly realm: FakeRealm = fakeRealm(this.network)
  readonly agent: Agent
  readonly machines: Machine[] = []
  readonly seats: Seat[] = []

  constructor(capacity: number) {
    this.agent = new Agent(this.realm, { capacity, commands: true, types: false })
    places[PLACE] = this.agent.place
  }

  take(step: Step): void {
    const machine = 'machine' in step ? this.machines[step.machine % (this.machines.length || 1)] : undefined
    const seat = 'panel' in step ? this.seats[step.panel % (this.seats.length || 1)] : undefined
    if (step.do === 'mutate' && machine && !machine.isDisposed()) {
      const state = STATES[step.state]!
      for (let i = 0; i < step.times; i++) step.args ? machine[step.type](state, { i }) : machine[step.type](state)
    } else if (step.do === 'create') this.#create(step.handled)
    else if (step.do === 'dispose') machine?.dispose()
    else if (step.do === 'import' && machine && !machine.isDisposed()) {
      const data = machine.export()
      machine.import({ ...data, time: data.time.map((tick, i) => tick + (i === 3 ? 2 : 0)), queueTick: 7 })
    } else if (step.do === 'attach') {
      this.seats.push({ panel: new FakePanel(this.network).attach(), credit: 0, left: { gone: false } })
    } else if (step.do === 'time') this.realm.timers.advance(step.ms)
    else if (step.do === 'task') this.realm.endTask()
    else if (seat && !seat.left.gone) this.#panel(step, seat)
    this.network.settle()
  }

  #panel(step: Step, seat: Seat): void {
    if (step.do === 'credit') {
      seat.credit += step.rows
      seat.panel.grant(seat.credit)
    } else if (step.do === 'pause') seat.panel.say({ k: 'record', on: false })
    else if (step.do === 'resume') seat.panel.say({ k: 'record', on: true })
    else if (step.do === 'leave') {
      seat.panel.bye()
      seat.left.gone = true
    }
  }

  #create(handled: boolean): void {
    const machine = createMachine(Job, { onError: () => {} }) as unknown as Machine
    if (handled) {
      let n = 0
      const { machines } = this
      machine.handle({
        Busy: { canEnter: () => ++n % 3 > 0, entered: () => void machines[0]?.add('Again') },
        On: {
          entered: () => {
            if (n % 5 === 4) throw new Error('on')
          },
        },
      })
    }
    this.machines.push(machine)
  }

  /** All is resumed and paid for: every panel that stayed has the whole story. */
  end(): void {
    for (const { panel, left } of this.seats) if (!left.gone) panel.say({ k: 'record', on: true })
    for (const seat of this.seats) {
      if (seat.left.gone) continue
      seat.panel.grant(1_000_000)
      this.#expect(seat.panel)
    }
    this.agent.stop()
    expect([this.realm.timers.pending, this.realm.listeners]).toEqual([0, 0])
  }

  #expect(panel: FakePanel): void {
    const oracle = new ClockOracle(panel.lines)
    expect(oracle.wrong()).toEqual([])
    const told = new Set(panel.of('machine').flatMap(({ list }) => list.map(({ m }) => m)))
    for (const machine of this.machines) {
      const { tag, seq } = machine as unknown as Probed
      const m = tag / 16
      if (!told.has(m)) {
        expect(machine.isDisposed()).toBe(true)
        continue
      }
      const rows = oracle.rows(m)
      // recorded = shown + dropped, per machine, exactly.
      expect(seq - oracle.base(m)).toBe(rows.length + (oracle.dropped.get(m) ?? 0))
      expect(oracle.at(m, seq)).toEqual({ ticks: machine.time(), queueTick: machine.queueTick() })
      const seqs = rows.map((row) => row[1])
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
      const named = panel
        .of('handlers')
        .flatMap((frame) => frame.rows.filter((row) => row[0] === m).map((row) => row[1]))
      expect(named).toEqual([...new Set(named)].sort((a, b) => a - b))
    }
  }
}

test('whatever the credit, each panel can tell every clock, and recorded = shown + dropped', () => {
  fc.assert(
    fc.property(fc.constantFrom(16, 64, 256), fc.array(steps, { maxLength: 60 }), (capacity, run) => {
      const world = new World(capacity)
      world.take({ do: 'create', handled: false })
      world.take({ do: 'create', handled: true })
      for (const step of run) world.take(step)
      world.end()
    }),
    { numRuns: 150 },
  )
}, 120_000)

test('a handler that fills the ring more than once is counted in full', () => {
  const world = new World(64)
  world.take({ do: 'create', handled: false })
  const long = createMachine(Job) as unknown as Machine
  world.machines.push(long)
  long.handle({
    On: {
      entered: () => {
        for (let i = 0; i < 500; i++) world.machines[0]!.toggle('On')
      },
    },
  })
  world.take({ do: 'attach' })
  long.add('On')
  world.take({ do: 'credit', panel: 0, rows: 1 })
  long.add('On')
  world.end()
})

test('every 1,024th row is followed by a clock that equals what was computed', () => {
  const world = new World(8192)
  world.take({ do: 'create', handled: false })
  world.take({ do: 'attach' })
  for (let i = 0; i < 2100; i++) world.machines[0]!.toggle('On')
  const { panel } = world.seats[0]!
  panel.grant(10_000)
  const checks = panel.of('clock').flatMap(({ list }) => list.filter((row) => row[3] === 'check'))
  expect(checks.map((row) => row[1])).toEqual([1024, 2048])
  world.end()
})

test('a panel that attaches during a pause counts what came before it once', () => {
  const world = new World(16)
  world.take({ do: 'create', handled: false })
  const steps: Step[] = [
    { do: 'attach' },
    { do: 'pause', panel: 0 },
    { do: 'mutate', machine: 0, type: 'add', state: 0, times: 1, args: false },
    { do: 'attach' },
    { do: 'mutate', machine: 0, type: 'add', state: 2, times: 1, args: false },
  ]
  for (const step of steps) world.take(step)
  world.end()
})
