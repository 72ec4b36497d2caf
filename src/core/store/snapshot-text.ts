import { EscapementError } from '../error.ts'
import type { Store } from './store.ts'

interface Known {
  readonly entity: object
  readonly revision: number
}

// By store: every entity as it was at the last call, in order, and its text. An entity mostly stands where it stood,
// so the place is looked at first; one that moved is found by the map.
interface Texts {
  known: Known[]
  texts: string[]
}
const kept = /* @__PURE__ */ new WeakMap<Store, Texts>()

/**
 * `JSON.stringify(store.snapshot())`, at the cost of what changed since the last call: the text of every model and row
 * is kept until it changes.
 *
 * Only for values that JSON can carry. -0 becomes 0, and a field that is undefined is left out, as in any JSON.
 *
 * @throws EscapementError `SNAPSHOT_NOT_JSON` naming the entry that holds a Date, Map, Set, RegExp, bigint, NaN or infinity
 * @example
 * ```ts
 * const text = snapshotText(store)
 * createStore({ state, snapshot: JSON.parse(text) })
 * ```
 */
export function snapshotText(store: Store): string {
  // A rollback takes revisions back: only what is committed has one of its own.
  const before = (store.busy ? undefined : kept.get(store)) ?? { known: [], texts: [] }
  const now: Texts = { known: [], texts: [] }
  let moved: Map<object, number> | undefined
  store.each((entity, holder) => {
    const { revision = Number.NaN } = entity as { revision?: number }
    let at = now.known.length
    if (before.known[at]?.entity !== entity) {
      moved ??= new Map(before.known.map((known, i) => [known.entity, i]))
      at = moved.get(entity) ?? -1
    }
    const known = before.known[at]
    if (known?.revision === revision) {
      now.known.push(known)
      now.texts.push(before.texts[at] as string)
      return
    }
    const key = holder.keyOf(entity)
    now.known.push({ entity, revision })
    now.texts.push(`${JSON.stringify(key)}:${JSON.stringify(holder.encode(entity, true), strict(key))}`)
  })
  if (!store.busy) kept.set(store, now)
  return `{${now.texts.join(',')}}`
}

/** A replacer that lets through what JSON can carry. */
function strict(entry: string) {
  return function (this: unknown, key: string, value: unknown): unknown {
    // `value` has been through toJSON; the original has not.
    const original = (this as Record<string, unknown>)[key]
    const odd =
      typeof original === 'bigint' ||
      (typeof original === 'number' && !Number.isFinite(original)) ||
      (typeof original === 'object' && original !== null && !isPlain(original))
    if (!odd) return value
    throw new EscapementError('SNAPSHOT_NOT_JSON', `"${entry}" holds a value at "${key}" that JSON cannot carry.`)
  }
}

const isPlain = (value: object) =>
  Array.isArray(value) || [null, Object.prototype].includes(Object.getPrototypeOf(value) as null)
