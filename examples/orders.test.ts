import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openStore } from 'escapement'
import { Audit, Outbox } from 'escapement/fsm/store'
import { fileStorage } from 'escapement/storage/file'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { expected, Orders } from './orders/book.ts'
import { orderMachine } from './orders/machine.ts'
import { Receiver } from './orders/receiver.ts'

// The program as a user runs it, in processes of its own, so that they can be killed.
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'escapement-orders-'))
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs it to its end, or until `onLine` kills it. */
async function orders(args: string[], onLine: (line: string, child: ChildProcess) => void = () => {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/orders.ts', ...args], { cwd: root })
  running.add(child)
  const lines: string[] = []
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => {
    lines.push(line)
    onLine(line, child)
  })
  const [[code, signal]] = await Promise.all([once(child, 'close'), once(reader, 'close')])
  running.delete(child)
  return { code, signal, lines, errors }
}

interface Delivered {
  key: string
  repeat: boolean
}
const deliveries = (file: string): Delivered[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Delivered)
    : []

test('killed at many moments, every order ends where it must, every action applied exactly once', async () => {
  const dir = join(folder, 'killed')
  const file = join(dir, 'receiver.jsonl')
  const args = ['--orders', '1500', '--parallel', '64', '--dir', dir]
  let kills = 0
  let resumed = 0
  for (let round = 0; ; round++) {
    if (round > 30) throw new Error('it does not come to its end')
    // After the third line of each run there is something new to kill; more lines, so that each run gets somewhere else.
    let left = round < 12 ? 3 + ((round * 7) % 10) : Number.POSITIVE_INFINITY
    const { code, signal, lines, errors } = await orders(args, (_, child) => {
      if (--left === 0) child.kill('SIGKILL')
    })
    if (lines[0]?.startsWith('Going on')) resumed++
    if (signal === 'SIGKILL') {
      kills++
      continue
    }
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(lines.at(-1)).toBe('Every order is where it must be, and every action was applied exactly once.')
    break
  }
  expect(kills).toBeGreaterThan(5)
  expect(resumed).toBeGreaterThan(0)

  // Not by its own word: from the files alone.
  const seen = deliveries(file)
  const first = seen.filter(({ repeat }) => !repeat).map(({ key }) => key)
  expect(new Set(first).size).toBe(first.length)
  expect(seen.filter(({ key, repeat }) => repeat && !first.includes(key))).toEqual([])
  const machine = orderMachine(new Receiver(join(folder, 'unused.jsonl')))
  const must = Array.from({ length: 1500 }, (_, n) => expected(n, machine))
  expect([...first].sort()).toEqual(must.flatMap(({ keys }) => keys).sort())
  const store = await openStore({ storage: fileStorage(join(dir, 'store')), state: [Orders, Audit, Outbox] })
  expect([...store.get(Orders)].map(({ status }) => status)).toEqual(must.map(({ state }) => state))
  expect(store.get(Outbox).size).toBe(0)
  await store.close()
})

describe('as a program', () => {
  test('says what it takes', async () => {
    expect(await orders(['--help'])).toMatchObject({
      code: 0,
      lines: expect.arrayContaining([
        'Exit codes: 0 done and as it must be, 1 an error, 2 a wrong option, 3 another process has the directory,',
      ]),
    })
  })
  test.each([
    [['--orders', 'many'], '--orders must be a whole number from 1 to 1000000, not "many". See --help.\n'],
    [['--paralel', '3'], "Unknown option '--paralel'"],
  ])('%j is a wrong option', async (args, message) => {
    const { code, errors } = await orders([...args, '--dir', join(folder, 'none')])
    expect(code).toBe(2)
    expect(errors).toContain(message)
  })
  test('a directory that is a file is an error in words', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const { code, errors } = await orders(['--orders', '1', '--dir', file])
    expect(code).toBe(1)
    expect(errors.split('\n')).toHaveLength(2)
  })
  test('Ctrl-C ends it after the events under way, and the next run goes on', async () => {
    const dir = join(folder, 'stopped')
    const args = ['--orders', '2000', '--parallel', '16', '--dir', dir]
    const stopped = await orders(args, (line, child) => {
      if (line.startsWith('200 ')) child.kill('SIGINT')
    })
    expect(stopped.code).toBe(130)
    expect(stopped.lines.at(-1)).toMatch(/^Stopped after \d+ orders; start again to go on\.$/)
    expect(await orders(args)).toMatchObject({ code: 0 })
    expect(deliveries(join(dir, 'receiver.jsonl')).filter(({ repeat }) => repeat)).toEqual([])
  })
  test('two at once: the second is turned away', async () => {
    const dir = join(folder, 'twice')
    let second: ReturnType<typeof orders> | undefined
    const first = orders(['--orders', '300', '--dir', dir], (_, child) => {
      if (second) return
      // Halted, so that it cannot come to its end first.
      child.kill('SIGSTOP')
      second = orders(['--orders', '300', '--dir', dir]).finally(() => child.kill('SIGCONT'))
    })
    expect(await first).toMatchObject({ code: 0 })
    expect(await second).toMatchObject({ code: 3 })
  })
})
