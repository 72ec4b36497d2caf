import type { Edge } from '../../core/machine/automaton.ts'
import type { Mutation, Transition } from '../../core/machine/transition.ts'
import type { AnyMachine, MachineDefinition, StateOptions } from '../../core/machine/types.ts'
import type { Shape } from '../../core/model/define-model.ts'
import type { Holder } from '../../core/ports/host.ts'
import type { CommitRecord } from '../../core/store/record.ts'
import type { Store } from '../../core/store/store.ts'
import {
  ACCEPTED,
  AUTO,
  HANDLED,
  type HandlerRow,
  type ModelChange,
  type ModelRow,
  MUTATION_TYPES,
  type MutationNumber,
  type QueueRow,
  type Reason,
  type TxDetail,
} from '../protocol/frames.ts'
import type { Preview } from '../protocol/preview.ts'
import { type Discretion, encode, soundsSecret, typeOf } from './encode.ts'
import { numberOf } from './machines.ts'
import type { Caused } from './probe.ts'
import type { Dropped, HandlerEvent } from './recorder.ts'
import { AUTO_STEP, CALL, CAUSED, RECORD, type Ring } from './ring.ts'

const NOTHING: ReadonlySet<string> = new Set()
/** Changes of one commit that are shown. */
const MOST_CHANGES = 100

/** Turns rows of the ring into rows of frames, as text. */
export class Rows {
  readonly #ring: Ring
  readonly #types: boolean
  // What of a row an edge says by itself; edges are shared, and mostly few.
  readonly #edges = new WeakMap<Edge, string>()

  constructor(ring: Ring, types: boolean) {
    this.#ring = ring
    this.#types = types
  }

  /** A transition, the machine's `seq`th; `undefined` while it still runs. */
  tx(i: number, seq: number): string | undefined {
    const ring = this.#ring
    const at = i & ring.mask
    const tag = ring.tags[at]!
    const slot = ring.slots[at]
    const head = `[${tag >>> 4},${seq},${Math.round(ring.times[at]!)},`
    switch (tag & 15) {
      case RECORD: {
        const tail = this.#record(slot as Transition, ring.took[at]!)
        return tail && head + tail
      }
      case CALL: {
        const { edge, args, source } = slot as Mutation
        return (
          head + this.#bare(edge!, false, { ...this.#source(source), ...this.#args(edge!, args, slot as Mutation) })
        )
      }
      case CAUSED: {
        const { edge, source } = slot as Caused
        return head + this.#bare(edge, false, this.#source(source))
      }
      default:
        return head + this.#edge(slot as Edge, (tag & 15) === AUTO_STEP)
    }
  }

  #edge(edge: Edge, auto: boolean): string {
    // An auto mutation has an edge of its own: it is never called by anyone.
    let text = this.#edges.get(edge)
    if (text === undefined) {
      text = this.#bare(edge, auto, {})
      this.#edges.set(edge, text)
    }
    return text
  }

  #bare(edge: Edge, auto: boolean, detail: TxDetail): string {
    const { type, called, deltas, refusal } = edge
    const flags = (refusal ? 0 : ACCEPTED) | (auto ? AUTO : 0)
    return tail(type, flags, called, deltas, { ...detail, ...(refusal && { reason: refusal.reason as Reason }) })
  }

  #record(record: Transition, took: number): string | undefined {
    const { edge, accepted, reason, mutation, undone, deltas } = record
    if (accepted === undefined) return undefined
    const flags = (accepted ? ACCEPTED : 0) | (mutation.auto ? AUTO : 0) | HANDLED
    return tail(edge.type, flags, edge.called, deltas, {
      ...this.#source(mutation.source),
      ...(reason && { reason: reason as Reason }),
      ...this.#args(edge, mutation.args, mutation),
      targets: edge.targets,
      ...(undone.length > 0 && { undone: undone.length }),
      ...(took >= 0 && { us: Math.round(took) }),
    })
  }

  #source(source: Transition | undefined): Pick<TxDetail, 'source'> {
    const m = source && numberOf(source.machine)
    return m === undefined ? {} : { source: [m, source!.id] }
  }

  #args(edge: { readonly called: readonly number[] }, args: unknown, { machine }: Mutation): { args?: Preview } {
    if (args === undefined) return {}
    const discretion = discretionOf(machine, edge.called, this.#types)
    return { args: discretion ? encode(args, discretion) : { $: 'redacted', v: typeOf(args) } }
  }

  handler(i: number): string {
    const ring = this.#ring
    const at = i & ring.mask
    const { call, n, seq, status, us, error } = ring.slots[at] as HandlerEvent
    const took = us >= 0 ? Math.round(us) : null
    const row: HandlerRow = [
      ring.tags[at]! >>> 4,
      n,
      seq,
      Math.round(ring.times[at]!),
      call.state,
      call.handler,
      status,
      took,
    ]
    return JSON.stringify(status === 'failed' || status === 'rejected' ? [...row, this.#error(error)] : row)
  }
  #error(error: unknown): Preview {
    return encode(error, { expose: NOTHING, redact: NOTHING, types: this.#types })
  }

  queue(i: number): string {
    const ring = this.#ring
    const at = i & ring.mask
    const { mutation, why, n, after } = ring.slots[at] as Dropped
    const detail = {
      ...this.#source(mutation.source),
      ...this.#args({ called: mutation.states }, mutation.args, mutation),
    }
    const row: QueueRow = [
      ring.tags[at]! >>> 4,
      n,
      after,
      Math.round(ring.times[at]!),
      numberOfType(mutation.type),
      mutation.states,
      why,
      detail,
    ]
    return JSON.stringify(row)
  }

  commit(i: number, store: Store | undefined): string {
    const ring = this.#ring
    const at = i & ring.mask
    const { seq, origin, changes } = ring.slots[at] as CommitRecord
    const shown = changes.slice(0, MOST_CHANGES).map(({ key, field, before, after }): ModelChange => {
      const show = (value: unknown) => this.model(shapeAt(store, key), field, value)
      return [key, field ?? null, show(before), show(after)]
    })
    const row: ModelRow = [ring.tags[at]! >>> 4, seq, Math.round(ring.times[at]!), origin, shown]
    return JSON.stringify(changes.length > MOST_CHANGES ? [...row, changes.length - MOST_CHANGES] : row)
  }

  /** Is what has this name hidden? */
  hides(shape: Shape | undefined, name: string): boolean {
    return !!shape?.redact.has(name) || soundsSecret(name, shape?.expose ?? NOTHING)
  }

  /** A field's value, or that of a whole model, as far as its definition lets it be shown. */
  model(shape: Shape | undefined, field: string | undefined, value: unknown): Preview {
    const expose = shape?.expose ?? NOTHING
    const redact = shape?.redact ?? NOTHING
    if (field !== undefined && this.hides(shape, field)) return { $: 'redacted', v: typeOf(value) }
    return encode(value, { expose, redact: field === undefined ? redact : NOTHING, types: this.#types })
  }
}

const numberOfType = (type: Mutation['type']) => MUTATION_TYPES.indexOf(type) as MutationNumber

function tail(
  type: Mutation['type'],
  flags: number,
  called: readonly number[],
  deltas: readonly number[],
  detail: TxDetail,
): string {
  const more = JSON.stringify(detail)
  return `${numberOfType(type)},${flags},[${called}],[${deltas}]${more === '{}' ? '' : `,${more}`}]`
}

/** What the called states let be shown of their arguments; `undefined`: nothing. */
function discretionOf(machine: AnyMachine, called: readonly number[], types: boolean): Discretion | undefined {
  const { names, states } = machine.definition as MachineDefinition
  const redact = new Set<string>()
  const expose = new Set<string>()
  for (const s of called) {
    const state = states[names[s]!] as StateOptions
    if (state.redact === true) return undefined
    for (const key of state.redact ?? []) redact.add(key)
    for (const key of state.expose ?? []) expose.add(key)
  }
  return { redact, expose, types }
}

/** The holder whose definition a storage key belongs to, and the id after it. */
export function holderAt(
  store: Store | undefined,
  key: string,
): { holder: Holder; id: string | undefined } | undefined {
  const end = key.indexOf('/', key.indexOf('/') + 1)
  const base = end < 0 ? key : key.slice(0, end)
  const holder = store?.held().find(({ definition }) => definition.key === base)
  return holder && { holder, id: end < 0 ? undefined : key.slice(end + 1) }
}

/** The model behind a key, made ready. */
export const shapeOf = (holder: Holder | undefined) => (holder as { shape?: Shape } | undefined)?.shape
const shapeAt = (store: Store | undefined, key: string) => shapeOf(holderAt(store, key)?.holder)
