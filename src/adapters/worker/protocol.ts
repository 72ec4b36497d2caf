import { errors } from './errors.ts'

/** Goes up whenever an older side would misread a newer one. */
export const PROTOCOL = 1

/** How many frames may be on their way to a page that has not said it applied them. */
export const WINDOW = 16

/** First byte of a frame, so that other messages of the same worker are told apart. */
export const MAGIC = 0x65

/** First element of every message that is not bytes alone. */
export type Kind = (typeof KINDS)[number]
const KINDS = [
  // page to worker
  'e:hello',
  'e:calls',
  'e:ping',
  'e:ack',
  'e:bye',
  // worker to page
  'e:ready',
  'e:welcome',
  'e:refuse',
  'e:frame',
  'e:gap',
  'e:pong',
  'e:gone',
] as const

/** What a definition has in common on both sides. */
export interface Described {
  readonly key: string
  readonly many: boolean
  readonly version: number
  /** Fields, or states, in definition order. */
  readonly names: readonly string[]
  readonly hidden: readonly string[]
}

/** A definition (by its place in the greeting), or a row or machine of it. */
export type Ref = number | readonly [definition: number, id: string]

/** How a call is to be carried out; 0 for the usual way. */
export type Terms = 0 | { readonly durable?: boolean; readonly again?: string }

/** One call, as it travels. */
export type Call = readonly [act: string, ref: Ref, terms: Terms, ...args: unknown[]]

/** How a call ended, as it travels. */
export type Answer = readonly [code: Code, payload: unknown]
export const EXECUTED = 0
export const CANCELED = 1
export const VALUE = 2
export const FAILED = 3
export type Code = typeof EXECUTED | typeof CANCELED | typeof VALUE | typeof FAILED

/** An error, as it travels. */
export interface ErrorText {
  /** The nearest class that both sides know; '' for what is no error. */
  readonly kind: string
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly code?: string
  readonly facts?: Readonly<Record<string, unknown>>
  readonly cause?: ErrorText
}

/** `+`: a row or machine came, with its place and its values. */
export type Birth = readonly ['+', definition: number, id: string, ordinal: number, values: readonly unknown[]]
/** What of a frame is not numbers. A list that starts with a number: that entity, then field, value, field, value, … */
export type Item =
  | Birth
  /** It went; `moved`: to another place, it comes right behind with another number. */
  | readonly ['-', entity: number, moved?: 'moved']
  | readonly ['!', entity: number, error: ErrorText | undefined]
  /** A machine was disposed, and stays. */
  | readonly ['x', entity: number]
  | readonly ['status', status: string, error: ErrorText | undefined]
  | readonly [entity: number, ...values: unknown[]]

/** Answers in a frame: id, code, payload, id, code, payload, … */
export type Answers = readonly unknown[]

export type Hello = readonly [
  'e:hello',
  protocol: number,
  session: string,
  epoch: number,
  /** The lowest number of a call that may yet come. */
  next: number,
  definitions: readonly Described[],
]
/** The calls are packed: see `Packer`. */
export type Calls = readonly [
  'e:calls',
  epoch: number,
  first: number,
  applied: number,
  bytes: unknown,
  ...whole: readonly unknown[],
]
export type Ping = readonly ['e:ping', epoch: number, last: number, applied: number]
export type Ack = readonly ['e:ack', epoch: number, applied: number]
export type Welcome = readonly [
  'e:welcome',
  protocol: number,
  epoch: number,
  /** The worker knew the session: calls it had are not unknown. */
  known: boolean,
  /** The newest call it has. */
  last: number,
  births: readonly Birth[],
  items: readonly Item[],
  answers: Answers,
]
export type Refuse = readonly ['e:refuse', epoch: number, error: ErrorText]
export type Frame = readonly ['e:frame', bytes: Uint8Array, items: readonly Item[], answers: Answers]
export type Pong = readonly ['e:pong', epoch: number, seq: number, last: number]

// --- What is looked at before it is used

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
export const isText = (value: unknown): value is string => typeof value === 'string'
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): value is readonly string[] => isList(value) && value.every(isText)

/** The kind of a message, if it is one of ours. */
export function kindOf(message: unknown): Kind | undefined {
  if (message instanceof Uint8Array) return message[0] === MAGIC ? 'e:frame' : undefined
  const kind = isList(message) ? message[0] : undefined
  return KINDS.includes(kind as Kind) ? (kind as Kind) : undefined
}

/** Throws unless `fits`. */
export function must(fits: unknown, what: string): asserts fits {
  if (!fits) throw errors.STALE({ what })
}

export function isDescribed(value: unknown): value is Described {
  if (!isRecord(value)) return false
  const { key, many, version, names, hidden } = value
  return isText(key) && typeof many === 'boolean' && isCount(version) && isTexts(names) && isTexts(hidden)
}

export function isHello(message: readonly unknown[]): message is Hello {
  const [, protocol, session, epoch, next, definitions] = message
  if (!isCount(protocol) || !isText(session) || !isCount(epoch)) return false
  // What another version's greeting has further on is not ours to judge: the answer says which version this is.
  return protocol !== PROTOCOL || (isCount(next) && isList(definitions) && definitions.every(isDescribed))
}

const isRef = (value: unknown): value is Ref =>
  isCount(value) || (isList(value) && value.length === 2 && isCount(value[0]) && isText(value[1]))

const isTerms = (value: unknown): value is Terms =>
  value === 0 ||
  (isRecord(value) &&
    (value.durable === undefined || typeof value.durable === 'boolean') &&
    (value.again === undefined || isText(value.again)))

export const isCall = (value: unknown): value is Call =>
  isList(value) && isText(value[0]) && isRef(value[1]) && isTerms(value[2])

export function isCalls(message: readonly unknown[]): message is Calls {
  const [, epoch, first, applied] = message
  return message.length > 4 && isCount(epoch) && isCount(first) && isCount(applied)
}

/** Are all but the kind counts? */
export const isCounts = (message: readonly unknown[], length: number): boolean =>
  message.length === length && message.slice(1).every(isCount)

function isAnswers(value: unknown): value is Answers {
  if (!isList(value) || value.length % 3 !== 0) return false
  for (let at = 0; at < value.length; at += 3) {
    const code = value[at + 1]
    if (!isCount(value[at]) || !isCount(code) || code > FAILED) return false
  }
  return true
}

export function isBirth(value: unknown): value is Birth {
  if (!isList(value) || value[0] !== '+') return false
  const [, definition, id, ordinal, values] = value
  return isCount(definition) && isText(id) && isCount(ordinal) && isList(values)
}

function isItem(value: unknown): value is Item {
  if (!isList(value)) return false
  const [first, second] = value
  if (isCount(first)) return value.length % 2 === 1
  if (first === '-' || first === '!' || first === 'x') return isCount(second)
  return first === 'status' ? isText(second) : isBirth(value)
}

export function isWelcome(message: readonly unknown[]): message is Welcome {
  const [, protocol, epoch, known, last, births, items, answers] = message
  if (!isCount(protocol) || !isCount(epoch) || typeof known !== 'boolean' || !isCount(last)) return false
  return isList(births) && births.every(isBirth) && isList(items) && items.every(isItem) && isAnswers(answers)
}

export function isFrame(message: readonly unknown[]): message is Frame {
  const [, bytes, items, answers] = message
  return bytes instanceof Uint8Array && isList(items) && items.every(isItem) && isAnswers(answers)
}

const READS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'nothing',
  'abort',
  'wait',
  'store.flush',
  'store.snapshot',
  'machine.canAdd',
  'machine.canRemove',
  'machine.canSet',
])

/** Does this call change something? Then it may be sent again, and is applied once. */
export const isWrite = (act: string): boolean => !READS.has(act)
