import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Compiled } from './automaton.ts'
import { type ArgsIssue, errors } from './errors.ts'
import type { StateOptions } from './types.ts'

/**
 * What the schemas of the called states make of `args`, by state; `undefined` when none has one.
 *
 * @throws ArgsError naming the state and the path of each issue.
 */
export function checkArgs(
  compiled: Compiled,
  called: readonly number[],
  args: unknown,
): ReadonlyMap<number, unknown> | undefined {
  let outputs: Map<number, unknown> | undefined
  for (const state of called) {
    const options = compiled.states[state]!
    const schema = options.args
    if (!schema) continue
    const result = schema['~standard'].validate(args)
    const fail = (issues: ArgsIssue[]) =>
      errors.STATE_ARGS({ machine: compiled.machine, state: compiled.names[state]!, issues })
    if ('then' in result) throw fail([{ path: '', message: 'the schema is asynchronous' }])
    if (result.issues) throw fail(result.issues.map((issue) => explain(issue, options)))
    let { value } = result
    // A restated Exception may not know of `error`, and its schema may strip it.
    if (state === compiled.exception) value = { ...(value as object), error: (args as { error?: unknown })?.error }
    outputs ??= new Map()
    outputs.set(state, value)
  }
  return outputs
}

function explain({ message, path = [] }: StandardSchemaV1.Issue, { redact }: StateOptions): ArgsIssue {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  // Schemas quote the value in their messages.
  const secret = redact === true || (redact && (!keys.length || redact.includes(keys[0]!)))
  return { path: keys.join('.'), message: secret ? 'rejected (redacted)' : message }
}
