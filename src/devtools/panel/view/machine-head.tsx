import type { MachineTrace } from '../trace/machine-trace.ts'
import type { App } from '../ui/app.ts'
import { count, timeOfDay } from '../ui/format.ts'
import { Badge } from './parts.tsx'

/** Which machine is looked at, and its counters at the moment. */
export function MachineHead({ app, machine }: { app: App; machine: MachineTrace }) {
  const place = app.placeOf(machine)
  const ticks = machine.ticksAfter(place)
  const counters = ticks && machine.countersAfter(place)
  const event = machine.events[place]
  const parent = machine.info?.parent === undefined ? undefined : machine.run.machines.get(machine.info.parent)
  return (
    <header class="machine-head">
      <h2>{machine.label}</h2>
      <span class="dim">{machine.schema?.name}</span>
      {machine.info?.mirror && <Badge kind="plain">mirror</Badge>}
      {machine.gone !== undefined && <Badge kind="plain">gone since {timeOfDay(machine.gone)}</Badge>}
      {parent && <span class="dim">child of {parent.label}</span>}
      {machine.info?.tags?.map((tag) => (
        <span key={tag} class="tag">
          {tag}
        </span>
      ))}
      <span class="spread" />
      {ticks ? (
        <span class="counters num">
          <Counter name="row" value={event === undefined ? 0 : machine.endOf(event)} />
          <Counter name="ticks" value={ticks.reduce((sum, tick) => sum + tick, 0)} />
          {counters && <Counter name="queue" value={counters.queueTick} />}
          {counters && <Counter name="restarts" value={counters.machineTick} />}
        </span>
      ) : (
        <Badge kind="warn">{place < 0 ? 'not there yet' : 'clock unknown: in a gap'}</Badge>
      )}
      {machine.mismatches > 0 && <Badge kind="bad">{machine.mismatches} clocks did not add up</Badge>}
    </header>
  )
}

function Counter({ name, value }: { name: string; value: number }) {
  return (
    <span class="counter">
      <span class="dim">{name}</span> <span data-counter={name}>{count(value)}</span>
    </span>
  )
}
