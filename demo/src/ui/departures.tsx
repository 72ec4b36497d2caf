import { useStoreValue } from 'escapement/preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { facts, indexOf } from '../dataset.ts'
import { chosen, counts, type Filter, filterNames } from '../overview.ts'
import { thousands } from '../thousands.ts'
import { useApp } from './context.ts'
import { FlightRow } from './flight-row.tsx'
import { Sign } from './icons.tsx'
import { sameParts } from './same-parts.ts'
import { useMedia } from './use-media.ts'
import { reveal, VirtualRows } from './virtual-rows.tsx'

const filterWords: Readonly<Record<Filter, string>> = {
  upcoming: 'To depart',
  air: 'Under way',
  done: 'Landed',
  cancelled: 'Cancelled',
  all: 'All',
}

/** The board itself. */
export function Departures() {
  const { view, overview } = useApp()
  const list = useStoreValue(() => {
    void overview.version.value
    return chosen(overview, view.filter.value, view.words.value)
  }, sameParts)
  return (
    <section class="panel departures" aria-label="Departures" id="board">
      <Tools count={list.length} />
      <Grid list={list} />
    </section>
  )
}

function Tools({ count }: { count: number }) {
  const { view, overview } = useApp()
  const filter = useStoreValue(() => view.filter.value)
  const words = useStoreValue(() => view.words.value)
  const size = useStoreValue(() => {
    void overview.version.value
    return counts(overview)
  }, sameParts)
  return (
    <div class="tools">
      <fieldset class="filters">
        <legend class="quiet">Which flights</legend>
        {filterNames.map((name) => (
          <label key={name} class="filter">
            <input
              type="radio"
              name="filter"
              checked={filter === name}
              onChange={() => {
                view.filter.value = name
              }}
            />
            <span>
              {filterWords[name]} <b>{thousands(size[name])}</b>
            </span>
          </label>
        ))}
      </fieldset>
      <label class="search">
        <span class="quiet">City, airport or flight</span>
        <Sign name="search" />
        <input
          type="search"
          id="search"
          placeholder="City, airport or flight"
          autocomplete="off"
          spellcheck={false}
          value={words}
          onInput={(event) => {
            view.words.value = event.currentTarget.value
          }}
        />
        <span class="quiet" role="status">
          {words === '' ? '' : `${count} flights found`}
        </span>
      </label>
    </div>
  )
}

const columns = ['Time', 'To', 'From', 'Flight', 'Gate', 'Status', 'Note']

function Grid({ list }: { list: readonly number[] }) {
  const { view } = useApp()
  const grid = useRef<HTMLDivElement>(null)
  const narrow = useMedia('(max-width: 699px)')
  const height = narrow ? 60 : 40
  const route = useStoreValue(() => view.route.value)
  const open = route.page === 'flight' ? indexOf(route.id) : -1
  // Which flight has the focus, not which row: the list moves on below it.
  const [focus, setFocus] = useState(-1)
  const [wanted, setWanted] = useState(0)
  const found = list.indexOf(focus)
  const at = Math.max(0, found)
  const box = () => grid.current?.querySelector('.rows') ?? null

  // Only a key brings a row into view, not what moves below it.
  useLayoutEffect(() => {
    if (wanted === 0) return
    reveal(box(), at, height)
    grid.current?.querySelector<HTMLElement>(`[data-flight="${facts[focus]?.id}"]`)?.focus({ preventScroll: true })
  }, [wanted])
  const filter = useStoreValue(() => `${view.filter.value} ${view.words.value}`)
  // Another filter is another list.
  useEffect(() => {
    box()?.scrollTo(0, 0)
  }, [filter])

  const onKeyDown = (event: KeyboardEvent, page: number) => {
    const to: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: list.length - 1,
    }
    const next = to[event.key]
    if (next !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      setFocus(list[Math.max(0, Math.min(list.length - 1, next))] ?? -1)
      setWanted((n) => n + 1)
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      const fact = facts[list[at] ?? -1]
      if (fact) view.go({ page: 'flight', id: fact.id })
    }
  }
  // A click focuses a row too, and a screen reader may.
  const follow = (event: FocusEvent) => {
    const id = (event.target as HTMLElement).dataset.flight
    if (id !== undefined) setFocus(indexOf(id))
  }
  return (
    <div
      class="grid"
      role="grid"
      aria-label="Flights"
      aria-rowcount={list.length + 1}
      ref={grid}
      onFocusCapture={follow}
    >
      <div role="rowgroup">
        <div class="row row-head" role="row" aria-rowindex={1}>
          {columns.map((name) => (
            <span key={name} role="columnheader" class={`cell-${name.toLowerCase()}`}>
              {name}
            </span>
          ))}
        </div>
      </div>
      {list.length === 0 && (
        <div role="rowgroup" class="rows">
          <div role="row" class="empty">
            <span role="gridcell">No flight fits. Try another filter, or fewer words.</span>
          </div>
        </div>
      )}
      {list.length > 0 && (
        <VirtualRows
          count={list.length}
          kept={found}
          height={height}
          onKeyDown={onKeyDown}
          row={(place, top) => {
            const index = list[place] as number
            return (
              <FlightRow
                key={index}
                index={index}
                place={place + 1}
                top={top}
                focused={place === at}
                open={index === open}
              />
            )
          }}
        />
      )}
    </div>
  )
}
