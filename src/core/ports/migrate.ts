import { DefinitionError, defineErrors } from '../error.ts'
import { EntryRefused, type Stored } from './host.ts'

const errors = /* @__PURE__ */ defineErrors({
  MIGRATION_MISSING: {
    as: DefinitionError,
    why: (p: { name: string; from: number; to: number }) =>
      `"${p.name}" has stored data of version ${p.from}, and no step to version ${p.to}.`,
    fix: 'Add it to `migrate`.',
  },
})

/** A step from one version of stored data to the next. */
export type Step = (old: Record<string, unknown>) => Record<string, unknown>

/** The data of a stored entry, brought to `version` step by step. Throws `EntryRefused` for what is newer, or no entry at all. */
export function migrate(name: string, version: number, steps: Record<number, Step>, stored: Stored): unknown {
  if (typeof stored !== 'object' || stored === null || !Number.isInteger(stored.v) || stored.v < 1) {
    throw new EntryRefused([{ path: [], message: 'is not an entry of a store' }])
  }
  if (stored.v > version) {
    const message = `is of version ${stored.v}, newer than this program's ${version}`
    throw new EntryRefused([{ path: [], message }], true)
  }
  let data = stored.d
  for (let at = stored.v; at < version; at++) {
    const step = steps[at]
    if (step === undefined) throw errors.MIGRATION_MISSING({ name, from: at, to: at + 1 })
    try {
      data = step(data as Record<string, unknown>)
    } catch (error) {
      throw new EntryRefused([{ path: [], message: `its migration from version ${at} threw: ${error}` }])
    }
  }
  return data
}
