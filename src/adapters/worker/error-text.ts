import { DefinitionError, DuplicateIdError, EscapementError, TimeoutError } from '../../core/error.ts'
import { ArgsError, DisposedError, LoopError, UnknownStateError } from '../../core/machine/errors.ts'
import { ConflictError, DeletedError, ValidationError } from '../../core/model/errors.ts'
import { StorageError } from '../../core/ports/errors.ts'
import {
  ClosedError,
  HydrationError,
  LockedError,
  LockTimeoutError,
  NotRegisteredError,
  TransactionError,
} from '../../core/store/errors.ts'
import { DisconnectedError, MismatchError } from './errors.ts'
import { type ErrorText, isRecord, isText } from './protocol.ts'

type Coded = new (code: string, message: string) => EscapementError
type Plain = new (message: string) => Error

// By name, since minifiers rename classes, and a list, not a look-up in some global: what a message names is never run.
// The more special before the more general.
const CLASSES: Readonly<Record<string, Coded | Plain>> = {
  ArgsError,
  ClosedError,
  ConflictError,
  DefinitionError,
  DeletedError,
  DisconnectedError,
  DisposedError,
  DuplicateIdError,
  HydrationError,
  LockedError,
  LockTimeoutError,
  LoopError,
  MismatchError,
  NotRegisteredError,
  StorageError,
  TimeoutError,
  TransactionError,
  UnknownStateError,
  ValidationError,
  EscapementError,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  URIError,
  EvalError,
  Error,
}

const OWN = new Set(['name', 'code', 'message', 'stack', 'cause'])
const MAX_CAUSES = 4
const MAX_DEPTH = 20

/** An error as plain data: the nearest class that both sides know, words, stack and facts. Never throws. */
export function textOf(error: unknown): ErrorText {
  try {
    return told(error, MAX_CAUSES)
  } catch {
    // It has no words, as an object without a prototype, or what it has throws when it is read.
    return { kind: 'Error', name: 'Error', message: 'Something was thrown that cannot be told.', stack: '' }
  }
}

function told(error: unknown, causes: number): ErrorText {
  if (!(error instanceof Error)) {
    return { kind: '', name: 'Error', message: String(error), stack: '', facts: { thrown: plain(error) } }
  }
  const facts = Object.entries(error).filter(([key]) => !OWN.has(key))
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  return {
    kind: Object.entries(CLASSES).find(([, Class]) => error instanceof Class)?.[0] ?? 'Error',
    name: error.name,
    message: error.message,
    stack: error.stack ?? '',
    ...(isText(code) ? { code } : undefined),
    facts: Object.fromEntries(facts.map(([key, value]) => [key, plain(value)])),
    ...(cause !== undefined && causes > 0 ? { cause: told(cause, causes - 1) } : undefined),
  }
}

export const isErrorText = (value: unknown): value is ErrorText => isTold(value, MAX_CAUSES)

// Of a limited depth: what travelled may be its own cause.
function isTold(value: unknown, causes: number): value is ErrorText {
  if (!isRecord(value)) return false
  const { kind, name, message, stack, code, facts, cause } = value
  return (
    isText(kind) &&
    isText(name) &&
    isText(message) &&
    isText(stack) &&
    (code === undefined || isText(code)) &&
    (facts === undefined || isRecord(facts)) &&
    (cause === undefined || (causes > 0 && isTold(cause, causes - 1)))
  )
}

/** The error again, an instance of its class where that is one of ours or the language's, with the stack it had. */
export function errorOf(text: unknown): unknown {
  if (!isErrorText(text)) return new Error('The worker failed, and did not say how.')
  const { kind, name, message, stack, code, facts = {}, cause } = text
  if (kind === '' && Object.hasOwn(facts, 'thrown')) return facts.thrown
  const Class = Object.hasOwn(CLASSES, kind) ? CLASSES[kind] : Error
  // Ours take a code before the message.
  const ours = Class === EscapementError || Class?.prototype instanceof EscapementError
  const error: Error = ours ? new (Class as Coded)(code ?? '', message) : new (Class as Plain)(message)
  const give = (key: string, value: unknown) =>
    Object.defineProperty(error, key, { value, enumerable: !OWN.has(key), configurable: true, writable: true })
  // Defined, not assigned: no setter runs, and no prototype is reached.
  for (const [key, value] of Object.entries(facts)) if (key !== '__proto__' && !OWN.has(key)) give(key, value)
  if (error.name !== name) give('name', name)
  if (code !== undefined && !ours) give('code', code)
  if (cause !== undefined) give('cause', errorOf(cause))
  if (stack) give('stack', stack)
  return error
}

/** A copy that every channel can carry: what is no plain data becomes its text. What was shared is shared again. */
function plain(value: unknown, depth = MAX_DEPTH, copies = new Map<object, unknown>()): unknown {
  if (typeof value === 'symbol' || typeof value === 'function') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (copies.has(value)) return copies.get(value)
  if (depth === 0) return '…'
  const inner = (part: unknown) => plain(part, depth - 1, copies)
  // Known before it is filled, so that a cycle finds it.
  const begun = <T>(copy: T): T => {
    copies.set(value, copy)
    return copy
  }
  if (Array.isArray(value)) {
    const list: unknown[] = begun([])
    for (const part of value) list.push(inner(part))
    return list
  }
  if (value instanceof Date) return begun(new Date(value.getTime()))
  if (value instanceof RegExp) return begun(new RegExp(value.source, value.flags))
  if (value instanceof Map) {
    const map = begun(new Map<unknown, unknown>())
    for (const [key, part] of value) map.set(inner(key), inner(part))
    return map
  }
  if (value instanceof Set) {
    const set = begun(new Set<unknown>())
    for (const part of value) set.add(inner(part))
    return set
  }
  if (value instanceof Error) return value.message
  const proto = Object.getPrototypeOf(value)
  if (proto !== null && Object.getPrototypeOf(proto) !== null) return String(value)
  const copy: Record<string, unknown> = begun({})
  for (const [key, part] of Object.entries(value)) {
    Object.defineProperty(copy, key, { value: inner(part), enumerable: true, configurable: true, writable: true })
  }
  return copy
}
