import { either, isFlag, isName, isNumber, isText, isVersion, isWhole, list, mutationType, object } from './check.ts'
import type { Here, ToAgent } from './frames.ts'
import { bare, type Checks, read } from './line.ts'

/** Plain JSON that may be handed to an app: not deep, not large, and no key that could reach a prototype. */
function isJson(value: unknown, left = { nodes: 10_000 }, depth = 0): boolean {
  if (--left.nodes < 0 || depth > 20) return false
  if (typeof value !== 'object' || value === null) return value !== undefined
  if (Array.isArray(value)) return value.every((item) => isJson(item, left, depth + 1))
  return Object.entries(value).every(([key, item]) => key !== '__proto__' && isJson(item, left, depth + 1))
}

const reserved = object({ q: isWhole, 'm?': isWhole, 'seq?': isWhole })
const TO_AGENT: Checks = /* @__PURE__ */ bare({
  who: object({ v: isVersion, at: isNumber, 'run?': isName, 'id?': isName }),
  attach: object({ v: isVersion, run: isName, session: isName }),
  bye: object({ v: isVersion, session: isName }),
  credit: object({ rows: isWhole }),
  record: object({ on: isFlag }),
  value: object({ q: isWhole, s: isWhole, key: isText, path: list(either(isText, isWhole), 100) }),
  pending: object({ q: isWhole, m: isWhole }),
  why: object({ q: isWhole, m: isWhole, states: list(isText, 1000) }),
  mutate: object({ q: isWhole, m: isWhole, type: mutationType, states: list(isText, 1000), 'args?': (v) => isJson(v) }),
  hold: reserved,
  step: reserved,
  resume: reserved,
  restore: reserved,
})

/** A frame for an agent, checked. */
export const readToAgent = (text: unknown): ToAgent | undefined => read(TO_AGENT, text) as ToAgent | undefined

const RIVAL: Checks = /* @__PURE__ */ bare({
  here: object({ v: isVersion, target: object({ id: isName, run: isName }), 'at?': isNumber }),
})

/** Another agent's greeting, as far as an agent cares. */
export const readRival = (text: unknown): Pick<Here, 'target' | 'at'> | undefined =>
  read(RIVAL, text) as Here | undefined
