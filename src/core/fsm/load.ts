import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import { errors } from './errors.ts'
import { build, type Fsm } from './fsm.ts'
import type { Report } from './shape.ts'
import type { Problem } from './types.ts'
import { filler, type Variables } from './variables.ts'

/** What `loadFsm` takes beside the text. */
export interface LoadOptions {
  /** What `${NAME}` stands for. Nothing comes from the environment unless you give `process.env`. */
  readonly variables?: Variables
}

// A definition of a thousand states is a tenth of this.
const CHARACTERS = 1_000_000
const VALUES = 100_000
const DEPTH = 100

/**
 * Makes a machine of YAML (1.2, with merge keys) or JSON. `${NAME}`, `${NAME:-default}` and `${NAME:?message}` are
 * filled after parsing and inside string values only, so no value can inject structure.
 *
 * @throws FsmDefinitionError with every error, each with path, line and column
 * @example
 * ```ts
 * const orders = loadFsm(await readFile('order.yaml', 'utf8'), { variables: { DESK: 'rates' } })
 * ```
 */
export function loadFsm(text: string, { variables = {} }: LoadOptions = {}): Fsm {
  const lines = new LineCounter()
  if (text.length > CHARACTERS) throw refusal('limit', `is larger than ${CHARACTERS} characters`)
  const document = parse(text, lines)
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const mistakes = [...document.errors, ...document.warnings]
  if (mistakes.length > 0) {
    const problems = mistakes.map(({ message, pos }) => ({ kind: 'syntax' as const, path: [], message, ...at(pos[0]) }))
    throw errors.FSM_INVALID({ problems: inOrder(problems) })
  }
  weigh(document)
  return build(
    document.toJS({ maxAliasCount: -1 }),
    (report: Report) => filler(variables, report),
    (problems) => inOrder(problems.map((problem) => ({ ...problem, ...at(offsetOf(document, problem.path)) }))),
  )
}

/** As a reader of the file meets them. */
const inOrder = (problems: readonly Required<Problem>[]): Problem[] =>
  [...problems].sort((a, b) => a.line - b.line || a.column - b.column)

const refusal = (kind: 'limit' | 'syntax', message: string) =>
  errors.FSM_INVALID({ problems: [{ kind, path: [], message, line: 1, column: 1 }] })

function parse(text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, merge: true, prettyErrors: false, logLevel: 'silent' })
  } catch (error) {
    // The reader descends by recursion: what is nested without end ends its stack.
    if (error instanceof RangeError) throw refusal('limit', `is nested deeper than ${DEPTH}`)
    throw refusal('syntax', String((error as Error).message))
  }
}

/** Refuses what aliases unfold to before anything walks it: a few hundred bytes can stand for billions of values. */
function weigh(document: Document.Parsed): void {
  const weights = new Map<Node, number>()
  const weight = (node: unknown, depth: number): number => {
    if (depth > DEPTH) throw refusal('limit', `is nested deeper than ${DEPTH}`)
    if (isAlias(node)) return weight(node.resolve(document), depth + 1)
    if (!isMap(node) && !isSeq(node)) return 1
    const known = weights.get(node)
    if (known !== undefined) return known
    // Until it is known: an alias inside what it stands for never ends.
    weights.set(node, Number.POSITIVE_INFINITY)
    let sum = 1
    for (const item of node.items as (Pair | Node)[]) {
      sum += 'key' in item ? weight(item.key, depth + 1) + weight(item.value, depth + 1) : weight(item, depth + 1)
    }
    weights.set(node, sum)
    return sum
  }
  if (weight(document.contents, 0) > VALUES) throw refusal('limit', `has more than ${VALUES} values, aliases unfolded`)
}

const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]

/** Where a path begins in the text: its value; an unknown key itself; what lacks a missing key. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const key of path) {
    const pair = entry(document, isAlias(node) ? node.resolve(document) : node, key)
    if (pair === undefined) break
    node = pair.value
    offset = startOf(pair.value) ?? startOf(pair.key) ?? offset
  }
  return offset
}

function entry(
  document: Document.Parsed,
  node: unknown,
  key: string | number,
): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node)) return { value: node.items[key as number] }
  if (!isMap(node)) return undefined
  const text = (pair: Pair) => (isScalar(pair.key) ? String(pair.key.value) : undefined)
  const own = node.items.find((pair) => text(pair) === String(key))
  if (own) return own
  for (const pair of node.items.filter((one) => text(one) === '<<')) {
    const merged = isAlias(pair.value) ? pair.value.resolve(document) : pair.value
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const found = entry(document, isAlias(source) ? source.resolve(document) : source, key)
      if (found) return found
    }
  }
  return undefined
}
