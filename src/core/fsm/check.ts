import { checkShape, type Path, type Report } from './shape.ts'

type Keyed = Readonly<Record<string, unknown>>

const isText = (value: unknown): value is string => typeof value === 'string'
const keyed = (value: unknown): Keyed => Object(value) as Keyed
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A string or a list, as a list. Anything that is no string is left out. */
export const many = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter(isText) as readonly string[]

/** Reports every error: of form, and of meaning, over each value that has the right type whatever the others are. */
export function checkDefinition(input: unknown, report: Report): void {
  checkShape(input, report)
  const { states, transitions, error_policy } = keyed(input)
  const terminal = checkStates(states, report)
  const target = (kind: Parameters<Report>[0], path: Path, name: unknown) => {
    if (isText(name) && !terminal.has(name)) report(kind, path, `no state is named ${JSON.stringify(name)}`)
  }
  listOf(states).forEach((state, at) => {
    target(
      'unknown-timeout-destination',
      ['states', at, 'timeout', 'destination'],
      keyed(keyed(state).timeout).destination,
    )
  })
  listOf(transitions).forEach((one, at) => {
    const { source, dest } = keyed(one)
    const base = ['transitions', at, 'source']
    listOf(Array.isArray(source) ? source : [source]).forEach((name, item) => {
      const path = Array.isArray(source) ? [...base, item] : base
      target('unknown-source', path, name)
      if (terminal.get(name)) {
        report('from-terminal', path, `${JSON.stringify(name)} is terminal: no transition can leave it`)
      }
    })
    target('unknown-dest', ['transitions', at, 'dest'], dest)
  })
  target('unknown-fallback', ['error_policy', 'default_fallback'], keyed(error_policy).default_fallback)
}

/** Reports duplicates and the number of initial states. Answers the names, and which of them are terminal. */
function checkStates(states: unknown, report: Report): Map<unknown, boolean> {
  const terminal = new Map<unknown, boolean>()
  let initial: Keyed | undefined
  listOf(states).forEach((state, at) => {
    const { name, type } = keyed(state)
    if (type === 'initial') {
      if (initial) report('many-initial', ['states', at, 'type'], `${JSON.stringify(initial.name)} is initial already`)
      initial ??= { name }
    }
    if (!isText(name)) return
    if (terminal.has(name)) {
      report('duplicate-state', ['states', at, 'name'], `${JSON.stringify(name)} is the name of an earlier state`)
    }
    terminal.set(name, type === 'terminal' || terminal.get(name) === true)
  })
  if (Array.isArray(states) && !initial) report('no-initial', ['states'], 'no state has the type initial')
  return terminal
}
