import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { root } from './imports.ts'

// `.ci/run` in a folder of its own, with an npm that says and answers what each case wants.
const folder = mkdtempSync(join(tmpdir(), 'escapement-ci-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, '.ci'))
mkdirSync(join(folder, 'bin'))
cpSync(join(root, '.ci/run'), join(folder, '.ci/run'))
writeFileSync(join(folder, 'package-lock.json'), '{}')
writeFileSync(
  join(folder, 'bin/npm'),
  '#!/bin/sh\necho "ran npm $1"\ncase "$1" in test) printf "$SAYS"; exit "$CODE";; *) exit "$INSTALL";; esac\n',
)
chmodSync(join(folder, 'bin/npm'), 0o755)

function ci(says: string, code = 0, install = 0) {
  const path = join(folder, 'bin') + delimiter + process.env.PATH
  const env = { ...process.env, PATH: path, SAYS: says, CODE: String(code), INSTALL: String(install) }
  const { stdout, status } = spawnSync(join(folder, '.ci/run'), { cwd: tmpdir(), env, encoding: 'utf8' })
  return { status, steps: stdout.match(/ran npm \w+/g), last: stdout.trimEnd().split('\n').at(-1) }
}

const closing = (tests: string) => ` Test Files  1 passed (1)\\n      Tests  ${tests}\\n   Start at  10:00:00\\n`
/** As Playwright's list reporter ends; what did not pass is listed below its count, and npm has the last word. */
const browsers = (...counts: string[]) =>
  `\\nRunning 9 tests using 2 workers\\n\\n  ✓  1 e2e/a.spec.ts:1:1 › a (5ms)\\n\\n${counts
    .map((line) => `  ${line}\\n${/passed|error/.test(line) ? '' : '    e2e/a.spec.ts:1:1 › a ────────\\n'}`)
    .join('')}${counts.some((line) => line.includes('failed')) ? 'npm error code 1\\n' : ''}`
const both = ['ran npm ci', 'ran npm test']

test.each([
  ['all pass', closing('12 passed (12)'), 0, '12 passed, 0 failed'],
  ['some fail', closing('2 failed | 10 passed (12)'), 1, '10 passed, 2 failed'],
  ['all fail', closing('3 failed (3)'), 1, '0 passed, 3 failed'],
  ['skipped ones do not count', closing('1 failed | 4 passed | 2 skipped (7)'), 1, '4 passed, 1 failed'],
  ['a file does not load', closing('4 passed (4)'), 1, '4 passed, 1 failed'],
  ['the build fails', 'error TS1\\n', 2, '0 passed, 1 failed'],
  [
    'a test prints a closing line of its own',
    closing('9 passed (9)') + closing('1 passed (1)'),
    0,
    '1 passed, 0 failed',
  ],
  ['both runners pass', closing('12 passed (12)') + browsers('34 passed (7.4s)'), 0, '46 passed, 0 failed'],
  [
    'a browser test fails',
    closing('12 passed (12)') + browsers('1 failed', '33 passed (7.4s)'),
    1,
    '45 passed, 1 failed',
  ],
  [
    'a browser test is skipped',
    closing('2 passed (2)') + browsers('1 skipped', '3 passed (7.4s)'),
    0,
    '5 passed, 1 failed',
  ],
  [
    'a browser test is flaky',
    closing('2 passed (2)') + browsers('1 flaky', '3 passed (7.4s)'),
    0,
    '5 passed, 1 failed',
  ],
  [
    'browser tests are cut short',
    closing('2 passed (2)') + browsers('1 failed', '1 interrupted', '2 did not run', '3 passed (1.2m)'),
    1,
    '5 passed, 4 failed',
  ],
  [
    'browser files do not load',
    closing('2 passed (2)') + browsers('1 error was not a part of any test, see above for details'),
    1,
    '2 passed, 1 failed',
  ],
  ['no browser can be had', `${closing('2 passed (2)')}No Chromium\\n`, 1, '2 passed, 1 failed'],
  ['the units fail, so no browser test runs', closing('1 failed | 1 passed (2)'), 1, '1 passed, 1 failed'],
  [
    'a browser test prints closing lines of its own',
    closing('9 passed (9)') + browsers('7 failed', '8 passed (1.0s)') + browsers('2 passed (1.0s)'),
    0,
    '11 passed, 0 failed',
  ],
  [
    'a unit test prints closing lines of browser tests',
    `${browsers('7 failed', '8 passed (1.0s)')}${closing('9 passed (9)')}${browsers('2 passed (1.0s)')}`,
    0,
    '11 passed, 0 failed',
  ],
])('%s', (_, says, code, last) => {
  const status = code || (last.endsWith(' 0 failed') ? 0 : 1)
  expect(ci(says, code)).toEqual({ status, steps: both, last })
})

test('the install fails', () => {
  expect(ci('', 0, 7)).toEqual({ status: 7, steps: ['ran npm ci'], last: '0 passed, 1 failed' })
})
