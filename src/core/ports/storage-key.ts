/** Longest key, in UTF-16 units. */
const LONGEST = 1024

// `model/<name>`, `model/<name>/<id>` (machine alike), `quarantine/<anything>`, `meta/<anything>`. A name has no
// slash, so an id may have some: `model/page/https://example.org/` is the row `https://example.org/`.
const SHAPE = /^(?:(?:model|machine)\/[A-Za-z][\w.-]*(?:\/[^\p{Cc}\p{Cs}]+)?|(?:quarantine|meta)\/[^\p{Cc}\p{Cs}]+)$/u
// "." and ".." between slashes of either kind: a key may one day become a path, in an adapter yet unwritten.
const TRAVERSAL = /(?:^|[/\\])\.{1,2}(?:[/\\]|$)/

/**
 * Whether a key is one every adapter can hold: of a known shape, not longer than 1024 characters, without control
 * characters, lone surrogates, or path traversal. Adapters ask before they write anything.
 *
 * @example
 * ```ts
 * isStorageKey('model/todo/7') //=> true
 * isStorageKey('model/../secret') //=> false
 * ```
 */
export function isStorageKey(key: string): boolean {
  return key.length <= LONGEST && SHAPE.test(key) && !TRAVERSAL.test(key)
}
