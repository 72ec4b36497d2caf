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

describe('what users get', () => {
  test.each(sizes)('$name costs no more than its ceiling', async ({ program, external, ceiling }) => {
    expect((await bundle(program, 'dist', external)).gzip).toBeLessThanOrEqual(ceiling)
  })
  test.each(sizes)('$name costs what README says', async ({ name, program, external }) => {
    expect(promised(name, page)).toEqual([kilobytes((await bundle(program, 'dist', external)).gzip)])
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
