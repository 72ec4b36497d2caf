/** What a contestant does in one scenario. Steps are numbered, so that everyone does the same ones. */
export interface Trial {
  /** Does the steps `from` (included) to `to` (not included). A number is what they took, in ms, if it measures that itself. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most trials return nothing
  run(from: number, to: number): void | number | Promise<void | number>
  /** What the steps came to; held against the scenario's `expected`. */
  outcome(): unknown
  /** Bytes sent per step, for scenarios that measure them. */
  sent?(): number
  /** What of `expected` this contestant has no notion of: not compared, but said in the table. */
  readonly lacks?: readonly string[]
  close?(): void | Promise<void>
}

/** Makes a trial, in a process of its own. Throws `Skip` where it cannot run here. */
export type Contestant = () => Trial | Promise<Trial>

/** A wish, not a test: the table says whether it was met. Ratios say how many times cheaper we are. */
export type Aim =
  | { readonly beside: string; readonly atLeast: number }
  /** In the scenario's unit. */
  | { readonly atMost: number }

export interface Scenario {
  readonly name: string
  /** One step of it, in words. */
  readonly what: string
  /** `time` per step; `bytes` held per step after a garbage collection; bytes `sent` per step. */
  readonly measures: 'time' | 'bytes' | 'sent'
  /** It waits for a disk: the median of its samples counts, not the best. */
  readonly disk?: boolean
  /** Every step is a process of its own: no warm-up. */
  readonly fresh?: boolean
  /** How many steps are verified, and in `bytes` scenarios how many are held. Default 25. */
  readonly steps?: number
  /** What one step counts for, when it is more than one thing. Default 1. */
  readonly per?: number
  /** What `steps` steps must come to. */
  expected(steps: number): unknown
  /** By label; the first one is ours. Loaded one by one, so that a process holds its own packages only. */
  readonly contestants: Readonly<Record<string, () => Promise<Contestant>>>
  readonly aims: readonly Aim[]
}

/** The contestant cannot run on this machine: said in the table, and no failure. */
export class Skip extends Error {}
