import { open } from 'node:fs/promises'
import { type Fsm, FsmDefinitionError, loadFsm, type Problem } from '../core/fsm/index.ts'
import { errors } from './errors.ts'
import { type Output, safe } from './output.ts'

// More than loadFsm takes, so that it is what refuses; and no more, so that no file is read that it would not take.
const BYTES = 4_000_004

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file)
    try {
      const buffer = Buffer.alloc(BYTES)
      let length = 0
      for (let read = -1; read !== 0 && length < BYTES; length += read) {
        read = (await handle.read(buffer, length, BYTES - length)).bytesRead
      }
      return buffer.toString('utf8', 0, length)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a directory',
      EACCES: 'permission denied',
    }
    throw errors.CLI_FILE({ file, reason: reasons[code ?? ''] ?? String(code ?? cause) }, cause)
  }
}

/** `file:line:column message`, as editors and terminals make links of. */
export function located(file: string, { line = 1, column = 1, path, message }: Problem, kind = ''): string {
  const where = path.length > 0 ? `${path.join('.')}: ` : ''
  return `${safe(`${file}:${line}:${column} ${kind}${where}${message}`).replaceAll('\n', ' ')}\n`
}

/** Loads a definition; undefined when it has errors, which were written out. Variables come from the environment. */
export async function readDefinition(file: string, { out }: Output): Promise<Fsm | undefined> {
  const text = await readText(file)
  try {
    return loadFsm(text, { variables: process.env })
  } catch (error) {
    if (!(error instanceof FsmDefinitionError)) throw error
    for (const problem of error.problems) out(located(file, problem))
    return undefined
  }
}
