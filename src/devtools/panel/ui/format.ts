import type { Reason } from '../../protocol/frames.ts'
import type { Preview } from '../../protocol/preview.ts'

const pad = (value: number, width: number) => String(value).padStart(width, '0')

/** µs since the epoch as local time of day, to the millisecond: `12:03:11.204`. */
export function timeOfDay(us: number): string {
  const date = new Date(us / 1000)
  return `${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}.${pad(date.getMilliseconds(), 3)}`
}

/**
 * A duration. Below the step of the clock that measured it, it says so: a 0 would be a claim.
 *
 * @param us µs; `null` or NaN: it was not measured.
 * @param step The clock's smallest step in µs.
 */
export function duration(us: number | null | undefined, step: number): string {
  if (us === null || us === undefined || Number.isNaN(us)) return 'not measured'
  if (us < step || us <= 0) return `< ${trim(Math.max(step, 1) / 1000)} ms`
  if (us < 1000) return `${trim(us / 1000)} ms`
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 100_000 ? 1 : 0)} ms`
  if (us < 60_000_000) return `${(us / 1_000_000).toFixed(2)} s`
  return `${Math.floor(us / 60_000_000)} min ${Math.round((us % 60_000_000) / 1_000_000)} s`
}
const trim = (ms: number) => String(Number(ms.toPrecision(2)))

/** How long ago, or ahead, of a moment, roughly: `−1.2 s`. */
export function offset(us: number): string {
  const sign = us < 0 ? '−' : '+'
  const size = Math.abs(us)
  if (size < 1000) return `${sign}${Math.round(size)} µs`
  if (size < 1_000_000) return `${sign}${(size / 1000).toFixed(1)} ms`
  if (size < 60_000_000) return `${sign}${(size / 1_000_000).toFixed(1)} s`
  if (size < 3_600_000_000) return `${sign}${Math.floor(size / 60_000_000)} min`
  return `${sign}${Math.floor(size / 3_600_000_000)} h`
}

/** A count with thin spaces between thousands. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f')

export const plural = (n: number, one: string, more = `${one}s`): string => `${count(n)} ${n === 1 ? one : more}`

const and = (names: readonly string[]) =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** Why a transition was refused, as a sentence. */
export function refusal(reason: Reason | undefined): string {
  switch (reason?.kind) {
    case undefined:
      return 'It was refused; the reason was not told.'
    case 'relation':
      return reason.relation === 'require'
        ? `${reason.state} requires ${and(reason.by)}, which ${reason.by.length > 1 ? 'are' : 'is'} not among the targets.`
        : `${reason.state} is removed by ${and(reason.by)}.`
    case 'handler':
      return `The handler ${reason.state}.${reason.handler} refused.`
    case 'queue-full':
      return 'The queue was full.'
    case 'disposed':
      return 'The machine was disposed.'
    case 'error':
      return 'A handler threw: what had not finished was put back.'
    case 'aborted':
      return 'The transaction it was called in was undone.'
    case 'check':
      return 'It was called in a dry run.'
  }
}

const DROPS: Readonly<Record<string, string>> = {
  duplicate: 'The same mutation was already waiting in the queue.',
  'nothing-to-do': 'None of the states was active, so there was nothing to remove.',
  'queue-full': 'The queue was full.',
  args: 'The arguments did not fit the schema of the state.',
  disposed: 'The machine was disposed.',
  aborted: 'The transaction it was called in was undone.',
}
/** Why a mutation never became a transition, as a sentence. */
export const dropped = (why: string): string => (Object.hasOwn(DROPS, why) ? DROPS[why]! : why)

/** Why rows are missing, as words. */
export const GAPS = {
  ring: 'overwritten before they could be sent',
  pause: 'not recorded: paused',
  unseen: 'before or between visits of this panel',
} as const

/** A value in one line, at most about `most` characters. Text only: it is never markup. */
export function inline(value: Preview, most = 80): string {
  const text = write(value, most)
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

function write(value: Preview, most: number): string {
  if (typeof value === 'string') return JSON.stringify(value.length > most ? `${value.slice(0, most)}…` : value)
  if (typeof value !== 'object' || value === null) return String(value)
  switch (value.$) {
    case 'string':
      return `${JSON.stringify(value.v.slice(0, most)).slice(0, -1)}…" (${count(value.n)} characters)`
    case 'number':
    case 'symbol':
    case 'date':
    case 'regexp':
    case 'dom':
      return value.v
    case 'undefined':
      return 'undefined'
    case 'bigint':
      return `${value.v}n`
    case 'function':
      return `ƒ ${value.v || 'anonymous'}`
    case 'array':
      return `[${some(value.v, value.n, (one) => write(one, most), most)}]`
    case 'object':
      return `${value.c ? `${value.c} ` : ''}{${some(value.v, value.n, ([key, one]) => `${key}: ${write(one, most)}`, most)}}`
    case 'map':
      return `Map {${some(value.v, value.n, ([key, one]) => `${write(key, most)} → ${write(one, most)}`, most)}}`
    case 'set':
      return `Set {${some(value.v, value.n, (one) => write(one, most), most)}}`
    case 'error':
      return `${value.c}${value.v === undefined ? '' : `: ${value.v}`}${value.code ? ` (${value.code})` : ''}`
    case 'bytes':
      return `${value.c} of ${plural(value.n, 'byte')}`
    case 'cycle':
      return '↻ cycle'
    case 'accessor':
      return '(getter)'
    case 'redacted':
      return value.v === 'unknown' ? 'redacted' : `redacted ${value.v}`
    case 'deep':
      return `${value.v} …`
    case 'unreadable':
      return '(unreadable)'
  }
}

function some<T>(list: readonly T[], n: number, each: (one: T) => string, most: number): string {
  const parts: string[] = []
  let length = 0
  for (const one of list) {
    if (length > most) break
    const part = each(one)
    parts.push(part)
    length += part.length
  }
  if (parts.length < n) parts.push(`… ${n - parts.length} more`)
  return parts.join(', ')
}

/** The parts of a value that can be unfolded, each with its name. */
export function partsOf(value: Preview): readonly (readonly [name: string, value: Preview])[] {
  if (typeof value !== 'object' || value === null) return []
  switch (value.$) {
    case 'array':
    case 'set':
      return value.v.map((one, i) => [String(i), one])
    case 'object':
      return value.v
    case 'map':
      return value.v.map(([key, one]) => [inline(key, 40), one])
    case 'error':
      return [...(value.more ?? []), ...(value.stack ? [['stack', value.stack] as const] : [])]
    default:
      return []
  }
}
