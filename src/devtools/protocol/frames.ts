import type { Target } from './identity.ts'
import type { Preview } from './preview.ts'

/**
 * The frames. On the wire each is one line of JSON; a message is one or more lines (`line`, `lines`, `readLines`), and a recording is
 * the same lines in a file. Control frames carry `v`, the protocol's version; all frames carry `k`, their kind.
 *
 * Numbers: `m` names a machine and `s` a store within a run, from 1, never reused. `seq` is `transition.id` for
 * machines and the commit's number for stores. Times are whole microseconds since `here.origin`, unless said otherwise.
 *
 *     panel                                   agent
 *       who ───────────── escapement ─────────►
 *       ◄──────────────────────────────── here
 *       attach ───────────────────────────────►
 *       ◄──────────────────────────── attached   (or deny)
 *       ═══════════ escapement/<session> ══════
 *       credit ───────────────────────────────►
 *       ◄── schema, store, machine, clock, then rows: tx, handlers, queue, model; drop and clock; gone
 *       value, pending, why, mutate (by q) ───►
 *       ◄─────────────── the same kind, or deny
 *       bye ──────────────────────────────────►
 */
export type Frame = ToAgent | ToPanel

/** What panels send. */
export type ToAgent = Who | Attach | PanelBye | Credit | Record | AskValue | AskPending | AskWhy | Mutate | Reserved

/** What agents send. */
export type ToPanel =
  | Here
  | Attached
  | Deny
  | AgentBye
  | SchemaFrame
  | StoreFrame
  | MachineFrame
  | Gone
  | Clock
  | Tx
  | Handlers
  | Queue
  | Model
  | Drop
  | Record
  | Value
  | Pending
  | Answer

// --- Finding each other (control channel, or a port)

/** Who is there? Asked when a panel opens and about once a second: the answers are the targets' pulse. */
export interface Who {
  readonly k: 'who'
  readonly v: number
  /** The asker's own time, any clock: comes back in `here`, for the offset of clocks. */
  readonly at: number
  /** Set by an agent that looks for another one with its `id`: a duplicated tab. */
  readonly run?: string
  readonly id?: string
}

/** An agent's answer to `who`, and its greeting when it starts. */
export interface Here {
  readonly k: 'here'
  readonly v: number
  readonly target: Target
  /** `who.at`, when it answers one. */
  readonly at?: number
  /** Epoch milliseconds at this run's time 0. */
  readonly origin: number
  /** This run's time now. */
  readonly time: number
  /** The smallest step of the clock, in µs: a duration below it is "< step", not 0. */
  readonly step: number
  /** Machines alive, rows recorded, errors reported so far. */
  readonly machines: number
  readonly rows: number
  readonly errors: number
  /** Is it recording, or paused? */
  readonly recording: boolean
  /** Takes `mutate` and `why`. */
  readonly commands: boolean
}

/** A panel wants the data of one run. */
export interface Attach {
  readonly k: 'attach'
  readonly v: number
  readonly run: string
  /** Random; names the session's channel. Over a port the data comes through the port. */
  readonly session: string
}

/** Data will come on `escapement/<session>` (or the port). */
export interface Attached {
  readonly k: 'attached'
  readonly v: number
  readonly run: string
  readonly session: string
}

/** A session, or a request (`q`), was refused. */
export interface Deny {
  readonly k: 'deny'
  readonly v: number
  readonly run: string
  readonly session: string
  readonly q?: number
  readonly reason: DenyReason
}

/** `unsupported`: not built; `forbidden`: commands are off; `unknown`: no such machine, state, store or path; `invalid`: the arguments were refused. */
export type DenyReason = 'unsupported' | 'forbidden' | 'unknown' | 'invalid' | 'version'

/** A panel leaves a session. */
export interface PanelBye {
  readonly k: 'bye'
  readonly v: number
  readonly session: string
}

/** A run ends. */
export interface AgentBye {
  readonly k: 'bye'
  readonly v: number
  readonly run: string
}

// --- What there is

/** A machine definition, once per content; machines name it by `hash`. */
export interface SchemaFrame {
  readonly k: 'schema'
  readonly hash: string
  readonly name: string
  readonly version: number
  /** In definition order: the numbers of states everywhere are places in this list. `Exception` is last. */
  readonly states: readonly SchemaState[]
  readonly groups: readonly (readonly [name: string, members: readonly string[]])[]
}

/** One state. Relations are lists of names; what is absent is empty or false. */
export interface SchemaState {
  readonly name: string
  readonly auto?: true
  readonly multi?: true
  readonly require?: readonly string[]
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  readonly after?: readonly string[]
  readonly timeout?: { readonly ms: number; readonly type: MutationType; readonly states: readonly string[] }
  /** It has a schema for arguments. */
  readonly args?: true
  readonly redact?: true | readonly string[]
  readonly description?: string
  readonly tags?: readonly string[]
}

/** Stores and what they hold. Comes again, with the same `s`, when a store loaded more. */
export interface StoreFrame {
  readonly k: 'store'
  readonly list: readonly StoreInfo[]
}

export interface StoreInfo {
  readonly s: number
  readonly name: string
  readonly holds: readonly Held[]
}

/** One definition in a store. */
export interface Held {
  /** `model/<name>` or `machine/<name>`; rows of collections add `/<id>`. */
  readonly key: string
  readonly kind: 'model' | 'machine'
  /** A collection. */
  readonly many: boolean
  /** A model's fields, then its computed values. Empty for machines. */
  readonly fields: readonly string[]
  readonly computed: readonly string[]
  /** Fields whose values are never shown. */
  readonly redact: readonly string[]
}

/** Machines, many in one frame. */
export interface MachineFrame {
  readonly k: 'machine'
  readonly list: readonly MachineInfo[]
}

export interface MachineInfo {
  readonly m: number
  /** Its definition's `schema.hash`. */
  readonly hash: string
  /** The definition's name. */
  readonly name: string
  /** Its id where it was given one, else `<definition>#<n>`. Unique within a run; addresses use it. */
  readonly label: string
  /** When it was made. */
  readonly time: number
  readonly parent?: number
  readonly tags?: readonly string[]
  /** The store it lives in, and its key there. */
  readonly s?: number
  readonly key?: string
  /** It mirrors a machine elsewhere, which owns the clock. */
  readonly mirror?: true
}

/** Machines that were disposed, or that nobody held any more. */
export interface Gone {
  readonly k: 'gone'
  readonly list: readonly (readonly [m: number, seq: number, time: number])[]
}

// --- Clocks and rows

/** All ticks of machines after their row `seq` (0: at birth). Forward computation starts here. */
export interface Clock {
  readonly k: 'clock'
  readonly list: readonly ClockRow[]
}

/**
 * `why`: `start` follows `attached`; `drop` follows a `drop`; `check` comes after every 1,024th row of a machine and
 * must equal what was computed; `set` is a clock that moved without a transition (import, hydration, a mirror).
 */
export type ClockRow = readonly [
  m: number,
  seq: number,
  ticks: readonly number[],
  why: ClockReason,
  queueTick: number,
  machineTick: number,
]
export type ClockReason = 'start' | 'drop' | 'check' | 'set'

/** Transitions, oldest first; per machine without a gap in `seq`, unless a `drop` says so. */
export interface Tx {
  readonly k: 'tx'
  readonly rows: readonly TxRow[]
}

/**
 * One transition. The first seven are always there, `detail` only where there is something to say.
 *
 * `deltas`: state number, ticks added, state number, ticks, …; what was put back after a throw stands at the end.
 * A refused transition has none.
 */
export type TxRow = readonly [
  m: number,
  seq: number,
  time: number,
  type: MutationNumber,
  flags: number,
  called: readonly number[],
  deltas: readonly number[],
  detail?: TxDetail,
]

export type MutationType = 'add' | 'remove' | 'set'
/** A place in `MUTATION_TYPES`. */
export type MutationNumber = 0 | 1 | 2
export const MUTATION_TYPES: readonly MutationType[] = /* @__PURE__ */ Object.freeze(['add', 'remove', 'set'] as const)

/** Flag: it happened. Without it: refused, `detail.reason` says why. */
export const ACCEPTED = 1
/** Flag: the machine's own auto mutation. */
export const AUTO = 2
/** Flag: handlers or tracers looked on, so handlers may have had a say, and `detail.targets` is there. */
export const HANDLED = 4

export interface TxDetail {
  /** The transition whose handler called it: machine and `seq`, of this run. */
  readonly source?: readonly [m: number, seq: number]
  readonly reason?: Reason
  readonly args?: Preview
  /** Active afterwards by relations, in handler order. Without it the resolver says the same. */
  readonly targets?: readonly number[]
  /** How many pairs at the end of `deltas` are states put back after a final handler threw. */
  readonly undone?: number
  /** µs from start to end, all synchronous handlers included. Only measured while a panel is attached. */
  readonly us?: number
}

/** Why it was refused: core's `CancelReason`. */
export type Reason =
  | {
      readonly kind: 'relation'
      readonly state: string
      readonly relation: 'require' | 'remove'
      readonly by: readonly string[]
    }
  | { readonly kind: 'handler'; readonly state: string; readonly handler: string }
  | { readonly kind: 'queue-full' | 'disposed' | 'error' | 'aborted' | 'check' }

/** Handlers that ended. A synchronous one's row follows its transition's; an async one's comes when it settles. */
export interface Handlers {
  readonly k: 'handlers'
  readonly rows: readonly HandlerRow[]
}

/** `n` counts the handler rows of a machine, from 1: (run, m, n) is the row. `seq` is the transition's. `us` is null where no panel was attached when it began. */
export type HandlerRow = readonly [
  m: number,
  n: number,
  seq: number,
  time: number,
  state: string,
  handler: string,
  status: HandlerStatus,
  us: number | null,
  error?: Preview,
]
export type HandlerStatus = 'done' | 'refused' | 'failed' | 'settled' | 'rejected'

/** Mutations that never became a transition. */
export interface Queue {
  readonly k: 'queue'
  readonly rows: readonly QueueRow[]
}

/** `n` counts them per machine, from 1; `after` is the machine's last `seq` at that time. */
export type QueueRow = readonly [
  m: number,
  n: number,
  after: number,
  time: number,
  type: MutationNumber,
  called: readonly number[],
  why: DropReason,
  detail?: Pick<TxDetail, 'source' | 'args'>,
]
export type DropReason = 'duplicate' | 'nothing-to-do' | 'queue-full' | 'args' | 'disposed' | 'aborted'

/** Commits of stores: what each changed in models. */
export interface Model {
  readonly k: 'model'
  readonly rows: readonly ModelRow[]
}

export type ModelRow = readonly [
  s: number,
  seq: number,
  time: number,
  origin: string,
  changes: readonly ModelChange[],
  /** Changes beyond the hundredth, which are not shown. */
  more?: number,
]

/** `field` is null for a row that came (`before` undefined) or went (`after` undefined). */
export type ModelChange = readonly [key: string, field: string | null, before: Preview, after: Preview]

/**
 * Rows that will not come: the transitions `from` to `to` of a machine, all of them. A `clock` follows. `reason`:
 * `ring` they were overwritten before there was credit; `pause` they were not recorded.
 */
export interface Drop {
  readonly k: 'drop'
  readonly reason: 'ring' | 'pause'
  readonly list: readonly (readonly [m: number, from: number, to: number])[]
  /** Likewise, commits of stores. */
  readonly stores: readonly (readonly [s: number, from: number, to: number])[]
  /** Handler rows and queue rows that went with them. */
  readonly others: number
}

// --- Flow and pause (session channel)

/**
 * The agent may send rows up to this many in the session, all kinds counted together. The total, not an addition: a
 * credit that comes twice or late does no harm. Each credit also makes the agent flush.
 */
export interface Credit {
  readonly k: 'credit'
  readonly rows: number
}

/** From a panel: record, or pause (the agent, never the app). From an agent: which it is now. */
export interface Record {
  readonly k: 'record'
  readonly on: boolean
}

// --- Questions and commands (session channel). `q` is the asker's number; the answer repeats it.

/** The live value of a model's field, deeper along `path`. Without a field: the whole model; without id: a collection's ids. */
export interface AskValue {
  readonly k: 'value'
  readonly q: number
  readonly s: number
  readonly key: string
  readonly path: readonly (string | number)[]
}
export interface Value {
  readonly k: 'value'
  readonly q: number
  readonly value: Preview
  /** The store's last commit when it was read. */
  readonly seq: number
}

/** What runs and what waits in a machine. */
export interface AskPending {
  readonly k: 'pending'
  readonly q: number
  readonly m: number
}
export interface Pending {
  readonly k: 'pending'
  readonly q: number
  readonly m: number
  /** Async handlers that have not settled; `seq` is their transition's. */
  readonly handlers: readonly { readonly state: string; readonly handler: string; readonly seq: number }[]
  readonly waits: readonly { readonly state?: string; readonly wait: string }[]
}

/** May these states be added? A `canAdd` in the app: needs `here.commands`. */
export interface AskWhy {
  readonly k: 'why'
  readonly q: number
  readonly m: number
  readonly states: readonly string[]
}

/** A mutation: needs `here.commands`. `args` is plain JSON. */
export interface Mutate {
  readonly k: 'mutate'
  readonly q: number
  readonly m: number
  readonly type: MutationType
  readonly states: readonly string[]
  readonly args?: Json
}
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** What the machine answered to `why` or `mutate`. */
export interface Answer {
  readonly k: 'answer'
  readonly q: number
  readonly status: 'executed' | 'canceled' | 'queued'
  readonly reason?: Reason
}

/** Reserved: answered `deny`, `unsupported`. `restore` names a row, never values. */
export interface Reserved {
  readonly k: 'hold' | 'step' | 'resume' | 'restore'
  readonly q: number
  readonly m?: number
  readonly seq?: number
}
