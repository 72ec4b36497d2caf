import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FsmDefinitionError, loadFsm } from './index.ts'

const folder = join(import.meta.dirname, 'fixtures')
const files = readdirSync(folder).filter((file) => file.endsWith('.definition'))
// What an attacker who has the environment would try.
const variables = { INJECT: 'x, type: initial }\n  - { name: y' }

/** Every message, one a line, as `line:column path: message`. */
function messages(text: string): string {
  try {
    loadFsm(text, { variables })
    return 'no error'
  } catch (error) {
    if (!(error instanceof FsmDefinitionError)) throw error
    return error.problems
      .map(({ line, column, path, message, kind }) => `${line}:${column} [${kind}] ${path.join('.')}: ${message}\n`)
      .join('')
  }
}

describe('broken definitions', () => {
  test('are forty at least', () => expect(files.length).toBeGreaterThanOrEqual(40))
  // Written by hand or read over line by line: never update them unread.
  test.each(files)('%s', async (file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    await expect(messages(text)).toMatchFileSnapshot(join(folder, file.replace('.definition', '.expected')))
  })
  test('nothing was polluted', () => expect(({} as { polluted?: boolean }).polluted).toBeUndefined())
})
