import { expect, test } from 'vitest'
import { manualTimers } from '../../../testing/manual-timers.ts'
import type { ToAgent, ToPanel } from '../../protocol/frames.ts'
import { line } from '../../protocol/line.ts'
import { readToAgent } from '../../protocol/read-by-agent.ts'
import { FakeAgent, FakeChannels } from './fixtures/fake-agent.ts'
import { type Channel, Sessions, type SessionsOptions } from './sessions.ts'

function make(more: Partial<SessionsOptions> = {}) {
  const timers = manualTimers(1_000_000)
  const channels = new FakeChannels()
  const data: ToPanel[] = []
  let names = 0
  let visible = true
  const panel = () =>
    new Sessions({
      open: channels.open,
      timers,
      name: () => `s${++names}`,
      visible: () => visible,
      onData: (_, lines) => data.push(...lines.map((one) => one.frame)),
      onChange: () => {},
      ...more,
    })
  const agent = (run: string, open = channels.open) =>
    new FakeAgent({ id: `t-${run}`, run, kind: 'page', label: run }, open, timers)
  return { timers, channels, data, panel, agent, hide: () => (visible = false) }
}
const rows = (from: number, count: number): ToPanel => ({
  k: 'tx',
  rows: Array.from({ length: count }, (_, i) => [1, from + i, 0, 0, 1, [0], []]),
})

test('finds agents that are there, and those that come', () => {
  const { panel, agent, timers } = make()
  agent('a')
  const sessions = panel()
  expect([...sessions.peers.keys()]).toEqual(['a'])
  agent('b')
  expect([...sessions.peers.values()].map((peer) => [peer.run, peer.attached, peer.health])).toEqual([
    ['a', true, 'live'],
    ['b', true, 'live'],
  ])
  sessions.close()
  expect(timers.pending).toBe(0)
})

test('a target silent for 3 s is frozen, one that says so is gone, and both come back', () => {
  const { panel, agent, timers, channels } = make()
  const quiet = agent('a')
  const sessions = panel()
  // A realm that stands still: it hears nothing and says nothing.
  const peer = sessions.peers.get('a')!
  quiet.bye()
  expect(peer.health).toBe('gone')
  agent('a')
  expect(peer).toMatchObject({ health: 'live', attached: true })

  const deaf: Channel[] = []
  const still = new FakeAgent(
    { id: 't', run: 'b', kind: 'page', label: 'b' },
    (name) => {
      const channel = channels.open(name)
      deaf.push(channel)
      return channel
    },
    timers,
  )
  const hearing = deaf.map((channel) => channel.onmessage)
  for (const channel of deaf) channel.onmessage = null
  timers.advance(2900)
  expect(sessions.peers.get('b')!.health).toBe('live')
  timers.advance(1200)
  expect(sessions.peers.get('b')!.health).toBe('frozen')
  deaf.forEach((channel, i) => {
    channel.onmessage = hearing[i]!
  })
  timers.advance(1000)
  expect(sessions.peers.get('b')!.health).toBe('live')
  expect(still.sessions).toBe(1)
  sessions.close()
})

test('credit is the total received and a window, 60 times a second, 4 when hidden', () => {
  const { panel, agent, timers, data, hide, channels } = make()
  const one = agent('a')
  const sessions = panel()
  one.log.push(rows(1, 7000), rows(7001, 7000), rows(14_001, 7000), rows(21_001, 7000))
  const before = one.credits
  timers.advance(1000)
  expect(one.credits - before).toBeGreaterThanOrEqual(59)
  expect(data).toHaveLength(4)
  const credits = channels.posted.flatMap(({ message }) => {
    const frame = readToAgent(message)
    return frame?.k === 'credit' ? [frame.rows] : []
  })
  expect(new Set(credits)).toEqual(new Set([20_000, 34_000, 48_000]))
  hide()
  timers.advance(100)
  const hidden = one.credits
  timers.advance(1000)
  expect(one.credits - hidden).toBe(4)
  sessions.close()
})

test('a panel that slept attaches anew, as the agent has given its session up', () => {
  const { agent, timers, channels } = make()
  const one = agent('a')
  // Timers that stand still, as in a frozen tab, and are all due when it wakes.
  let asleep = false
  const due: (() => void)[] = []
  const sessions = new Sessions({
    open: channels.open,
    timers: {
      now: timers.now,
      after: (ms, run) => timers.after(ms, () => void (asleep ? due.push(run) : run())),
    },
    name: () => `s${timers.now()}`,
    visible: () => true,
    onData: () => {},
    onChange: () => {},
  })
  timers.advance(100)
  expect(one.sessions).toBe(1)
  asleep = true
  timers.advance(31_000)
  one.giveUp()
  expect(one.sessions).toBe(0)
  asleep = false
  for (const run of due.splice(0)) run()
  expect(one.sessions).toBe(1)
  expect(sessions.peers.get('a')).toMatchObject({ attached: true, health: 'live' })
  sessions.close()
})

test('says goodbye to every session when it closes', () => {
  const { panel, agent } = make()
  const [a, b] = [agent('a'), agent('b')]
  const sessions = panel()
  expect([a.sessions, b.sessions]).toEqual([1, 1])
  sessions.close()
  expect([a.sessions, b.sessions]).toEqual([0, 0])
})

test('data is not heard by others', () => {
  const { panel, agent, timers, channels } = make()
  const bystander = channels.open('escapement')
  const heard: string[] = []
  bystander.onmessage = ({ data }) => heard.push(data as string)
  const one = agent('a')
  one.log.push(rows(1, 3))
  const sessions = panel()
  timers.advance(100)
  expect(heard.some((message) => message.includes('"tx"'))).toBe(false)
  sessions.close()
})

test('questions are answered, denied, or given up', async () => {
  const { panel, agent, timers } = make()
  const one = agent('a')
  const sessions = panel()
  one.answer = (question) => (question.k === 'why' ? { k: 'answer', q: question.q, status: 'executed' } : undefined)
  expect(await sessions.ask('a', { k: 'why', m: 1, states: ['A'] })).toMatchObject({ status: 'executed' })
  one.answer = (question) => ({
    k: 'deny',
    v: 1,
    run: 'a',
    session: 's1',
    q: (question as { q: number }).q,
    reason: 'forbidden',
  })
  expect(await sessions.ask('a', { k: 'why', m: 1, states: ['A'] })).toMatchObject({ reason: 'forbidden' })
  one.answer = () => undefined
  const open = sessions.ask('a', { k: 'pending', m: 1 })
  timers.advance(5000)
  expect(await open).toBeUndefined()
  const last = sessions.ask('a', { k: 'pending', m: 1 })
  one.bye()
  expect(await last).toBeUndefined()
  expect(await sessions.ask('nobody', { k: 'pending', m: 1 })).toBeUndefined()
  sessions.close()
})

test('pause reaches every agent, and what each says is shown', () => {
  const { panel, agent } = make()
  const [a, b] = [agent('a'), agent('b')]
  const sessions = panel()
  sessions.record(false)
  expect([a.recording, b.recording]).toEqual([false, false])
  expect([...sessions.peers.values()].map((peer) => peer.recording)).toEqual([false, false])
  sessions.close()
})

test('what is no frame of the protocol does nothing', () => {
  const { panel, channels, data } = make()
  const sessions = panel()
  const stranger = channels.open('escapement')
  for (const message of [
    '',
    'null',
    '{"k":"here"}',
    '{"k":"here","v":1,"target":{"id":1}}',
    '[]',
    '{"k":"bye","run":"x","v":1}',
  ]) {
    stranger.postMessage(message)
  }
  stranger.postMessage(7 as unknown as string)
  expect(sessions.peers.size).toBe(0)
  expect(data).toEqual([])
  sessions.close()
})

test('the page that frames the panel is spoken to by its port alone', () => {
  const { timers, channels, data } = make()
  const pair = new FakeChannels()
  const port = pair.open('port')
  const far = pair.open('port')
  // The same agent answers on both; over the port its data comes too.
  const common = new FakeAgent({ id: 't', run: 'a', kind: 'page', label: 'page' }, channels.open, timers)
  const heard: ToAgent[] = []
  far.onmessage = ({ data: text }) => {
    const frame = readToAgent(text)!
    heard.push(frame)
    if (frame.k === 'who') far.postMessage(line(common.here()))
    if (frame.k !== 'attach') return
    far.postMessage(line({ k: 'attached', v: 1, run: 'a', session: frame.session }))
    far.postMessage(line(rows(1, 2)))
  }
  const sessions = new Sessions({
    open: channels.open,
    port,
    timers,
    name: () => `s${heard.length}-${channels.posted.length}`,
    visible: () => true,
    onData: (_, lines) => data.push(...lines.map((one) => one.frame)),
    onChange: () => {},
  })
  timers.advance(1100)
  expect(common.sessions).toBe(0)
  expect(sessions.peers.size).toBe(1)
  expect(sessions.peers.get('a')).toMatchObject({ attached: true, health: 'live' })
  expect(data).toEqual([rows(1, 2)])
  expect(heard.filter((frame) => frame.k === 'attach')).toHaveLength(1)
  expect(heard.filter((frame) => frame.k === 'credit').at(-1)).toMatchObject({ rows: 20_002 })
  sessions.close()
  expect(heard.at(-1)).toMatchObject({ k: 'bye' })
})
