import { useLayoutEffect, useRef } from 'preact/hooks'
import type { MachineTrace } from '../trace/machine-trace.ts'
import { TX } from '../trace/rows.ts'
import type { App } from '../ui/app.ts'
import { count, offset } from '../ui/format.ts'
import { MachineHead } from './machine-head.tsx'
import { Empty, RowLink, StateChip } from './parts.tsx'
import { VirtualList } from './virtual-list.tsx'

/** Rows that activity looks back over, and the columns it is drawn in. */
const BACK = 240
const BINS = 40

interface Activity {
  /** Changes per column, oldest first. */
  readonly bins: Uint8Array
  changes: number
  /** The last row that changed it. */
  last: number | undefined
}

/** Every tick of a machine at the moment, beside those at a second cursor. */
export function Clocks({ app }: { app: App }) {
  app.version.value
  const machine = app.machine.value
  if (!machine) return <Empty title="No machine chosen.">Choose one in Targets.</Empty>
  const place = app.placeOf(machine)
  const ticks = machine.ticksAfter(place)
  const mark = app.mark.value
  const other = mark === undefined ? undefined : machine.ticksAfter(machine.eventAt(mark))
  const activity = activityOf(app, machine, place)
  const { words } = app.filter.value
  const all = machine.names.map((name, index) => ({ name, index }))
  const hits = words.length ? all.filter(({ name }) => words.some((word) => name.toLowerCase().includes(word))) : all
  const states = hits.length ? hits : all
  const now = place < 0 ? 0 : app.trace.rows.at[app.moment.value ?? machine.events[place]!]!
  return (
    <div class="clocks">
      <MachineHead app={app} machine={machine} />
      <Cursors app={app} />
      <VirtualList
        id="clocks"
        label={`Clocks of ${machine.label}`}
        role="grid"
        columns={mark === undefined ? 4 : 6}
        count={states.length}
        active={states.findIndex(({ name }) => name === app.state.value)}
        onActive={(index) => {
          app.state.value = states[index]!.name
        }}
        head={
          <div class={`krow lhead${mark === undefined ? '' : ' with-mark'}`} role="row" aria-rowindex={1}>
            <span role="columnheader">State</span>
            <span role="columnheader" class="num">
              Tick
            </span>
            {mark !== undefined && (
              <>
                <span role="columnheader" class="num">
                  At B
                </span>
                <span role="columnheader" class="num">
                  A − B
                </span>
              </>
            )}
            <span role="columnheader">Activity</span>
            <span role="columnheader">Last change</span>
          </div>
        }
      >
        {(index) => {
          const { name, index: s } = states[index]!
          const tick = ticks?.[s]
          const then = other?.[s]
          const one = activity[s]
          return (
            <div class={`krow${mark === undefined ? '' : ' with-mark'}`} role="presentation">
              <span role="gridcell">
                <StateChip name={name} active={tick === undefined ? undefined : tick % 2 === 1} />
              </span>
              <span role="gridcell" class="num" data-tick={name}>
                {tick === undefined ? '?' : count(tick)}
              </span>
              {mark !== undefined && (
                <>
                  <span role="gridcell" class="num">
                    {then === undefined ? '?' : count(then)}
                  </span>
                  <span role="gridcell" class={`num${tick !== then ? ' differs' : ' dim'}`}>
                    {difference(tick, then)}
                  </span>
                </>
              )}
              <span role="gridcell" class="activity">
                <Bars bins={one?.bins} />
                <span class="num dim">{one?.changes || ''}</span>
                <span class="hidden"> changes in the last {BACK} rows</span>
              </span>
              <span role="gridcell" class="num">
                {one?.last !== undefined && (
                  <RowLink app={app} row={one.last}>
                    #{app.trace.rows.seq[one.last]} {offset(app.trace.rows.at[one.last]! - now)}
                  </RowLink>
                )}
              </span>
            </div>
          )
        }}
      </VirtualList>
    </div>
  )
}

function difference(tick: number | undefined, then: number | undefined): string {
  if (tick === undefined || then === undefined) return '?'
  if (tick === then) return '0'
  return tick > then ? `+${count(tick - then)}` : `−${count(then - tick)}`
}

/** A and B: the moment, and what it is compared with. */
function Cursors({ app }: { app: App }) {
  const mark = app.mark.value
  const row = app.shown()
  return (
    <div class="toolbar">
      <span class="cursor-a">
        <strong>A</strong>{' '}
        {app.moment.value === undefined ? 'newest' : row !== undefined && <RowLink app={app} row={row} />}
      </span>
      {mark === undefined ? (
        <button
          type="button"
          class="button"
          disabled={row === undefined}
          onClick={() => {
            app.mark.value = row
          }}
        >
          Set B here
        </button>
      ) : (
        <>
          <span class="cursor-b">
            <strong>B</strong> <RowLink app={app} row={mark} />
          </span>
          <button
            type="button"
            class="button"
            onClick={() => {
              app.mark.value = row
              app.jump(mark)
            }}
          >
            Swap
          </button>
          <button
            type="button"
            class="button"
            onClick={() => {
              app.mark.value = undefined
            }}
          >
            Clear B
          </button>
        </>
      )}
    </div>
  )
}

/** How the states of a machine moved in the rows up to the moment. */
function activityOf(app: App, machine: MachineTrace, place: number): Activity[] {
  const { rows } = app.trace
  const all = machine.names.map((): Activity => ({ bins: new Uint8Array(BINS), changes: 0, last: undefined }))
  let left = all.length
  // A little further for the last change, but not through a whole night's rows.
  const end = Math.max(0, place - BACK * 8)
  for (let i = place; i >= end && (left > 0 || place - i < BACK); i--) {
    const row = machine.events[i]!
    if (rows.kind[row] !== TX) continue
    const deltas = rows.lists.get(rows.deltas[row]!)
    for (let d = 0; d < deltas.length; d += 2) {
      const one = all[deltas[d]!]
      if (!one) continue
      if (one.last === undefined) {
        one.last = row
        left--
      }
      if (place - i >= BACK) continue
      one.changes++
      const bin = BINS - 1 - Math.floor(((place - i) * BINS) / BACK)
      one.bins[bin] = Math.min(255, one.bins[bin]! + 1)
    }
  }
  return all
}

/** Activity as bars. What they say is said beside them, too. */
function Bars({ bins }: { bins: Uint8Array | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context) return
    const scale = window.devicePixelRatio || 1
    const { width, height } = { width: BINS * 3, height: 14 }
    element.width = width * scale
    element.height = height * scale
    context.scale(scale, scale)
    context.clearRect(0, 0, width, height)
    // As coloured as the text, so that forced colours and themes hold.
    context.fillStyle = getComputedStyle(element).color
    bins?.forEach((n, i) => {
      if (!n) return
      const size = Math.min(height, 3 + n * 2.5)
      context.fillRect(i * 3, height - size, 2, size)
    })
  })
  return <canvas ref={canvas} class="bars" aria-hidden="true" />
}
