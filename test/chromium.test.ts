import { expect, test } from 'vitest'
import { ensureChromium, findChromium, type Machine } from '../e2e/chromium.ts'

/** A machine with these programs; `installs` are the commands that bring one more. */
function machine(programs: Record<string, string | undefined>, more: Partial<Machine> = {}, installs = {}) {
  const there = new Map(Object.entries(programs))
  const ran: string[] = []
  const made: Machine = {
    env: { PATH: '/usr/local/bin:/usr/bin' },
    own: '/cache/chrome',
    isRoot: false,
    exists: (path) => there.has(path),
    run(program, args, shown) {
      const line = [program, ...args].join(' ')
      if (shown) ran.push(line)
      if (!shown) return { code: there.get(program) === undefined ? 1 : 0, output: `${there.get(program)}\n` }
      const brought = (installs as Record<string, string | true | undefined>)[line]
      if (typeof brought === 'string') there.set(brought, 'Chromium 2')
      return { code: brought === undefined ? 1 : 0, output: '' }
    },
    ...more,
  }
  return { made, ran }
}

test("Playwright's own comes first, then what is on the path", () => {
  const { made } = machine({ '/cache/chrome': 'Chromium 1', '/usr/bin/chromium': 'Chromium 2' })
  expect(findChromium(made)).toEqual({ path: '/cache/chrome', version: 'Chromium 1' })
  expect(findChromium(machine({ '/usr/bin/google-chrome': 'Chrome 3' }).made)?.path).toBe('/usr/bin/google-chrome')
})

test('a program of that name that does not start is passed over', () => {
  const { made } = machine({ '/usr/bin/chromium-browser': undefined, '/usr/bin/google-chrome': 'Chrome 3' })
  expect(findChromium(made)?.path).toBe('/usr/bin/google-chrome')
})

test('CHROMIUM_PATH is taken at its word', () => {
  const programs = { '/cache/chrome': 'Chromium 1', '/mine': 'Chromium 4' }
  expect(findChromium(machine(programs, { env: { CHROMIUM_PATH: '/mine' } }).made)?.path).toBe('/mine')
  expect(() => findChromium(machine(programs, { env: { CHROMIUM_PATH: '/no' } }).made)).toThrow('CHROMIUM_PATH is /no')
})

const own = 'npx playwright install chromium'
const system = ['apt-get update', 'apt-get install -y --no-install-recommends chromium']
const ways: [string, boolean, Record<string, string | true>, string[], string][] = [
  ["Playwright's own", false, { [own]: '/cache/chrome' }, [own], '/cache/chrome'],
  [
    'the system package, where that may be done',
    true,
    { [system[0]!]: true, [system[1]!]: '/usr/bin/chromium' },
    [own, ...system],
    '/usr/bin/chromium',
  ],
]
test.each(ways)('installs %s, and says so', (_, isRoot, installs, commands, path) => {
  const { made, ran } = machine({}, { isRoot }, installs)
  const lines: string[] = []
  expect(ensureChromium(made, (line) => lines.push(line))).toEqual({ path, version: 'Chromium 2' })
  expect(ran).toEqual(commands)
  expect(lines).toHaveLength(isRoot ? 3 : 2)
  expect(lines.at(-1)).toBe(`Chromium: ${path}, Chromium 2`)
})

test.each([false, true])('where none can be had, says what to do (root: %s)', (isRoot) => {
  const { made, ran } = machine({}, { isRoot })
  expect(() => ensureChromium(made, () => {})).toThrow(/CHROMIUM_PATH=/)
  expect(ran).toEqual(isRoot ? [own, system[0]] : [own])
})

test('what is there is not installed again', () => {
  const { made, ran } = machine({ '/usr/bin/chromium': 'Chromium 1' })
  const lines: string[] = []
  ensureChromium(made, (line) => lines.push(line))
  expect({ ran, lines }).toEqual({ ran: [], lines: ['Chromium: /usr/bin/chromium, Chromium 1'] })
})
