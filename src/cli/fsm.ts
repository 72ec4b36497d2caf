import { parseArgs } from 'node:util'
import { toDot, toMermaid, warningsOf } from '../core/fsm/index.ts'
import { errors } from './errors.ts'
import { type Output, safe } from './output.ts'
import { located, readDefinition } from './read-definition.ts'
import { simulate } from './simulate.ts'

export const FSM_HELP = `  escapement fsm check FILE
      Says what is wrong with a definition (YAML or JSON), as file:line:column message, with exit code 1; or a summary.
  escapement fsm graph FILE [--format mermaid|dot]
      Prints a diagram. Default: mermaid.
  escapement fsm simulate FILE --events EVENTS.jsonl
      Runs recorded events, one JSON object a line, and prints the path of each entity:
      {"entity": "order-1", "trigger": "fill", "payload": {…}, "context": {…}, "time": 1700000000000}
      A guard passes when the context, with the payload over it, holds something true under the guard's name. Where
      events have a time (milliseconds, or a date as text), timeouts fire between them.
`

/** Variables of definitions (\`\${NAME}\`) are filled from the environment. */
export async function fsm(args: string[], output: Output): Promise<number> {
  const { values, positionals } = parse(args)
  const [verb, file, ...more] = positionals
  if (values.help) {
    output.out(FSM_HELP)
    return 0
  }
  if (verb === undefined || !Object.hasOwn(verbs, verb)) {
    throw errors.CLI_USAGE({ problem: verb ? `There is no "fsm ${verb}".` : 'fsm needs check, graph or simulate.' })
  }
  if (file === undefined || more.length > 0) throw errors.CLI_USAGE({ problem: `fsm ${verb} needs one file.` })
  return (verbs[verb] as Verb)(file, values, output)
}

interface Values {
  help?: boolean
  format?: string
  events?: string
}
type Verb = (file: string, values: Values, output: Output) => Promise<number>

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        format: { type: 'string' },
        events: { type: 'string' },
      },
    })
  } catch (cause) {
    throw errors.CLI_USAGE({ problem: (cause as Error).message }, cause)
  }
}

const verbs: Record<string, Verb> = {
  async check(file, _, output) {
    const machine = await readDefinition(file, output)
    if (!machine) return 1
    for (const warning of warningsOf(machine)) output.out(located(file, warning, 'warning: '))
    const { name, version, stateNames, transitions, initialState, terminalStates, strict } = machine
    const counts = `${stateNames.length} states, ${transitions.length} transitions, ${machine.triggerNames.length} triggers`
    const ends = terminalStates.join(', ') || 'nowhere'
    output.out(
      safe(
        `${name}${version ? ` ${version}` : ''}: ${counts}, from ${initialState} to ${ends}, ${strict ? 'strict' : 'lenient'}\n`,
      ),
    )
    return 0
  },
  async graph(file, { format = 'mermaid' }, output) {
    const draw = { mermaid: toMermaid, dot: toDot }[format]
    if (!draw) throw errors.CLI_USAGE({ problem: `There is no format "${format}": mermaid or dot.` })
    const machine = await readDefinition(file, output)
    if (!machine) return 1
    output.out(draw(machine))
    return 0
  },
  async simulate(file, { events }, output) {
    if (events === undefined) throw errors.CLI_USAGE({ problem: 'fsm simulate needs --events FILE.' })
    const machine = await readDefinition(file, output)
    if (!machine) return 1
    await simulate(machine, events, output)
    return 0
  },
}
