import type { ValidationError } from 'escapement'
import * as v from 'valibot'
import type { Editable } from './board.ts'
import { editable } from './flight.ts'
import { failureWords } from './refusal.ts'

/** What stands in the form: text, as it was typed. */
export type Typed = Readonly<Record<keyof Editable, string>>

/** What is wrong, by field; `all` is a rule across fields. */
export type Problems = Partial<Record<keyof Editable | 'all', string>>

export const fieldNames = Object.keys(editable) as (keyof Editable)[]

export const typed = ({ gate, delay, note }: Editable): Typed => ({ gate, delay: String(delay), note })

/** What the text means. An empty delay is none, and no number is not a number: the schema says so. */
export function meant({ gate, delay, note }: Typed): Editable {
  return { gate: gate.trim().toUpperCase(), delay: delay.trim() === '' ? 0 : Number(delay), note: note.trim() }
}

/** What the schemas of the model say of a field, before anything is written. */
export function problemOf<K extends keyof Editable>(field: K, value: Editable[K]): string | undefined {
  const result = v.safeParse(editable[field], value)
  return result.issues?.[0]?.message
}

/** What the store said when it refused, by field. Anything else that went wrong is nobody's in particular. */
export function problemsOf(error: unknown): Problems {
  if (!(error instanceof Error) || error.name !== 'ValidationError') return { all: failureWords(error) }
  const problems: Problems = {}
  for (const { path, message } of (error as ValidationError).issues) {
    const field = fieldNames.find((name) => name === path.at(-1)) ?? 'all'
    problems[field] ??= message
  }
  return problems
}
