import {
  type Check,
  either,
  isFlag,
  isNull,
  isNumber,
  isPairs,
  isText,
  isTrue,
  isWhole,
  list,
  object,
  one,
  tuple,
} from './check.ts'
import type { Frame, ToAgent, ToPanel } from './frames.ts'
import { VERSION } from './identity.ts'
import type { Preview } from './preview.ts'

/** Characters of one line. Agents keep far below. */
export const LONGEST_LINE = 4_000_000

const isName: Check = (value) => isText(value) && value !== ''
const names = list(isText, 10_000)
const isVersion = one(VERSION)

// --- Values

const entry = tuple([isText, (value) => isPreview(value)])
const previews = list((value) => isPreview(value), 1000)
const length = { n: isWhole }
const TAGGED: { readonly [tag: string]: Check } = /* @__PURE__ */ Object.assign(Object.create(null), {
  string: object({ v: isText, ...length }),
  number: object({ v: isText }),
  undefined: object({}),
  bigint: object({ v: isText }),
  symbol: object({ v: isText }),
  function: object({ v: isText }),
  array: object({ v: previews, ...length }),
  object: object({ 'c?': isText, v: list(entry, 1000), ...length }),
  map: object({ v: list(tuple([(value) => isPreview(value), (value) => isPreview(value)]), 1000), ...length }),
  set: object({ v: previews, ...length }),
  date: object({ v: isText }),
  regexp: object({ v: isText }),
  error: object({ c: isText, 'v?': isText, 'code?': isText, 'stack?': isText, 'more?': list(entry, 1000) }),
  dom: object({ v: isText }),
  bytes: object({ c: isText, v: list(isNumber, 1000), ...length }),
  cycle: object({ up: isWhole }),
  accessor: object({}),
  redacted: object({ v: isText }),
  deep: object({ v: isText }),
  unreadable: object({}),
})

/** Levels a preview may have: ours have 6, keys of maps and fields of errors among them. */
const DEEPEST = 40
let level = 0

/** Is this a value as agents show it? */
export function isPreview(value: unknown): value is Preview {
  if (typeof value !== 'object') return isText(value) || isFlag(value) || isNumber(value)
  if (value === null) return true
  if (level >= DEEPEST) return false
  const tag = Object.hasOwn(value, '$') ? (value as { $: unknown }).$ : undefined
  const check = typeof tag === 'string' ? TAGGED[tag] : undefined
  if (!check) return false
  level++
  try {
    return check(value)
  } finally {
    level--
  }
}

/** Plain JSON that may be handed to an app: not deep, not large, and no key that could reach a prototype. */
function isJson(value: unknown, left = { nodes: 10_000 }, depth = 0): boolean {
  if (--left.nodes < 0 || depth > 20) return false
  if (typeof value !== 'object' || value === null) return value !== undefined
  if (Array.isArray(value)) return value.every((item) => isJson(item, left, depth + 1))
  return Object.entries(value).every(([key, item]) => key !== '__proto__' && isJson(item, left, depth + 1))
}

// --- Frames

const target = object({ id: isName, run: isName, kind: one('page', 'worker', 'node'), label: isText })
const mutationType = one('add', 'remove', 'set')
const mutationNumber = one(0, 1, 2)
const source = tuple([isWhole, isWhole])
const reason = either(
  object({ kind: one('relation'), state: isText, relation: one('require', 'remove'), by: names }),
  object({ kind: one('handler'), state: isText, handler: isText }),
  object({ kind: one('queue-full', 'disposed', 'error', 'aborted', 'check') }),
)
const detail = object({
  'source?': source,
  'reason?': reason,
  'args?': isPreview,
  'targets?': list(isWhole),
  'undone?': isWhole,
  'us?': isNumber,
})
const txRow = tuple([isWhole, isWhole, isNumber, mutationNumber, isWhole, list(isWhole), isPairs, detail], 1)
const ranges = list(tuple([isWhole, isWhole, isWhole]))
const flags = (...keys: string[]) => Object.fromEntries(keys.map((key) => [`${key}?`, isTrue]))
const state = object({
  name: isName,
  ...flags('auto', 'multi', 'args'),
  'require?': names,
  'add?': names,
  'remove?': names,
  'after?': names,
  'timeout?': object({ ms: isNumber, type: mutationType, states: names }),
  'redact?': either(isTrue, names),
  'description?': isText,
  'tags?': names,
})
const held = object({
  key: isName,
  kind: one('model', 'machine'),
  many: isFlag,
  fields: names,
  computed: names,
  redact: names,
})
const machine = object({
  m: isWhole,
  hash: isName,
  name: isName,
  label: isName,
  time: isNumber,
  'parent?': isWhole,
  'tags?': names,
  's?': isWhole,
  'key?': isText,
  'mirror?': isTrue,
})
const clockRow = tuple([isWhole, isWhole, list(isWhole), one('start', 'drop', 'check', 'set'), isWhole, isWhole])
const dropReason = one('duplicate', 'nothing-to-do', 'queue-full', 'args', 'disposed', 'aborted')
const handlerStatus = one('done', 'refused', 'failed', 'settled', 'rejected')
const change = tuple([isText, either(isText, isNull), isPreview, isPreview])

/** Frames that both sides send alike. */
const record = object({ on: isFlag })

type Checks = { readonly [kind: string]: Check }
const bare = (checks: Checks): Checks => Object.assign(Object.create(null), checks)

const TO_PANEL: Checks = /* @__PURE__ */ bare({
  here: object({
    v: isVersion,
    target,
    'at?': isNumber,
    origin: isNumber,
    time: isNumber,
    step: isNumber,
    machines: isWhole,
    rows: isWhole,
    errors: isWhole,
    recording: isFlag,
    commands: isFlag,
  }),
  attached: object({ v: isVersion, run: isName, session: isName }),
  deny: object({
    v: isVersion,
    run: isName,
    session: isName,
    'q?': isWhole,
    reason: one('unsupported', 'forbidden', 'unknown', 'invalid', 'version'),
  }),
  bye: object({ v: isVersion, run: isName }),
  schema: object({
    hash: isName,
    name: isName,
    version: isWhole,
    states: list(state, 10_000),
    groups: list(tuple([isText, names])),
  }),
  store: object({ list: list(object({ s: isWhole, name: isText, holds: list(held) })) }),
  machine: object({ list: list(machine) }),
  gone: object({ list: list(tuple([isWhole, isWhole, isNumber])) }),
  clock: object({ list: list(clockRow) }),
  tx: object({ rows: list(txRow) }),
  handlers: object({
    rows: list(
      tuple(
        [isWhole, isWhole, isWhole, isNumber, isText, isText, handlerStatus, either(isNumber, isNull), isPreview],
        1,
      ),
    ),
  }),
  queue: object({
    rows: list(tuple([isWhole, isWhole, isWhole, isNumber, mutationNumber, list(isWhole), dropReason, detail], 1)),
  }),
  model: object({ rows: list(tuple([isWhole, isWhole, isNumber, isText, list(change, 1000), isWhole], 1)) }),
  drop: object({ reason: one('ring', 'pause'), list: ranges, stores: ranges, others: isWhole }),
  record,
  value: object({ q: isWhole, value: isPreview, seq: isWhole }),
  pending: object({
    q: isWhole,
    m: isWhole,
    handlers: list(object({ state: isText, handler: isText, seq: isWhole })),
    waits: list(object({ 'state?': isText, wait: isText })),
  }),
  answer: object({ q: isWhole, status: one('executed', 'canceled', 'queued'), 'reason?': reason }),
})

const reserved = object({ q: isWhole, 'm?': isWhole, 'seq?': isWhole })
const TO_AGENT: Checks = /* @__PURE__ */ bare({
  who: object({ v: isVersion, at: isNumber, 'run?': isName, 'id?': isName }),
  attach: object({ v: isVersion, run: isName, session: isName }),
  bye: object({ v: isVersion, session: isName }),
  credit: object({ rows: isWhole }),
  record,
  value: object({ q: isWhole, s: isWhole, key: isText, path: list(either(isText, isWhole), 100) }),
  pending: object({ q: isWhole, m: isWhole }),
  why: object({ q: isWhole, m: isWhole, states: list(isText, 1000) }),
  mutate: object({ q: isWhole, m: isWhole, type: mutationType, states: list(isText, 1000), 'args?': (v) => isJson(v) }),
  hold: reserved,
  step: reserved,
  resume: reserved,
  restore: reserved,
})

/** One frame of one line. What is not one is `undefined`, and nobody's fault: anyone may write on a channel. */
const read = (checks: Checks, text: unknown): Frame | undefined => {
  if (typeof text !== 'string' || text.length > LONGEST_LINE) return undefined
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof frame !== 'object' || frame === null || !Object.hasOwn(frame, 'k')) return undefined
  const { k } = frame as { k: unknown }
  const check = typeof k === 'string' ? checks[k] : undefined
  return check?.(frame) ? (frame as Frame) : undefined
}

/** A frame for an agent, checked. */
export const readToAgent = (text: unknown): ToAgent | undefined => read(TO_AGENT, text) as ToAgent | undefined

/** A frame for a panel, checked. Unknown kinds are `undefined`; a recording keeps their text all the same. */
export const readToPanel = (text: unknown): ToPanel | undefined => read(TO_PANEL, text) as ToPanel | undefined

/** The lines of a message. What is no text has none. */
export const linesOf = (message: unknown): readonly string[] =>
  typeof message === 'string' ? message.split('\n').filter((text) => text !== '') : []

/** A frame as a line, without its line break. */
export const line = (frame: Frame): string => JSON.stringify(frame)
