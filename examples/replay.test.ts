import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fileStorage } from 'escapement/storage/file'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openBoard } from './replay/board.ts'

// The program as a user runs it, in processes of its own, so that they can be killed.
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'escapement-replay-'))
const running = new Set<ChildProcess>()
let directories = 0
const newDirectory = () => join(folder, `store-${++directories}`)

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  code: number | null
  signal: string | null
  output: string
  errors: string
}

interface Run {
  child: ChildProcess
  /** Resolves with the first line that satisfies the condition, or, when the program ends without it, with undefined. */
  line(condition: (line: string) => boolean): Promise<string | undefined>
  end: Promise<Ended>
}

function start(...args: (string | number)[]): Run {
  const command = ['--import', 'tsx', 'examples/replay.ts', ...args.map(String)]
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const lines: string[] = []
  const waiting = new Set<(line: string) => void>()
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => {
    lines.push(line)
    for (const tell of waiting) tell(line)
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const end = Promise.all([once(child, 'close'), once(reader, 'close')]).then(([[code, signal]]) => {
    running.delete(child)
    return { code, signal, output: lines.join('\n'), errors }
  })
  const line = (condition: (line: string) => boolean) =>
    Promise.race([
      new Promise<string>((found) => {
        const look = (text: string) => {
          if (condition(text)) found(text)
        }
        lines.forEach(look)
        waiting.add(look)
      }),
      end.then(() => undefined),
    ])
  return { child, line, end }
}

const run = (...args: (string | number)[]) => start(...args).end

/** What stands below the progress: the refused flights, the table and the check. */
const result = (output: string) => output.slice(output.indexOf('per second') + 'per second'.length)
const stored = (output: string) => Number(/^Going on after ([\d,]+) of/.exec(output)?.[1]?.replace(',', '') ?? 0)

describe('a run to the end', () => {
  test('shows the ten busiest airports and agrees with the data; once more adds nothing', async () => {
    const dir = newDirectory()
    const first = await run('--dir', dir, '--limit', 300)
    expect(first).toMatchObject({ code: 0, errors: '' })
    expect(first.output).toContain('Replaying 300 flights of flights-20k.json into')
    expect(first.output).toContain('300 of 300 100 %')
    expect(first.output).toMatch(/\n *10 {2}[A-Z]{3} .* min\n\nMutations refused by/)
    expect(first.output).toMatch(/\d flights and [\d,]+ transitions per second\n/)
    expect(first.output).toMatch(/\n\nChecked: 300 flights over \d+ airports, and every flight's clock, the same/)
    const second = await run('--dir', dir, '--limit', 300)
    expect([second.code, stored(second.output), result(second.output)]).toEqual([0, 300, result(first.output)])
  })

  test('finds out when the stored totals and clocks are not those of the data', async () => {
    const dir = newDirectory()
    await run('--dir', dir, '--limit', 50)
    const board = await openBoard(fileStorage(dir))
    const [airport] = board.airports
    airport!.delay += 1
    expect(board.statuses.get('7')!.remove('Arrived').status).toBe('executed')
    await board.store.close()
    const { code, output } = await run('--dir', dir, '--limit', 50)
    expect([code, output]).toEqual([1, expect.stringMatching(`NOT the same.*\n {2}${airport!.$id} delay: stored`)])
    expect(output).toMatch(/\n {2}clock of flight 7: stored .*Airborne:3 Arrived:2, recomputed .*Airborne:2 Arrived:1$/)
  })
})

/** The clocks of all flights' machines. The replay's own machine counts its starts and stops; they differ. */
async function clocks(dir: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const board = await openBoard(fileStorage(dir))
  const times = new Map(Array.from(board.statuses, (flight) => [flight.id, flight.time()]))
  await board.store.close()
  return times
}

describe('killed in the middle', () => {
  /** The same numbers every time: which lines to kill after. */
  function* numbers(seed: number): Generator<number, never> {
    for (let x = seed; ; yield x) x = (x * 48_271) % 2_147_483_647
  }

  test.each([1, 2])('by SIGKILL, again and again, it comes to the same end (%i)', async (seed) => {
    const what = ['--limit', 4000, '--inject-bad', 9, '--batch', 20]
    const [straight, dir] = [newDirectory(), newDirectory()]
    const expected = await run('--dir', straight, ...what)
    expect(expected.code).toBe(0)

    let acknowledged = 0
    let kills = 0
    for (const random of numbers(seed)) {
      const { child, line, end } = start('--dir', dir, ...what)
      let left = random % 3
      const last = await line((text) => / flights\/s/.test(text) && left-- === 0)
      if (last !== undefined) child.kill('SIGKILL')
      const ended = await end
      // What an earlier run said was on disk is there.
      expect(stored(ended.output)).toBeGreaterThanOrEqual(acknowledged)
      if (ended.signal === null) {
        expect(ended.code).toBe(0)
        expect(result(ended.output)).toBe(result(expected.output))
        break
      }
      kills++
      const [, done = '', refused = '0'] = /^([\d,]+) of .*?(?: (\d+) refused)?$/.exec(last ?? '') ?? []
      acknowledged = Number(done.replace(',', '')) - Number(refused)
    }
    expect(kills).toBeGreaterThan(0)
    const times = await clocks(dir)
    expect(times.size).toBe(4000 - 9)
    expect(times).toEqual(await clocks(straight))
  })

  test('by Ctrl-C it says where it is, and goes on from there', async () => {
    const dir = newDirectory()
    const { child, line, end } = start('--dir', dir, '--limit', 300, '--rate', 10)
    await line((text) => text.includes('flights/s'))
    child.kill('SIGINT')
    const { code, output } = await end
    expect([code, output]).toEqual([
      130,
      expect.stringMatching(/\nStopped after \d+\. What was accepted is on disk; start again/),
    ])
    const stopped = Number(/Stopped after (\d+)/.exec(output)?.[1])
    const second = await run('--dir', dir, '--limit', 300)
    expect([second.code, stored(second.output)]).toEqual([0, stopped])
  })
})

test('bad rows are refused, counted and listed, and nothing of them is applied', async () => {
  const { code, output } = await run('--dir', newDirectory(), '--limit', 200, '--inject-bad', 20)
  expect(code).toBe(0)
  expect(output).toContain('Refused, with nothing of them applied: 20\n')
  expect(output.match(/^ {2}flight \d+: .+/gm)).toHaveLength(20)
  // One of each kind, the one that only the check across fields finds included.
  for (const words of [
    'received "late"',
    'is no date and time',
    '>0 but received -1',
    'received undefined',
    'received NaN',
  ])
    expect(output).toContain(words)
  expect(output).toMatch(/to itself/)
  expect(output).toContain('Checked: 180 flights')
})

test("the user's own CSV", async () => {
  const file = join(folder, 'own.csv')
  const rows = [
    'date,delay,distance,origin,destination',
    '2024/02/29 12:00,10.5,500,QQA,QQB',
    '2024/02/29 13:00,-1,500,QQB,QQC',
  ]
  writeFileSync(file, `${[...rows, '2024/02/30 13:00,0,500,QQB,QQC', 'QQA'].join('\r\n')}\r\n`)
  const { code, output } = await run('--dir', newDirectory(), '--data', file)
  expect(code).toBe(0)
  expect(result(output)).toBe(`

Refused, with nothing of them applied: 2
  flight 3: date: "2024/02/30 13:00" is no date and time
  flight 4: line 5 has 1 cells, the header 5

#  airport    departures  arrivals  mean delay
1  QQB                 1         1     4.8 min
2  QQA                 1         0    10.5 min
3  QQC                 0         1    -1.0 min

Mutations refused by the flights' machines: 2
  2  relation: Cancelled is ruled out by Departed

Checked: 2 flights over 3 airports, and every flight's clock, the same as recomputed straight from the data.`)
})

test('of two at once the second says who holds the directory', async () => {
  const dir = newDirectory()
  // So slow that it is there until it is told to go.
  const first = start('--dir', dir, '--limit', 300, '--rate', 1)
  await first.line((text) => text.includes('flights/s'))
  const { code, errors } = await run('--dir', dir, '--limit', 300)
  expect(code).toBe(3)
  expect(errors).toContain(dir)
  expect(errors).toContain(String(first.child.pid))
  expect(errors.trim().split('\n')).toHaveLength(1)
  first.child.kill('SIGINT')
  expect((await first.end).code).toBe(130)
})

describe('what cannot be done is said in a line, with code 2', () => {
  test.each([
    [['--colour'], 'Unknown option'],
    [['--data', 'nowhere.csv'], 'nowhere.csv: there is no such file'],
    [['--limit', '10', '--inject-bad', '11'], 'more than the 10 flights'],
  ])('%j', async (args, words) => {
    const { code, output, errors } = await run('--dir', newDirectory(), ...args)
    expect([code, output, errors]).toEqual([2, '', expect.stringMatching(`^.*${words}.*\n$`)])
  })

  test('other data for a directory, unless it is to be forgotten', async () => {
    const dir = newDirectory()
    await run('--dir', dir, '--limit', 30)
    const { code, errors } = await run('--dir', dir, '--limit', 20)
    expect([code, errors]).toEqual([2, expect.stringContaining('holds the replay of other data (flights-20k.json')])
    const fresh = await run('--dir', dir, '--limit', 20, '--fresh')
    expect([fresh.code, fresh.output]).toEqual([0, expect.stringContaining('Checked: 20 flights')])
    const again = await run('--dir', dir, '--limit', 20)
    expect([again.code, stored(again.output)]).toEqual([0, 20])
  })
})

test('--help tells everything and touches nothing', async () => {
  expect(await run('--help')).toMatchObject({ code: 0, output: expect.stringContaining('npm start -- [options]') })
})
