import { useStoreValue } from 'escapement/preact'
import { memo } from 'preact/compat'
import { airportAt, facts } from '../dataset.ts'
import { clockText } from '../minutes.ts'
import { type Phase, phaseOf, phaseWords } from '../status.ts'
import { Chip } from './chip.tsx'
import { useApp } from './context.ts'
import { sameParts } from './same-parts.ts'

interface FlightRowProps {
  readonly index: number
  /** From 1, for who cannot see how far down it is. */
  readonly place: number
  readonly top: number
  readonly focused: boolean
  readonly open: boolean
}

/** One flight of the board. It looks at its own flight and machine, and at nothing else. */
export const FlightRow = memo(function FlightRow({ index, place, top, focused, open }: FlightRowProps) {
  const { board, view } = useApp()
  const { id, destination, origin, departs } = facts[index] as (typeof facts)[number]
  const { gate, delay, note, phase } = useStoreValue(() => {
    const flight = board.reads.flights.get(id)
    const status = board.reads.statuses.get(id)
    const phase: Phase = status ? phaseOf(status) : 'scheduled'
    return { gate: flight?.gate ?? '', delay: flight?.delay ?? 0, note: flight?.note ?? '', phase }
  }, sameParts)
  const late = delay > 15
  const airport = airportAt(destination)
  const label = [
    `${clockText(departs)}${delay === 0 ? '' : `, expected ${clockText(departs + delay)}`}`,
    `${id} from ${airportAt(origin).city} to ${airport.city}`,
    gate === '' ? 'no gate' : `gate ${gate}`,
    phaseWords[phase],
    note,
  ]
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the list around it
    <div
      class={`row phase-${phase}${open ? ' row-open' : ''}`}
      role="row"
      aria-rowindex={place + 1}
      aria-selected={open}
      aria-label={label.filter(Boolean).join('; ')}
      tabIndex={focused ? 0 : -1}
      data-flight={id}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => view.go({ page: 'flight', id })}
    >
      <span role="gridcell" class={`cell-time${delay === 0 ? '' : ' moved'}`}>
        <span class="published">{clockText(departs)}</span>
        <span class={`expected${late ? ' late' : ''}`}>{delay === 0 ? '' : clockText(departs + delay)}</span>
      </span>
      <span role="gridcell" class="cell-to">
        <strong>{airport.city}</strong>
        <span class="code">{destination}</span>
      </span>
      <span role="gridcell" class="cell-from code">
        {origin}
      </span>
      <span role="gridcell" class="cell-flight code">
        {id}
      </span>
      <span role="gridcell" class="cell-gate">
        {gate || '–'}
      </span>
      <span role="gridcell" class="cell-status">
        <Chip phase={phase} />
      </span>
      <span role="gridcell" class="cell-note" title={note}>
        {note}
      </span>
    </div>
  )
})
