import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { manualTimers } from '../../testing/index.ts'
import { type CommitRecord, collection, computed, defineModel, effect, openStore, type Store } from '../index.ts'
import { disk, settled } from './fixtures/disk.ts'

// Random transactions, with savepoints and throws anywhere, beside the dumbest thing that could be right: plain
// objects, cloned before each function and put back when it throws.

const LIMIT = 12

const A = defineModel(
  'a',
  { x: v.pipe(v.number(), v.maxValue(9)), y: v.number() },
  {
    initial: { x: 0, y: 0 },
    computed: { sum: (m) => m.x + m.y },
    check: (m) => m.x + m.y <= LIMIT || 'too much',
  },
)
const B = defineModel('b', { n: v.number(), list: v.array(v.number()) }, { initial: { n: 0, list: [] } })
const Row = defineModel('row', { t: v.number() }, { initial: { t: 0 } })
const Rows = collection(Row, { index: { parity: (row) => row.t % 2 } })

interface State {
  a: { x: number; y: number }
  b: { n: number; list: number[] }
  /** By id, in order of insertion. */
  rows: Record<string, { t: number }>
}

type Step =
  | { do: 'x' | 'y' | 'n'; to: number }
  | { do: 'push'; to: number }
  | { do: 'both'; x: number; y: number }
  | { do: 'add' | 'put' | 'row'; id: string; to: number }
  | { do: 'delete'; id: string }
  | { do: 'resetA' }
  | { do: 'throw' }
  | { do: 'nested'; steps: Step[]; caught: boolean }

// Letters, so that no id is taken for an array index and moved to the front of an object.
const id = fc.constantFrom('p', 'q', 'r', 's')
// Above 9 the schema refuses x; sums above LIMIT fail the check.
const to = fc.integer({ min: 0, max: 11 })

const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 7 }),
  step: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('x', 'y', 'n'), to }) as fc.Arbitrary<Step> },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('push'), to }) as fc.Arbitrary<Step> },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('both'), x: to, y: to }) as fc.Arbitrary<Step> },
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('add', 'put', 'row'), id, to }) as fc.Arbitrary<Step> },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('delete'), id }) as fc.Arbitrary<Step> },
    { weight: 1, arbitrary: fc.constant({ do: 'resetA' } as Step) },
    { weight: 1, arbitrary: fc.constant({ do: 'throw' } as Step) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('nested'),
        steps: tie('steps'),
        caught: fc.boolean(),
      }) as fc.Arbitrary<Step>,
    },
  ),
}))

/** What is told apart from a defect of the store. */
class Thrown extends Error {}

/** One step on plain objects; throws where the store must. */
function plainly(state: State, step: Step, transaction: (steps: Step[], caught: boolean) => void): void {
  switch (step.do) {
    case 'x':
      if (step.to > 9) throw new Thrown()
      state.a.x = step.to
      break
    case 'y':
      state.a.y = step.to
      break
    case 'n':
      state.b.n = step.to
      break
    case 'push':
      state.b.list = [...state.b.list, step.to]
      break
    case 'both':
      if (step.x > 9) throw new Thrown()
      state.a = { x: step.x, y: step.y }
      break
    case 'add':
      if (step.id in state.rows) throw new Thrown()
      state.rows[step.id] = { t: step.to }
      break
    case 'put':
      state.rows[step.id] = { t: step.to }
      break
    case 'row':
      if (step.id in state.rows) state.rows[step.id] = { t: step.to }
      break
    case 'delete':
      delete state.rows[step.id]
      break
    case 'resetA':
      state.a = { x: 0, y: 0 }
      break
    case 'throw':
      throw new Thrown()
    case 'nested':
      transaction(step.steps, step.caught)
  }
}

class Oracle {
  state: State = { a: { x: 0, y: 0 }, b: { n: 0, list: [] }, rows: {} }

  /** Answers whether it held; the state is as before when it did not. */
  outermost(steps: Step[]): boolean {
    const before = structuredClone(this.state)
    try {
      this.run(steps)
      if (this.state.a.x + this.state.a.y > LIMIT) throw new Thrown()
      return true
    } catch (error) {
      if (!(error instanceof Thrown)) throw error
      this.state = before
      return false
    }
  }

  run(steps: Step[]): void {
    for (const step of steps) {
      plainly(this.state, step, (inner, caught) => {
        const before = structuredClone(this.state)
        try {
          this.run(inner)
        } catch (error) {
          this.state = before
          if (!caught) throw error
        }
      })
    }
  }
}

/** The same steps on the store; `inside` sees the uncommitted state after each. */
function onStore(store: Store, steps: Step[], inside: () => void): void {
  const [a, b, rows] = [store.get(A), store.get(B), store.get(Rows)]
  store.transaction(() => {
    for (const step of steps) {
      if (step.do === 'x') a.x = step.to
      else if (step.do === 'y') a.y = step.to
      else if (step.do === 'n') b.n = step.to
      else if (step.do === 'push') b.list = [...b.list, step.to]
      else if (step.do === 'both') a.set({ y: step.y, x: step.x })
      else if (step.do === 'add') rows.add({ t: step.to }, step.id)
      else if (step.do === 'put') rows.put(step.id, { t: step.to })
      else if (step.do === 'row') rows.get(step.id)?.set({ t: step.to })
      else if (step.do === 'delete') rows.delete(step.id)
      else if (step.do === 'resetA') a.reset()
      else if (step.do === 'throw') throw new Thrown()
      else if (step.do === 'nested') {
        try {
          onStore(store, step.steps, inside)
        } catch (error) {
          if (!step.caught) throw error
        }
      }
      inside()
    }
  })
}

const stateOf = (store: Store): State => ({
  a: { x: store.get(A).x, y: store.get(A).y },
  b: { n: store.get(B).n, list: [...store.get(B).list] },
  rows: Object.fromEntries([...store.get(Rows)].map((row) => [row.$id, { t: row.t }])),
})

const text = (state: unknown) => JSON.stringify(state)
const parity = (store: Store) =>
  [0, 1].map((key) =>
    store
      .get(Rows)
      .where('parity', key)
      .map((row) => row.$id),
  )
const parityOf = ({ rows }: State) =>
  [0, 1].map((key) => Object.keys(rows).filter((name) => (rows[name]?.t ?? 0) % 2 === key))

/** Brings the plain entries of storage into the form of a state. */
function stored(entries: ReadonlyMap<string, unknown>): State {
  const state: State = { a: { x: 0, y: 0 }, b: { n: 0, list: [] }, rows: {} }
  const rows: [number, string, { t: number }][] = []
  for (const [key, value] of entries) {
    const { d, o } = value as { d: never; o?: number }
    if (key === 'model/a') state.a = d
    else if (key === 'model/b') state.b = d
    else rows.push([o ?? -1, key.slice('model/row/'.length), d])
  }
  for (const [, name, row] of rows.sort(([one], [two]) => one - two)) state.rows[name] = row
  return state
}

/** Applies a commit record to a state: what a mirror or an undo would do. */
function apply(state: State, { changes }: CommitRecord): void {
  for (const { key, field, before, after } of changes) {
    const [, name, row] = key.split('/') as [string, 'a' | 'b' | 'row', string | undefined]
    if (row === undefined) {
      const model = state[name as 'a' | 'b'] as Record<string, unknown>
      expect(model[field as string]).toEqual(before)
      model[field as string] = after
    } else if (field === undefined) {
      expect(state.rows[row]).toEqual(before)
      if (after === undefined) delete state.rows[row]
      else state.rows[row] = { ...(after as { t: number }) }
    } else {
      const target = state.rows[row] as Record<string, unknown>
      expect(target[field]).toEqual(before)
      target[field] = after
    }
  }
}

/** Object keys in one order, to compare records, which say nothing of places. */
const unordered = (state: State) => text({ ...state, rows: Object.fromEntries(Object.entries(state.rows).sort()) })

for (const watched of [true, false]) {
  test(`no rolled-back value is ever seen, and storage ends up as memory (${watched ? 'with' : 'without'} tracers)`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 8 }), fc.boolean(), async (program, failing) => {
        const storage = disk()
        const timers = manualTimers()
        const problems: unknown[] = []
        const onError = (error: unknown, { phase }: { phase: string }) => {
          if (phase !== 'storage') problems.push(error)
        }
        const store = await openStore({ storage, state: [A, B, Rows], timers, onError })
        const oracle = new Oracle()
        let committed = structuredClone(oracle.state)
        const sum = computed(() => store.get(A).sum + store.get(B).n)
        const complain = (who: string, seen: unknown, expected: unknown) => {
          if (text(seen) !== text(expected)) problems.push([who, seen, expected])
        }
        let running = true
        const stops = [
          effect(() => {
            const seen = stateOf(store)
            if (running) complain('effect', seen, committed)
          }),
          effect(() => complain('effect on rows', parity(store), parityOf(committed))),
          effect(() => complain('effect on computed', sum.value, committed.a.x + committed.a.y + committed.b.n)),
        ]
        let heard = 0
        store.listen(() => {
          heard++
          complain('listener', stateOf(store), committed)
        })
        store.get(A).listen(() => complain('listener of a', store.get(A).toJSON(), committed.a))
        store.get(Rows).listen(() => complain('listener of rows', store.get(Rows).toJSON(), committed.rows))
        // By seq: what each commit left behind.
        const history: State[] = [structuredClone(oracle.state)]
        const replayed = structuredClone(oracle.state)
        if (watched) {
          store.trace({
            commit: (record) => {
              expect(record.seq).toBe(history.length - 1)
              apply(replayed, record)
              if (unordered(replayed) !== unordered(committed)) problems.push(['record', record, replayed, committed])
            },
          })
          store.subscribe(A, (snapshot, { seq }) => complain('subscriber of a', snapshot, history[seq]?.a))
          store.subscribe(B, (snapshot, { seq }) => complain('subscriber of b', snapshot, history[seq]?.b))
          store.subscribe(Rows, (rows, { seq }) => {
            for (const [name, row] of rows) complain('subscriber of rows', row, history[seq]?.rows[name])
          })
        }
        if (failing) storage.failing = new Error('no space')
        for (const one of program) {
          const before = committed
          const held = oracle.outermost(one)
          const count = heard
          // What is announced meanwhile is the state after; when all is undone, nothing is.
          committed = structuredClone(oracle.state)
          history.push(committed)
          let threw = false
          try {
            onStore(store, one, () => complain('computed', sum.value, store.get(A).x + store.get(A).y + store.get(B).n))
          } catch {
            threw = true
          }
          expect(threw).toBe(!held)
          if (heard === count) {
            history.pop()
            // A commit that changed nothing may be none, but not the reverse.
            expect(text(committed)).toBe(text(before))
          }
          expect(heard - count).toBeLessThanOrEqual(held ? 1 : 0)
          expect(text(stateOf(store))).toBe(text(committed))
          expect(parity(store)).toEqual(parityOf(committed))
          if (failing) await settled()
        }
        storage.failing = undefined
        await store.flush()
        await settled()
        running = false
        for (const stop of stops) stop()
        expect(problems).toEqual([])
        expect(text(stored(storage.entries))).toBe(text(committed))
        await store.close()
        const again = await openStore({ storage, state: [A, B, Rows], timers })
        expect(text(stateOf(again))).toBe(text(committed))
        await again.close()
        expect(timers.pending).toBe(0)
      }),
      { numRuns: 400 },
    )
  }, 60_000)
}
