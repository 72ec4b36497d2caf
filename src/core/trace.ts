import type { Core } from './machine/machine.ts'
import type { Mutation, Transition } from './machine/transition.ts'
import type { AnyMachine, ErrorPlace, Machine } from './machine/types.ts'
import type { Phase } from './ports/host.ts'
import type { StoreTracer } from './store/record.ts'

/** Why a mutation never became a transition. */
export type DropReason = 'duplicate' | 'nothing-to-do' | 'queue-full' | 'args' | 'disposed' | 'aborted'

/** One call of one handler. The same object at its start and its end. */
export interface HandlerCall {
  readonly machine: AnyMachine
  readonly transition: Transition
  /** A state, or `any`. */
  readonly state: string
  /** `canEnter`, `canExit`, `canStay`, `canYieldTo.Other`, `entered` or `exited`. */
  readonly handler: string
}

/** How a handler ended: `refused` is a negotiation handler's `false`. */
export interface HandlerEnd {
  readonly status: 'done' | 'refused' | 'failed'
  readonly error?: unknown
}

/**
 * Looks on as machines work: history, metrics, devtools, replication and persistence are tracers. Every method is
 * optional; what one throws goes to `onError`. Mutations from a tracer are queued.
 *
 * The objects handed over may be kept. Their names and ticks are worked out when they are read.
 */
export interface MachineTracer {
  /** A mutation is going to be processed: at once, or after those before it. */
  mutationQueued?(mutation: Mutation): void
  /** A mutation will not be processed. */
  mutationDropped?(mutation: Mutation, why: DropReason): void
  transitionStart?(transition: Transition): void
  /** After the final handlers. `transition.accepted` and `transition.reason` say how it went. */
  transitionEnd?(transition: Transition): void
  handlerStart?(call: HandlerCall): void
  /** An async handler ends when its promise settles, perhaps after its transition. */
  handlerEnd?(call: HandlerCall, end: HandlerEnd): void
  /** Nothing is left to do. */
  queueEnd?(machine: AnyMachine): void
  error?(error: unknown, place: ErrorPlace): void
  disposed?(machine: AnyMachine): void
}

/** Looks on as a store and all its machines work. */
export type Tracer = Omit<StoreTracer, 'error'> &
  Omit<MachineTracer, 'error'> & {
    /** Every error that nobody could catch: `place` says of which machine, or in which phase of the store. */
    error?(error: unknown, place: ErrorPlace | { readonly phase: Phase }): void
  }

/**
 * What stands at `globalThis[Symbol.for('escapement.agent')]`, if anything. Every machine and store hands itself
 * over when it is made; the place is read once for each.
 */
export interface Agent {
  /** @internal The class that machines are made of, derived from the given one. */
  kind?(base: typeof Core): typeof Core
  machine?(machine: Machine<never, never>): void
  store?(store: object): void
}
