import type { Schema } from '../relations/schema.ts'
import type { MachineTrace } from '../trace/machine-trace.ts'
import { COMMIT, GAP } from '../trace/rows.ts'
import type { GapDetail, Trace } from '../trace/trace.ts'
import type { Scope } from './address.ts'

/** Words that must all occur, in names. */
export interface Filter {
  readonly words: readonly string[]
  machine(machine: MachineTrace): boolean
  row(trace: Trace, row: number): boolean
}

/** Filters by names of machines, definitions and states: every word must occur in one of them, whatever its case. */
export function filterOf(text: string): Filter {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  // Which states of a definition a word is in: asked for every row.
  const known = new Map<Schema, readonly boolean[][]>()
  const statesWith = (schema: Schema) => {
    let found = known.get(schema)
    if (!found) {
      found = words.map((word) => schema.names.map((name) => name.toLowerCase().includes(word)))
      known.set(schema, found)
    }
    return found
  }
  const isNamed = ({ label, info, run }: MachineTrace, word: string) =>
    [label, info?.name, run.target.label].some((name) => name?.toLowerCase().includes(word))
  return {
    words,
    machine: (machine) =>
      words.every(
        (word, w) => isNamed(machine, word) || !!(machine.schema && statesWith(machine.schema)[w]!.includes(true)),
      ),
    row: (trace, row) => {
      if (!words.length) return true
      const machine = trace.machineOf(row)
      if (!machine) return false
      const { lists, called, deltas } = trace.rows
      const states = machine.schema && statesWith(machine.schema)
      return words.every((word, w) => {
        const hit = states?.[w]
        if (hit && lists.get(called[row]!).some((s) => hit[s])) return true
        if (hit && lists.get(deltas[row]!).some((s, i) => i % 2 === 0 && hit[s])) return true
        return isNamed(machine, word)
      })
    },
  }
}

/**
 * Which rows the log lists. Commits are not among them: Models shows those. Gaps of many machines that one drop made
 * are shown as the first of them.
 */
export function logRows(
  trace: Trace,
  scope: Scope,
  target: string | undefined,
  machine: MachineTrace | undefined,
  filter: Filter,
): (row: number) => boolean {
  const shown = new Map<number, number>()
  return (row) => {
    if (trace.rows.kind[row] === COMMIT || trace.isStoreGap(row)) return false
    const owner = trace.machineOf(row)!
    if (scope === 'machine' ? owner !== machine : scope === 'target' && owner.run.target.id !== target) return false
    if (!filter.row(trace, row)) return false
    if (trace.rows.kind[row] !== GAP || scope === 'machine') return true
    const { drop } = trace.rows.detailOf<GapDetail>(row)!
    const first = shown.get(drop)
    if (first === undefined || trace.rows.kind[first] !== GAP) shown.set(drop, row)
    return shown.get(drop) === row
  }
}
