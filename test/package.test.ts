import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './imports.ts'
import { built, entries, files } from './package.ts'

test('what Vite builds and what package.json exports, or runs, are the same', () => {
  expect([...entries.map(({ runtime }) => runtime), ...files.bin].sort()).toEqual(
    Object.keys(built)
      .map((name) => `dist/${name}.js`)
      .sort(),
  )
})

test.each(entries)('$specifier: source, code and types are the same module', ({ source, runtime, types }) => {
  expect(source).toMatch(/^src\/.+\.tsx?$/)
  expect(existsSync(join(root, source))).toBe(true)
  const module = source.replace(/^src\/(.*)\.tsx?$/, 'dist/$1')
  expect([runtime, types]).toEqual([`${module}.js`, `${module}.d.ts`])
})

test('the lock file names the packages of every platform, or `npm ci` refuses it', () => {
  interface Locked {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Locked
  const locked = Object.keys(packages)
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  expect(wanted.filter((name) => !locked.some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([])
})

/** What must stand in no file: where packages came from on one machine, and paths of that machine. */
const forbidden = [
  // In pieces, so that this file does not hold what it forbids.
  {
    what: 'a registry host',
    pattern: /\/\/(?:[\w-]+\.)*registry\.|\bnpm(?:js|mirror)\.(?:org|com)\b|\byarnpkg\.com|\bnpm\.pkg\.github/,
  },
  { what: 'the address of a download', pattern: /"resolved":\s*"[a-z+]+:/ },
  { what: 'a path of one machine', pattern: /(?:^|[\s'"`(=])\/(?:work|home|root|Users)\/[\w-]+\// },
]

function offences(file: string, text: string): string[] {
  return forbidden.filter(({ pattern }) => pattern.test(text)).map(({ what }) => `${file} holds ${what}`)
}

test('no file holds a registry host, a download address or a path of one machine', () => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(root, file)) && statSync(join(root, file)).isFile())
  expect(files).toContain('package.json')
  expect(files.flatMap((file) => offences(file, readFileSync(join(root, file), 'latin1')))).toEqual([])
})

test.each([
  [`"resolved": "${'https'}://example.org/a.tgz"`, 'the address of a download'],
  [`see https:${'//registry'}.example.org`, 'a registry host'],
  [`fetch('https://${'npmjs'}.org/a')`, 'a registry host'],
  [`cd ${'/home'}/someone/project`, 'a path of one machine'],
])('%s is found', (text, what) => {
  expect(offences('a', text)).toEqual([`a holds ${what}`])
})
test('and what looks alike is not', () => {
  expect(
    offences('a', 'guards.register(x) // registry.get(y) "integrity": "sha512-x" src/work/main.ts npm.js'),
  ).toEqual([])
})
