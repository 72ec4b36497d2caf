import type { AnyMachine, Machine, Result } from '../../core/machine/types.ts'
import type { Shape } from '../../core/model/define-model.ts'
import type { AskPending, AskValue, AskWhy, DenyReason, Frame, Mutate, Reason, Reserved } from '../protocol/frames.ts'
import type { Preview } from '../protocol/preview.ts'
import { encode } from './encode.ts'
import type { Recorder } from './recorder.ts'
import { holderAt, type Rows, shapeOf } from './rows.ts'

export type Question = AskValue | AskPending | AskWhy | Mutate | Reserved

/** A frame to answer with, or why there is none. */
export type Reply = Frame | DenyReason

/** What an agent answers from. */
export interface Sources {
  readonly recorder: Recorder
  readonly rows: Rows
  /** `mutate` and `why` are allowed. */
  readonly commands: boolean
  readonly types: boolean
}

/** Answers a panel's question, or does what it asks. Throws nothing that the app's code throws. */
export function reply(question: Question, sources: Sources): Reply {
  switch (question.k) {
    case 'value':
      return value(question, sources)
    case 'pending':
      return pending(question, sources)
    case 'why':
    case 'mutate':
      return command(question, sources)
    default:
      return 'unsupported'
  }
}

const machineOf = ({ machines }: Recorder, m: number) => machines.entries.get(m)?.core.deref() as AnyMachine | undefined

function pending({ q, m }: AskPending, { recorder }: Sources): Reply {
  const machine = machineOf(recorder, m)
  if (!machine) return 'unknown'
  const { handlers, waits } = machine.pending()
  const running = handlers.slice(0, 1000).map(({ state, handler, transition: seq }) => ({ state, handler, seq }))
  return { k: 'pending', q, m, handlers: running, waits: waits.slice(0, 1000) }
}

function command(question: AskWhy | Mutate, { recorder, commands }: Sources): Reply {
  if (!commands) return 'forbidden'
  const machine = machineOf(recorder, question.m) as unknown as Machine | undefined
  const { states, q } = question
  if (!machine || machine.isDisposed() || !states.every((state) => machine.definition.names.includes(state))) {
    return 'unknown'
  }
  let result: Result
  try {
    if (question.k === 'why') result = machine.canAdd(states)
    else if (question.args === undefined) result = machine[question.type](states)
    else result = machine[question.type](states, question.args)
  } catch {
    // Arguments that a schema rejects. Its words may quote them.
    return 'invalid'
  }
  const reason = result.status === 'canceled' ? (result.reason as Reason) : undefined
  return { k: 'answer', q, status: result.status, ...(reason && { reason }) }
}

interface Row {
  peek(field: string): unknown
}

function value({ q, s, key, path }: AskValue, { recorder, rows, types }: Sources): Reply {
  const store = recorder.stores[s - 1]?.store
  const found = holderAt(store, key)
  const shape = shapeOf(found?.holder)
  if (!store || !found || !shape) return 'unknown'
  const { many } = found.holder.definition
  const live = store.get(found.holder.definition) as Row & { ids: readonly string[]; get(id: string): Row | undefined }
  const answer = (shown: Preview): Reply => ({ k: 'value', q, value: shown, seq: store.commits })
  if (many && found.id === undefined) {
    if (path.length > 0) return 'unknown'
    return answer(encode(live.ids, { expose: shape.expose, redact: NOTHING, types: false }))
  }
  const row = many ? live.get(found.id!) : found.id === undefined ? live : undefined
  if (!row) return 'unknown'
  const shown = path.length === 0 ? whole(row, shape, rows) : along(row, shape, path, rows, types)
  return shown === undefined ? 'unknown' : answer(shown)
}

const NOTHING: ReadonlySet<string> = new Set()
const MISSING: unique symbol = Symbol()

const fieldsOf = (shape: Shape) => [...shape.fields.map(({ name }) => name), ...shape.computed.map(([name]) => name)]

function read(row: Row, field: string): unknown {
  try {
    return row.peek(field)
  } catch {
    // A computed value is the app's own function.
    return MISSING
  }
}

function whole(row: Row, shape: Shape, rows: Rows): Preview {
  const names = fieldsOf(shape)
  const entries = names.slice(0, 100).map((name) => {
    const held = read(row, name)
    return [name, held === MISSING ? ({ $: 'unreadable' } as const) : rows.model(shape, name, held)] as const
  })
  return { $: 'object', n: names.length, v: entries }
}

/** What stands at the end of a path that starts with a field. Every name on it counts for redaction. */
function along(row: Row, shape: Shape, [field, ...rest]: AskValue['path'], rows: Rows, types: boolean) {
  if (typeof field !== 'string' || !fieldsOf(shape).includes(field)) return undefined
  let held = read(row, field)
  const shown = (name: string) => rows.hides(shape, name)
  let hidden = shown(field)
  for (const part of rest) {
    const [name, below] = step(held, part)
    hidden ||= typeof name === 'string' && shown(name)
    held = below
  }
  if (held === MISSING) return undefined
  return hidden || types
    ? ({ $: 'redacted', v: held === null ? 'null' : typeof held } as const)
    : rows.model(shape, field, held)
}

/** One step down, with its name: by own data properties; entries of maps and sets by number. */
function step(held: unknown, part: string | number): readonly [name: unknown, value: unknown] {
  if (typeof held !== 'object' || held === null) return [part, MISSING]
  if (typeof part === 'number' && (held instanceof Map || held instanceof Set)) {
    return [...held.entries()][part] ?? [part, MISSING]
  }
  const own = Object.getOwnPropertyDescriptor(held, part)
  return [part, own && Object.hasOwn(own, 'value') ? own.value : MISSING]
}
