import { DefinitionError, DuplicateIdError, defineErrors, EscapementError } from '../error.ts'
import { type Issue, said } from '../ports/host.ts'

/** A value that its schema, or the model's own `check`, refused. Nothing was changed. */
export class ValidationError extends EscapementError {
  override name = 'ValidationError'
  declare readonly model: string
  /** The refused field; the first one, when several were; undefined when it was the model's `check`. */
  declare readonly field: string | undefined
  /** What was to be written; a marker when the field is redacted. */
  declare readonly value: unknown
  /** Every reason, each with its path from the model down. */
  declare readonly issues: readonly Issue[]
}

/** A write to a row that was deleted. */
export class DeletedError extends EscapementError {
  override name = 'DeletedError'
}

/** The original changed since the draft was taken. */
export class ConflictError extends EscapementError {
  override name = 'ConflictError'
}

export const errors = /* @__PURE__ */ defineErrors({
  MODEL_DEFINITION: {
    as: DefinitionError,
    why: (p: { model: string; problems: readonly string[] }) => `Model "${p.model}": ${p.problems.join('; ')}.`,
  },
  MODEL_INVALID: {
    as: ValidationError,
    why: (p: { model: string; field: string | undefined; value: unknown; issues: readonly Issue[] }) =>
      `"${p.model}" refused ${said(p.issues)}.`,
    fix: 'Nothing was changed.',
  },
  RULE_WRITES: {
    why: (p: { model: string }) => `A check or index function of "${p.model}" tried to write.`,
    fix: 'They may only read.',
  },
  ROW_DELETED: {
    as: DeletedError,
    why: (p: { model: string; id: string }) => `Row "${p.id}" of "${p.model}" was deleted.`,
    fix: 'Add it again.',
  },
  ROW_DUPLICATE: {
    as: DuplicateIdError,
    why: (p: { model: string; id: string }) => `"${p.model}" has a row "${p.id}".`,
    fix: 'Use put() to replace it.',
  },
  INDEX_UNKNOWN: {
    as: DefinitionError,
    why: (p: { model: string; index: string }) => `"${p.model}" has no index "${p.index}".`,
    fix: 'Declare it in collection().',
  },
  DRAFT_CONFLICT: {
    as: ConflictError,
    why: (p: { model: string; revision: number; base: number }) =>
      `"${p.model}" is at revision ${p.revision}, this draft at ${p.base}.`,
    fix: 'Call rebase(), or commit({ force: true }).',
  },
  FIELD_AWAY: {
    why: (p: { model: string; field: string }) => `Field "${p.field}" of "${p.model}" is redacted, and not here.`,
    fix: 'Work out what needs it where the store is, and keep the outcome in a field of its own.',
  },
  DRAFT_DEAD: {
    why: (p: { model: string }) => `The lock of this draft of "${p.model}" has ended.`,
    fix: 'Take a new one.',
  },
})
