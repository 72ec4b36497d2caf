import type { Check } from './check.ts'
import type { Frame } from './frames.ts'

/** Characters of one line. Agents keep far below. */
export const LONGEST_LINE = 4_000_000

/** Shapes of frames by their kind. No prototype: a kind is whatever somebody sent. */
export type Checks = { readonly [kind: string]: Check }
export const bare = (checks: Checks): Checks => Object.assign(Object.create(null), checks)

/** One frame of one line, if it is of these shapes. What is not is `undefined`, and nobody's fault: anyone may write on a channel. */
export function read(checks: Checks, text: unknown): Frame | undefined {
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

/** The lines of a message. What is no text has none. */
export const linesOf = (message: unknown): readonly string[] =>
  typeof message === 'string' ? message.split('\n').filter((text) => text !== '') : []

/** A frame as a line, without its line break. */
export const line = (frame: Frame): string => JSON.stringify(frame)
