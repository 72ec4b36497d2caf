import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import { errors } from './errors.ts'
import { build, type Fsm } from './fsm.ts'
import { type Anchored, offsetOf } from './position.ts'
import type { Problem } from './types.ts'
import { filler, type Variables } from './variables.ts'

/** What `loadFsm` takes beside the text. */
export interface LoadOptions {
  /** What `${NAME}` stands for. Nothing comes from the environment unless you give `process.env`. */
  readonly variables?: Variables
}

// A thousand states, each with a few transitions. The reader needs a second or so for the worst text of this length.
const CHARACTERS = 300_000
const VALUES = 100_000
// `yaml` looks through all anchors for each alias.
const ALIASES = 2_000
const DEPTH = 100

/**
 * Makes a machine of YAML (1.2, with merge keys) or JSON. `${NAME}`, `${NAME:-default}` and `${NAME:?message}` are
 * filled after parsing and inside string values only, so no value can inject structure.
 *
 * @throws FsmDefinitionError with every error, each with path, line and column. Text of more than 300,000 characters,
 *   100,000 values (aliases unfolded), 2,000 aliases or 100 levels is refused, and so are custom tags.
 * @example
 * ```ts
 * const orders = loadFsm(await readFile('order.yaml', 'utf8'), { variables: { DESK: 'rates' } })
 * ```
 */
export function loadFsm(text: string, { variables = {} }: LoadOptions = {}): Fsm {
  if (text.length > CHARACTERS) throw refusal('limit', `is larger than ${CHARACTERS} characters`)
  const lines = new LineCounter()
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const document = parse(text, lines)
  // An unknown tag is a warning to the reader, which would go on with a string.
  const mistakes = [...document.errors, ...document.warnings].map(({ message, pos }) => ({ message, offset: pos[0] }))
  const anchored = weigh(document, (message, node) => {
    mistakes.push({ message, offset: (node as Node).range?.[0] ?? 0 })
  })
  if (mistakes.length > 0) {
    const problems = mistakes.map(({ message, offset }) => ({
      kind: 'syntax' as const,
      path: [],
      message,
      ...at(offset),
    }))
    throw errors.FSM_INVALID({ problems: inOrder(problems) })
  }
  return build(
    document.toJS({ maxAliasCount: -1 }),
    (report) => filler(variables, report),
    (problems) =>
      inOrder(problems.map((problem) => ({ ...problem, ...at(offsetOf(document.contents, problem, anchored)) }))),
  )
}

/** As a reader of the file meets them. */
const inOrder = (problems: readonly Required<Problem>[]): Problem[] =>
  [...problems].sort((a, b) => a.line - b.line || a.column - b.column)

const refusal = (kind: 'limit' | 'syntax', message: string) =>
  errors.FSM_INVALID({ problems: [{ kind, path: [], message, line: 1, column: 1 }] })

function parse(text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    // `silent` would keep a second document silent too.
    // Keys are compared in `weigh`: the reader's own way takes minutes for a map of 100,000.
    const options = { lineCounter, merge: true, prettyErrors: false, uniqueKeys: false } as const
    return parseDocument(text, { ...options, logLevel: 'error' })
  } catch (error) {
    // The reader descends by recursion: what is nested without end ends its stack.
    if (error instanceof RangeError) throw refusal('limit', `is nested deeper than ${DEPTH}`)
    throw refusal('syntax', String((error as Error).message))
  }
}

/**
 * Refuses what aliases unfold to before anything walks it: a few hundred bytes can stand for billions of values.
 * Answers what each alias stands for; reports those that stand for nothing, and keys that come twice.
 */
function weigh(document: Document.Parsed, mistake: (message: string, node: unknown) => void): Anchored {
  const anchors = new Map<string, Node>()
  const anchored: Anchored = new Map()
  const weights = new Map<unknown, number>()
  const weight = (node: unknown, depth: number): number => {
    if (depth > DEPTH) throw refusal('limit', `is nested deeper than ${DEPTH}`)
    if (isAlias(node)) {
      const source = anchors.get(node.source)
      if (source) anchored.set(node, source)
      else mistake(`There is no anchor "${node.source}" before this alias`, node)
      if (anchored.size > ALIASES) throw refusal('limit', `has more than ${ALIASES} aliases`)
      // An alias inside what it stands for has no weight yet, and no end.
      return source ? (weights.get(source) ?? Number.POSITIVE_INFINITY) : 1
    }
    const anchor = (node as Node | null)?.anchor
    if (anchor) anchors.set(anchor, node as Node)
    let sum = 1
    if (isMap(node) || isSeq(node)) {
      const keys = new Set<unknown>()
      for (const item of node.items as (Pair | Node)[]) {
        if ('key' in item && isScalar(item.key)) {
          const { value } = item.key
          if (keys.has(String(value))) mistake(`The key "${value}" comes twice in this map`, item.key)
          keys.add(String(value))
        }
        sum += 'key' in item ? weight(item.key, depth + 1) + weight(item.value, depth + 1) : weight(item, depth + 1)
      }
    }
    weights.set(node, sum)
    return sum
  }
  if (weight(document.contents, 0) > VALUES) throw refusal('limit', `has more than ${VALUES} values, aliases unfolded`)
  return anchored
}
