import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { defineMachine, defineModel, effect, openStore, type Store } from '../index.ts'
import { disk, settled } from './fixtures/disk.ts'

// Machines, models and storage commit together. A door counts its openings in a model and moves a gate along with it,
// by handlers; whoever looks, at whatever moment he may, finds the three in agreement, on disk as well.

const Door = defineMachine('door', { Open: { remove: ['Closed'] }, Closed: { auto: true, remove: ['Open'] } })
const Gate = defineMachine('gate', { Up: {} })
const Log = defineModel(
  'log',
  { openings: v.number(), note: v.number() },
  { initial: { openings: 0, note: 0 }, check: (log) => log.note < 8 || 'too much' },
)

type Step = { do: 'open' | 'close' | 'throw' | 'spoilt' } | { do: 'note'; n: number } | { do: 'nested'; steps: Step[] }

const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 6 }),
  step: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom('open', 'close', 'open', 'close', 'throw', 'spoilt'),
      }) as fc.Arbitrary<Step>,
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('note'), n: fc.integer({ min: 1, max: 8 }) }) as fc.Arbitrary<Step>,
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('nested'), steps: tie('steps') }) as fc.Arbitrary<Step> },
  ),
}))

interface State {
  open: boolean
  openings: number
  note: number
}

const activations = (tick: number) => Math.ceil(tick / 2)

/** What the store says, as one line; throws when its parts disagree. */
function look(store: Store): State {
  const [door, gate, log] = [store.get(Door), store.get(Gate), store.get(Log)]
  const { openings, note } = log
  const open = door.is('Open')
  expect([gate.is('Up'), activations(door.tick('Open')), activations(gate.tick('Up'))]).toEqual([
    open,
    openings,
    openings,
  ])
  return { open, openings, note }
}

/** The same of what is on disk. */
function onDisk(entries: ReadonlyMap<string, unknown>): State {
  const ticks = (key: string, state: string) =>
    (entries.get(key) as { d: { ticks: Record<string, number> } } | undefined)?.d.ticks[state] ?? 0
  const log = (entries.get('model/log') as { d: { openings: number; note: number } } | undefined)?.d
  const openings = activations(ticks('machine/door', 'Open'))
  expect([log?.openings ?? 0, activations(ticks('machine/gate', 'Up'))]).toEqual([openings, openings])
  const open = ticks('machine/door', 'Open') % 2 === 1
  expect(ticks('machine/gate', 'Up') % 2 === 1).toBe(open)
  return { open, openings, note: log?.note ?? 0 }
}

class Thrown extends Error {}

/** The steps on plain data: notes at once, mutations collected for the end. */
function plainly(state: State, steps: Step[], mutations: ('open' | 'close')[]): void {
  for (const step of steps) {
    if (step.do === 'open' || step.do === 'close') {
      // One that equals a waiting one is dropped.
      if (!mutations.includes(step.do)) mutations.push(step.do)
    } else if (step.do === 'note') state.note = step.n
    else if (step.do === 'throw') throw new Thrown()
    else if (step.do === 'nested') {
      const { note } = state
      const from = mutations.length
      try {
        plainly(state, step.steps, mutations)
      } catch {
        state.note = note
        mutations.length = from
      }
    }
  }
}

function oracle(before: State, steps: Step[]): State {
  const state = { ...before }
  const mutations: ('open' | 'close')[] = []
  try {
    plainly(state, steps, mutations)
    if (state.note >= 8) throw new Thrown()
  } catch {
    return before
  }
  for (const mutation of mutations) {
    if (mutation === 'open' && !state.open) state.openings++
    state.open = mutation === 'open'
  }
  return state
}

function onStore(store: Store, steps: Step[]): void {
  const [door, log] = [store.get(Door), store.get(Log)]
  store.transaction(() => {
    for (const step of steps) {
      if (step.do === 'open') door.add('Open')
      else if (step.do === 'close') door.add('Closed')
      else if (step.do === 'note') log.note = step.n
      else if (step.do === 'throw') throw new Thrown()
      else if (step.do === 'nested') {
        try {
          onStore(store, step.steps)
        } catch (error) {
          if (!(error instanceof Thrown)) throw error
        }
      } else {
        // Caught within: an attempt that leaves nothing.
        expect(() =>
          store.transaction(() => {
            log.note = 7
            door.add(door.is('Open') ? 'Closed' : 'Open')
            throw new Thrown()
          }),
        ).toThrow(Thrown)
      }
    }
  })
}

test('machines, models and storage agree at every moment', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 8 }), fc.boolean(), async (program, failing) => {
      const storage = disk()
      const timers = manualTimers()
      const problems: unknown[] = []
      const onError = (error: unknown, { phase }: { phase: string }) => {
        if (phase !== 'storage') problems.push(error)
      }
      const store = await openStore({ storage, state: [Door, Gate, Log], timers, onError })
      const [door, gate, log] = [store.get(Door), store.get(Gate), store.get(Log)]
      // The door closes by itself before anybody looks.
      door.handle({
        Open: {
          entered() {
            log.openings++
            gate.add('Up')
          },
          exited: () => void gate.remove('Up'),
        },
      })
      door.add('Closed')
      let committed: State = { open: false, openings: 0, note: 0 }
      const agree = (who: string) => {
        const seen = look(store)
        if (JSON.stringify(seen) !== JSON.stringify(committed)) problems.push([who, seen, committed])
      }
      const stop = effect(() => agree('effect'))
      store.listen(() => agree('listener'))
      log.listen(() => agree('listener of the model'))
      door.listen(() => agree('listener of the door'))
      gate.listen(() => agree('listener of the gate'))
      store.trace({ commit: () => agree('tracer') })
      const write = storage.write.bind(storage)
      Object.assign(storage, {
        write: async (commits: readonly ReadonlyMap<string, unknown>[]) => {
          await write(commits)
          onDisk(storage.entries)
        },
      })
      if (failing) storage.failing = new Error('no space')
      for (const one of program) {
        committed = oracle(committed, one)
        try {
          onStore(store, one)
        } catch {
          // Whether it may is the oracle's business.
        }
        agree('writer')
        if (failing) await settled()
      }
      storage.failing = undefined
      await store.flush()
      await settled()
      stop()
      expect(problems).toEqual([])
      expect(onDisk(storage.entries)).toEqual(committed)
      await store.close()
      const again = await openStore({ storage, state: [Door, Gate, Log], timers })
      expect(look(again)).toEqual(committed)
      await again.close()
      expect(timers.pending).toBe(0)
    }),
    { numRuns: 200 },
  )
}, 60_000)

test('a handler that writes a locked model is refused as by any throw', async () => {
  const { store, release, held } = await locked()
  const result = store.get(Door).add('Open')
  expect(result.status).toBe('canceled')
  expect(store.get(Log).openings).toBe(0)
  release()
  await held
})

async function locked() {
  const store = await openStore({ storage: disk(), state: [Door, Log], timers: manualTimers(), onError: () => {} })
  store.get(Door).handle({
    Open: {
      entered: () => {
        store.get(Log).openings++
      },
    },
  })
  let release = () => {}
  const held = store.lock(
    [Log],
    () =>
      new Promise<void>((resolve) => {
        release = resolve
      }),
  )
  await settled()
  return { store, held, release: () => release() }
}
