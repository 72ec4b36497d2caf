import { REDACTED } from '../ports/redacted.ts'
import type { Core } from './machine.ts'
import type { Transition } from './transition.ts'
import type { AnyDefinition, CancelReason, StateOptions } from './types.ts'

/** A transition in a commit record: plain, frozen, and without what the definition redacts. */
export interface TransitionSummary {
  /** The machine's storage key. */
  readonly key: string
  readonly id: number
  readonly type: string
  readonly called: readonly string[]
  readonly args: unknown
  readonly auto: boolean
  readonly accepted: boolean
  readonly reason: CancelReason | undefined
  readonly enters: readonly string[]
  readonly exits: readonly string[]
  /** The clock after it, in definition order. */
  readonly time: readonly number[]
}

/** What a commit record says of a transition. */
export function summary(key: string, core: Core, transition: Transition): TransitionSummary {
  const { id, type, called, auto, accepted, reason, enters, exits, timeAfter: time, args } = transition
  const shown = redactArgs(core.compiled.definition, called, args)
  return Object.freeze({
    key,
    id,
    type,
    called,
    args: shown,
    auto,
    accepted: accepted === true,
    reason,
    enters,
    exits,
    time,
  })
}

/** Arguments without what the called states' `redact` hides. */
function redactArgs({ states }: AnyDefinition, called: readonly string[], args: unknown): unknown {
  let shown = args
  for (const state of called) {
    const { redact } = (states as Record<string, StateOptions>)[state] ?? {}
    if (redact === undefined || typeof shown !== 'object' || shown === null) continue
    if (redact === true) return REDACTED
    const hidden = redact.filter((name) => name in (shown as object))
    shown = { ...shown, ...Object.fromEntries(hidden.map((name) => [name, REDACTED])) }
  }
  return shown
}
