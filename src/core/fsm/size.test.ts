import { expect, test } from 'vitest'
import { bundle } from '../../../test/bundle.ts'

test('a program with validation, process, guards and actions is at most 6 kB, without YAML, signals or store', async () => {
  const program = "export { createExecutor, createGuards, defineFsm, equals } from 'escapement/fsm'"
  const { gzip, files, code } = await bundle(program, 'src', [])
  expect(gzip).toBeLessThanOrEqual(6 * 1024)
  const strays = files.filter((file) =>
    /\/yaml\/|signals-core|src\/core\/(store|model|machine|fsm\/store)\//.test(file),
  )
  expect(strays).toEqual([])
  expect(code).not.toContain('yaml')
})

test('importing everything pulls no signals and no store', async () => {
  const { files } = await bundle("export * from 'escapement/fsm'", 'src', ['yaml'])
  expect(files.filter((file) => /signals-core|src\/core\/(store|model|machine|fsm\/store)\//.test(file))).toEqual([])
  expect(files).toContain('src/core/fsm/load.ts')
})
