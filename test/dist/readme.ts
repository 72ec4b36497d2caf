import { parseSync } from 'vite'

/** A block of code of a Markdown page that is a whole program. */
export interface Program {
  /** The line of the page its first line stands on. */
  line: number
  code: string
  /** What it prints, when a `text` block follows it with nothing but white space between them. */
  output?: string
}

/** The `ts` blocks of a Markdown page. */
export function programs(markdown: string): Program[] {
  const blocks = [...markdown.matchAll(/^```(\w*)[^\n]*\n(.*?)^```[ \t]*$/gms)]
  return blocks.flatMap((block, i) => {
    if (block[1] !== 'ts') return []
    const line = markdown.slice(0, block.index).split('\n').length + 1
    const next = blocks[i + 1]
    const between = next && markdown.slice(block.index + block[0].length, next.index)
    const output = next?.[1] === 'text' && between?.trim() === '' ? next[2] : undefined
    return [{ line, code: block[2] ?? '', ...(output === undefined ? {} : { output }) }]
  })
}

interface Node {
  type: string
  start: number
  end: number
}

/**
 * Turns every `statement //=> text` of a program into a check: while the statement runs it prints `text`, or, when it
 * prints nothing, its value reads so; `throws Name: message…` says that it throws. Lines holding only `//=> text`
 * go on. The checks come from `checkModule`, which the result imports as `./check.mjs`.
 */
export function withChecks({ code, line: firstLine }: Program): string {
  const { program, comments, errors } = parseSync('program.ts', code)
  if (errors.length > 0) throw new Error(`line ${firstLine}: ${errors[0]?.message}`)
  const edits: { start: number; end: number; text: string }[] = []
  const lines = (at: number) => code.slice(0, at).split('\n').length
  const arrows = comments.filter(({ value }) => value.startsWith('=>'))
  const alone = (at: number) => code.slice(0, at).split('\n').at(-1)?.trim() === ''
  for (const [i, arrow] of arrows.entries()) {
    if (alone(arrow.start)) continue
    const expected = [arrow.value.slice(2).trim()]
    for (const next of arrows.slice(i + 1)) {
      if (!alone(next.start) || lines(next.start) !== lines(arrow.start) + expected.length) break
      expected.push(next.value.slice(2).trim())
    }
    const part = shownBy(program, code, arrow.start)
    const at = firstLine + lines(arrow.start) - 1
    if (part === undefined) throw new Error(`line ${at}: no expression or declaration ends before its "//=>"`)
    const source = code.slice(part.start, part.end)
    const waits = /\bawait\b/.test(source)
    const text = `${waits ? 'await ' : ''}__check(${at}, ${JSON.stringify(expected.join('\n'))}, ${waits ? 'async ' : ''}() => (${source}))`
    edits.push({ start: part.start, end: part.end, text })
  }
  let result = code
  for (const { start, end, text } of edits.reverse()) result = result.slice(0, start) + text + result.slice(end)
  return `import { __check } from './check.mjs'\n${result}`
}

/** The innermost expression statement, or initialiser of a declaration, that ends right before `position`. */
function shownBy(node: unknown, code: string, position: number): Node | undefined {
  if (node === null || typeof node !== 'object') return undefined
  const statement = node as Node & { expression?: Node; declarations?: { init: Node | null }[] }
  for (const child of Object.values(node)) {
    const inner = shownBy(child, code, position)
    if (inner) return inner
  }
  if (statement.end > position || !/^[\s;]*$/.test(code.slice(statement.end, position))) return undefined
  if (code.slice(statement.end, position).includes('\n')) return undefined
  if (statement.type === 'ExpressionStatement') return statement.expression
  if (statement.type === 'VariableDeclaration') return statement.declarations?.at(-1)?.init ?? undefined
  return undefined
}

/** The module that runs the checks of `withChecks`; it knows nothing of the tests. */
export const checkModule = `
import { format, inspect } from 'node:util'
const log = console.log
let printed
console.log = (...args) => { printed?.push(format(...args)); log(...args) }
const squeeze = (text) => text.replace(/\\s+/g, ' ').trim()
const show = (value) => inspect(value, { depth: 8, breakLength: Infinity })
export function __check(line, expected, run) {
  const lines = (printed = [])
  const judge = (value) => {
    printed = undefined
    const answers = lines.length > 0 ? [lines.join('\\n')] : [show(value), ...(typeof value === 'string' ? [value] : [])]
    if (!answers.some((answer) => squeeze(answer) === squeeze(expected)))
      throw new Error('line ' + line + ' shows\\n  ' + answers[0] + '\\nand the page says\\n  ' + expected)
    return value
  }
  const refused = (error) => {
    printed = undefined
    const answer = 'throws ' + error.name + ': ' + error.message
    if (expected.startsWith('throws ') && squeeze(answer).startsWith(squeeze(expected).replace(/…$/, ''))) return
    throw new Error('line ' + line + ' ' + answer + '\\nand the page says\\n  ' + expected, { cause: error })
  }
  let value
  try { value = run() } catch (error) { return refused(error) }
  return value instanceof Promise && /^async/.test(String(run)) ? value.then(judge, refused) : judge(value)
}
`
