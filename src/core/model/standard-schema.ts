import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Issue } from '../ports/host.ts'

export type { StandardSchemaV1 }

/** What a schema said: the value it makes of the input, or why not. */
export type Verdict = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly Issue[] }

/** Asks a Standard Schema. A write is synchronous, so an answer that is a promise counts as a refusal. */
export function ask(schema: StandardSchemaV1, input: unknown): Verdict {
  const answer = schema['~standard'].validate(input)
  if ('then' in answer) {
    // The verdict comes too late for anybody; its failure must not end the process.
    answer.then(undefined, () => {})
    return { issues: [{ path: [], message: 'its schema is asynchronous, and a write is not' }] }
  }
  if (answer.issues === undefined) return answer as { value: unknown }
  return {
    issues: answer.issues.map(({ path, message }) => ({
      path: (path ?? []).map((step) => (typeof step === 'object' ? step.key : step)),
      message,
    })),
  }
}
