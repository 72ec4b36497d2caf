import { isRedacted } from '../../core/ports/redacted.ts'
import { type Entry, LIMITS, type Limits, type Preview } from '../protocol/preview.ts'

/** What must not be shown, and how. */
export interface Discretion {
  /** Keys that are shown although they sound secret. */
  readonly expose: ReadonlySet<string>
  /** Keys of the value itself that are hidden, whatever they sound like. */
  readonly redact: ReadonlySet<string>
  /** Shows no value at all: types only. */
  readonly types: boolean
}

/** Names that sound like secrets. */
const SECRET = /pass|token|secret|auth|cookie|card/i

/** Characters of all strings and keys of one preview together. */
const TEXT = 65_536

// Keys come again and again, and are mostly few.
const sounds = new Map<string, boolean>()

/** Is what stands under `key` hidden because of its name? */
export function soundsSecret(key: string, expose: ReadonlySet<string>): boolean {
  let secret = sounds.get(key)
  if (secret === undefined) {
    secret = SECRET.test(key)
    if (sounds.size < 1000 && key.length < 100) sounds.set(key, secret)
  }
  return secret && !expose.has(key)
}

/** The type of a value, as much as may be told of one that is hidden. Calls nothing of the app. */
export function typeOf(value: unknown): string {
  if (typeof value !== 'object') return typeof value
  // Core's marker stands for a value of any type.
  return value === null ? 'null' : isRedacted(guarded(() => markerOf(value))) ? 'unknown' : 'object'
}

/**
 * A value as it may travel: bounded, without cycles, without what is to be hidden. Never throws, and calls nothing of
 * the app: properties are read by their descriptors, built-ins by the methods of their prototypes. (A proxy's traps
 * cannot be seen coming; what they throw is caught.)
 */
export function encode(value: unknown, discretion: Discretion, limits: Limits = LIMITS): Preview {
  return new Encoder(discretion, limits).encode(value)
}

class Encoder {
  readonly #discretion: Discretion
  readonly #limits: Limits
  #nodes: number
  #text = TEXT
  /** The objects above the one that is looked at. */
  readonly #above: object[] = []

  constructor(discretion: Discretion, limits: Limits) {
    this.#discretion = discretion
    this.#limits = limits
    this.#nodes = limits.nodes
  }

  encode(value: unknown): Preview {
    if (this.#discretion.types) return { $: 'redacted', v: typeOf(value) }
    this.#nodes--
    switch (typeof value) {
      case 'string':
        return this.#string(value)
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: 'number', v: numberText(value) }
      case 'boolean':
        return value
      case 'undefined':
        return { $: 'undefined' }
      case 'bigint':
        return { $: 'bigint', v: bigText(value) }
      case 'symbol':
        return { $: 'symbol', v: this.#cut(guarded(() => value.description) ?? '') }
      case 'function':
        return { $: 'function', v: this.#cut(String(guarded(() => dataOf(value as unknown as object, 'name')) ?? '')) }
      default:
        return value === null ? null : this.#object(value as object)
    }
  }

  #string(value: string): Preview {
    const v = this.#cut(value)
    return v.length === value.length ? v : { $: 'string', v, n: value.length }
  }
  #cut(text: string): string {
    const v = text.slice(0, Math.min(this.#limits.text, this.#text))
    this.#text -= v.length
    return v
  }

  #object(value: object): Preview {
    const at = this.#above.lastIndexOf(value)
    if (at >= 0) return { $: 'cycle', up: this.#above.length - at }
    if (this.#above.length >= this.#limits.depth || this.#nodes < 0) {
      return { $: 'deep', v: guarded(() => classOf(value)) ?? 'object' }
    }
    this.#above.push(value)
    try {
      return this.#shape(value)
    } catch {
      return { $: 'unreadable' }
    } finally {
      this.#above.pop()
    }
  }

  #shape(value: object): Preview {
    if (Array.isArray(value)) return this.#array(value)
    if (Object.hasOwn(value, '$redacted') && isRedacted(markerOf(value))) return { $: 'redacted', v: 'unknown' }
    if (Object.getPrototypeOf(value) === Object.prototype) return this.#plain(value, 'Object')
    // Asking a built-in's method what something is costs a throw where it is something else: names say whom to ask.
    const lineage = lineageOf(value)
    return this.#builtIn(value, lineage) ?? (lineage.includes('Error') ? this.#error(value) : this.#plain(value))
  }

  #array(value: readonly unknown[]): Preview {
    const n = dataOf(value, 'length') as number
    const v: Preview[] = []
    for (let i = 0; i < n && this.#room(i); i++) v.push(this.#property(value, String(i)))
    return { $: 'array', n, v }
  }

  /** May one more, the `i`th, be shown? */
  #room(i: number): boolean {
    return i < this.#limits.items && this.#nodes > 0
  }

  #property(value: object, key: string): Preview {
    const own = Object.getOwnPropertyDescriptor(value, key)
    if (!own) return { $: 'undefined' }
    if (!Object.hasOwn(own, 'value')) return { $: 'accessor' }
    return this.encode(own.value)
  }

  #hides(key: string): boolean {
    const { expose, redact } = this.#discretion
    return soundsSecret(key, expose) || (this.#above.length === 1 && redact.has(key))
  }

  #entries(value: object, keys: readonly string[]): Entry[] {
    const entries: Entry[] = []
    for (let i = 0; i < keys.length && this.#room(i); i++) {
      const key = keys[i]!
      const shown = this.#hides(key)
        ? ({ $: 'redacted', v: typeOf(dataOf(value, key)) } as const)
        : this.#property(value, key)
      entries.push([this.#cut(key), shown])
    }
    return entries
  }

  #plain(value: object, c = classOf(value)): Preview {
    const keys = Object.keys(value)
    const v = this.#entries(value, keys)
    return { $: 'object', ...(c !== 'Object' && { c: c.slice(0, 100) }), n: keys.length, v }
  }

  #builtIn(value: object, lineage: readonly string[]): Preview | undefined {
    const is = (name: string) => lineage.includes(name)
    const time = is('Date') ? branded(() => Date.prototype.getTime.call(value)) : undefined
    if (time !== undefined) {
      return { $: 'date', v: Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString() }
    }
    const pairs = is('Map') ? sizeOf(Map.prototype, value) : undefined
    if (pairs !== undefined) return this.#map(value as Map<unknown, unknown>, pairs)
    const members = is('Set') ? sizeOf(Set.prototype, value) : undefined
    if (members !== undefined) {
      const v: Preview[] = []
      const all = Set.prototype.values.call(value)
      for (let i = 0; i < members && this.#room(i); i++) v.push(this.encode(all.next().value))
      return { $: 'set', n: members, v }
    }
    const pattern = is('RegExp') ? branded(() => regexpText(value)) : undefined
    if (pattern !== undefined) return { $: 'regexp', v: this.#cut(pattern) }
    return this.#bytes(value, is('ArrayBuffer')) ?? (is('Node') ? this.#dom(value) : undefined)
  }

  #map(value: Map<unknown, unknown>, n: number): Preview {
    const v: [Preview, Preview][] = []
    const all = Map.prototype.entries.call(value)
    for (let i = 0; i < n && this.#room(i); i++) {
      const [key, item] = all.next().value as [unknown, unknown]
      const hidden = typeof key === 'string' && this.#hides(key)
      v.push([this.encode(key), hidden ? { $: 'redacted', v: typeOf(item) } : this.encode(item)])
    }
    return { $: 'map', n, v }
  }

  #bytes(value: object, buffer: boolean): Preview | undefined {
    const c = classOf(value)
    if (ArrayBuffer.isView(value)) {
      const n = branded(() => getter(TYPED, 'length').call(value) as number)
      const bytes = n === undefined ? undefined : (value as unknown as ArrayLike<number | bigint>)
      const shown = Array.from({ length: Math.min(n ?? 0, this.#limits.items) }, (_, i) => Number(bytes?.[i]))
      // NaN and infinities are no JSON.
      return { $: 'bytes', c, n: n ?? value.byteLength, v: shown.map((x) => (Number.isFinite(x) ? x : 0)) }
    }
    const n = buffer ? branded(() => getter(ArrayBuffer.prototype, 'byteLength').call(value) as number) : undefined
    return n === undefined ? undefined : { $: 'bytes', c, n, v: [] }
  }

  #dom(value: object): Preview | undefined {
    const { Node, Element } = globalThis as { Node?: { prototype: object }; Element?: { prototype: object } }
    if (!Node || branded(() => getter(Node.prototype, 'nodeType').call(value)) === undefined) return undefined
    const text = branded(() => {
      const read = (name: string) => String(getter(Element!.prototype, name).call(value))
      const names = read('className').trim().split(/\s+/).filter(Boolean)
      const id = read('id')
      return `<${read('localName')}${id && `#${id}`}${names.map((name) => `.${name}`).join('')}>`
    })
    return { $: 'dom', v: this.#cut(text ?? String(getter(Node.prototype, 'nodeName').call(value))) }
  }

  /** Errors travel as class, code and names; the message only where no schema wrote it: those quote the value. */
  #error(value: object): Preview {
    const message = dataOf(value, 'message')
    const code = dataOf(value, 'code')
    const quotes = Object.hasOwn(value, 'issues') || Object.hasOwn(value, 'value')
    const more = NAMES.flatMap((key): Entry[] => {
      const name = Object.hasOwn(value, key) ? dataOf(value, key) : undefined
      return typeof name === 'string' ? [[key, this.#cut(name)]] : []
    })
    return {
      $: 'error',
      c: classOf(value),
      ...(typeof message === 'string' && !quotes && { v: this.#cut(message) }),
      ...(typeof code === 'string' && { code: this.#cut(code) }),
      ...(more.length > 0 && { more }),
    }
  }
}

/** What our errors name: never a value. */
const NAMES = ['machine', 'state', 'handler', 'model', 'field', 'store', 'definition'] as const

const TYPED = Object.getPrototypeOf(Uint8Array.prototype) as object

function guarded<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** What a method of a built-in's prototype answers; `undefined` for what is none: these methods look at the inside, and throw. */
const branded = guarded

function getter(proto: object, name: string): () => unknown {
  return Object.getOwnPropertyDescriptor(proto, name)?.get as () => unknown
}

const sizeOf = (proto: object, value: object) => branded(() => getter(proto, 'size').call(value) as number)

/** A data property, own or inherited; a getter counts as none. */
function dataOf(value: object, key: string): unknown {
  let at: object | null = value
  for (let i = 0; at && i < 100; i++) {
    const own = Object.getOwnPropertyDescriptor(at, key)
    if (own) return own.value
    at = Object.getPrototypeOf(at) as object | null
  }
  return undefined
}

/** The marker of core, or nothing: read without calling a getter. */
const markerOf = (value: object) => ({ $redacted: Object.getOwnPropertyDescriptor(value, '$redacted')?.value })

function classOf(value: object): string {
  const proto = Object.getPrototypeOf(value) as object | null
  if (proto === null) return 'Object'
  const made = dataOf(proto, 'constructor')
  const name = typeof made === 'function' ? dataOf(made, 'name') : undefined
  return typeof name === 'string' && name ? name.slice(0, 100) : 'Object'
}

/** The names of the classes it is made of, by its prototypes: an object of another window is told by them too. */
function lineageOf(value: object): string[] {
  const names: string[] = []
  let at = Object.getPrototypeOf(value) as object | null
  for (let i = 0; at && at !== Object.prototype && i < 100; i++) {
    const made = Object.getOwnPropertyDescriptor(at, 'constructor')?.value as unknown
    const name = typeof made === 'function' ? Object.getOwnPropertyDescriptor(made, 'name')?.value : undefined
    if (typeof name === 'string') names.push(name)
    at = Object.getPrototypeOf(at) as object | null
  }
  return names
}

const FLAGS = [
  ['hasIndices', 'd'],
  ['global', 'g'],
  ['ignoreCase', 'i'],
  ['multiline', 'm'],
  ['dotAll', 's'],
  ['unicode', 'u'],
  ['unicodeSets', 'v'],
  ['sticky', 'y'],
] as const

// `toString` and `flags` would read properties that an app may have put there.
function regexpText(value: object): string {
  const source = getter(RegExp.prototype, 'source').call(value) as string
  const on = FLAGS.filter(([name]) => getter(RegExp.prototype, name)?.call(value))
  return `/${source}/${on.map(([, flag]) => flag).join('')}`
}

const numberText = (value: number) => (Object.is(value, -0) ? '-0' : String(value))

// Digits of a huge number take quadratic time.
const bigText = (value: bigint) =>
  BigInt.asIntN(3000, value) === value ? value.toString() : `${value < 0n ? '-' : ''}2^3000 or more`
