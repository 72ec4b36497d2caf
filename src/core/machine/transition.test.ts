import { describe, expect, test, vi } from 'vitest'
import { defineMachine } from './define-machine.ts'
import { createMachine } from './machine.ts'

// What handlers do and refuse is in transition.suite.ts, what they throw in throws.suite.ts.
describe('onError', () => {
  const Def = defineMachine('m', { A: { add: ['B'] }, B: { after: ['A'] }, C: { require: ['B'] }, Z: { auto: true } })
  const boom = new Error('boom')
  const bang = () => {
    throw boom
  }

  test.each([
    [{ A: { canEnter: bang } }, 'A', 'canEnter'],
    [{ C: { canExit: bang } }, 'C', 'canExit'],
    [{ C: { canStay: bang } }, 'C', 'canStay'],
    [{ C: { canYieldTo: { A: bang } } }, 'C', 'canYieldTo.A'],
    [{ any: { canEnter: bang } }, 'any', 'canEnter'],
    [{ A: { entered: bang } }, 'A', 'entered'],
    [{ C: { exited: bang } }, 'C', 'exited'],
  ] as const)('is told which handler threw', (handlers, state, handler) => {
    const onError = vi.fn()
    const machine = createMachine(Def, { onError })
    machine.set(['B', 'C', 'Z'])
    machine.handle(handlers)
    if (handler === 'canExit' || handler === 'exited') machine.remove('C')
    else machine.add('A')
    const place = expect.objectContaining({ phase: 'handler', state, handler, machine })
    expect(onError).toHaveBeenCalledExactlyOnceWith(boom, place)
  })
  test('is the console by default', () => {
    const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
    const machine = createMachine(Def)
    machine.handle({ A: { canEnter: bang } })
    machine.add('A')
    expect(spy.mock.calls).toEqual([[boom]])
    spy.mockRestore()
  })
  test('may throw, and is survived', () => {
    const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
    const machine = createMachine(Def, { onError: bang })
    machine.handle({ A: { canEnter: bang } })
    expect(machine.add('A').status).toBe('canceled')
    expect(machine.is('Exception')).toBe(true)
    spy.mockRestore()
  })
})
