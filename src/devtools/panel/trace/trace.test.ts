import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ToPanel } from '../../protocol/frames.ts'
import { type World, worlds } from './fixtures/world.ts'
import { RowList } from './row-list.ts'
import { GAP, TX } from './rows.ts'
import { Trace } from './trace.ts'

const target = { id: 't', run: 'r', kind: 'page' as const, label: 'page' }
const make = () => {
  const trace = new Trace()
  const run = trace.run(target, 0, 100)
  const take = (...frames: ToPanel[]) => {
    const news = frames.map((frame) => trace.ingest(run, frame))
    trace.settle()
    return news
  }
  return { trace, run, take, list: new RowList(trace, () => true) }
}

function receive({ messages }: World) {
  const { trace, run, list } = make()
  for (const frames of messages) {
    for (const frame of frames) trace.ingest(run, frame)
    list.update(trace.settle())
  }
  return { trace, run, list }
}

// No statement about time: a busy machine may take as long as it likes.
const SLOW = 120_000

describe('whatever comes late, twice or not at all', { timeout: SLOW }, () => {
  test('every number is a transition once, or lies in one gap', () => {
    fc.assert(
      fc.property(worlds(true), (world) => {
        const { trace, run } = receive(world)
        for (const machine of run.machines.values()) {
          const numbers = machine.events.flatMap((row) => {
            const { kind, seq, until } = trace.rows
            if (kind[row] === TX) return [seq[row]!]
            if (kind[row] !== GAP) return []
            return Array.from({ length: until[row]! - seq[row]! + 1 }, (_, i) => seq[row]! + i)
          })
          expect(numbers).toEqual(Array.from({ length: machine.lastSeq }, (_, i) => i + 1))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('at any transition every machine has the clock it had then', () => {
    fc.assert(
      fc.property(worlds(false), (world) => {
        const { trace, run, list } = receive(world)
        for (const row of list.rows) {
          if (trace.rows.kind[row] !== TX) continue
          const own = trace.machineOf(row)!
          const moment = world.moments[world.momentOf.get(`${own.m}/${trace.rows.seq[row]}`)!]!
          for (const machine of run.machines.values()) {
            const place = machine.eventAt(row)
            const truth = moment.after.get(machine.m)!
            expect(machine.ticksAfter(place)).toEqual(truth.ticks)
            expect(machine.countersAfter(place)).toEqual({
              queueTick: truth.queueTick,
              machineTick: truth.machineTick,
            })
            expect(machine.mismatches).toBe(0)
          }
        }
      }),
      { numRuns: 800 },
    )
  })

  test('after any transition its own machine has the clock it had, or none is known', () => {
    let unknown = 0
    fc.assert(
      fc.property(worlds(true), (world) => {
        const { trace, run } = receive(world)
        for (const machine of run.machines.values()) {
          machine.events.forEach((row, place) => {
            if (trace.rows.kind[row] !== TX) return
            const moment = world.moments[world.momentOf.get(`${machine.m}/${trace.rows.seq[row]}`)!]!
            const ticks = machine.ticksAfter(place)
            if (ticks) expect(ticks).toEqual(moment.after.get(machine.m)!.ticks)
            else unknown++
          })
        }
      }),
      { numRuns: 500 },
    )
    expect(unknown).toBeGreaterThan(0)
  })

  test('every row stands behind its predecessor and its cause, and a list is the order', () => {
    fc.assert(
      fc.property(worlds(true), (world) => {
        const { trace, run, list } = receive(world)
        const { rows } = trace
        const place = new Map(list.rows.map((row, i) => [row, i]))
        expect(place.size).toBe(list.rows.length)
        expect(new RowList(trace, () => true).rows).toEqual(list.rows)
        for (const machine of run.machines.values()) {
          const own = machine.events.filter((row) => rows.kind[row] === TX || rows.kind[row] === GAP)
          expect([...own].sort((a, b) => place.get(a)! - place.get(b)!)).toEqual(own)
          for (const row of own) expect(list.placeOf(row)).toBe(place.get(row))
          for (const [seq, effects] of machine.caused) {
            const cause = machine.bySeq.get(seq)
            for (const effect of cause === undefined ? [] : effects) {
              expect(place.get(effect)!).toBeGreaterThan(place.get(cause!)!)
            }
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  test('what came already is no news', () => {
    fc.assert(
      fc.property(worlds(true), ({ messages }) => {
        const { trace, run } = receive({ messages } as World)
        const size = trace.rows.length
        for (const frame of messages.flat()) trace.ingest(run, frame)
        trace.settle()
        expect(trace.rows.length).toBe(size)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a trace', () => {
  const states = [{ name: 'A' }, { name: 'B' }]
  const born: ToPanel[] = [
    { k: 'schema', hash: 'h', name: 'toy', version: 1, states, groups: [['both', ['A', 'B']]] },
    { k: 'machine', list: [{ m: 1, hash: 'h', name: 'toy', label: 'toy#1', time: 0 }] },
    { k: 'clock', list: [[1, 0, [0, 0], 'start', 0, 0]] },
  ]

  test('orders a cause before what it caused, however they are told', () => {
    const { trace, take, list } = make()
    take(...born)
    // The inner transition ends, and so is told, first; they share a time.
    take({ k: 'tx', rows: [[2, 1, 50, 0, 1, [0], [0, 1], { source: [1, 1] }]] })
    take({ k: 'tx', rows: [[1, 1, 50, 0, 1, [0], [0, 1]]] })
    list.update(0)
    expect(list.rows.map((row) => trace.machineOf(row)!.m)).toEqual([1, 2])
  })

  test('rows that cause each other hold nothing up', () => {
    const { take, list } = make()
    take({ k: 'tx', rows: [[1, 1, 50, 0, 1, [0], [], { source: [2, 1] }]] })
    take({ k: 'tx', rows: [[2, 1, 50, 0, 1, [0], [], { source: [1, 1] }]] })
    take({ k: 'tx', rows: [[1, 2, 50, 0, 1, [0], [], { source: [1, 2] }]] })
    list.update(0)
    expect(list.rows).toHaveLength(3)
  })

  test('marks what came before the panel as unseen, and what was dropped as dropped', () => {
    const { trace, run, take, list } = make()
    take(...born.slice(0, 2), { k: 'clock', list: [[1, 4, [3, 1], 'start', 4, 0]] })
    take({ k: 'tx', rows: [[1, 5, 10, 0, 1, [0], [0, 1]]] })
    take(
      { k: 'drop', reason: 'pause', list: [[1, 6, 9]], stores: [], others: 2 },
      { k: 'clock', list: [[1, 9, [8, 1], 'drop', 9, 0]] },
    )
    list.update(0)
    const gaps = list.rows
      .filter((row) => trace.rows.kind[row] === GAP)
      .map((row) => [trace.rows.seq[row], trace.rows.until[row], trace.rows.detailOf<{ reason: string }>(row)!.reason])
    expect(gaps).toEqual([
      [1, 4, 'unseen'],
      [6, 9, 'pause'],
    ])
    const machine = run.byLabel.get('toy#1')!
    expect(machine.events.map((_, place) => machine.ticksAfter(place))).toEqual([
      undefined,
      [3, 1],
      [4, 1],
      undefined,
      [8, 1],
    ])
    expect(run.othersDropped).toBe(2)
  })

  test('keeps handler rows once, by number, and dropped mutations', () => {
    const { run, take, trace, list } = make()
    take(...born)
    const handlers: ToPanel = { k: 'handlers', rows: [[1, 1, 1, 5, 'A', 'entered', 'done', 12]] }
    const queue: ToPanel = { k: 'queue', rows: [[1, 1, 0, 5, 0, [0], 'duplicate']] }
    expect(take(handlers, queue)).toEqual([true, true])
    expect(take(handlers, queue)).toEqual([false, false])
    expect(run.byLabel.get('toy#1')!.handlers.get(1)).toHaveLength(1)
    list.update(0)
    expect(list.rows).toHaveLength(1)
    expect(trace.rows.detailOf(list.rows[0]!)).toMatchObject({ why: 'duplicate' })
  })

  test('a check that is not what was computed is counted, and believed', () => {
    const { run, take } = make()
    take(
      ...born,
      { k: 'tx', rows: [[1, 1, 5, 0, 1, [0], [0, 1]]] },
      { k: 'clock', list: [[1, 1, [5, 0], 'check', 1, 0]] },
    )
    const machine = run.byLabel.get('toy#1')!
    expect(machine.mismatches).toBe(1)
    expect(machine.ticksAfter(machine.events.length - 1)).toEqual([5, 0])
  })

  test('numbers that are no states move nothing', () => {
    const { run, take } = make()
    take(...born, { k: 'tx', rows: [[1, 1, 5, 0, 1, [99], [99, 1, 1, 1]]] })
    const machine = run.byLabel.get('toy#1')!
    expect(machine.ticksAfter(machine.events.length - 1)).toEqual([0, 1])
  })
})
