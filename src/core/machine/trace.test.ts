import { describe, expect, test, vi } from 'vitest'
import type { MachineTracer } from '../trace.ts'
import { defineMachine } from './define-machine.ts'
import { ManualTimers } from './fixtures/manual-timers.ts'
import { history } from './history.ts'
import { type Core, createMachine } from './machine.ts'
import type { Transition } from './transition.ts'
import type { Machine } from './types.ts'

const Def = defineMachine('m', { A: {}, B: { remove: ['A'] }, Z: { auto: true, require: ['B'] }, M: { multi: true } })

function recorder(log: string[]): MachineTracer {
  return {
    mutationQueued: (m) => void log.push(`queued ${m}${m.auto ? ' auto' : ''}`),
    mutationDropped: (m, why) => void log.push(`dropped ${m}: ${why}`),
    transitionStart: (t) => void log.push(`start ${t.id}`),
    transitionEnd: (t) => void log.push(`end ${t.id} ${t.accepted} ${t.reason?.kind ?? ''}`.trim()),
    handlerStart: (c) => void log.push(`> ${c.state}.${c.handler} ${c.transition.id}`),
    handlerEnd: (c, end) => void log.push(`< ${c.state}.${c.handler} ${end.status}`),
    queueEnd: () => void log.push('rest'),
    error: (error, { phase }) => void log.push(`error ${(error as Error).message} ${phase}`),
    disposed: () => void log.push('disposed'),
  }
}

describe('tracers', () => {
  test('are told of everything, in order', async () => {
    const log: string[] = []
    const m = createMachine(Def, { tracers: [recorder(log)], onError: () => {} })
    m.handle({
      A: { canEnter: () => void m.add('M'), canExit: () => false },
      Z: { entered: async () => {} },
      M: {
        entered: () => {
          throw new Error('boom')
        },
      },
    })
    m.add('A')
    expect(log.splice(0)).toEqual([
      'queued add A',
      'start 1',
      '> A.canEnter 1',
      'queued add M',
      '< A.canEnter done',
      'end 1 true',
      'start 2',
      '> M.entered 2',
      '< M.entered failed',
      'error boom handler',
      'queued add Exception',
      'end 2 false error',
      'start 3',
      'end 3 true',
      'rest',
    ])
    m.add('B')
    expect(log.splice(0)).toEqual([
      'queued add B',
      'start 4',
      '> A.canExit 4',
      '< A.canExit refused',
      'end 4 false handler',
      'rest',
    ])
    m.remove('M')
    m.handle({ A: { canExit: () => true } })
    const off = m.trace({ transitionStart: () => void log.push('second') })
    off()
    off()
    log.length = 0
    m.add('Z')
    expect(log.splice(0)).toEqual(['queued add Z', 'start 6', 'end 6 false relation', 'rest'])
    m.canAdd('A')
    expect(log.splice(0)).toEqual([])
    m.dispose()
    expect(log).toEqual(['disposed'])
  })
  test('an async handler ends when it settles, in its transition', async () => {
    const log: string[] = []
    const m = createMachine(Def, { onError: () => {} })
    m.trace(recorder(log))
    let fail: (error: unknown) => void = () => {}
    m.handle({ A: { entered: () => new Promise((_, reject) => (fail = reject)) } })
    m.add('A')
    m.add('M')
    log.length = 0
    fail(new Error('late'))
    await m.whenError()
    expect(log.slice(0, 4)).toEqual(['< A.entered failed', 'error late handler', 'queued add Exception', 'start 3'])
  })
  test('a tracer that throws hurts nobody', () => {
    const onError = vi.fn()
    const log: string[] = []
    const m = createMachine(Def, { onError })
    m.trace({
      transitionStart: () => {
        throw new Error('tracer')
      },
    })
    m.trace(recorder(log))
    expect(m.add('A').status).toBe('executed')
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(Error), expect.objectContaining({ phase: 'tracer' }))
    expect(log).toContain('end 1 true')
  })
  test('ids count from 1, also while nobody records', () => {
    const m = createMachine(Def)
    m.add('A')
    m.add('Z')
    m.canAdd('M')
    const ids: number[] = []
    m.trace({ transitionEnd: (t) => void ids.push(t.id) })
    m.add('B')
    m.add('M')
    expect(ids).toEqual([3, 4, 5])
  })
})

describe('transitions', () => {
  test('tell what was asked and what came of it', () => {
    const m = createMachine(Def, { id: 'x' })
    m.add(['A', 'M'])
    const all: Transition[] = []
    m.trace({ transitionEnd: (t) => void all.push(t) })
    m.add(['B', 'M'])
    expect(all[0]).toMatchObject({
      id: 2,
      machine: m,
      type: 'add',
      called: ['B', 'M'],
      before: ['A', 'M'],
      targets: ['B', 'M'],
      enters: ['B', 'M'],
      exits: ['A'],
      timeBefore: [1, 0, 0, 1, 0],
      timeAfter: [2, 1, 0, 3, 0],
      deltas: [0, 1, 1, 1, 3, 2],
      accepted: true,
      auto: false,
      isCheck: false,
      source: undefined,
    })
    expect(all[1]).toMatchObject({ auto: true, called: ['Z'], timeAfter: [2, 1, 1, 3, 0] })
    m.add('A')
    expect(all[2]).toMatchObject({
      accepted: false,
      reason: { kind: 'relation', state: 'A', relation: 'remove', by: ['B'] },
      deltas: [],
      timeBefore: [2, 1, 1, 3, 0],
      timeAfter: [2, 1, 1, 3, 0],
    })
  })
  test('keep the truth, whatever happens later', () => {
    const m = createMachine(Def, { onError: () => {} })
    const kept: { t: Transition; before: readonly number[]; after: readonly number[] }[] = []
    const off = m.trace({
      transitionEnd: (t) => void kept.push({ t, before: t.timeBefore.slice(), after: m.time() }),
    })
    const boom = m.handle({
      A: {
        entered: () => {
          throw new Error('x')
        },
      },
    })
    for (let i = 0; i < 200; i++) m.toggle(i % 3 ? 'A' : 'M')
    boom()
    for (let i = 0; i < 100; i++) m.toggle(i % 3 ? 'A' : 'M')
    off()
    for (let i = 0; i < 100; i++) m.toggle('A')
    m.import({ ...m.export(), time: [0, 0, 0, 0, 0] })
    for (const { t, before, after } of kept) {
      expect(t.timeBefore).toEqual(before)
      expect(t.timeAfter).toEqual(after)
    }
    expect(kept.length).toBeGreaterThan(300)
  })
  test('source: the transition whose handler called, of whatever machine', () => {
    const [a, b] = [createMachine(Def, { onError: () => {} }), createMachine(Def)]
    const all: Transition[] = []
    for (const m of [a, b]) m.trace({ transitionEnd: (t) => void all.push(t) })
    a.handle({
      A: {
        entered: () => {
          b.add('A')
          throw new Error('x')
        },
      },
    })
    a.add('A')
    const [first, own, error] = all
    expect([first!.machine, own!.machine, error!.machine]).toEqual([b, a, a])
    expect(first!.source).toBe(own)
    expect(error!.source).toBe(own)
    expect(own!.source).toBeUndefined()
    a.add('M')
    expect(all.at(-1)!.source).toBeUndefined()
  })
})

test('a machine hands itself to the agent at birth', () => {
  const place = Symbol.for('escapement.agent')
  const holder = globalThis as Record<symbol, unknown>
  const machines: unknown[] = []
  holder[place] = { machine: (m: unknown) => void machines.push(m) }
  try {
    const m = createMachine(Def)
    expect(machines).toEqual([m])
    holder[place] = {}
    createMachine(Def)
  } finally {
    delete holder[place]
  }
  createMachine(Def)
  expect(machines.length).toBe(1)
})

describe('an agent chooses the class of machines', () => {
  const place = Symbol.for('escapement.agent')
  const holder = globalThis as Record<symbol, unknown>
  const seen: string[] = []
  const kind = (base: typeof Core) =>
    class extends base {
      override step(...about: Parameters<Core['step']>) {
        super.step(...about)
        seen.push(`step ${about[1]} ${about[2]?.id ?? '-'}`)
      }
      override begin(...about: Parameters<Core['begin']>) {
        super.begin(...about)
        seen.push(`begin ${about[1]} ${about[2] ? about[2].constructor.name : '-'}`)
      }
      override moved(deltas: readonly number[], queueTick: number, machineTick: number) {
        seen.push(`moved ${deltas} ${queueTick} ${machineTick}`)
      }
      override get witness(): MachineTracer {
        return {
          mutationDropped: (_, why) => void seen.push(why),
          handlerEnd: (_, { status }) => void seen.push(status),
          disposed: () => void seen.push('disposed'),
        }
      }
    }
  const made = () => {
    holder[place] = { kind }
    try {
      return createMachine(Def)
    } finally {
      delete holder[place]
      seen.length = 0
    }
  }

  test('and is told of every transition, without one being recorded for it', () => {
    const m = made()
    m.add('B')
    expect(seen).toEqual(['step false -', 'step true -'])
    const stop = m.listen(() => {})
    m.remove('B')
    stop()
    m.signal('A')
    m.add('A')
    expect(seen.slice(2)).toEqual(['step false -', 'begin false -'])
    ;(m as unknown as Machine).add('M', { note: 1 })
    expect(seen.at(-1)).toBe('begin false Mutation')
  })
  test('with the record, where handlers or tracers want one; with the source, where a handler called', () => {
    const [m, other] = [made(), made()]
    m.handle({ A: { canEnter: () => true, entered: () => void other.add('M') } })
    m.add('A')
    expect(seen).toEqual(['begin false Transition', 'done', 'step false 1', 'done'])
  })
  test('of clocks that move without one, of what is dropped, and of the end', () => {
    const m = made()
    m.add('M')
    const data = m.export()
    m.add('M')
    seen.length = 0
    m.import(data)
    expect(seen).toEqual(['moved 3,-2 3 0'])
    m.handle({ M: { entered: () => void m.remove('A') } })
    m.add('M')
    m.dispose()
    expect(seen.slice(1)).toEqual(['begin false Transition', 'nothing-to-do', 'done', 'disposed'])
  })
})

describe('history', () => {
  const make = (limit?: number) => {
    const timers = new ManualTimers()
    const m = createMachine(Def, { timers })
    return { timers, m, past: history(m, limit ? { limit, timers } : { timers }) }
  }
  test('within', () => {
    const { timers, m, past } = make()
    m.add('A')
    timers.advance(10)
    m.add('B')
    timers.advance(5)
    expect(past.activatedWithin('A', 15)).toBe(true)
    expect(past.activatedWithin('A', 14)).toBe(false)
    expect(past.deactivatedWithin('A', 5)).toBe(true)
    expect(past.deactivatedWithin('A', 4)).toBe(false)
    expect(past.activatedWithin('Z', 5)).toBe(true)
    expect(past.activatedWithin('M', 99)).toBe(false)
    m.add('M')
    timers.advance(100)
    m.add('M')
    expect(past.activatedWithin('M', 1)).toBe(true)
    expect(past.deactivatedWithin('M', 1)).toBe(false)
  })
  test('between times', () => {
    const { timers, m, past } = make()
    timers.advance(10)
    m.add('A')
    timers.advance(10)
    m.remove('A')
    timers.advance(10)
    expect(past.activeBetween('A', 1000, 1009)).toBe(false)
    expect(past.activeBetween('A', 1000, 1010)).toBe(true)
    expect(past.activeBetween('A', 1012, 1013)).toBe(true)
    expect(past.inactiveBetween('A', 1012, 1013)).toBe(false)
    expect(past.inactiveBetween('A', 1012, 1020)).toBe(true)
    expect(past.activeBetween('A', 1021, 1030)).toBe(false)
    expect(past.inactiveBetween('A', 1000, 1001)).toBe(true)
  })
  test('between sums of ticks, last, and a bounded ring', () => {
    const { m, past } = make(3)
    m.add('A')
    const start = m.timeSum()
    m.add('M')
    m.add('Z')
    m.remove('A')
    const end = m.timeSum()
    m.add('B')
    expect(past.records.length).toBe(3)
    expect(past.records.map((r) => r.transition.id)).toEqual([4, 5, 6])
    expect(past.between(start, end).map((r) => r.transition.id)).toEqual([4])
    expect(past.last('A')?.transition.id).toBe(4)
    expect(past.last('Z')?.transition.id).toBe(6)
    expect(past.last('M')).toBeUndefined()
    expect(() => past.last('Nope' as never)).toThrow(/Nope/)
    m.import({ ...m.export(), time: [10, 0, 0, 0, 0] })
    m.add('A')
    expect(past.records.at(-1)).toMatchObject({ sumBefore: 10, sumAfter: 11 })
    past.dispose()
    m.add('B')
    expect(past.records.at(-1)!.transition.called).toEqual(['A'])
  })
})
