import { computed, effect, signal } from '@preact/signals-core'
import { describe, expect, test, vi } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { type Core, createMachine } from './machine.ts'

const Def = defineMachine('m', { A: {}, B: { remove: ['A'] }, C: { auto: true, require: ['B'] }, M: { multi: true } })
const cells = (machine: unknown) => Object.keys((machine as Core).engine?.watch.cells ?? {}).length

describe('reads', () => {
  test('an effect runs for the states it looked at, once per transition', () => {
    const m = createMachine(Def)
    const log: string[] = []
    effect(() => void log.push(`A ${m.is('A')}`))
    effect(() => void log.push(`AB ${m.any(['A', 'B'])}`))
    effect(() => void log.push(`M ${m.tick('M')}`))
    log.length = 0
    m.add('A')
    expect(log).toEqual(['A true', 'AB true'])
    log.length = 0
    m.add('M')
    m.add('M')
    expect(log).toEqual(['M 1', 'M 3'])
    log.length = 0
    m.add('B')
    expect(log.filter((l) => l.startsWith('M'))).toEqual([])
  })
  test('of every kind', () => {
    const m = createMachine(defineMachine('m', { A: {}, B: {} }, { groups: { g: ['A', 'B'] } }))
    const kinds = {
      is: () => m.is(['A', 'B']),
      not: () => m.not('A'),
      any: () => m.any('A'),
      tick: () => m.tick('A'),
      time: () => m.time().join(),
      clock: () => JSON.stringify(m.clock()),
      sum: () => m.timeSum(),
      active: () => m.active().join(),
      group: () => m.switch('g'),
      text: () => m.isError(),
      error: () => m.error(),
    }
    const runs: Record<string, number> = {}
    for (const [name, read] of Object.entries(kinds)) {
      effect(() => {
        read()
        runs[name] = (runs[name] ?? 0) + 1
      })
    }
    m.add('A')
    expect(runs).toEqual({
      is: 2,
      not: 2,
      any: 2,
      tick: 2,
      time: 2,
      clock: 2,
      sum: 2,
      active: 2,
      group: 2,
      text: 1,
      error: 1,
    })
    m.addError('x')
    expect(runs).toMatchObject({ is: 2, time: 3, active: 3, text: 2, error: 2 })
  })
  test('a state nobody watches costs no signal, and plain reads make none', () => {
    const m = createMachine(Def)
    m.is(['A', 'B'])
    m.time()
    m.add('A')
    expect(cells(m)).toBe(0)
    expect((m as unknown as Core).engine).toBeUndefined()
    effect(() => void m.is('A'))
    expect(cells(m)).toBe(1)
  })
  test('a computed without subscribers is not stale', () => {
    const m = createMachine(Def)
    const on = computed(() => m.is('A'))
    expect(on.value).toBe(false)
    m.add('A')
    expect(on.value).toBe(true)
    m.remove('A')
    expect(on.value).toBe(false)
  })
  test('no effect sees half of a transition, with or without handlers', () => {
    for (const handled of [false, true]) {
      const m = createMachine(Def)
      const seen: string[] = []
      if (handled) {
        m.handle({ A: { exited: () => {} }, B: { entered: () => void seen.push(`entered ${m.is('A')}`) } })
      }
      effect(() => void seen.push(`${m.is('A')} ${m.is('B')} ${m.active().join()}`))
      m.add('A')
      m.add('B')
      // The batch closes after the final handlers and before the auto mutation.
      const after = ['false true B', 'false true B,C']
      expect(seen).toEqual(['false false ', 'true false A', ...(handled ? ['entered false'] : []), ...after])
    }
  })
  test('an effect sees what a throw put back', () => {
    const m = createMachine(Def, { onError: () => {} })
    const seen: number[] = []
    m.handle({
      A: {
        entered: () => {
          throw new Error('x')
        },
      },
    })
    effect(() => void seen.push(m.tick('A')))
    m.add('A')
    expect(seen).toEqual([0, 2])
  })
  test('an effect that throws goes to onError, never to the caller', () => {
    for (const handled of [false, true]) {
      const onError = vi.fn()
      const m = createMachine(Def, { onError })
      if (handled) m.handle({ A: { entered: () => {} } })
      const bad = new Error('bad')
      effect(() => {
        if (m.is('A')) throw bad
      })
      const other: boolean[] = []
      effect(() => void other.push(m.is('A')))
      expect(m.add('A').status).toBe('executed')
      expect(onError).toHaveBeenCalledExactlyOnceWith(bad, expect.objectContaining({ phase: 'effect' }))
      expect(other).toEqual([false, true])
      expect(m.isError()).toBe(false)
    }
  })
  test('a mutation inside an effect does not subscribe it to what handlers and listeners read', () => {
    const m = createMachine(Def)
    const go = signal(0)
    let runs = 0
    m.handle({ M: { entered: () => void m.is('A') } })
    m.listen(() => void m.is('A'))
    effect(() => {
      runs++
      void go.value
      m.add('M')
    })
    m.add('A')
    expect(runs).toBe(1)
    go.value++
    expect(runs).toBe(2)
  })
  test('import wakes watchers', () => {
    const a = createMachine(Def)
    a.add('A')
    const b = createMachine(Def)
    const seen: string[] = []
    effect(() => void seen.push(`${b.is('A')} ${b.time()}`))
    b.import(a.export())
    expect(seen).toEqual(['false 0,0,0,0,0', 'true 1,0,0,0,0'])
  })
})

describe('listen', () => {
  test('after each accepted transition, the auto one too, not after refused ones', () => {
    const m = createMachine(Def)
    const seen: string[] = []
    const off = m.listen(() => void seen.push(m.toString()))
    m.add('A')
    m.add('A')
    m.add('C')
    m.add('B')
    expect(seen).toEqual(['(A:1)', '(A:1)', '(B:1) [A:2]', '(B:1 C:1) [A:2]'])
    off()
    off()
    m.remove('B')
    expect(seen.length).toBe(4)
  })
  test('one that throws stops no other; the same function twice is told twice', () => {
    const onError = vi.fn()
    const m = createMachine(Def, { onError })
    const listener = vi.fn(() => {
      throw new Error(`call ${listener.mock.calls.length}`)
    })
    const off = m.listen(listener)
    m.listen(listener)
    m.add('A')
    expect(listener).toHaveBeenCalledTimes(2)
    expect(onError).toHaveBeenCalledTimes(2)
    expect(onError.mock.calls[0]![1]).toMatchObject({ phase: 'listener' })
    off()
    m.remove('A')
    expect(listener).toHaveBeenCalledTimes(3)
  })
})

describe('abort signals', () => {
  test('fire when the tick changes', () => {
    const m = createMachine(Def)
    const off = m.signal('A')
    expect(m.signal('A')).toBe(off)
    m.add('M')
    expect(off.aborted).toBe(false)
    m.add('A')
    expect(off.aborted).toBe(true)
    const on = m.signal('A')
    expect(on).not.toBe(off)
    m.add('B')
    expect(on.aborted).toBe(true)
    m.add('M')
    const again = m.signal('M')
    m.add('M')
    expect(again.aborted).toBe(true)
  })
  test('of a handler: as of its call, however late it is read', async () => {
    const m = createMachine(Def)
    const signals: AbortSignal[] = []
    let late: (() => AbortSignal) | undefined
    m.handle({
      A: {
        canEnter: ({ signal }) => void signals.push(signal),
        entered: (event) => {
          signals.push(event.signal)
          late = () => event.signal
        },
      },
      M: {
        entered: (event) => {
          late = () => event.signal
        },
      },
    })
    m.add('A')
    expect(signals.map((s) => s.aborted)).toEqual([true, false])
    expect(late!()).toBe(signals[1])
    m.add('M')
    m.remove('M')
    expect(late!().aborted).toBe(true)
    expect(m.signal('M').aborted).toBe(false)
  })
  test('a put-back fires it', () => {
    const m = createMachine(Def, { onError: () => {} })
    let own: AbortSignal | undefined
    m.handle({
      A: {
        entered: ({ signal }) => {
          own = signal
          throw new Error('x')
        },
      },
    })
    m.add('A')
    expect(own?.aborted).toBe(true)
  })
  test('a mutation from its listener is queued', () => {
    const m = createMachine(Def)
    const results: string[] = []
    m.signal('A').addEventListener('abort', () => void results.push(m.add('M').status))
    m.add('A')
    expect(results).toEqual(['queued'])
    expect(m.is('M')).toBe(true)
  })
})
