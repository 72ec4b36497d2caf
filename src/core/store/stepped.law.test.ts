import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collection, createStore, defineMachine, exclusive, openStore } from '../index.ts'
import { disk } from './fixtures/disk.ts'

// A machine that nobody handles takes a short way through its store, a commit without records, batches or queues. The
// long way is its oracle: the same machine while somebody waits for something that never comes.

const Light = defineMachine('light', {
  ...exclusive('Red', 'Green'),
  Power: {},
  Lamp: { require: ['Power'], auto: true },
  Ring: { multi: true },
  Blocked: { remove: ['Green'] },
})
const Cars = collection(defineMachine('car', { ...exclusive('Stop', 'Go'), Horn: { multi: true, require: ['Go'] } }))
const states = ['Red', 'Green', 'Power', 'Lamp', 'Ring', 'Blocked', 'Exception'] as const

interface Step {
  on: 'light' | 'a' | 'b'
  op: 'add' | 'remove' | 'set' | 'toggle'
  states: number[]
  again: number
  within: 'nothing' | 'transaction' | 'one that throws'
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    on: fc.constantFrom('light', 'light', 'a', 'b'),
    op: fc.constantFrom('add', 'remove', 'set', 'toggle'),
    states: fc.array(fc.nat(6), { minLength: 1, maxLength: 2 }),
    // How many more of the same a listener asks for.
    again: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(2)),
    within: fc.constantFrom('nothing', 'nothing', 'nothing', 'transaction', 'one that throws'),
  }),
  { maxLength: 30 },
)

/** Runs the steps, and tells all that anybody could see of it. */
async function seen(program: readonly Step[], awaited: boolean, listened: boolean, stored: boolean) {
  const storage = disk()
  const state = [Light, Cars]
  const store = stored ? await openStore({ storage, state }) : createStore({ state })
  const cars = store.get(Cars)
  const machines = { light: store.get(Light), a: cars.add('a'), b: cars.add('b') }
  const waits = Object.values(machines).map((machine) => awaited && machine.whenQuery(() => false))
  const log: unknown[] = []
  let again: (() => void) | undefined
  const asked = () => {
    const ask = again
    again = undefined
    ask?.()
  }
  if (listened) {
    machines.light.listen(() => {
      log.push(`light ${machines.light}`)
      asked()
    })
    machines.a.listen(() => {
      log.push(`cars ${[...cars].join()}`)
      asked()
    })
    store.listen(() => log.push(`store ${store.commits}`))
  }
  for (const { on, op, states: called, again: times, within } of program) {
    const machine = machines[on] as unknown as Record<
      typeof op,
      (names: string[]) => { status: string; reason?: unknown }
    >
    const names = called.map((s) => (on === 'light' ? states[s] : ['Stop', 'Go', 'Horn'][s % 3])!)
    again = () => {
      for (let i = 0; i < times; i++) machine[op](names)
    }
    const mutate = () => {
      const { status, reason } = machine[op](names)
      log.push([status, reason])
      if (within === 'one that throws') throw new Error('undone')
    }
    try {
      if (within === 'nothing') mutate()
      else store.transaction(mutate)
    } catch {
      // It was asked for.
    }
    again = undefined
    log.push([`${machine}`, store.commits])
  }
  const exports = Object.values(machines).map((machine) => ({ ...machine.export(), id: '' }))
  await store.flush()
  await store.close()
  await Promise.allSettled(waits)
  return { log, exports, stored: [...storage.entries] }
}

test('a machine in a store does the same by the short way and by the long one', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), fc.boolean(), async (program, listened, stored) => {
      expect(await seen(program, false, listened, stored)).toEqual(await seen(program, true, listened, stored))
    }),
    { numRuns: 300 },
  )
})

test('a listener of a machine hears of each commit, of those its own writes make, too', () => {
  const store = createStore({ state: [Light] })
  const light = store.get(Light)
  const heard: string[] = []
  light.listen(() => {
    heard.push(`${light}`)
    if (heard.length === 1) for (const state of ['Red', 'Green'] as const) light.add(state)
  })
  // By the long way: somebody waits.
  void light.whenQuery(() => false).catch(() => {})
  light.add('Ring')
  expect(heard).toEqual(['(Ring:1)', '(Green:1 Ring:1) [Red:2]', '(Green:1 Ring:1) [Red:2]'])
})
