import type { Fsm } from './fsm.ts'

interface Edge {
  from: string
  to: string
  label: string
}

/** Every way between two states: declared, by timeout. */
function edges(fsm: Fsm): Edge[] {
  const found = fsm.transitions.flatMap(({ source, dest, trigger, guards }) =>
    [...new Set(source)].map((from) => ({
      from,
      to: dest,
      label: guards.length > 0 ? `${trigger} [${guards.join(', ')}]` : trigger,
    })),
  )
  for (const from of fsm.stateNames) {
    const { timeout } = fsm.state(from)
    if (timeout) found.push({ from, to: timeout.destination, label: `after ${timeout.seconds} s` })
  }
  return found
}

// Names are any text: nothing of theirs may reach the syntax of the diagram.
const entities = (text: string) => text.replace(/[^\w .,()-]/gu, (sign) => `#${sign.codePointAt(0)};`)

/**
 * A Mermaid state diagram. States are numbered, and named by label, so that any name can be shown.
 *
 * @example
 * ```ts
 * writeFileSync('order.mmd', toMermaid(orders))
 * ```
 */
export function toMermaid(fsm: Fsm): string {
  const ids = new Map(fsm.stateNames.map((name, at) => [name as string, `s${at}`]))
  const lines = fsm.stateNames.map((name) => `  state "${entities(name)}" as ${ids.get(name)}`)
  lines.push(`  [*] --> ${ids.get(fsm.initialState)}`)
  for (const { from, to, label } of edges(fsm)) lines.push(`  ${ids.get(from)} --> ${ids.get(to)}: ${entities(label)}`)
  for (const name of fsm.stateNames) {
    const { type } = fsm.state(name)
    if (type === 'terminal') lines.push(`  ${ids.get(name)} --> [*]`)
    if (type === 'error') lines.push(`  class ${ids.get(name)} error`)
  }
  return `stateDiagram-v2\n${lines.join('\n')}\n  classDef error stroke:#c00\n`
}

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`

/**
 * A graph in the DOT language of Graphviz.
 *
 * @example
 * ```ts
 * writeFileSync('order.dot', toDot(orders))
 * ```
 */
export function toDot(fsm: Fsm): string {
  const shapes = {
    initial: 'box, style="rounded,bold"',
    stable: 'box, style=rounded',
    terminal: 'doublecircle',
    error: 'octagon',
  }
  const lines = fsm.stateNames.map((name) => `  ${quoted(name)} [shape=${shapes[fsm.state(name).type]}];`)
  for (const { from, to, label } of edges(fsm)) {
    lines.push(`  ${quoted(from)} -> ${quoted(to)} [label=${quoted(label)}];`)
  }
  return `digraph ${quoted(fsm.name)} {\n${lines.join('\n')}\n}\n`
}
