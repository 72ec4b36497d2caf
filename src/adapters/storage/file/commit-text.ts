import { parse, stringify } from 'devalue'

type Commit = ReadonlyMap<string, unknown>

// JSON goes on beyond these; devalue, which knows cycles and shared parts, takes over.
const DEEPEST = 64
const MANY = 4096

/**
 * The text of one commit, without newlines.
 *
 *     {"model/a":{…},"model/b":null}    all values are JSON, and null deletes
 *     [["Map",1,2,…],…]                 devalue: a Map, and undefined deletes
 *
 * A value of `null` itself therefore goes the second way. Throws when a value is not plain data.
 */
export function encodeCommit(commit: Commit): string {
  let text = '{'
  for (const [key, value] of commit) {
    const json = value === undefined ? 'null' : encodeJson(value)
    if (json === undefined) return encodeAny(commit)
    // Joined by `+=` and never cut: a string made so is copied once, when it becomes bytes.
    text += text === '{' ? `${quote(key)}:${json}` : `,${quote(key)}:${json}`
  }
  return `${text}}`
}

/** As `encodeCommit`, for any plain data. */
export function encodeAny(commit: Commit): string {
  return stringify(new Map(commit))
}

/** Does to `entries` what the commit of this text did. Throws when the text is of neither form. */
export function applyText(text: string, entries: Map<string, unknown>): void {
  if (text.startsWith('{')) {
    const commit = JSON.parse(text) as Record<string, unknown>
    // All keys are its own: what `JSON.parse` makes inherits nothing enumerable, unless somebody extended Object.
    for (const key in commit) if (Object.hasOwn(commit, key)) apply(entries, key, commit[key] ?? undefined)
  } else {
    for (const [key, value] of parse(text) as Map<string, unknown>) apply(entries, key, value)
  }
}

/** `undefined` deletes. */
export function apply(entries: Map<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) entries.delete(key)
  else entries.set(key, value)
}

/** `"key":value` of one entry, or undefined when JSON would not give the value back as it was. */
export function encodeEntry(key: string, value: unknown): string | undefined {
  const json = encodeJson(value)
  return json === undefined ? undefined : `${quote(key)}:${json}`
}

/**
 * The JSON of a value, or undefined when JSON would not give it back as it was. It loses `undefined`, `-0`, `NaN`,
 * infinities, holes, Date, Map and the like, cycles, and null prototypes. Lone surrogates it keeps (as escapes).
 * To look and to write in one walk is quicker than a walk and then `JSON.stringify`.
 */
function encodeJson(value: unknown): string | undefined {
  return value === null ? undefined : encode(value, 0, { objects: 0, seen: undefined })
}

interface Walk {
  objects: number
  // From MANY objects on: an object met again would be written again, and again for each that holds it.
  seen: Set<object> | undefined
}

function encode(value: unknown, depth: number, walk: Walk): string | undefined {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? `${value}` : undefined
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value === null) return 'null'
  if (typeof value !== 'object' || depth === DEEPEST) return undefined
  if (++walk.objects > MANY) {
    walk.seen ??= new Set()
    if (walk.seen.has(value)) return undefined
    walk.seen.add(value)
  }
  if (Array.isArray(value)) return encodeArray(value, depth + 1, walk)
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined
  let text = ''
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return undefined // nor does devalue: refused, whatever stands beside it
    const part = encode((value as Record<string, unknown>)[key], depth + 1, walk)
    if (part === undefined) return undefined
    text += text === '' ? `${quote(key)}:${part}` : `,${quote(key)}:${part}`
  }
  return `{${text}}`
}

function encodeArray(value: readonly unknown[], depth: number, walk: Walk): string | undefined {
  let text = ''
  for (let i = 0; i < value.length; i++) {
    const part = encode(value[i], depth, walk) // a hole reads as undefined, and is refused as such
    if (part === undefined) return undefined
    text += i === 0 ? part : `,${part}`
  }
  return `[${text}]`
}

// Printable ASCII without quote and backslash stands for itself.
const PLAIN = /^[ !#-[\]-~]*$/

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}
