import { type Signal, signal } from '@preact/signals-core'
import type { Definition, FieldHolder, Holder } from '../ports/host.ts'
import type { Store } from './store.ts'

/** Undo and redo over some definitions of a store. */
export interface Undoable {
  /** Takes back the last commit that changed one of the definitions; answers whether there was one. */
  undo(): boolean
  /** Does again what was undone last; answers whether there was something. */
  redo(): boolean
  /** Is there something to undo? Reactive. */
  readonly canUndo: boolean
  /** Is there something to redo? Reactive. */
  readonly canRedo: boolean
  /** Forgets everything. */
  clear(): void
  /** Stops following the store. */
  dispose(): void
}

interface Step {
  readonly holder: Holder
  readonly entity: object
  readonly slot: number
  readonly before: unknown
  readonly after: unknown
}

/**
 * Follows the local commits of a store, and takes them back: fields get their old values, rows that were deleted come
 * back at their place, rows that were added go. Commits from elsewhere (hydration, other tabs) are not undone.
 *
 * @param limit Commits remembered. Default 100.
 * @throws whatever a write throws (LockedError, a failing check); nothing is changed then
 * @example
 * ```ts
 * const history = undoable(store, [Todos])
 * store.get(Todos).delete('7')
 * history.undo() // it is back
 * ```
 */
export function undoable(
  store: Store,
  definitions: readonly Definition<unknown>[],
  { limit = 100 }: { limit?: number } = {},
): Undoable {
  const holders = new Set(definitions.map((definition) => store.member(definition).holder))
  const past: Signal<readonly Step[][]> = signal([])
  const future: Signal<readonly Step[][]> = signal([])
  let replaying = false
  const stop = store.trace({
    raw(log, origin) {
      if (replaying || origin !== 'local') return
      const steps = stepsOf(log, holders)
      if (steps.length === 0) return
      past.value = [...past.peek(), steps].slice(-limit)
      future.value = []
    },
  })
  const move = (from: Signal<readonly Step[][]>, to: Signal<readonly Step[][]>, back: boolean): boolean => {
    const steps = from.peek().at(-1)
    if (steps === undefined) return false
    replaying = true
    try {
      store.transaction(() => {
        for (const step of back ? [...steps].reverse() : steps) apply(step, back)
      })
    } finally {
      replaying = false
    }
    from.value = from.peek().slice(0, -1)
    to.value = [...to.peek(), steps]
    return true
  }
  return {
    undo: () => move(past, future, true),
    redo: () => move(future, past, false),
    get canUndo() {
      return past.value.length > 0
    },
    get canRedo() {
      return future.value.length > 0
    },
    clear() {
      past.value = []
      future.value = []
    },
    dispose: stop,
  }
}

/** What a commit did to these holders' entities, in order: one step per field, and one per row that came or went. */
function stepsOf(log: readonly unknown[], holders: ReadonlySet<Holder>): Step[] {
  const steps: Step[] = []
  const seen = new Map<object, Set<number>>()
  for (let at = 0; at < log.length; at += 4) {
    const holder = log[at] as Holder
    const entity = log[at + 1] as object
    const slot = log[at + 2] as number
    if (!holders.has(holder) || (slot < 0 && holder.move === undefined)) continue
    const slots = seen.get(entity) ?? new Set<number>()
    seen.set(entity, slots)
    if (slot >= 0 && slots.has(slot)) continue
    slots.add(slot)
    const before = log[at + 3]
    const after = slot < 0 ? undefined : holder.change(entity, slot, before, false).after
    if (slot < 0 || !Object.is(before, after)) steps.push({ holder, entity, slot, before, after })
  }
  return steps
}

function apply({ holder, entity, slot, before, after }: Step, back: boolean): void {
  const there = holder.encode(entity, false) !== undefined
  if (slot < 0) {
    // -1 is a row that came, -2 one that went.
    const comes = (slot === -2) === back
    if (comes !== there) holder.move?.(entity, comes ? 1 : -1)
  } else if (there) {
    const fields = holder as FieldHolder
    fields.mayWrite(entity)
    fields.logged(entity, slot, back ? before : after)
  }
}
