import { describe, expect, test } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { createMachine } from './machine.ts'

const Def = defineMachine('m', { A: {}, B: { remove: ['A'] } })

// The waits that a mirror has, too, are in waiting.suite.ts.
describe('whenQuery', () => {
  test('sees the clock by name, and its error rejects', async () => {
    const m = createMachine(Def)
    const sums: number[] = []
    let open = true
    const query = m.whenQuery((clock) => {
      sums.push(clock.A + clock.B)
      return clock.A + clock.B === 3
    })
    void query.then(() => {
      open = false
    })
    m.add('A')
    m.add('A')
    m.remove('A')
    await new Promise((resolve) => setImmediate(resolve))
    expect(open).toBe(true)
    m.add('B')
    await query
    expect(sums).toEqual([0, 1, 2, 3])
    const bad = m.whenQuery((clock) => {
      if (clock.A > 2) throw new Error('bad')
      return false
    })
    m.remove('B')
    m.add('A')
    await expect(bad).rejects.toThrow('bad')
    expect(m.pending().waits).toEqual([])
  })
  test('ends by abort and by disposal', async () => {
    const m = createMachine(Def)
    const controller = new AbortController()
    const aborted = m.whenQuery(() => false, { signal: controller.signal })
    controller.abort('why')
    await expect(aborted).rejects.toBe('why')
    expect(m.pending().waits).toEqual([])
    const disposed = m.whenQuery(() => false)
    m.dispose()
    await expect(disposed).rejects.toMatchObject({ name: 'DisposedError' })
  })
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
