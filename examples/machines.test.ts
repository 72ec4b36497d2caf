import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = new URL('machines/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
const named = (ending: string) => readdirSync(folder).filter((name) => name.endsWith(ending))

/** All but what they share. */
const programs = named('.ts').filter((name) => name !== 'story.ts')

/** Runs a program as a user does, from the root of the package. Its own assertions end it with another code than 0. */
function run(program: string): Promise<{ code: unknown; errors: string; output: string }> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', `examples/machines/${program}`]
    execFile(process.execPath, command, { cwd: root }, (error, output, errors) => {
      resolve({ code: error ? (error.code ?? error.signal) : 0, errors, output })
    })
  })
}

describe('each program', () => {
  test.concurrent.each(programs)('%s tells what stands beside it', async (program) => {
    expect(await run(program)).toEqual({ code: 0, errors: '', output: read(program.replace('.ts', '.txt')) })
  })

  test.each(programs)('%s is short, says what it shows, and asserts it', (program) => {
    const text = read(program)
    const lines = text.split('\n')
    expect(lines.length).toBeLessThanOrEqual(91)
    expect(lines[0]).toBe('/**')
    expect(lines.indexOf(' */') - 1).toSatisfy((n: number) => n >= 3 && n <= 6)
    expect(text.match(/^\s*assert\b/gm)?.length).toBeGreaterThan(0)
  })
})

test('there are ten, and the table of the README has a line for each', () => {
  expect(programs).toHaveLength(10)
  expect(named('.txt')).toEqual(programs.map((name) => name.replace('.ts', '.txt')))
  const table = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const listed = [...table.matchAll(/^\| \[`.*?`\]\(machines\/(.*?)\) *\|/gm)].map(([, name]) => name!)
  expect(listed.sort()).toEqual(programs)
})
