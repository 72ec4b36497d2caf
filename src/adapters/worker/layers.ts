import type { Member } from '../../core/ports/host.ts'
import { differing } from './differing.ts'

/** What a page hopes a write will lead to. */
export type Proposal =
  | { readonly set: Readonly<Record<string, unknown>> }
  /** Over the initial values. */
  | { readonly put: Readonly<Record<string, unknown>> }
  | { readonly add: Readonly<Record<string, unknown>> }
  | 'reset'
  | 'delete'

/** The fields of a model or row that may be seen, and its place. */
interface Base {
  readonly values: Record<string, unknown>
  readonly o: number | undefined
}

/** A model or row with open proposals: what the worker says it is, and what they would make of it, in order. */
interface Stack {
  readonly member: Member
  readonly id: string
  /** Undefined: the worker has none. */
  base: Base | undefined
  layers: { readonly call: number; proposal: Proposal }[]
  /** The row that an open proposal has deleted here: it is this one that comes back when the worker refuses. */
  deleted: object | undefined
}

interface Live {
  set(values: object): void
}

/**
 * Optimistic writes. What is shown of a model is what the worker said last, with every open proposal applied over it; an
 * answered proposal goes in the same commit in which the worker's outcome comes. So a field is seen to be what it was,
 * what is hoped for, or what came of it, and nothing else.
 */
export class Layers {
  readonly #stacks = new Map<string, Stack>()
  readonly #calls = new Map<number, Stack>()

  has(calls: Iterable<number>): boolean {
    if (this.#calls.size === 0) return false
    for (const call of calls) if (this.#calls.has(call)) return true
    return false
  }

  /** Inside a transaction of the mirror. Throws when the mirror does not take it. */
  propose(call: number, member: Member, id: string, proposal: Proposal): void {
    const key = keyOf(member, id)
    let stack = this.#stacks.get(key)
    if (stack === undefined) {
      stack = { member, id, base: present(member, id), layers: [], deleted: undefined }
      this.#stacks.set(key, stack)
    }
    const layer = { call, proposal }
    stack.layers.push(layer)
    this.#calls.set(call, stack)
    show(stack)
    // From here on by what the mirror made of it, so that showing it again is no change.
    layer.proposal = accepted(stack, proposal)
  }

  /** Drops proposals that were never shown. */
  forget(calls: Iterable<number>): void {
    for (const call of calls) this.#remove(call)
  }

  /** Drops answered proposals, and shows what is left: inside the commit that brings what came of them. */
  settle(calls: Iterable<number>): void {
    if (this.#calls.size > 0) for (const call of calls) this.#remove(call)
    for (const stack of this.#changed) show(stack)
    this.#changed.clear()
  }

  // Whose base has changed, or that lost a layer, in the commit under way.
  readonly #changed = new Set<Stack>()

  /** The worker's row; answers whether showing it is up to this. */
  came(member: Member, id: string, values: Record<string, unknown>, o: number): boolean {
    return this.#rebase(member, id, () => ({ values, o: member.holder.definition.many ? o : undefined }))
  }

  gone(member: Member, id: string): boolean {
    return this.#rebase(member, id, () => undefined)
  }

  changed(member: Member, id: string, values: Record<string, unknown>): boolean {
    return this.#rebase(member, id, (base) => base && { ...base, values: { ...base.values, ...values } })
  }

  /** Of this collection the worker has these rows, and no others. */
  only(member: Member, ids: ReadonlySet<string>): void {
    for (const stack of this.#stacks.values()) {
      if (stack.member === member && !ids.has(stack.id)) this.gone(member, stack.id)
    }
  }

  #rebase(member: Member, id: string, next: (base: Base | undefined) => Base | undefined): boolean {
    const stack = this.#stacks.size > 0 ? this.#stacks.get(keyOf(member, id)) : undefined
    if (stack === undefined) return false
    stack.base = next(stack.base)
    if (stack.base === undefined) stack.deleted = undefined
    this.#changed.add(stack)
    return true
  }

  #remove(call: number): void {
    const stack = this.#calls.get(call)
    if (stack === undefined) return
    this.#calls.delete(call)
    stack.layers = stack.layers.filter((layer) => layer.call !== call)
    this.#changed.add(stack)
    if (stack.layers.length === 0) this.#stacks.delete(keyOf(stack.member, stack.id))
  }
}

const keyOf = ({ holder }: Member, id: string) => `${holder.definition.key}/${id}`

const liveOf = ({ live, holder }: Member, id: string): object | undefined =>
  (holder.definition.many ? (live as { get(id: string): unknown }).get(id) : live) as object | undefined

/** What is shown of it now, without what is redacted. */
function present(member: Member, id: string): Base | undefined {
  const live = liveOf(member, id)
  return (
    live && { values: visible(member, member.holder.shown(live) as object), o: member.holder.encode(live, true)?.o }
  )
}

const visible = ({ holder }: Member, values: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !holder.hidden.has(name)))

const initialOf = (member: Member): Record<string, unknown> => {
  const { shape } = member.holder as unknown as { shape: { initial: readonly unknown[] } }
  const all = member.holder.names.map((name, slot) => [name, shape.initial[slot]])
  return visible(member, Object.fromEntries(all))
}

function accepted({ member, id }: Stack, proposal: Proposal): Proposal {
  const live = liveOf(member, id)
  if (live === undefined || typeof proposal === 'string') return proposal
  const shown = member.holder.shown(live) as Record<string, unknown>
  const [[kind, values]] = Object.entries(proposal) as [[string, object]]
  return { [kind]: Object.fromEntries(Object.keys(values).map((name) => [name, shown[name]])) } as Proposal
}

/** The base with all layers over it. */
function topOf({ member, base, layers }: Stack): Base | undefined {
  let top = base
  for (const { proposal } of layers) {
    if (proposal === 'delete') top = undefined
    else if (proposal === 'reset') top = top && { ...top, values: initialOf(member) }
    else if ('set' in proposal) top = top && { ...top, values: { ...top.values, ...proposal.set } }
    else if ('put' in proposal) top = { o: top?.o, values: { ...initialOf(member), ...proposal.put } }
    // A row of this id that is there already is not replaced.
    else top ??= { o: undefined, values: { ...initialOf(member), ...proposal.add } }
  }
  return top
}

/** Makes the mirror show it. */
function show(stack: Stack): void {
  const { member, id, deleted } = stack
  const top = topOf(stack)
  let live = liveOf(member, id)
  // Only what the worker has, has a place: a row that was added over it is another one.
  if (deleted && top?.o !== undefined) {
    if (live !== deleted) {
      if (live) member.drop?.(id)
      member.holder.move?.(deleted, 1)
      live = deleted
    }
    stack.deleted = undefined
  }
  if (top === undefined) {
    if (live && stack.base) stack.deleted = live
    if (live) member.drop?.(id)
  } else if (live === undefined || (top.o !== undefined && member.holder.encode(live, true)?.o !== top.o)) {
    const entry = { v: member.holder.definition.version, d: top.values }
    member.load(id, top.o === undefined ? entry : { ...entry, o: top.o }, 'peer')
  } else {
    const differ = differing(member.holder.shown(live) as object, top.values)
    if (Object.keys(differ).length > 0) (live as Live).set(differ)
  }
}
