import { EscapementError } from '../error.ts'
import type { Store } from './store.ts'

// By entity: its text, and the revision it was made of.
const texts = /* @__PURE__ */ new WeakMap<object, { readonly revision: number; readonly text: string }>()

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
  const parts: string[] = []
  store.each((entity, holder) => {
    const { revision } = entity as { revision?: number }
    let known = texts.get(entity)
    if (known === undefined || known.revision !== revision) {
      const key = holder.keyOf(entity)
      const text = `${JSON.stringify(key)}:${JSON.stringify(holder.encode(entity, true), strict(key))}`
      known = { revision: revision ?? Number.NaN, text }
      texts.set(entity, known)
    }
    parts.push(known.text)
  })
  return `{${parts.join(',')}}`
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
