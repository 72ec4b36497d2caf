import { DefinitionError, defineErrors, EscapementError } from '../../../../core/error.ts'
import { StorageError } from '../../../../core/ports/errors.ts'
import { StorageConflictError } from '../errors.ts'

/**
 * Another tab wrote the same `keys` at about the same time, and neither had seen the other: its values stay, those of
 * this tab are gone everywhere.
 */
export class OverwrittenError extends EscapementError {
  override name = 'OverwrittenError'
  declare readonly database: string
  declare readonly keys: readonly string[]
}

const list = (keys: readonly string[]) =>
  keys.length > 5 ? `${keys.slice(0, 5).join(', ')} and ${keys.length - 5} more` : keys.join(', ')

export const errors = /* @__PURE__ */ defineErrors({
  TABS_STORAGE: {
    why: () => 'crossTab() keeps tabs in step through IndexedDB, and the store was given another storage.',
    fix: 'Give openStore({ storage: indexedDbStorage(name), crossTab: crossTab() }).',
    as: DefinitionError,
  },
  TABS_TAKEN: {
    why: () => 'One crossTab() was given to two stores.',
    fix: 'Make one for each.',
    as: DefinitionError,
  },
  TABS_ALONE: {
    why: (p: { database: string; lacks: string }) =>
      `This browser has no ${p.lacks} here (an old one, or a page without https), so the tabs on "${p.database}" do not see each other.`,
    fix: 'Each runs on its own: one that is behind gets a StorageConflictError instead of overwriting what it has not seen.',
    as: StorageError,
  },
  TABS_OVERWRITTEN: {
    why: (p: { database: string; keys: readonly string[] }) =>
      `Another tab on "${p.database}" overwrote, without having seen it, what this tab wrote to ${list(p.keys)}.`,
    fix: 'Its values stay: it was the later one.',
    as: OverwrittenError,
  },
  TABS_OVERTAKEN: {
    why: (p: { database: string; keys: readonly string[] }) =>
      `Another tab took over the machines of "${p.database}" while this one did not answer. What this tab's machines did since was refused: ${list(p.keys)}.`,
    fix: 'This tab has what is stored, and follows from now on.',
    as: StorageConflictError,
  },
  TABS_APART: {
    why: (p: { database: string }) =>
      `Another tab stored in "${p.database}" what this one cannot read. This tab stays as it is, and stores nothing any more.`,
    fix: 'Most likely a newer version of the program runs there: reload this tab.',
    as: StorageConflictError,
  },
  TABS_REPLACED: {
    why: (p: { database: string; gone: number }) =>
      `The database "${p.database}" was deleted, and a tab that knew nothing of it made it anew: ${p.gone} entries that this tab had are gone.`,
    fix: 'Where no tab was opened between the deletion and the next write, all of it is written again.',
    as: StorageError,
  },
  TABS_UNANSWERED: {
    why: (p: { database: string; count: number }) =>
      `${p.count} mutations that this tab sent to the owner of "${p.database}" were not answered in an hour; they may have happened.`,
  },
  TABS_ARGS: {
    why: (p: { key: string }) => `The arguments of a mutation of "${p.key}" cannot be sent to the tab that owns it.`,
    fix: 'Plain data travels; functions and class instances do not.',
  },
})
