import { beforeEach, describe, expect, test } from 'vitest'
import type { ToPanel } from '../../protocol/frames.ts'
import type { Target } from '../../protocol/identity.ts'
import type { Peer } from '../session/sessions.ts'
import { COMMIT } from '../trace/rows.ts'
import { parsePlace } from './address.ts'
import { App } from './app.ts'

const page: Target = { id: 'tab', run: 'r1', kind: 'page', label: 'Page' }
const worker: Target = { id: 'w', run: 'r2', kind: 'worker', label: 'clerk' }
const schema: ToPanel = {
  k: 'schema',
  hash: 'h',
  name: 'toy',
  version: 1,
  states: [{ name: 'A' }, { name: 'B' }, { name: 'Exception', multi: true }],
  groups: [],
}
const born = (...labels: string[]): ToPanel[] => [
  schema,
  { k: 'machine', list: labels.map((label, i) => ({ m: i + 1, hash: 'h', name: 'toy', label, time: 0 })) },
  { k: 'clock', list: labels.map((_, i) => [i + 1, 0, [0, 0, 0], 'start', 1, 0]) },
]

let app: App
let live: Map<string, Peer>
const take = (target: Target, ...frames: ToPanel[]) => {
  const run = app.trace.run(target, 1000, 100)
  for (const frame of frames) app.trace.ingest(run, frame)
  live.set(target.run, { run: target.run, health: 'live', recording: true, attached: true } as Peer)
  app.settle()
  return run
}
/** Rows of two machines, in turn: x#1 y#1 x#2 y#2 … */
const rows = (n: number): ToPanel => ({
  k: 'tx',
  rows: Array.from({ length: n }, (_, i) => [
    1 + (i % 2),
    1 + (i >> 1),
    i,
    0,
    i % 5 === 4 ? 0 : 1,
    [i % 2],
    i % 5 === 4 ? [] : [i % 2, 1],
  ]),
})
const shown = () => {
  const row = app.shown()
  return row === undefined ? undefined : `${app.trace.machineOf(row)?.label}#${app.trace.rows.seq[row]}`
}

beforeEach(() => {
  app = new App()
  live = new Map()
  app.sessions = { peers: live, ask: async () => undefined, record: () => {} }
})

describe('what is looked at', () => {
  test('a worker where the machines live rather than the page that mirrors them', () => {
    const machine = { m: 1, hash: 'h', name: 'toy', label: 'job', time: 0 }
    take(page, schema, { k: 'machine', list: [{ ...machine, mirror: true }] })
    expect(app.targetId.value).toBe('tab')
    take(worker, ...born('job'))
    expect(app.targetId.value).toBe('w')
  })

  test('a live page rather than a worker, whichever came first', () => {
    take(worker, ...born('job'))
    expect(app.machine.value?.label).toBe('job')
    take(page, ...born('x', 'y'))
    expect(app.machine.value?.label).toBe('x')
  })
  test('what somebody chose stays', () => {
    take(worker, ...born('job'))
    app.show(app.machine.value!)
    take(page, ...born('x', 'y'))
    expect(app.machine.value?.label).toBe('job')
  })
  test('a page that was reloaded is followed while the newest is shown', () => {
    take(page, ...born('x', 'y'), rows(10))
    take({ ...page, run: 'later' }, ...born('x', 'y'))
    // Runs of one origin: the later one came later.
    expect(app.machine.value?.run.id).toBe('later')
  })
  test('another machine at the same time', () => {
    const run = take(page, ...born('x', 'y'), rows(10))
    const x = run.byLabel.get('x')!
    const y = run.byLabel.get('y')!
    app.select(x.bySeq.get(3)!)
    app.show(y)
    expect(shown()).toBe('x#3')
    expect(y.ticksAfter(app.placeOf(y))).toEqual([0, 2, 0])
  })
})

describe('moving', () => {
  beforeEach(() => {
    take(page, ...born('x', 'y'), rows(20))
  })
  test('by rows, and no further than the ends', () => {
    app.step(-1)
    expect(shown()).toBe('x#10')
    app.step(-100)
    expect(shown()).toBe('x#1')
    app.step(1)
    expect(shown()).toBe('y#1')
    app.step(100)
    expect(shown()).toBe('y#10')
  })
  test('to what went wrong', () => {
    const trouble = (row: number) => app.isTrouble(row)
    expect(app.seek(false, trouble)).toBe(true)
    expect(shown()).toBe('y#10')
    app.seek(false, trouble)
    expect(shown()).toBe('x#8')
    app.seek(true, trouble)
    expect(shown()).toBe('y#10')
    expect(app.seek(true, trouble)).toBe(false)
  })
  test('to changes of a state, of the machine that is looked at', () => {
    app.show(app.machine.value!.run.byLabel.get('y')!)
    app.view.value = 'clocks'
    app.seekChange(false, 1)
    expect(shown()).toBe('y#9')
    app.select(app.machine.value!.run.byLabel.get('x')!.bySeq.get(3), { pin: false })
    app.seekChange(false, 1)
    expect(shown()).toBe('y#2')
    app.seekChange(true, 1)
    expect(shown()).toBe('y#3')
  })
  test('only the log makes the machine of a row the one that is looked at', () => {
    app.view.value = 'tree'
    app.step(-2)
    expect([shown(), app.machine.value?.label]).toEqual(['y#9', 'x'])
    app.view.value = 'log'
    app.step(-2)
    expect([shown(), app.machine.value?.label]).toEqual(['y#8', 'y'])
  })
})

describe('addresses', () => {
  test('tell where one is, and lead there', () => {
    const run = take(page, ...born('x', 'y'), rows(20))
    app.select(run.byLabel.get('x')!.bySeq.get(3)!)
    app.show(run.byLabel.get('y')!)
    app.mark.value = run.byLabel.get('y')!.bySeq.get(2)
    app.state.value = 'B'
    const hash = app.hash()
    expect(hash).toBe('#/tab/x/tx/3?view=log&scope=target&state=B&on=y&mark=y%2F2')
    const other = app
    app = new App()
    app.sessions = other.sessions
    app.openHash(hash)
    expect(app.isSeeking()).toBe(true)
    take(page, ...born('x', 'y'), rows(20))
    expect(app.isSeeking()).toBe(false)
    expect(app.hash()).toBe(hash)
  })
  test('of an earlier run name it', () => {
    const run = take(page, ...born('x', 'y'), rows(4))
    const row = run.byLabel.get('x')!.bySeq.get(1)!
    take({ ...page, run: 'later' }, ...born('x', 'y'))
    app.select(row)
    expect(parsePlace(app.hash())).toMatchObject({ machine: 'x', seq: 1, run: 'r1' })
  })
  test('of a commit name its store', () => {
    take(
      page,
      ...born('x', 'y'),
      { k: 'store', list: [{ s: 1, name: 'app', holds: [] }] },
      { k: 'model', rows: [[1, 1, 5, 'local', []]] },
    )
    app.select(app.trace.order.sorted.find((row) => app.trace.rows.kind[row] === COMMIT))
    expect(app.hash()).toContain('#/tab/store/app/commit/1?')
    const hash = app.hash()
    app.select(undefined)
    app.openHash(hash)
    expect(app.hash()).toBe(hash)
  })
  test('of what never comes hold nothing up: whoever acts goes on', () => {
    app.openHash('#/tab/x/tx/999')
    take(page, ...born('x', 'y'), rows(4))
    expect(app.isSeeking()).toBe(true)
    app.forget()
    app.step(-1)
    expect(shown()).toBe('x#2')
  })
})

describe('the log', () => {
  test('lists the rows of its scope that the filter lets through', () => {
    take(worker, ...born('job', 'other'), rows(4))
    take(page, ...born('x', 'y'), rows(10))
    app.show([...app.trace.runs.values()].find((run) => run.id === 'r1')!.byLabel.get('x')!)
    const count = () => app.list.value.rows.length
    expect(count()).toBe(10)
    app.scope.value = 'all'
    expect(count()).toBe(14)
    app.scope.value = 'machine'
    expect(count()).toBe(5)
    app.scope.value = 'all'
    app.filterText.value = 'JOB'
    expect(count()).toBe(2)
    // "b" is in "job", and is a state that the others' rows call.
    app.filterText.value = 'toy b'
    expect(count()).toBe(9)
    app.filterText.value = 'nobody'
    expect(count()).toBe(0)
  })
  test('shows what one drop took of many machines as one gap', () => {
    take(page, ...born('x', 'y'), rows(4))
    take(
      page,
      {
        k: 'drop',
        reason: 'ring',
        list: [
          [1, 3, 5],
          [2, 3, 4],
        ],
        stores: [],
        others: 0,
      },
      {
        k: 'clock',
        list: [
          [1, 5, [1, 1, 0], 'drop', 6, 0],
          [2, 4, [1, 1, 0], 'drop', 5, 0],
        ],
      },
    )
    expect(app.list.value.rows).toHaveLength(5)
    app.scope.value = 'machine'
    expect(app.list.value.rows).toHaveLength(3)
  })
})

test('pause speaks to all, and says so when nobody is there', () => {
  const told: boolean[] = []
  app.sessions = { peers: live, ask: async () => undefined, record: (on) => told.push(on) }
  app.togglePause()
  expect(app.notice.value).toMatch(/No target/)
  take(page, ...born('x'))
  app.togglePause()
  live.get('r1')!.recording = false
  app.togglePause()
  expect(told).toEqual([false, true])
})
