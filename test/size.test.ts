import { describe, expect, test } from 'vitest'
import { bundle } from './bundle.ts'
import { SIGNALS, type SizeRow, sizes } from './sizes.ts'

/** What is wrong with the bundle of one row; empty when nothing is. */
async function complaints({ name, program, ceiling, external, without = [] }: SizeRow): Promise<string[]> {
  const { gzip, files } = await bundle(program, 'src', external)
  const strays = files.filter((file) => without.some((folder) => file.startsWith(folder)))
  console.log(`${name}: ${gzip} of ${ceiling} bytes (minified, gzip)`)
  return [
    ...(gzip > ceiling ? [`${name} is ${gzip} bytes, ${gzip - ceiling} too many`] : []),
    ...strays.map((file) => `${name} holds ${file}`),
  ]
}

describe('an import costs no more than its ceiling, and brings nothing it does not use', () => {
  test.each(sizes)('$name', async (row) => {
    expect(await complaints(row)).toEqual([])
  })
})

test('a ceiling can be broken, and a file can be where it must not be', async () => {
  const row = { name: 'errors', program: "export { EscapementError } from 'escapement'", external: [] }
  expect(await complaints({ ...row, ceiling: 10, without: ['src/core/error'] })).toEqual([
    expect.stringMatching(/^errors is \d+ bytes, \d+ too many$/),
    'errors holds src/core/error.ts',
  ])
})

test('a package that is imported at once is seen', async () => {
  const row = {
    name: 'models',
    program: "export { defineModel } from 'escapement'",
    ceiling: 1 << 20,
    external: [SIGNALS],
  }
  expect(await complaints({ ...row, without: [SIGNALS] })).toEqual([`models holds ${SIGNALS}`])
})

test('an entry that is not published is an error', async () => {
  await expect(bundle("export * from 'escapement/nowhere'", 'src', [])).rejects.toThrow('does not export')
})
