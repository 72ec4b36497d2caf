import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { ClockOracle } from '../protocol/clocks.oracle.ts'
import { readToPanel } from '../protocol/read.ts'
import { Agent } from './agent.ts'
import { FakePanel, fakeRealm, Network } from './fixtures/network.ts'
import { play, SECRET, scene } from './fixtures/scenario.ts'

const PLACE = Symbol.for('escapement.agent')
const places = globalThis as unknown as Record<symbol, unknown>
afterEach(() => {
  delete places[PLACE]
})

const FILE = new URL('../fixtures/stream.ndjson', import.meta.url)

/** What a panel that attached late, to a small ring that overflowed, was told: the same bytes each time. */
async function record(): Promise<string> {
  const network = new Network()
  const realm = fakeRealm(network, 'page', 'tab')
  const agent = new Agent(realm, { capacity: 64, commands: true, types: false })
  places[PLACE] = agent.place
  const all = scene()
  all.door.toggle('Locked')
  realm.endTask()
  const panel = new FakePanel(network)
  panel.look()
  panel.attach()
  panel.grant(1000)
  await play(all)
  realm.endTask()
  panel.grant(2000)
  // More than the ring holds.
  for (let i = 0; i < 150; i++) all.panel.toggle('Ready')
  panel.grant(3000)
  panel.say({ k: 'record', on: false })
  all.panel.add('Ping')
  panel.say({ k: 'record', on: true })
  panel.say({ k: 'pending', q: 1, m: 1 })
  panel.say({ k: 'value', q: 2, s: 1, key: 'model/telemetry', path: [] })
  panel.say({ k: 'why', q: 3, m: 1, states: ['Locked'] })
  panel.say({ k: 'hold', q: 4 })
  all.panel.dispose()
  panel.grant(4000)
  agent.stop()
  const text = [...panel.here.map((here) => JSON.stringify(here)), ...panel.lines].join('\n')
  return `${text.replace(/"(id|s)-?\d+(-\d+)?"/g, '"$1"')}\n`
}

test('the recorded stream is what the agent says today', async () => {
  await expect(await record()).toMatchFileSnapshot(FILE.pathname)
})

describe('the recorded stream', () => {
  const lines = readFileSync(FILE, 'utf8').trim().split('\n')
  test('is made of frames', () => {
    expect(lines.filter((text) => !readToPanel(text))).toEqual([])
  })
  test('has every kind that a panel must show', () => {
    const kinds = new Set(lines.map((text) => readToPanel(text)?.k))
    for (const kind of [
      'here',
      'schema',
      'store',
      'machine',
      'clock',
      'tx',
      'handlers',
      'queue',
      'model',
      'drop',
      'gone',
    ]) {
      expect(kinds).toContain(kind)
    }
    for (const kind of ['pending', 'value', 'answer', 'deny', 'record']) expect(kinds).toContain(kind)
  })
  test('adds up', () => {
    const oracle = new ClockOracle(lines)
    expect(oracle.wrong()).toEqual([])
    expect([...oracle.dropped.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(50)
    for (const m of oracle.machines) {
      const last = oracle.rows(m).at(-1)
      if (last) expect(oracle.at(m, last[1])).toBeDefined()
    }
  })
  test('keeps the secret', () => {
    expect(lines.join('\n')).not.toContain(SECRET)
  })
})
