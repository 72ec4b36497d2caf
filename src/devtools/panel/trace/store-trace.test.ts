import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ToPanel } from '../../protocol/frames.ts'
import { RowList } from './row-list.ts'
import { ABSENT } from './store-trace.ts'
import { Trace } from './trace.ts'

// No statement about time: a busy machine may take as long as it likes.
const SLOW = 120_000

const target = { id: 't', run: 'r', kind: 'page' as const, label: 'page' }
const KEY = 'model/todo'
const FIELDS = ['a', 'b']

interface Step {
  /** New values by field; absent ones stay. */
  readonly writes: readonly (number | undefined)[]
  readonly told: boolean
}
const runs = fc.record({
  first: fc.nat(4),
  steps: fc.array(
    fc.record({
      writes: fc.array(fc.option(fc.nat(5), { nil: undefined, freq: 3 }), { minLength: 2, maxLength: 2 }),
      told: fc.boolean().chain((told) => (told ? fc.constant(true) : fc.boolean())),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  /** After how many steps the panel asks for the live values. */
  ask: fc.option(fc.nat(25), { nil: undefined }),
})

/** All values at all times, and what the panel was told of it. */
function live({ steps }: { steps: readonly Step[] }) {
  const truth: number[][] = [[0, 0]]
  const trace = new Trace()
  const run = trace.run(target, 0, 100)
  const frames: ToPanel[] = []
  steps.forEach(({ writes, told }, i) => {
    const was = truth[i]!
    const now = was.map((value, f) => writes[f] ?? value)
    truth.push(now)
    const changes = FIELDS.flatMap((field, f) =>
      now[f] === was[f] ? [] : ([[KEY, field, was[f]!, now[f]!]] as [string, string, number, number][]),
    )
    frames.push(
      told
        ? { k: 'model', rows: [[1, i + 1, i, 'local', changes]] }
        : { k: 'drop', reason: 'ring', list: [], stores: [[1, i + 1, i + 1]], others: 0 },
    )
  })
  for (const frame of frames) trace.ingest(run, frame)
  trace.settle()
  return { truth, trace, run, store: run.stores.get(1)! }
}

test('a field at a moment is what it was, or unknown: never a guess', { timeout: SLOW }, () => {
  let unknown = 0
  fc.assert(
    fc.property(runs, (given) => {
      const { truth, store } = live(given)
      const { ask, steps } = given
      if (ask !== undefined && ask <= steps.length) {
        FIELDS.forEach((field, f) => {
          store.asked.set(`${KEY}\n${field}`, { seq: ask, value: truth[ask]![f]! })
        })
      }
      for (let moment = 0; moment <= steps.length; moment++) {
        FIELDS.forEach((field, f) => {
          const answer = store.valueAt(KEY, field, moment)
          if (answer.known) expect(answer.value).toBe(truth[moment]![f])
          else {
            unknown++
            // Asking now would tell it: nothing between may be lost or have changed.
            if (answer.askable) expect(truth.at(-1)![f]).toBe(truth[moment]![f])
          }
          // What is told about at once is known.
          const step = steps[moment - 1]
          if (step?.told && truth[moment]![f] !== truth[moment - 1]![f]) expect(answer.known).toBe(true)
          const next = steps[moment]
          if (next?.told && truth[moment + 1]![f] !== truth[moment]![f]) expect(answer.known).toBe(true)
          // Nothing lost: all is known, or can be asked.
          if (steps.every((one) => one.told)) expect(answer.known || answer.askable).toBe(true)
        })
      }
    }),
    { numRuns: 1000 },
  )
  expect(unknown).toBeGreaterThan(0)
})

test('a row that comes and goes tells its fields', () => {
  const trace = new Trace()
  const run = trace.run(target, 0, 100)
  const whole = { $: 'object', n: 1, v: [['a', 1]] } as const
  trace.ingest(run, { k: 'model', rows: [[1, 1, 0, 'local', [['model/todo/7', null, ABSENT, whole]]]] })
  trace.ingest(run, { k: 'model', rows: [[1, 2, 1, 'local', [['model/todo/7', 'a', 1, 2]]]] })
  trace.ingest(run, { k: 'model', rows: [[1, 3, 2, 'local', [['model/todo/7', null, whole, ABSENT]]]] })
  trace.settle()
  const store = run.stores.get(1)!
  expect([0, 1, 2, 3].map((seq) => store.valueAt('model/todo/7', 'a', seq))).toMatchObject([
    { value: ABSENT },
    { value: 1 },
    { value: 2 },
    { value: ABSENT },
  ])
})

test("a moment is another machine's row too", () => {
  const trace = new Trace()
  const run = trace.run(target, 0, 100)
  trace.ingest(run, { k: 'model', rows: [[1, 1, 10, 'local', [[KEY, 'a', 0, 1]]]] })
  trace.ingest(run, { k: 'tx', rows: [[1, 1, 20, 0, 1, [0], []]] })
  trace.ingest(run, { k: 'model', rows: [[1, 2, 30, 'local', [[KEY, 'a', 1, 2]]]] })
  trace.settle()
  const row = new RowList(trace, (one) => trace.machineOf(one) !== undefined).rows[0]!
  const store = run.stores.get(1)!
  expect(store.valueAt(KEY, 'a', store.seqAt(row))).toMatchObject({ value: 1 })
})

test('an answer that is ahead of the rows waits for them', () => {
  const trace = new Trace()
  const run = trace.run(target, 0, 100)
  const commit = (seq: number, changes: [string, string, number, number][] = []): ToPanel => ({
    k: 'model',
    rows: [[1, seq, seq, 'local', changes]],
  })
  trace.ingest(run, commit(1))
  const store = run.stores.get(1)!
  store.asked.set(`${KEY}\na`, { seq: 3, value: 7 })
  expect(store.valueAt(KEY, 'a', undefined)).toMatchObject({ known: false })
  trace.ingest(run, commit(2))
  trace.ingest(run, commit(3, [[KEY, 'b', 0, 1]]))
  expect(store.valueAt(KEY, 'a', undefined)).toEqual({ known: true, value: 7 })
  // And what it told is true back to the last change, too.
  expect(store.valueAt(KEY, 'a', 1)).toEqual({ known: true, value: 7 })
})
