/** How much of a value is shown. */
export interface Limits {
  /** Characters of one string. */
  readonly text: number
  /** Items of one array, set, map or object. */
  readonly items: number
  /** Levels of nesting. */
  readonly depth: number
  /** Nodes of the whole preview, so that 100 items on each of 6 levels stay bounded. */
  readonly nodes: number
}

export const LIMITS: Limits = /* @__PURE__ */ Object.freeze({ text: 1024, items: 100, depth: 6, nodes: 2000 })

/**
 * A value as it travels: strings up to 1,024 characters, finite numbers (but -0), booleans and null are themselves;
 * everything else is tagged by `$`. `n` is how long or how large the thing really is; `v` may hold less.
 */
export type Preview = string | number | boolean | null | TaggedPreview

export type TaggedPreview =
  /** A long string's beginning. */
  | { readonly $: 'string'; readonly v: string; readonly n: number }
  /** `NaN`, `Infinity`, `-Infinity`, `-0`. */
  | { readonly $: 'number'; readonly v: string }
  | { readonly $: 'undefined' }
  | { readonly $: 'bigint'; readonly v: string }
  /** `v` is the description. */
  | { readonly $: 'symbol'; readonly v: string }
  /** `v` is the name. */
  | { readonly $: 'function'; readonly v: string }
  | { readonly $: 'array'; readonly n: number; readonly v: readonly Preview[] }
  /** `c` is the class, absent for plain objects. Entries, so that no key can harm. */
  | { readonly $: 'object'; readonly c?: string; readonly n: number; readonly v: readonly Entry[] }
  | { readonly $: 'map'; readonly n: number; readonly v: readonly (readonly [key: Preview, value: Preview])[] }
  | { readonly $: 'set'; readonly n: number; readonly v: readonly Preview[] }
  /** ISO 8601, or `Invalid Date`. */
  | { readonly $: 'date'; readonly v: string }
  | { readonly $: 'regexp'; readonly v: string }
  /** `c` the class, `v` the message (absent where it may quote a secret), `code` as our own errors have it, `more` the error's other fields. */
  | {
      readonly $: 'error'
      readonly c: string
      readonly v?: string
      readonly code?: string
      readonly stack?: string
      readonly more?: readonly Entry[]
    }
  /** `<div#id.class>` */
  | { readonly $: 'dom'; readonly v: string }
  /** Buffers and typed arrays. */
  | { readonly $: 'bytes'; readonly c: string; readonly n: number; readonly v: readonly number[] }
  /** The value that is `up` levels above this place, again. */
  | { readonly $: 'cycle'; readonly up: number }
  /** A getter: never called. */
  | { readonly $: 'accessor' }
  /** Hidden; `v` is its type alone. */
  | { readonly $: 'redacted'; readonly v: string }
  /** Nested too deep, or one node too many: `v` is its type. */
  | { readonly $: 'deep'; readonly v: string }
  /** Whatever threw when it was looked at: a revoked proxy, say. */
  | { readonly $: 'unreadable' }

export type Entry = readonly [key: string, value: Preview]
