import * as v from 'valibot'
import { afterEach, describe, expect, test } from 'vitest'
import {
  collection,
  createMachine,
  createStore,
  defineMachine,
  defineModel,
  effect,
  type Machine,
} from '../../core/index.ts'
import { ClockOracle } from '../protocol/clocks.oracle.ts'
import type { ToAgent } from '../protocol/frames.ts'
import { CONTROL_CHANNEL, VERSION } from '../protocol/identity.ts'
import { line } from '../protocol/line.ts'
import { Agent, type AgentOptions } from './agent.ts'
import { FakePanel, fakeRealm, Network } from './fixtures/network.ts'
import { Door, play, SECRET, scene, Telemetry, Todos } from './fixtures/scenario.ts'
import type { Probed } from './machines.ts'

const PLACE = Symbol.for('escapement.agent')
const places = globalThis as unknown as Record<symbol, unknown>

let agents: Agent[] = []
function start(options: Partial<AgentOptions> = {}, network = new Network(), realm = fakeRealm(network)) {
  const agent = new Agent(realm, { capacity: 65_536, commands: true, types: false, ...options })
  agents.push(agent)
  places[PLACE] = agent.place
  return { network, realm, agent }
}
afterEach(() => {
  for (const agent of agents) agent.stop()
  agents = []
  delete places[PLACE]
})

const Lamp = defineMachine('lamp', { On: {} })
const numberOf = (machine: object) => (machine as unknown as Probed).tag / 16

describe('clocks', () => {
  test('computed from deltas are what the core says, attached early or late', async () => {
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
        const { seq } = machine as unknown as Probed
        const at = oracle.at(numberOf(machine), seq)
        expect(at).toEqual({ ticks: machine.time(), queueTick: machine.queueTick() })
        const seqs = oracle.rows(numberOf(machine)).map((row) => row[1])
        expect(seqs).toEqual(Array.from({ length: seq }, (_, i) => i + 1))
      }
      expect(panel.lines.join('\n')).not.toContain(SECRET)
    }
  })

  test('rows are numbered as transitions are', async () => {
    const { network } = start()
    const door = createMachine(Door)
    const ids: number[] = []
    door.add('Open')
    door.toggle('Locked')
    door.trace({ transitionEnd: ({ id }) => ids.push(id) })
    door.remove('Open')
    const stored = { ...door.export(), queueTick: 40 }
    door.import(stored)
    door.add('Open')
    const panel = new FakePanel(network).attach()
    panel.grant(100)
    const rows = panel.of('tx').flatMap((frame) => frame.rows)
    expect(rows.map((row) => row[1])).toEqual([1, 2, ...ids])
    const sets = panel.of('clock').flatMap(({ list }) => list.filter((row) => row[3] === 'set'))
    expect(sets).toEqual([[1, ids.at(-2), stored.time, 'set', 40, 1]])
  })

  test('attaching again sends the same rows again, and no others', async () => {
    const { network } = start()
    await play(scene())
    const [first, second] = [new FakePanel(network).attach(), new FakePanel(network).attach()]
    for (const panel of [first, second]) panel.grant(1000)
    for (const kind of ['schema', 'store', 'machine', 'tx', 'handlers', 'queue', 'model'] as const) {
      expect(second.of(kind)).toEqual(first.of(kind))
    }
    // The same credit twice, or an older one, changes nothing.
    const { length } = first.lines
    first.grant(1000)
    first.grant(5)
    expect(first.lines.length).toBe(length)
  })

  test('2,000 machines are told of in a few frames', () => {
    const { network } = start()
    const lamps = Array.from({ length: 2000 }, () => createMachine(Lamp))
    for (const lamp of lamps) lamp.add('On')
    const panel = new FakePanel(network).attach()
    expect(panel.of('schema')).toHaveLength(1)
    expect(panel.of('machine').flatMap(({ list }) => list)).toHaveLength(2000)
    expect(panel.lines.length).toBeLessThan(30)
    expect(panel.of('machine')[0]!.list[1]).toMatchObject({ m: 2, name: 'lamp', label: 'lamp#2' })
  })
})

describe('flow', () => {
  test('without credit no row comes; with some, as many; control frames always', () => {
    const { network } = start()
    const lamp = createMachine(Lamp)
    const panel = new FakePanel(network).attach()
    for (let i = 0; i < 10; i++) lamp.toggle('On')
    panel.grant(0)
    const rows = () => panel.of('tx').flatMap((frame) => frame.rows).length
    expect(rows()).toBe(0)
    panel.grant(3)
    expect(rows()).toBe(3)
    panel.say({ k: 'pending', q: 1, m: 1 })
    expect(panel.of('pending')).toHaveLength(1)
    panel.grant(5)
    expect(rows()).toBe(5)
  })

  test('flushes by its own timer too', () => {
    const { network, realm } = start()
    const lamp = createMachine(Lamp)
    const panel = new FakePanel(network).attach()
    panel.grant(100)
    lamp.add('On')
    expect(panel.of('tx')).toHaveLength(0)
    realm.timers.advance(100)
    network.settle()
    expect(panel.of('tx')).toHaveLength(1)
  })

  test('a panel that says nothing for half a minute has gone', () => {
    const { network, realm } = start()
    const panel = new FakePanel(network).attach()
    panel.say({ k: 'record', on: false })
    realm.timers.advance(31_000)
    expect(realm.timers.pending).toBe(0)
    // What it had paused goes on.
    expect(new FakePanel(network).look()[0]).toMatchObject({ recording: true })
  })

  test('a channel that breaks ends its session, not the app', () => {
    const network = new Network()
    const realm = fakeRealm(network)
    let broken = false
    const { open } = realm
    Object.assign(realm, {
      open: (name: string) => {
        const wire = open(name)
        const post = (message: string) => {
          if (broken) throw new Error('broken')
          wire.post(message)
        }
        return name === CONTROL_CHANNEL ? wire : { ...wire, post }
      },
    })
    start({ capacity: 16 }, network, realm)
    const lamp = createMachine(Lamp)
    const panel = new FakePanel(network).attach()
    panel.grant(1000)
    broken = true
    for (let i = 0; i < 100; i++) lamp.toggle('On')
    createMachine(Lamp)
    for (let i = 0; i < 100; i++) lamp.toggle('On')
    realm.timers.advance(1000)
    expect(realm.timers.pending).toBe(0)
  })

  test('pause stops the recording, not the app; going on begins with a drop and a clock', () => {
    const { network } = start()
    const lamp = createMachine(Lamp)
    const [panel, other] = [new FakePanel(network).attach(), new FakePanel(network).attach()]
    lamp.add('On')
    panel.say({ k: 'record', on: false })
    for (let i = 0; i < 4; i++) lamp.toggle('On')
    const born = createMachine(Lamp)
    born.add('On')
    panel.say({ k: 'record', on: true })
    lamp.toggle('On')
    for (const one of [panel, other]) {
      expect(one.of('record').map(({ on }) => on)).toEqual([true, false, true])
      one.grant(100)
      expect(one.of('drop')).toEqual([
        {
          k: 'drop',
          reason: 'pause',
          list: [
            [1, 2, 5],
            [2, 1, 1],
          ],
          stores: [],
          others: 0,
        },
      ])
      const oracle = new ClockOracle(one.lines)
      expect(oracle.rows(1).map((row) => row[1])).toEqual([1, 6])
      expect(oracle.at(1, 6)?.ticks).toEqual(lamp.time())
      expect(oracle.at(1, 3)).toBeUndefined()
      expect(oracle.at(2, 1)?.ticks).toEqual(born.time())
    }
  })
})

describe('rows', () => {
  test('say who refused, who called, what was given and how long it took', () => {
    const { network, realm } = start()
    const panel = new FakePanel(network).attach()
    const lamp = createMachine(Lamp)
    const door = createMachine(Door)
    door.handle({
      Open: { canEnter: () => lamp.is('On'), entered: () => lamp.remove('On') },
    })
    const anyhow = [door, lamp] as unknown as Machine[]
    anyhow[0]!.add('Open', { by: 'me' })
    anyhow[1]!.add('On', { watts: 5 })
    door.add('Open')
    panel.grant(100)
    const rows = panel.of('tx').flatMap((frame) => frame.rows)
    expect(rows).toEqual([
      [
        2,
        1,
        expect.any(Number),
        0,
        4,
        [0],
        [],
        {
          args: { $: 'object', n: 1, v: [['by', 'me']] },
          reason: { kind: 'handler', state: 'Open', handler: 'canEnter' },
          targets: [0],
          us: 3 * realm.pace,
        },
      ],
      [1, 1, expect.any(Number), 0, 1, [0], [0, 1], { args: { $: 'object', n: 1, v: [['watts', 5]] } }],
      [2, 2, expect.any(Number), 0, 5, [0], [0, 1], { targets: [0], us: 5 * realm.pace }],
      [1, 2, expect.any(Number), 1, 1, [0], [0, 1], { source: [2, 2] }],
    ])
    expect(
      panel.of('handlers').flatMap((frame) => frame.rows.map((row) => row.slice(0, 3).concat(row.slice(4)))),
    ).toEqual([
      [2, 1, 1, 'Open', 'canEnter', 'refused', realm.pace],
      [2, 2, 2, 'Open', 'canEnter', 'done', realm.pace],
      [2, 3, 2, 'Open', 'entered', 'done', realm.pace],
    ])
  })

  test('the clock is read for the first row of a task, and for every 64th after it', () => {
    const { network, realm } = start()
    const lamp = createMachine(Lamp)
    for (let i = 0; i < 130; i++) lamp.toggle('On')
    realm.endTask()
    lamp.toggle('On')
    const panel = new FakePanel(network).attach()
    panel.grant(1000)
    const times = panel.of('tx').flatMap((frame) => frame.rows.map((row) => row[2]))
    const changes = times.flatMap((time, i) => (time === times[i - 1] ? [] : [i]))
    expect(changes).toEqual([0, 64, 128, 130])
  })

  test('what is put back after a throw is told apart', () => {
    const { network } = start()
    const door = createMachine(Door, { onError: () => {} })
    const panel = new FakePanel(network).attach()
    door.handle({
      Open: {
        entered: () => {
          throw new TypeError('hinge')
        },
      },
    })
    door.add('Open')
    panel.grant(100)
    const [row, error] = panel.of('tx').flatMap((frame) => frame.rows)
    expect(row!.slice(3, 7)).toEqual([0, 4, [0], [0, 1, 0, 1]])
    expect(row![7]).toMatchObject({ undone: 1, reason: { kind: 'error' } })
    expect(error![7]?.args).toMatchObject({
      $: 'object',
      v: expect.arrayContaining([['error', { $: 'error', c: 'TypeError', v: 'hinge' }]]),
    })
    expect(panel.look()[0]).toMatchObject({ errors: 1 })
    expect(new ClockOracle(panel.lines).at(1, 3)?.ticks).toEqual(door.time())
  })

  test('a machine that is disposed says so after its rows', () => {
    const { network } = start()
    const panel = new FakePanel(network).attach()
    const lamp = createMachine(Lamp)
    lamp.add('On')
    lamp.dispose()
    panel.grant(10)
    const kinds = panel.frames.map(({ k }) => k)
    expect(kinds.indexOf('gone')).toBeGreaterThan(kinds.indexOf('tx'))
    expect(panel.of('gone')[0]!.list[0]!.slice(0, 2)).toEqual([1, 1])
    expect(panel.look()[0]).toMatchObject({ machines: 0 })
    // Who comes later sees it too, as long as the ring knows of it.
    const late = new FakePanel(network).attach()
    late.grant(10)
    expect([late.of('machine').length, late.of('tx').length, late.of('gone').length]).toEqual([1, 1, 1])
  })
})

describe('stores', () => {
  test('machines name their store; models tell what each commit changed', () => {
    const { network } = start()
    const panel = new FakePanel(network).attach()
    const { store, connection } = scene()
    const telemetry = store.get(Telemetry)
    telemetry.temperature = 21
    store.transaction(() => {
      telemetry.temperature = 22
      store.get(Todos).add({ title: 'a' }, 'x')
    })
    panel.grant(100)
    const infos = panel.of('machine').flatMap(({ list }) => list)
    expect(infos.find(({ m }) => m === numberOf(connection))).toMatchObject({ s: 1, key: 'machine/connection' })
    const rows = panel.of('model').flatMap((frame) => frame.rows)
    expect(rows.map((row) => [row[0], row[1], row[3], row[4]])).toEqual([
      [1, 1, 'local', [['model/telemetry', 'temperature', 20, 21]]],
      [
        1,
        2,
        'local',
        [
          ['model/todo/x', null, { $: 'undefined' }, { $: 'object', n: 1, v: [['title', 'a']] }],
          ['model/telemetry', 'temperature', 21, 22],
        ],
      ],
    ])
  })

  test('their machines keep no record for the agent alone', () => {
    const { network } = start()
    const { connection } = scene()
    connection.add('Start')
    const panel = new FakePanel(network).attach()
    connection.add('Lost')
    panel.grant(10)
    const flags = panel.of('tx').flatMap((frame) => frame.rows.map((row) => row[4]))
    expect(flags).toEqual([1, 1])
  })

  test('what is loaded later is told of', () => {
    const { network } = start()
    const Late = defineModel('late', { n: v.number() }, { initial: { n: 1 } })
    const store = createStore({ name: 'app', state: [Telemetry] })
    const panel = new FakePanel(network).attach()
    store.load(collection(Late))
    panel.grant(1)
    expect(panel.of('store').map(({ list }) => list[0]!.holds.map(({ key, many }) => [key, many]))).toEqual([
      [['model/telemetry', false]],
      [
        ['model/telemetry', false],
        ['model/late', true],
      ],
    ])
  })

  test('values are shown on demand, by path, as far as they may be', () => {
    const Nest = defineModel(
      'nest',
      { data: v.any(), open_token: v.string() },
      {
        initial: { data: { list: [1, { password: SECRET }], map: new Map([['token', SECRET]]) }, open_token: 'shown' },
        expose: ['open_token'],
      },
    )
    const { network } = start()
    const store = createStore({ state: [Telemetry, Todos, Nest] })
    store.get(Todos).add({ title: 'a' }, 'x/y')
    const panel = new FakePanel(network).attach()
    const ask = (key: string, path: (string | number)[] = [], s = 1) => {
      panel.say({ k: 'value', q: 1, s, key, path })
      const answer = panel.frames.at(-1)!
      return answer.k === 'value' ? answer.value : answer.k === 'deny' ? answer.reason : answer
    }
    expect(ask('model/telemetry')).toEqual({
      $: 'object',
      n: 4,
      v: [
        ['temperature', 20],
        ['key', { $: 'redacted', v: 'string' }],
        ['apiToken', { $: 'redacted', v: 'string' }],
        ['fahrenheit', 68],
      ],
    })
    expect(ask('model/telemetry', ['temperature'])).toBe(20)
    expect(ask('model/telemetry', ['key'])).toEqual({ $: 'redacted', v: 'string' })
    expect(ask('model/todo')).toEqual({ $: 'array', n: 1, v: ['x/y'] })
    expect(ask('model/todo/x/y', ['title'])).toBe('a')
    expect(ask('model/nest', ['data', 'list', 0])).toBe(1)
    expect(ask('model/nest', ['open_token'])).toBe('shown')
    expect(ask('model/nest', ['data', 'list', 1, 'password'])).toEqual({ $: 'redacted', v: 'string' })
    expect(ask('model/nest', ['data', 'map', 0])).toEqual({ $: 'redacted', v: 'string' })
    for (const [key, path, s] of [
      ['model/telemetry', ['nothing']],
      ['model/telemetry', ['constructor']],
      ['model/telemetry', ['temperature', 'x']],
      ['model/todo/none', []],
      ['model/todo', ['title']],
      ['model/none', []],
      ['machine/x', []],
      ['', []],
      ['model/telemetry', [], 9],
    ] as const) {
      expect(ask(key, [...path], s)).toBe('unknown')
    }
    expect(panel.lines.join('\n')).not.toContain(SECRET)
  })
})

describe('commands', () => {
  const ask = (panel: FakePanel, frame: ToAgent) => {
    panel.say(frame)
    return panel.frames.at(-1)
  }
  test('mutate, ask why, and answer', () => {
    const { network } = start()
    const door = createMachine(Door)
    door.add('Open')
    const panel = new FakePanel(network).attach()
    expect(ask(panel, { k: 'why', q: 1, m: 1, states: ['Locked'] })).toEqual({
      k: 'answer',
      q: 1,
      status: 'canceled',
      reason: { kind: 'relation', state: 'Locked', relation: 'require', by: ['Closed'] },
    })
    expect(ask(panel, { k: 'mutate', q: 2, m: 1, type: 'remove', states: ['Open'] })).toMatchObject({
      status: 'executed',
    })
    expect(door.is('Closed')).toBe(true)
    for (const states of [['Nowhere'], ['constructor']]) {
      expect(ask(panel, { k: 'mutate', q: 3, m: 1, type: 'add', states })).toMatchObject({ reason: 'unknown' })
    }
    expect(ask(panel, { k: 'why', q: 4, m: 77, states: ['Open'] })).toMatchObject({
      k: 'deny',
      q: 4,
      reason: 'unknown',
    })
    expect(ask(panel, { k: 'pending', q: 5, m: 77 })).toMatchObject({ reason: 'unknown' })
    for (const k of ['hold', 'step', 'resume', 'restore'] as const) {
      expect(ask(panel, { k, q: 6 })).toMatchObject({ k: 'deny', q: 6, reason: 'unsupported' })
    }
  })
  test('arguments that a schema refuses are denied without its words', () => {
    const { network } = start()
    const { connection } = scene()
    const panel = new FakePanel(network).attach()
    const args = { text: 7, key: SECRET }
    const m = numberOf(connection)
    const denied = { k: 'deny', reason: 'invalid' }
    expect(ask(panel, { k: 'mutate', q: 1, m, type: 'add', states: ['Message'], args })).toMatchObject(denied)
    expect(panel.lines.join('\n')).not.toContain(SECRET)
  })
  test('are refused where they are off', () => {
    const { network } = start({ commands: false })
    const lamp = createMachine(Lamp)
    const panel = new FakePanel(network).attach()
    expect(panel.look()[0]).toMatchObject({ commands: false })
    expect(ask(panel, { k: 'mutate', q: 1, m: 1, type: 'add', states: ['On'] })).toMatchObject({ reason: 'forbidden' })
    expect(ask(panel, { k: 'why', q: 2, m: 1, states: ['On'] })).toMatchObject({ reason: 'forbidden' })
    expect(lamp.is('On')).toBe(false)
  })
  test('what an app does in a getter of a computed value is its own affair', () => {
    const { network } = start()
    const Bad = defineModel(
      'bad',
      { n: v.number() },
      {
        initial: { n: 1 },
        computed: {
          worse: (): number => {
            throw new Error('derive')
          },
        },
      },
    )
    createStore({ state: [Bad] })
    const panel = new FakePanel(network).attach()
    const shown = ask(panel, { k: 'value', q: 1, s: 1, key: 'model/bad', path: [] })
    expect(shown).toMatchObject({
      value: {
        v: [
          ['n', 1],
          ['worse', { $: 'unreadable' }],
        ],
      },
    })
  })
})

describe('redaction', () => {
  test('values: types shows no value at all', async () => {
    const { network } = start({ types: true })
    const all = scene()
    const panel = new FakePanel(network).attach()
    await play(all)
    panel.grant(1000)
    panel.say({ k: 'value', q: 1, s: 1, key: 'model/telemetry', path: ['temperature'] })
    const text = panel.lines.join('\n')
    for (const word of ['hello', 'wind the clock', 'line cut', SECRET]) expect(text).not.toContain(word)
    expect(panel.of('value')[0]!.value).toEqual({ $: 'redacted', v: 'number' })
    expect(panel.of('tx').length).toBeGreaterThan(0)
  })
})

describe('who is there', () => {
  test('says what it is, and since when', () => {
    const { network } = start()
    createMachine(Lamp).add('On')
    const [here] = new FakePanel(network).look()
    expect(here).toMatchObject({
      at: 1,
      target: { kind: 'page', label: 'The page' },
      machines: 1,
      rows: 1,
      errors: 0,
      recording: true,
      commands: true,
    })
    expect(here!.step).toBe(100)
  })

  test('a duplicated tab takes another id, and keeps it', () => {
    const network = new Network()
    const [first, second] = [fakeRealm(network, 'page', 'tab'), fakeRealm(network, 'page', 'tab')]
    start({}, network, first)
    network.settle()
    start({}, network, second)
    network.settle()
    const ids = new FakePanel(network).look().map(({ target }) => target.id)
    expect(new Set(ids).size).toBe(2)
    expect([first.id.get(), second.id.get()]).toEqual(['tab', ids.find((id) => id !== 'tab')])
  })

  test('a page that comes back from the cache greets again', () => {
    const { network, realm } = start()
    const panel = new FakePanel(network).attach()
    realm.end()
    network.settle()
    expect(realm.timers.pending).toBe(0)
    realm.again()
    network.settle()
    expect(panel.here.at(-1)?.target.run).toBe(panel.here[0]?.target.run)
  })

  test('a session is for one run; asking twice for it opens it once', () => {
    const { network } = start()
    const panel = new FakePanel(network)
    const [here] = panel.look()
    panel.attach('another')
    expect(panel.lines).toEqual([])
    panel.attach(here!.target.run)
    const { length } = panel.lines
    const control = network.connect(CONTROL_CHANNEL)
    control.post(line({ k: 'attach', v: VERSION, run: here!.target.run, session: panel.session }))
    control.post('nonsense')
    control.post(line({ k: 'attach', v: 2, run: here!.target.run, session: 'other' }))
    network.settle()
    expect(panel.lines.length).toBe(length)
  })

  test('the control channel carries no data', async () => {
    const { network } = start()
    const panel = new FakePanel(network).attach()
    await play(scene())
    panel.grant(1000)
    const kinds = network.posted
      .filter(({ channel }) => channel === CONTROL_CHANNEL)
      .map(({ message }) => (JSON.parse(message) as { k: string }).k)
    expect(new Set(kinds)).toEqual(new Set(['here', 'who', 'attach', 'attached']))
  })

  test('over a port everything goes through the port', async () => {
    const { network, realm } = start()
    const lines: string[] = []
    const [ours, theirs] = [network.connect('port'), network.connect('port')]
    ours.hear((message) => lines.push(...String(message).split('\n')))
    realm.frame(theirs)
    const say = (frame: ToAgent) => {
      ours.post(line(frame))
      network.settle()
    }
    say({ k: 'who', v: VERSION, at: 5 })
    const run = (JSON.parse(lines[0]!) as { target: { run: string } }).target.run
    say({ k: 'attach', v: VERSION, run, session: 'framed' })
    createMachine(Lamp).add('On')
    say({ k: 'credit', rows: 10 })
    expect(lines.map((text) => (JSON.parse(text) as { k: string }).k)).toEqual([
      'here',
      'attached',
      'record',
      'schema',
      'machine',
      'clock',
      'tx',
    ])
    expect(network.posted.some(({ channel }) => channel === 'escapement/framed')).toBe(false)
    say({ k: 'bye', v: VERSION, session: 'framed' })
    expect(realm.timers.pending).toBe(0)
  })
})

test('after the end nothing is left, and machines go on', () => {
  const { network, realm, agent } = start()
  const lamp = createMachine(Lamp)
  const store = createStore({ state: [Telemetry] })
  const panel = new FakePanel(network).attach()
  agent.stop()
  agents = []
  network.settle()
  panel.close()
  expect([realm.timers.pending, realm.listeners, network.open]).toEqual([0, 0, 0])
  lamp.handle({ On: { entered: () => {} } })
  lamp.toggle('On')
  store.get(Telemetry).temperature = 1
  lamp.dispose()
  expect((lamp as unknown as Machine).time()).toEqual([1, 0])
})

test('looking on changes nothing that effects or listeners see', () => {
  const { network } = start()
  const lamp = createMachine(Lamp)
  const seen: boolean[] = []
  const stop = effect(() => void seen.push(lamp.is('On')))
  const panel = new FakePanel(network).attach()
  panel.grant(100)
  lamp.toggle('On')
  lamp.toggle('On')
  stop()
  expect(seen).toEqual([false, true, false])
})
