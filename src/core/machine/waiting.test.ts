import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { ManualTimers } from './fixtures/manual-timers.ts'
import { createMachine } from './machine.ts'

const Def = defineMachine('m', {
  A: {},
  B: { remove: ['A'] },
  M: { multi: true, args: v.object({ id: v.number(), tag: v.optional(v.string()) }) },
})

/** How a promise stands once everything that is due has run. */
async function state(promise: Promise<unknown>): Promise<unknown> {
  const open = Symbol()
  const turn = new Promise((resolve) => setImmediate(() => resolve(open)))
  const first = await Promise.race([
    promise.then(
      (value) => ({ value }),
      (error) => ({ error }),
    ),
    turn,
  ])
  return first === open ? 'open' : first
}

class CountingSignal {
  listeners = 0
  readonly controller = new AbortController()
  readonly signal: AbortSignal
  constructor() {
    const { signal } = this.controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      this.listeners++
      add(...args)
    }) as typeof add
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      this.listeners--
      remove(...args)
    }) as typeof remove
    this.signal = signal
  }
}

describe('conditions', () => {
  test('when and whenNot', async () => {
    const m = createMachine(Def)
    expect(await state(m.whenNot(['A', 'B']))).toEqual({ value: undefined })
    const both = m.when(['A', 'M'])
    m.add('A')
    expect(await state(both)).toBe('open')
    m.add('M', { id: 1 })
    expect(await state(both)).toEqual({ value: undefined })
    expect(await state(m.when('A'))).toEqual({ value: undefined })
    const none = m.whenNot('A')
    m.add('B')
    expect(await state(none)).toEqual({ value: undefined })
  })
  test('whenTime, whenTicks, whenNext', async () => {
    const m = createMachine(Def)
    m.add('A')
    const time = m.whenTime(['A', 'B'], [2, 1])
    const ticks = m.whenTicks('A', 3)
    const next = m.whenNext('A')
    const atOnce = m.whenTime('A', 1)
    expect(await state(atOnce)).toEqual({ value: undefined })
    m.remove('A')
    expect(await state(next)).toBe('open')
    expect(await state(time)).toBe('open')
    m.add('A')
    expect(await state(next)).toEqual({ value: undefined })
    expect(await state(ticks)).toBe('open')
    m.add('B')
    expect(await state(time)).toEqual({ value: undefined })
    expect(await state(ticks)).toEqual({ value: undefined })
  })
  test('whenNext of an active multi state is its next call', async () => {
    const m = createMachine(Def)
    m.add('M', { id: 1 })
    const next = m.whenNext('M')
    m.add('A')
    expect(await state(next)).toBe('open')
    m.add('M', { id: 2 })
    expect(await state(next)).toEqual({ value: undefined })
  })
  test('whenArgs looks at accepted calls to come', async () => {
    const m = createMachine(Def)
    m.add('M', { id: 1 })
    const found = m.whenArgs('M', { id: 1 })
    expect(await state(found)).toBe('open')
    const off = m.handle({ M: { canEnter: () => false } })
    m.add('M', { id: 1 })
    off()
    m.add('M', { id: 2 })
    expect(await state(found)).toBe('open')
    m.add('M', { id: 1, tag: 'x' })
    expect(await state(found)).toEqual({ value: { id: 1, tag: 'x' } })
  })
  test('whenQuery sees the clock by name, and its error rejects', async () => {
    const m = createMachine(Def)
    const sums: number[] = []
    const query = m.whenQuery((clock) => {
      sums.push(clock.A + clock.B)
      return clock.A + clock.B === 3
    })
    m.add('A')
    m.add('A')
    m.remove('A')
    expect(await state(query)).toBe('open')
    m.add('B')
    expect(await state(query)).toEqual({ value: undefined })
    expect(sums).toEqual([0, 1, 2, 3])
    const bad = m.whenQuery((clock) => {
      if (clock.A > 2) throw new Error('bad')
      return false
    })
    m.remove('B')
    m.add('A')
    expect(await state(bad)).toMatchObject({ error: { message: 'bad' } })
    expect(m.pending().waits).toEqual([])
  })
  test('whenIdle and whenError', async () => {
    const m = createMachine(Def)
    expect(await state(m.whenIdle())).toEqual({ value: undefined })
    let idle: Promise<void> | undefined
    const seen: boolean[] = []
    m.handle({
      A: {
        entered: () => {
          idle = m.whenIdle()
          void idle.then(() => seen.push(m.is('B')))
          m.add('B')
        },
      },
    })
    m.add('A')
    expect(await state(idle!)).toEqual({ value: undefined })
    expect(seen).toEqual([true])
    const error = m.whenError()
    m.addError('oops')
    expect(await state(error)).toEqual({ value: 'oops' })
  })
})

describe('no wait is lost, none settles early', () => {
  test('a state that lasts for one transition only settles inside it', async () => {
    const m = createMachine(Def)
    m.handle({ A: { entered: () => void m.remove('A') } })
    const when = m.when('A')
    m.add('A')
    expect(m.is('A')).toBe(false)
    expect(await state(when)).toEqual({ value: undefined })
  })
  test('waits settle after the auto mutation', async () => {
    const m = createMachine(defineMachine('m', { A: {}, Z: { auto: true, remove: ['A'] } }))
    const a = m.when('A')
    const z = m.when('Z')
    const tick = m.whenTime('A', 1)
    m.add('A')
    expect(await state(z)).toEqual({ value: undefined })
    expect(await state(tick)).toEqual({ value: undefined })
    expect(await state(a)).toBe('open')
  })
  test('a canceled mutation settles nothing; what was put back was not', async () => {
    const m = createMachine(Def, { onError: () => {} })
    m.handle({
      A: {
        entered: () => {
          throw new Error('x')
        },
      },
    })
    const when = m.when('A')
    m.add('A')
    expect(await state(when)).toBe('open')
  })
  test('waits made in handlers', async () => {
    const m = createMachine(Def)
    const waits: Promise<void>[] = []
    m.handle({
      A: { canEnter: () => void waits.push(m.when('A')), entered: () => void waits.push(m.when('A'), m.whenNot('A')) },
    })
    m.add('A')
    expect(await Promise.all(waits.map(state))).toEqual([{ value: undefined }, { value: undefined }, 'open'])
  })
})

describe('ends', () => {
  const waits = (
    m: ReturnType<typeof createMachine<never, never>>,
    options: { signal?: AbortSignal; timeout?: number },
  ) => {
    const any = m as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    return [
      any.when!('A', options),
      any.when!(['A', 'B'], options),
      any.whenNot!('Exception', options).then(() => any.when!('B', options)),
      any.whenTime!('A', 9, options),
      any.whenTicks!('A', 9, options),
      any.whenNext!('A', options),
      any.whenArgs!('M', { id: 1 }, options),
      any.whenQuery!(() => false, options),
      any.whenError!(options),
    ]
  }

  test('abort: rejects with the reason, leaves no listener', async () => {
    const m = createMachine(Def)
    const counting = new CountingSignal()
    const all = waits(m as never, { signal: counting.signal })
    await state(all[0]!)
    expect(counting.listeners).toBe(9)
    counting.controller.abort('why')
    for (const one of all) expect(await state(one)).toEqual({ error: 'why' })
    expect(counting.listeners).toBe(0)
    expect(m.pending().waits).toEqual([])
    expect(await state(m.when('B', { signal: counting.signal }))).toEqual({ error: 'why' })
    expect(await state(m.whenNot('B', { signal: counting.signal }))).toEqual({ error: 'why' })
  })
  test('fulfilment: leaves no listener, no timer', async () => {
    const timers = new ManualTimers()
    const m = createMachine(Def, { timers })
    const counting = new CountingSignal()
    const when = m.when('A', { signal: counting.signal, timeout: 10 })
    const atOnce = m.whenNot('A', { signal: counting.signal, timeout: 10 })
    expect([counting.listeners, timers.open]).toEqual([1, 1])
    m.add('A')
    await Promise.all([when, atOnce])
    expect([counting.listeners, timers.open]).toEqual([0, 0])
  })
  test('timeout: says what was awaited and what the states were', async () => {
    const timers = new ManualTimers()
    const m = createMachine(Def, { timers })
    m.add('A')
    const when = m.when(['A', 'B'], { timeout: 10 })
    timers.advance(9)
    expect(await state(when)).toBe('open')
    timers.advance(1)
    expect(await state(when)).toMatchObject({
      error: {
        name: 'TimeoutError',
        code: 'WAIT_TIMEOUT',
        message: expect.stringMatching(/when\(A, B\).*10 ms.*\(A:1\)/),
      },
    })
    expect(m.pending().waits).toEqual([])
  })
  test('disposal: rejects all, before and after', async () => {
    const timers = new ManualTimers()
    const m = createMachine(Def, { timers })
    const counting = new CountingSignal()
    const all = waits(m as never, { signal: counting.signal, timeout: 5 })
    await state(all[0]!)
    m.dispose()
    for (const one of all) expect(await state(one)).toMatchObject({ error: { name: 'DisposedError' } })
    expect([counting.listeners, timers.open]).toEqual([0, 0])
    expect(await state(m.when('A'))).toMatchObject({ error: { name: 'DisposedError' } })
    expect(await state(m.whenIdle())).toMatchObject({ error: { name: 'DisposedError' } })
  })
  test('pending lists open waits by state', () => {
    const m = createMachine(Def)
    void m.when(['A', 'B'])
    void m.whenNext('A')
    void m.whenQuery(() => false)
    expect(m.pending()).toEqual({
      handlers: [],
      waits: [
        { state: 'A', wait: 'when(A, B)' },
        { state: 'B', wait: 'when(A, B)' },
        { state: 'A', wait: 'whenNext(A)' },
        { wait: 'whenQuery' },
      ],
    })
  })
})
