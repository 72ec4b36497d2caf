import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { createMachine, defineMachine, type Machine } from '../core/index.ts'
import { connectDevtools } from './index.ts'
import { ClockOracle } from './protocol/clocks.oracle.ts'
import type { Frame, Here, ToPanel } from './protocol/frames.ts'
import { CONTROL_CHANNEL, sessionChannel, VERSION } from './protocol/identity.ts'
import { line, linesOf } from './protocol/line.ts'
import { readToPanel } from './protocol/read.ts'

const PLACE = Symbol.for('escapement.agent')
const places = globalThis as unknown as Record<symbol, unknown>
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A panel on real channels. */
function panel() {
  const lines: string[] = []
  const frames: ToPanel[] = []
  const waiting = new Set<() => void>()
  const open = (name: string) => {
    const channel = new BroadcastChannel(name)
    channel.onmessage = (event) => {
      const { data } = event as unknown as { data: unknown }
      lines.push(...linesOf(data))
      frames.push(...linesOf(data).flatMap((text) => readToPanel(text) ?? []))
      for (const look of waiting) look()
    }
    ends.push(() => channel.close())
    return (frame: Frame) => channel.postMessage(line(frame))
  }
  const until = <T>(find: (frames: ToPanel[]) => T | undefined) =>
    new Promise<T>((resolve) => {
      const look = () => {
        const found = find(frames)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { lines, open, until }
}

test('two realms over real channels: every number is the one the core says', async () => {
  const child = new URL('./agent/fixtures/realm-child.ts', import.meta.url)
  // Node 20 does not hand a loader on to a worker's own files.
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import('${child}') })`
  const worker = new Worker(start, { eval: true })
  const { lines, open, until } = panel()
  const control = open(CONTROL_CHANNEL)
  await once(worker, 'message')
  control({ k: 'who', v: VERSION, at: 42 })
  const here = await until((frames) =>
    frames.find((frame): frame is Here => frame.k === 'here' && frame.at === 42 && frame.target.label === 'child'),
  )
  expect(here).toMatchObject({ machines: 3, target: { kind: 'node' } })
  const session = `test-${here.target.run}`
  const data = open(sessionChannel(session))
  control({ k: 'attach', v: VERSION, run: here.target.run, session })
  await until((frames) => frames.find((frame) => frame.k === 'attached'))
  worker.postMessage('play')
  const [core] = await once(worker, 'message')
  data({ k: 'credit', rows: 100_000 })
  const seqs = (core as { queueTick: number }[]).map(({ queueTick }) => queueTick - 1)
  // All of it has come when the last transition of each machine has.
  await until((frames) => {
    const rows = frames.flatMap((frame) => (frame.k === 'tx' ? frame.rows : []))
    return seqs.every((seq, i) => rows.some((row) => row[0] === i + 1 && row[1] === seq)) || undefined
  })
  const oracle = new ClockOracle(lines)
  expect(oracle.wrong()).toEqual([])
  expect(
    seqs.map((seq, i) => {
      const { ticks, queueTick } = oracle.at(i + 1, seq)!
      return { ticks, queueTick }
    }),
  ).toEqual((core as { ticks: number[]; queueTick: number }[]).map(({ ticks, queueTick }) => ({ ticks, queueTick })))
  expect(oracle.rows(3)).toHaveLength(seqs[2]!)
  const ended = once(worker, 'exit')
  worker.postMessage('end')
  await until((frames) => frames.find((frame) => frame.k === 'bye'))
  expect(await ended).toEqual([0])
}, 60_000)

test('the first agent counts, and its end makes room for another', () => {
  const first = connectDevtools()
  const place = places[PLACE]
  expect(place).toBeDefined()
  connectDevtools()()
  expect(places[PLACE]).toBe(place)
  first()
  expect(places[PLACE]).toBeUndefined()
  first()
  const next = connectDevtools()
  expect(places[PLACE]).not.toBe(place)
  next()
})

test('without a BroadcastChannel nothing happens', () => {
  const { BroadcastChannel: kept } = globalThis
  Reflect.deleteProperty(globalThis, 'BroadcastChannel')
  try {
    connectDevtools()()
    expect(places[PLACE]).toBeUndefined()
  } finally {
    globalThis.BroadcastChannel = kept
  }
})

test('a machine works the same with an agent as without', () => {
  const Lamp = defineMachine('lamp', {
    On: { remove: ['Off'] },
    Off: { auto: true, remove: ['On'] },
    Lit: { require: ['On'] },
    Again: { multi: true },
  })
  const calls = fc.tuple(
    fc.constantFrom('add', 'remove', 'set', 'toggle', 'canAdd' as const),
    fc.subarray(['On', 'Off', 'Lit', 'Again'], { minLength: 1 }),
    fc.boolean(),
  )
  const end = connectDevtools()
  const { [PLACE]: place } = places
  fc.assert(
    fc.property(fc.array(calls, { maxLength: 30 }), fc.nat(3), (all, watched) => {
      const make = (agent: unknown) => {
        places[PLACE] = agent
        const lamp = createMachine(Lamp, { id: 'x', onError: () => {} }) as unknown as Machine
        let n = 0
        if (watched & 1) lamp.listen(() => n++)
        if (watched & 2) {
          lamp.handle({
            Lit: { canEnter: () => ++n % 3 > 0, entered: () => void lamp.add('Again') },
            Off: {
              entered: () => {
                if (++n % 4 === 0) throw new Error('off')
              },
            },
          })
        }
        return lamp
      }
      const [bare, seen] = [make(undefined), make(place)]
      for (const [type, states, args] of all) {
        const results = [bare, seen].map((lamp) => (args ? lamp[type](states, { args }) : lamp[type](states)))
        expect([results[1]!.status, results[1]]).toEqual([results[0]!.status, results[0]])
        expect(seen.export()).toEqual(bare.export())
      }
    }),
  )
  end()
  delete places[PLACE]
})
