import { afterEach, expect, test } from 'vitest'
import { ClockOracle } from '../protocol/clocks.oracle.ts'
import { Agent } from './agent.ts'
import { FakePanel, type FakeRealm, fakeRealm, Network } from './fixtures/network.ts'
import { play, SECRET, scene } from './fixtures/scenario.ts'
import type { Probed } from './machines.ts'

const PLACE = Symbol.for('escapement.agent')
const places = globalThis as unknown as Record<symbol, unknown>

let agent: Agent | undefined
function start(capacity = 65_536): { network: Network; realm: FakeRealm } {
  const network = new Network()
  const realm = fakeRealm(network)
  agent = new Agent(realm, { capacity, commands: true, types: false })
  places[PLACE] = agent.place
  return { network, realm }
}
afterEach(() => {
  agent?.stop()
  delete places[PLACE]
})

test('what a panel computes from deltas is what the core says', async () => {
  const { network } = start()
  const all = scene()
  const early = new FakePanel(network).attach()
  await play(all)
  early.grant(10_000)
  const late = new FakePanel(network).attach()
  late.grant(10_000)
  for (const panel of [early, late]) {
    const oracle = new ClockOracle(panel.lines)
    expect(oracle.wrong()).toEqual([])
    expect(oracle.dropped.size).toBe(0)
    for (const machine of all.machines) {
      const { tag, seq } = machine as unknown as Probed
      const at = oracle.at(tag / 16, seq)
      expect(at).toEqual({ ticks: machine.time(), queueTick: machine.queueTick() })
      expect(oracle.rows(tag / 16).map((row) => row[1])).toEqual(Array.from({ length: seq }, (_, i) => i + 1))
    }
    expect(panel.lines.join('\n')).not.toContain(SECRET)
  }
})
