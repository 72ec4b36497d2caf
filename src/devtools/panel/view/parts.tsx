import type { ComponentChildren } from 'preact'
import type { Preview } from '../../protocol/preview.ts'
import type { MachineTrace } from '../trace/machine-trace.ts'
import { COMMIT, QUEUED } from '../trace/rows.ts'
import { formatPlace } from '../ui/address.ts'
import type { App } from '../ui/app.ts'
import { inline, partsOf } from '../ui/format.ts'

/** A state: its name, and whether it is active, by a mark as well as a colour. */
export function StateChip(props: {
  name: string
  /** `undefined`: not known. */
  active?: boolean | undefined
  onPick?: ((name: string) => void) | undefined
  note?: string | undefined
}) {
  const { name, active, onPick, note } = props
  const told = active === undefined ? 'unknown' : active ? 'active' : 'inactive'
  const mark = (
    <span class={`dot dot-${told}`} role="img" aria-label={told} title={told}>
      {active === undefined ? '?' : ''}
    </span>
  )
  const inside = (
    <>
      {mark}
      <span class="name">{name}</span>
      {note && <span class="dim">{note}</span>}
    </>
  )
  return onPick ? (
    <button type="button" class="chip" onClick={() => onPick(name)}>
      {inside}
    </button>
  ) : (
    <span class="chip">{inside}</span>
  )
}

/** States by number, with where they stand. */
export function StateChips(props: {
  app: App
  machine: MachineTrace
  states: readonly number[]
  ticks: readonly number[] | undefined
}) {
  const { app, machine, states, ticks } = props
  if (!states.length) return <span class="dim">none</span>
  return (
    <span class="chips">
      {states.map((s) => (
        <StateChip
          key={s}
          name={machine.names[s] ?? `#${s}`}
          active={ticks && (ticks[s] ?? 0) % 2 === 1}
          onPick={(name) => pickState(app, name)}
        />
      ))}
    </span>
  )
}

export function pickState(app: App, name: string): void {
  app.state.value = app.state.value === name ? undefined : name
}

/** A link to a row: an address that can be copied, followed without a load. */
export function RowLink({ app, row, children }: { app: App; row: number; children?: ComponentChildren }) {
  const { rows } = app.trace
  const machine = app.trace.machineOf(row)
  const store = app.trace.storeOf(row)
  const run = (machine ?? store)!.run
  const isQueued = rows.kind[row] === QUEUED
  const number = isQueued ? rows.until[row]! : rows.seq[row]!
  const href = formatPlace({
    target: run.target.id,
    ...(machine ? { machine: machine.label, seq: number } : {}),
    ...(store ? { store: store.name, commit: number } : {}),
    run: run.id,
  })
  const name = rows.kind[row] === COMMIT ? `${store?.name} commit ${number}` : `${machine?.label} #${number}`
  return (
    <a
      class="link"
      href={href}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        app.jump(row)
      }}
    >
      {children ?? name}
    </a>
  )
}

/** A value: one line, to be unfolded where there is more. */
export function Value({ value, name, depth = 0 }: { value: Preview; name?: string; depth?: number }) {
  const parts = depth < 8 ? partsOf(value) : []
  const line = (
    <>
      {name !== undefined && <span class="key">{name}: </span>}
      <span class={`value value-${kindOf(value)}`}>{inline(value, 200)}</span>
    </>
  )
  if (!parts.length) return <div class="leaf">{line}</div>
  return (
    <details class="node" open={depth === 0}>
      <summary>{line}</summary>
      {parts.map(([key, part], i) => (
        <Value key={i} name={key} value={part} depth={depth + 1} />
      ))}
    </details>
  )
}
const kindOf = (value: Preview) => (typeof value === 'object' && value !== null ? value.$ : typeof value)

/** What is shown where there is nothing. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p class="dim">{children}</p>}
    </div>
  )
}

/** A short word with a colour of its own, and a sign before it. */
export function Badge({ kind, children }: { kind: Mood; children: ComponentChildren }) {
  return (
    <span class={`badge badge-${kind}`}>
      <span aria-hidden="true">{SIGNS[kind]}</span> {children}
    </span>
  )
}
export type Mood = 'good' | 'bad' | 'warn' | 'plain' | 'accent'
const SIGNS: Readonly<Record<Mood, string>> = { good: '●', bad: '✕', warn: '▲', plain: '○', accent: '◆' }
