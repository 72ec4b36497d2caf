import {
  type Check,
  either,
  isFlag,
  isName,
  isNull,
  isNumber,
  isPairs,
  isText,
  isTrue,
  isVersion,
  isWhole,
  list,
  mutationType,
  names,
  object,
  one,
  tuple,
} from './check.ts'
import type { ToPanel } from './frames.ts'
import { bare, type Checks, read } from './line.ts'
import type { Preview } from './preview.ts'

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

// --- Frames

const target = object({ id: isName, run: isName, kind: one('page', 'worker', 'node'), label: isText })
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

const record = object({ on: isFlag })

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

/** A frame for a panel, checked. Unknown kinds are `undefined`; a recording keeps their text all the same. */
export const readToPanel = (text: unknown): ToPanel | undefined => read(TO_PANEL, text) as ToPanel | undefined
