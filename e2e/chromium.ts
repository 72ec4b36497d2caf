import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from '@playwright/test'

/** Flags for a browser that tests alone: no traffic of its own, and no sandbox, which containers and root lack. */
export const flags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** What this needs of the machine; tests give another one. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where Playwright keeps, or would keep, its own. */
  readonly own: string
  readonly isRoot: boolean
  exists(path: string): boolean
  /** Runs a program to its end: its exit code (undefined: there is none such), and what it printed. */
  run(program: string, args: readonly string[], shown: boolean): { code: number | undefined; output: string }
}

/** The one this runs on. */
export function thisMachine(): Machine {
  return {
    env: process.env,
    own: chromium.executablePath(),
    isRoot: process.getuid?.() === 0,
    exists: existsSync,
    run(program, args, shown) {
      const { status, stdout } = spawnSync(program, args, {
        encoding: 'utf8',
        stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'ignore'],
      })
      return { code: status ?? undefined, output: stdout ?? '' }
    },
  }
}

/** A Chromium that starts. */
export interface Found {
  readonly path: string
  readonly version: string
}

/**
 * An installed Chromium: the one at `CHROMIUM_PATH`, Playwright's own, or one on the path. Each is asked for its
 * version, since some distributions have a program of that name that only says where to get one.
 *
 * @throws when `CHROMIUM_PATH` names none: whoever set it wants that one.
 */
export function findChromium(machine: Machine): Found | undefined {
  const version = (path: string) => {
    if (!machine.exists(path)) return undefined
    const { code, output } = machine.run(path, ['--version'], false)
    return code === 0 ? output.trim() : undefined
  }
  const wanted = machine.env.CHROMIUM_PATH
  if (wanted) {
    const found = version(wanted)
    if (found === undefined) throw new Error(`CHROMIUM_PATH is ${wanted}, which is no Chromium that starts. Unset it.`)
    return { path: wanted, version: found }
  }
  const folders = (machine.env.PATH ?? '').split(delimiter).filter(Boolean)
  const candidates = [
    machine.own,
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...ELSEWHERE,
  ]
  for (const path of candidates) {
    const found = version(path)
    if (found !== undefined) return { path, version: found }
  }
  return undefined
}

/**
 * An installed Chromium, or one installed now: Playwright's own, else the system package where that may be done.
 * Says what it does.
 *
 * @throws when there is none to be had, with what to do about it
 */
export function ensureChromium(machine: Machine, say: (line: string) => void): Found {
  const found = findChromium(machine)
  if (found) {
    say(`Chromium: ${found.path}, ${found.version}`)
    return found
  }
  const ways: [string, (readonly [string, ...string[]])[]][] = [
    ["Chromium: none found, installing Playwright's own", [['npx', 'playwright', 'install', 'chromium']]],
  ]
  if (machine.isRoot) {
    ways.push([
      'Chromium: that failed, installing the system package',
      [
        ['apt-get', 'update'],
        ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
      ],
    ])
  }
  for (const [line, commands] of ways) {
    say(line)
    const done = commands.every(([program, ...args]) => machine.run(program, args, true).code === 0)
    const installed = done ? findChromium(machine) : undefined
    if (installed) {
      say(`Chromium: ${installed.path}, ${installed.version}`)
      return installed
    }
  }
  throw new Error(
    'No Chromium, and none could be installed. Install one (`npx playwright install --with-deps chromium`, or the ' +
      'package `chromium` of your system), or say where it is: CHROMIUM_PATH=/path/to/chromium npm test',
  )
}
