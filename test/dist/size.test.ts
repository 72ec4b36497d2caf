import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundle } from '../bundle.ts'
import { root } from '../imports.ts'
import { sizes } from '../sizes.ts'

const page = readFileSync(join(root, 'README.md'), 'utf8')

/** As README writes it: `7.6 kB`, a kB being 1,024 bytes. */
const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} kB`

/** What README's tables say an import of this name costs. */
function promised(name: string, markdown: string): string[] {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|') && line.includes(`| ${name} |`))
  return rows.flatMap((row) => row.match(/[\d.]+ kB/g) ?? [])
}

describe('what users get costs what README says, and no more than its ceiling', () => {
  test.each(sizes)('$name', async ({ name, program, external, ceiling }) => {
    const { gzip } = await bundle(program, 'dist', external)
    expect(gzip).toBeLessThanOrEqual(ceiling)
    expect(promised(name, page)).toEqual([kilobytes(gzip)])
  })
  test('README has no size that nobody measured', () => {
    const numbers = page.match(/^\|.*[\d.]+ kB/gm) ?? []
    expect(numbers.length).toBe(sizes.flatMap(({ name }) => promised(name, page)).length)
  })
})

test('the tables of a page are read', () => {
  const table = '| import | size |\n|---|---|\n| models | **7.6 kB** |\n| models and more | 9 kB |\n'
  expect(promised('models', table)).toEqual(['7.6 kB'])
  expect(promised('machines', table)).toEqual([])
  expect(kilobytes(7801)).toBe('7.6 kB')
})
