import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import { BAD_KEY } from './plain.ts'
import { NO_KEY } from './shape.ts'
import type { Problem } from './types.ts'

/** What each alias of a document stands for. */
export type Anchored = Map<Alias, Node>

const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]

/** Where a problem is in the text: its value; an unknown key itself; what lacks a missing key. */
export function offsetOf(root: unknown, { path, message }: Problem, anchored: Anchored): number {
  const ofKey = message === NO_KEY || message === BAD_KEY
  let node = root
  let offset = startOf(node) ?? 0
  for (const [at, key] of path.entries()) {
    const pair = entry(node, key, anchored)
    if (pair === undefined) break
    node = pair.value
    const value = ofKey && at === path.length - 1 ? undefined : startOf(node)
    offset = value ?? startOf(pair.key) ?? offset
  }
  return offset
}

// By map, since one with many keys can have as many problems.
const pairs = /* @__PURE__ */ new WeakMap<object, Map<string, Pair>>()

function pairsOf(map: YAMLMap): Map<string, Pair> {
  const known = pairs.get(map)
  if (known) return known
  const made = new Map<string, Pair>()
  for (const pair of map.items) if (isScalar(pair.key)) made.set(String(pair.key.value), pair)
  pairs.set(map, made)
  return made
}

/** The pair of a map, or the item of a list; through aliases and merge keys. */
function entry(
  found: unknown,
  key: string | number,
  anchored: Anchored,
): { key?: unknown; value: unknown } | undefined {
  const node = isAlias(found) ? anchored.get(found) : found
  if (isSeq(node)) return { value: node.items[key as number] }
  if (!isMap(node)) return undefined
  const own = pairsOf(node).get(String(key))
  if (own) return own
  const value = pairsOf(node).get('<<')?.value
  const merged = isAlias(value) ? anchored.get(value) : value
  for (const source of isSeq(merged) ? merged.items : [merged]) {
    const inner = entry(source, key, anchored)
    if (inner) return inner
  }
  return undefined
}
