import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EscapementError } from '../core/error.ts'
import { errors } from './errors.ts'
import { FSM_HELP, fsm } from './fsm.ts'
import type { Output } from './output.ts'

const HELP = `escapement: tools for the package of that name

${FSM_HELP}
  escapement --help       shows this
  escapement --version    shows the version of the package
`

/** Commands by their first word. Each answers the exit code. */
const commands: Record<string, (args: string[], output: Output) => Promise<number>> = { fsm }

/**
 * Runs the command line. Answers the exit code: 0 done, 1 the input has errors, 2 the call was wrong.
 * @param args What stands after `escapement`.
 */
export async function main(args: readonly string[], output: Output): Promise<number> {
  const [name = '--help', ...rest] = args
  if (name === '--help' || name === '-h') {
    output.out(HELP)
    return args.length === 0 ? 2 : 0
  }
  try {
    if (name === '--version') {
      output.out(`${version()}\n`)
      return 0
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!command) throw errors.CLI_USAGE({ problem: `There is no command "${name}".` })
    return await command(rest, output)
  } catch (error) {
    if (!(error instanceof EscapementError)) throw error
    output.err(`${error.message}\n`)
    return error.code === 'CLI_USAGE' ? 2 : 1
  }
}

function version(): string {
  const file = join(import.meta.dirname, '../../package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
