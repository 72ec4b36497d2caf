import { delayed, many } from '../../core/machine/compile.ts'
import type { MachineDefinition, StateOptions } from '../../core/machine/types.ts'
import type { SchemaFrame, SchemaState } from '../protocol/frames.ts'

const known = new WeakMap<object, SchemaFrame>()

/** What a panel must know of a definition; the same object for the same definition. */
export function schemaOf(definition: MachineDefinition): SchemaFrame {
  const made = known.get(definition)
  if (made) return made
  const states = definition.names.map((name) => stateOf(name, definition.states[name] as StateOptions))
  const groups = Object.entries(definition.groups).map(([name, members]) => [name, [...members]] as const)
  const { name, version } = definition
  const hash = digest(JSON.stringify([name, version, states, groups]))
  const frame: SchemaFrame = { k: 'schema', hash, name, version, states, groups }
  known.set(definition, frame)
  return frame
}

function stateOf(name: string, state: StateOptions): SchemaState {
  const { timeout, redact, description, tags } = state
  const lists = (['require', 'add', 'remove', 'after'] as const).flatMap((relation) =>
    state[relation]?.length ? [[relation, [...state[relation]]]] : [],
  )
  const due = timeout && delayed(timeout)
  return {
    name,
    ...(state.auto && { auto: true }),
    ...(state.multi && { multi: true }),
    ...Object.fromEntries(lists),
    ...(timeout && due && { timeout: { ms: timeout.ms, type: due.type, states: [...many(due.states)] } }),
    ...(state.args && { args: true }),
    ...(redact && { redact: redact === true ? true : [...redact] }),
    ...(description && { description: description.slice(0, 1000) }),
    ...(tags?.length && { tags: [...tags] }),
  }
}

/** 64 bits of a text, in hexadecimal: FNV-1a, twice, from two starts. For telling definitions apart, not for secrets. */
function digest(text: string): string {
  const half = (start: number) => {
    let hash = start
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    return (hash >>> 0).toString(16).padStart(8, '0')
  }
  return half(0x811c9dc5) + half(0x050c5d1f)
}
