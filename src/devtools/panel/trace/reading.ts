import { ACCEPTED, AUTO, HANDLED, MUTATION_TYPES, type MutationType, type Reason } from '../../protocol/frames.ts'
import type { Preview } from '../../protocol/preview.ts'
import type { HandlerRecord, MachineTrace } from './machine-trace.ts'
import { QUEUED, TX } from './rows.ts'
import type { QueuedExtra, Trace, TxExtra } from './trace.ts'

/** What a transition did to one state. */
export interface Move {
  readonly state: number
  /** `again`: an active multi state entered again. `back`: it entered, or left, and was put back after a throw. */
  readonly what: 'enter' | 'exit' | 'again' | 'back' | 'unknown'
  readonly ticks: number
}

/** One row of a machine, decoded: a transition, or a mutation that never became one. */
export interface Reading {
  readonly row: number
  readonly machine: MachineTrace
  readonly isTx: boolean
  /** Of a dropped mutation: that of the transition before it. */
  readonly seq: number
  readonly time: number
  readonly type: MutationType
  readonly called: readonly number[]
  readonly accepted: boolean
  readonly auto: boolean
  readonly handled: boolean
  readonly deltas: readonly number[]
  readonly moves: readonly Move[]
  readonly targets: readonly number[] | undefined
  /** Ticks before and after; undefined where they are not known. */
  readonly before: readonly number[] | undefined
  readonly after: readonly number[] | undefined
  readonly us: number | undefined
  readonly reason: Reason | undefined
  /** Of a dropped mutation. */
  readonly why: string | undefined
  readonly args: Preview | undefined
  /** The row that caused it, when it is here. */
  readonly source:
    | { readonly machine: MachineTrace; readonly seq: number; readonly row: number | undefined }
    | undefined
  readonly handlers: readonly HandlerRecord[]
  readonly consequences: readonly number[]
}

/** Decodes a transition or a dropped mutation; `undefined` for other rows. */
export function read(trace: Trace, row: number): Reading | undefined {
  const { rows } = trace
  const kind = rows.kind[row]
  if (kind !== TX && kind !== QUEUED) return undefined
  const machine = trace.machines[rows.owner[row]!]!
  const isTx = kind === TX
  const place = isTx ? machine.placeOf(row) : -1
  const before = isTx ? machine.ticksAfter(place - 1) : undefined
  const deltas = rows.lists.get(rows.deltas[row]!)
  const flags = rows.flags[row]!
  const extra = rows.detailOf<TxExtra & Partial<QueuedExtra>>(row)
  const seq = isTx ? rows.seq[row]! : rows.until[row]!
  const targets = rows.targets[row]!
  const us = rows.us[row]!
  const source = rows.sourceOwner[row]!
  const cause = source ? trace.machines[source - 1] : undefined
  return {
    row,
    machine,
    isTx,
    seq,
    time: rows.time[row]!,
    type: MUTATION_TYPES[rows.type[row]!]!,
    called: rows.lists.get(rows.called[row]!),
    accepted: isTx && (flags & ACCEPTED) !== 0,
    auto: (flags & AUTO) !== 0,
    handled: (flags & HANDLED) !== 0,
    deltas,
    moves: movesOf(deltas, rows.undone[row]!, before),
    targets: targets ? rows.lists.get(targets) : undefined,
    before,
    after: isTx ? machine.ticksAfter(place) : undefined,
    us: Number.isNaN(us) ? undefined : us,
    reason: extra?.reason,
    why: extra?.why,
    args: extra?.args,
    source: cause && {
      machine: cause,
      seq: rows.sourceSeq[row]!,
      row: cause.bySeq.get(rows.sourceSeq[row]!),
    },
    handlers: isTx ? (machine.handlers.get(seq) ?? []) : [],
    consequences: isTx ? (machine.caused.get(seq) ?? []) : [],
  }
}

/** What deltas mean, given the clock before. Pairs at the end, `undone` of them, were put back. */
export function movesOf(
  deltas: readonly number[],
  undone: number,
  before: readonly number[] | undefined,
): readonly Move[] {
  const ticks = new Map<number, number>()
  const back = new Set<number>()
  for (let i = 0; i < deltas.length; i += 2) {
    ticks.set(deltas[i]!, (ticks.get(deltas[i]!) ?? 0) + deltas[i + 1]!)
    if (i >= deltas.length - 2 * undone) back.add(deltas[i]!)
  }
  return [...ticks].map(([state, n]) => ({ state, ticks: n, what: meaning(before?.[state], n, back.has(state)) }))
}

function meaning(before: number | undefined, ticks: number, back: boolean): Move['what'] {
  if (before === undefined) return 'unknown'
  const was = before % 2 === 1
  const is = (before + ticks) % 2 === 1
  if (back) return 'back'
  if (was !== is) return is ? 'enter' : 'exit'
  return was ? 'again' : 'back'
}
