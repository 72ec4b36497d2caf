import { useStoreValue } from 'escapement/preact'
import { memo } from 'preact/compat'
import { airportAt, facts } from '../dataset.ts'
import { clockText } from '../minutes.ts'
import { type Phase, phaseOf } from '../status.ts'
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

/** A place on the board. The list above moves often; what stands in it is left alone then. */
export function FlightRow({ index, place, top, focused, open }: FlightRowProps) {
  const { view } = useApp()
  const { id } = facts[index] as (typeof facts)[number]
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the list around it
    <div
      class={open ? 'row row-open' : 'row'}
      role="row"
      aria-rowindex={place + 1}
      aria-selected={open}
      tabIndex={focused ? 0 : -1}
      data-flight={id}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => view.go({ page: 'flight', id })}
    >
      <Cells index={index} />
    </div>
  )
}

/** What the board says of a flight: it looks at its own row and machine, and at nothing else. */
const Cells = memo(function Cells({ index }: { index: number }) {
  const { board } = useApp()
  const { id, destination, origin, departs } = facts[index] as (typeof facts)[number]
  const { gate, delay, note, phase } = useStoreValue(() => {
    const flight = board.reads.flights.get(id)
    const status = board.reads.statuses.get(id)
    const phase: Phase = status ? phaseOf(status) : 'scheduled'
    return { gate: flight?.gate ?? '', delay: flight?.delay ?? 0, note: flight?.note ?? '', phase }
  }, sameParts)
  const expected = clockText(departs + delay)
  const over = phase === 'arrived' || phase === 'landed' || phase === 'cancelled'
  return (
    <>
      <span role="gridcell" class={`cell-time${delay === 0 ? '' : ' moved'}`}>
        <span class="published">{clockText(departs)}</span>
        {delay !== 0 && <span class="quiet"> expected </span>}
        <span class={`expected${delay > 15 ? ' late' : ''}`}>{delay !== 0 && expected}</span>
      </span>
      <span role="gridcell" class={`cell-to${over ? ' over' : ''}`}>
        <strong>{airportAt(destination).city}</strong>
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
    </>
  )
})
