import { useStoreValue } from 'escapement/preact'
import { useEffect, useRef } from 'preact/hooks'
import { airportAt, facts, indexOf } from '../dataset.ts'
import { clockText, delayText } from '../minutes.ts'
import { airMinutes, taxi } from '../schedule.ts'
import { shareOf } from '../sky.ts'
import { phaseOf } from '../status.ts'
import { thousands } from '../thousands.ts'
import { Chip } from './chip.tsx'
import { useApp } from './context.ts'
import { FlightForm } from './flight-form.tsx'
import { FlightMachine } from './flight-machine.tsx'
import { Sign } from './icons.tsx'
import { sameParts } from './same-parts.ts'

/** The page of one flight: where it is, what of it can be edited, and what can be asked of its machine. */
export function FlightPage({ id }: { id: string }) {
  const { view } = useApp()
  const title = useRef<HTMLHeadingElement>(null)
  // Another flight is another page.
  useEffect(() => title.current?.focus({ preventScroll: true }), [id])
  const fact = facts[indexOf(id)]
  return (
    <section class="panel flight" aria-labelledby="flight-title" id="flight">
      <header class="flight-head">
        <button type="button" class="icon-button" onClick={() => view.leave()} aria-label="Back to the board">
          <Sign name="back" />
        </button>
        <h2 id="flight-title" tabIndex={-1} ref={title}>
          {fact ? (
            <>
              <span class="code">{id}</span> {airportAt(fact.origin).city} to {airportAt(fact.destination).city}
            </>
          ) : (
            `There is no flight ${id}`
          )}
        </h2>
      </header>
      {fact && (
        <div class="scroll flight-body">
          <Journey id={id} key={id} />
          <FlightForm id={id} key={`form ${id}`} />
          <FlightMachine id={id} key={`machine ${id}`} />
        </div>
      )}
    </section>
  )
}

function Journey({ id }: { id: string }) {
  const { board, frames } = useApp()
  const { origin, destination, departs, distance } = facts[indexOf(id)] as (typeof facts)[number]
  const { phase, delay } = useStoreValue(() => {
    const status = board.reads.statuses.get(id)
    return { phase: status ? phaseOf(status) : 'scheduled', delay: board.reads.flights.get(id)?.delay ?? 0 } as const
  }, sameParts)
  const share = useStoreValue(() => {
    if (phase === 'landed' || phase === 'arrived') return 1
    return phase === 'airborne' ? shareOf({ departs, delay, distance }, frames.minute.value) : 0
  })
  const lands = departs + delay + taxi + airMinutes(distance)
  const end = (code: string, what: string, minutes: number, published: number) => (
    <div class="journey-end">
      <abbr title={airportAt(code).name}>{code}</abbr>
      <span>
        {what} <b>{clockText(minutes)}</b> {minutes !== published && <s>{clockText(published)}</s>}
      </span>
    </div>
  )
  return (
    <div class="journey">
      {end(origin, 'leaves', departs + delay, departs)}
      <div class="journey-way" aria-hidden="true">
        <span class="journey-plane" style={{ left: `${share * 100}%` }}>
          <Sign name="plane" />
        </span>
      </div>
      {end(destination, 'lands', lands, lands - delay)}
      <p class="journey-now">
        <Chip phase={phase} /> {delayText(delay)} · {thousands(distance)} miles
      </p>
    </div>
  )
}
